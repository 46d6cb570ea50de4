"""The tables that cases are run over."""

from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import duckdb
import pytest

from securescore.errors import CatalogError
from securescore.evidence.schema import Column
from securescore.facts import load_facts
from securescore.facts.cases import (
    FactCase,
    Rows,
    create_tables,
    label_to_uuid,
    read_fact_cases,
    run_fact_case,
)

COLUMNS = (
    Column("thing_id", "UUID"),
    Column("synchronised", "BOOLEAN", when_null="false"),
    Column("sku_ids", "VARCHAR[]"),
    Column("words", "VARCHAR[]"),
    Column("created", "TIMESTAMP"),
    Column("raw", "JSON"),
    Column("seats", "BIGINT"),
)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def test_a_label_becomes_one_uuid_and_a_uuid_stays_what_it_is() -> None:
    assert label_to_uuid("ada") == uuid5(NAMESPACE_URL, "ada")
    text = "62e90394-69f5-4237-9190-012177145e10"
    assert label_to_uuid(text) == UUID(text)


def test_labels_lists_times_and_json_arrive_as_the_column_says(connection: duckdb.DuckDBPyConnection) -> None:
    row = {
        "thing_id": "ada",
        "synchronised": True,
        "sku_ids": ["e5"],
        "words": ["e5"],
        "created": "2026-01-15T06:30:00Z",
        "raw": {"a": [1]},
        "seats": 3,
    }
    create_tables(connection, {"things": COLUMNS}, {"things": [row, {**row, "raw": '{"a": [1]}'}]})
    found = connection.execute(
        "SELECT DISTINCT * REPLACE (created::VARCHAR AS created) FROM things"
    ).fetchall()
    identifier = str(label_to_uuid("e5"))
    assert found == [
        (label_to_uuid("ada"), True, [identifier], ["e5"], "2026-01-15 06:30:00", '{"a":[1]}', 3)
    ]


def test_what_is_left_out_is_null_or_what_null_stands_for(connection: duckdb.DuckDBPyConnection) -> None:
    create_tables(connection, {"things": COLUMNS}, {"things": [{}]})
    assert connection.execute("FROM things").fetchall() == [(None, False, None, None, None, None, None)]


def test_a_table_that_is_not_given_is_empty(connection: duckdb.DuckDBPyConnection) -> None:
    create_tables(connection, {"things": COLUMNS}, {})
    assert connection.execute("SELECT count(*) FROM things").fetchall() == [(0,)]


@pytest.mark.parametrize("given", [{"other": []}, {"things": [{"colour": "red"}]}])
def test_rows_of_what_is_not_declared_are_refused(
    connection: duckdb.DuckDBPyConnection, given: dict[str, Rows]
) -> None:
    with pytest.raises(CatalogError, match=r"other|colour"):
        create_tables(connection, {"things": COLUMNS}, given)


def test_a_value_that_does_not_fit_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error):
        create_tables(connection, {"things": COLUMNS}, {"things": [{"seats": "many"}]})


def test_a_wrong_promise_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    facts = load_facts()
    given: dict[str, Rows] = {"users": [{"user_id": "ada"}], "security_defaults": [{"enabled": True}]}
    case = FactCase("wrong", given, {"protection": "mfa"}, [{"user_id": "ada", "verdict": "exposed"}])
    found, expected = run_fact_case(connection, facts["sign_in_protection"], facts, case)
    assert found == [(label_to_uuid("ada"), "protected")]
    assert expected == [(label_to_uuid("ada"), "exposed")]


def test_expected_rows_must_name_the_same_columns(connection: duckdb.DuckDBPyConnection) -> None:
    facts = load_facts()
    case = FactCase("uneven", {}, {}, [{"user_id": "ada"}, {"verdict": "exposed"}])
    with pytest.raises(CatalogError, match="same columns"):
        run_fact_case(connection, facts["sign_in_protection"], facts, case)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- name: a list\n", "must hold `cases`"),
        ("cases:\n  - {name: no rows, given: {}}\n", "a case holds name, given and expect"),
    ],
)
def test_a_broken_file_of_cases_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "one.cases.yaml").write_text(text)
    with pytest.raises(CatalogError, match=message):
        read_fact_cases("one", tmp_path)


def test_a_fact_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"one\.cases\.yaml"):
        read_fact_cases("one", tmp_path)
