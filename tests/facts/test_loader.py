"""Facts are loaded in the order in which they can be derived, and a broken one is named."""

from pathlib import Path

import duckdb
import pytest

from securescore.errors import CatalogError
from securescore.facts import Fact, load_facts
from securescore.facts.cases import columns_read, create_tables

FORM = "about: A\nevidence: [{evidence}]\nreads_clock: false\ncolumns:\n  user_id: UUID\n"


def write(folder: Path, name: str, evidence: str = "users", sql: str = "SELECT user_id FROM users") -> None:
    (folder / f"{name}.yaml").write_text(FORM.format(evidence=evidence))
    (folder / f"{name}.sql").write_text(sql)


def test_a_fact_comes_after_those_it_reads(tmp_path: Path) -> None:
    write(tmp_path, "a_last", "users, b_middle")
    write(tmp_path, "b_middle", "c_first")
    write(tmp_path, "c_first")
    assert list(load_facts(tmp_path)) == ["c_first", "b_middle", "a_last"]


def test_cases_are_no_facts(tmp_path: Path) -> None:
    write(tmp_path, "one")
    (tmp_path / "one.cases.yaml").write_text("cases: []\n")
    assert list(load_facts(tmp_path)) == ["one"]


def test_the_hash_follows_what_the_answer_depends_on(tmp_path: Path) -> None:
    write(tmp_path, "first")
    write(tmp_path, "second", "first")
    before = load_facts(tmp_path)
    assert load_facts(tmp_path) == before
    write(tmp_path, "first", sql="SELECT user_id FROM users WHERE enabled")
    after = load_facts(tmp_path)
    assert after["first"].content_hash != before["first"].content_hash
    assert after["second"].content_hash != before["second"].content_hash


def test_the_words_about_a_fact_do_not_change_its_hash(tmp_path: Path) -> None:
    write(tmp_path, "one")
    before = load_facts(tmp_path)["one"].content_hash
    form = (tmp_path / "one.yaml").read_text()
    (tmp_path / "one.yaml").write_text(form.replace("about: A", "about: B"))
    assert load_facts(tmp_path)["one"].content_hash == before


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("about: A\n", "must hold exactly about, evidence, reads_clock, columns"),
        (FORM.format(evidence="userz"), "userz"),
        (FORM.format(evidence="users").replace("false", "maybe"), "reads_clock must be true or false"),
        (FORM.format(evidence="one"), "in a circle"),
    ],
)
def test_a_broken_form_is_refused(tmp_path: Path, form: str, message: str) -> None:
    (tmp_path / "one.yaml").write_text(form)
    (tmp_path / "one.sql").write_text("SELECT 1")
    with pytest.raises(CatalogError, match=message):
        load_facts(tmp_path)


def test_a_fact_without_sql_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(FORM.format(evidence="users"))
    with pytest.raises(CatalogError, match=r"one\.sql"):
        load_facts(tmp_path)


def test_a_fact_must_not_hide_a_table(tmp_path: Path) -> None:
    write(tmp_path, "domains")
    with pytest.raises(CatalogError, match="name of a table"):
        load_facts(tmp_path)


@pytest.mark.parametrize("fact", load_facts().values(), ids=lambda fact: fact.name)
def test_the_sql_returns_the_declared_columns_and_reads_what_is_declared(fact: Fact) -> None:
    with duckdb.connect() as connection:
        create_tables(connection, columns_read(fact, load_facts()), {})
        described = connection.execute(f"DESCRIBE {fact.sql}").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [(c.name, c.type) for c in fact.columns]
    for name in fact.evidence:
        with duckdb.connect() as connection:
            tables = {
                other: columns for other, columns in columns_read(fact, load_facts()).items() if other != name
            }
            create_tables(connection, tables, {})
            with pytest.raises(duckdb.CatalogException, match=name):
                connection.execute(f"DESCRIBE {fact.sql}")
