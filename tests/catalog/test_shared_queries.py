"""A query that several actions share: its form, what they inherit, and what `catalog check` says of it."""

from pathlib import Path

import pytest
from tests.catalog.content_folder import SQL, ContentFolder, texts

from securescore.catalog import load_catalog
from securescore.catalog.controls import Controls, incomplete
from securescore.catalog.loader import read_content
from securescore.errors import CatalogError

FORM = """\
scoring: proportional
entity: mailbox
when_empty: full
evidence: [organization]
reads_clock: false
uniform: true
leaves_out: [service]
en: {wrong_when: [Always late.], details: {"on": "On for {name}", "off": "Off for {name}"}}
nl: {wrong_when: [Altijd laat.], details: {"on": "Aan voor {name}", "off": "Uit voor {name}"}}
"""
CASES = """\
- {name: both, given: {organization: [{tenant_id: "{action}", name: good}, {tenant_id: b, name: bad}]}, expect: {protected: ["{action}"], exposed: [b]}}
- {name: not read, given: {organization: [{tenant_id: a}]}, expect: {unknown: [a]}}
- {name: nobody, given: {organization: []}, expect: {}}
""".replace("expect: {}", "expect: {protected: []}")
INHERITED = dict.fromkeys(("scoring", "entity", "when_empty", "evidence"))


def shared(content: ContentFolder, form: str = FORM, sql: str | None = None, cases: str = CASES) -> Path:
    folder = content.path / "entra_id"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lists.query.yaml").write_text(form, "utf-8")
    query = sql or SQL.replace("select tenant_id", "select 'One' as action_id, tenant_id")
    (folder / "lists.query.sql").write_text(query, "utf-8")
    (folder / "lists.query.cases.yaml").write_text(cases, "utf-8")
    return folder


def write(content: ContentFolder, name: str = "One", **changes: object) -> None:
    own = {language: {**texts(language), "details": {}} for language in ("en", "nl")}
    content.write(name, sql=None, cases=None, **({"query": "lists"} | INHERITED | own | changes))  # type: ignore[arg-type]


def test_an_action_inherits_what_it_does_not_say(content: ContentFolder) -> None:
    shared(content)
    write(content)
    write(content, "Two", entity="user", en=texts("en") | {"details": {"on": "Mine"}})
    one, two = load_catalog(content.path).actions.values()
    assert (one.scoring, one.entity, one.evidence, one.uniform) == (
        "proportional",
        "mailbox",
        ("organization",),
        True,
    )
    assert one.sql == two.sql
    assert one.measured
    assert two.entity == "user"
    assert one.text("nl").details == {"on": "Aan voor {name}", "off": "Uit voor {name}"}
    assert two.text("en").details == {"on": "Mine", "off": "Off for {name}"}
    assert one.text("en").wrong_when == ("Never.", "Always late.")


def test_right_content_has_no_findings(content: ContentFolder) -> None:
    shared(content)
    write(content)
    assert content.lines() == []


def test_a_title_alone_is_filled_up_in_english_with_dutch_details(content: ContentFolder) -> None:
    shared(content)
    write(content, nl={"title": "Titel"})
    (one,) = load_catalog(content.path).actions.values()
    text = one.text("nl")
    assert (text.title, text.why, text.details["on"]) == ("Titel", "Because.", "Aan voor {name}")
    assert content.lines() == []


def test_cases_speak_of_each_action(content: ContentFolder) -> None:
    shared(content)
    write(content)
    (one,) = load_catalog(content.path).actions.values()
    assert one.cases[0].expect.protected == ("One",)


def test_the_measurement_changes_with_the_shared_query(content: ContentFolder) -> None:
    shared(content)
    write(content)
    before = load_catalog(content.path)
    shared(content, sql=SQL.replace("select tenant_id", "select 'One'  as action_id, tenant_id"))
    after = load_catalog(content.path)
    assert before.version != after.version
    assert before.actions["One"].content_hash != after.actions["One"].content_hash


@pytest.mark.parametrize(
    ("breaking", "sentence"),
    [
        (lambda content: write(content, query="other"), "there is no other.query.yaml in entra_id/"),
        (lambda content: content.write("One", query="lists"), "is given beside One.sql; keep one of the two"),
    ],
)
def test_a_query_that_does_not_fit_is_told(content: ContentFolder, breaking: object, sentence: str) -> None:
    shared(content)
    write(content, "Two")
    breaking(content)  # type: ignore[operator]
    assert sentence in "\n".join(content.lines())


def test_a_form_without_sql_is_refused(content: ContentFolder) -> None:
    folder = shared(content)
    write(content)
    (folder / "lists.query.sql").unlink()
    with pytest.raises(CatalogError, match=r"there is no lists\.query\.sql"):
        load_catalog(content.path)


def test_findings_of_shared_queries(content: ContentFolder) -> None:
    shared(content)
    content.skeleton()
    assert content.lines() == [
        "entra_id/lists.query.yaml: no action names this query; remove it [queries_are_used]"
    ]
    write(content)
    shared(content, sql=SQL)
    assert "the columns are action_id, entity_id" in "\n".join(content.lines())


def test_what_is_known_to_exist_must_be_there_and_written(content: ContentFolder) -> None:
    content.write("Sample")
    content.write("Half", nl={"title": "Titel", "details": texts("nl")["details"]})
    content.skeleton("Bare")
    content.skeleton("Waits", service="MDA_Okta", folder="okta")
    known = {"AzureAD": ("Sample", "Half", "Bare", "Gone"), "MDA_Okta": ("Waits",), "EXO": ("sample",)}
    found = dict(incomplete(read_content(content.path), Controls(known, ("Sample", "Half"))))
    assert found == {
        "Bare.yaml": "it is still a skeleton; only controls of connected apps may wait for their texts",
        "Gone.yaml": "there is no action for the control Gone of AzureAD; write one",
        "sample.yaml": "there is no action for the control sample of EXO; write one",
        "Half.yaml": "its Dutch texts have to be complete, and only some are written",
    }
