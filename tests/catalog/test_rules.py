"""Every rule with the smallest content that breaks it."""

from collections.abc import Callable

import pytest
from tests.catalog.content_folder import CASES, SQL, ContentFolder, texts

from securescore.catalog.check import Exemption
from securescore.catalog.validators import RULES

Break = Callable[[ContentFolder], object]


def changed(**changes: object) -> Break:
    return lambda content: content.write(**changes)  # type: ignore[arg-type]


def bare(**changes: object) -> Break:
    return lambda content: content.skeleton(**changes)  # type: ignore[arg-type]


def two_in_a_circle(content: ContentFolder) -> None:
    content.skeleton("First", after=["Second"])
    content.skeleton("Second", after=["first"])


def cases_without_query(content: ContentFolder) -> None:
    content.skeleton("Bare").with_suffix(".cases.yaml").write_text(CASES, "utf-8")


def same_id_in_two_folders(content: ContentFolder) -> None:
    content.skeleton("Twin")
    content.skeleton("twin", service="EXO", folder="exchange_online")


def same_alias(content: ContentFolder) -> None:
    content.skeleton("One", aliases=["Old"])
    content.skeleton("Two", aliases=["OLD"])


def sql(change: str, by: str) -> str:
    assert change in SQL
    return SQL.replace(change, by)


def without_case(number: int) -> str:
    lines = CASES.splitlines(keepends=True)
    del lines[number]
    return "".join(lines)


def detailed(language: str, **details: str) -> dict[str, object]:
    return texts(language) | {"details": {"on": "On for {name}", "off": "Off for {name}", **details}}


BROKEN: list[tuple[str, str, Break]] = [
    ("id_equals_file_name", "the id is Sample but the file is called Other.yaml", changed(file="Other")),
    ("ids_are_unique", "twin is also claimed by entra_id/Twin.yaml", same_id_in_two_folders),
    ("ids_are_unique", "OLD is also claimed by entra_id/One.yaml", same_alias),
    ("maximum_is_within_limits", "10.01 points are not allowed", bare(points=[{"value": 10.01}])),
    ("maximum_is_within_limits", "0 points are not allowed", bare(points=[{"value": 0}])),
    ("informational_has_no_points", "an informational action is never scored", bare(kind="informational", points=[{"value": 5}])),
    ("dates_ascend", "the first entry of points has a from", bare(points=[{"value": 5, "from": "2026-01-01"}])),
    ("dates_ascend", "the entries of points must each start later", bare(points=[{"value": 5}, {"value": 6}])),
    (
        "dates_ascend",
        "the entries of category must each start later",
        bare(category=[{"value": "Apps"}, {"value": "Data", "from": "2026-02-01"}, {"value": "Apps", "from": "2026-01-01"}]),
    ),
    ("measurement_is_complete", "a measured action needs when_empty", changed(when_empty=None)),
    ("measurement_is_complete", "a measured action needs entity", changed(entity=None)),
    ("measurement_is_complete", "a measured action needs confidence", changed(confidence=None)),
    ("measurement_is_complete", "a measured action needs scoring", changed(scoring=None)),
    ("nothing_is_measured_without_query", "evidence is given, but there is no Bare.sql", bare(evidence=["users"])),
    ("nothing_is_measured_without_query", "there are cases, but there is no Bare.sql", cases_without_query),
    ("task_has_a_cadence", "cadence_days belongs to every task", bare(kind="task")),
    ("task_has_a_cadence", "cadence_days belongs to every task", bare(cadence_days=14)),
    ("task_has_a_cadence", "a task is done by an attestation", changed(kind="task", cadence_days=14)),
    ("scoring_is_known", "scoring is missing", changed(sql=None, cases=None, scoring=None, entity=None, when_empty=None, confidence=None, evidence=None)),
    ("sql_is_one_select", "exactly one SELECT is allowed, and this holds 2 statements", changed(sql=SQL + "; select 2")),
    ("sql_is_one_select", "only a SELECT is allowed, not DROP", changed(sql="drop table organization")),
    ("sql_is_one_select", "read_parquet() reaches outside the evidence", changed(sql="select * from read_parquet('x')")),
    ("sql_answers_with_the_four_columns", "the query answers with entity_id, entity_name, state, detail", changed(sql=sql("as verdict", "as state"))),
    ("evidence_is_what_sql_reads", "the query reads users, which evidence does not declare", changed(sql=sql("from organization", "from organization, users"))),
    ("evidence_is_what_sql_reads", "evidence declares users, which the query does not read", changed(evidence=["organization", "users"])),
    ("evidence_is_known", "people is neither a table of evidence nor a fact", changed(sql=sql("from organization", "from organization, people"), evidence=["organization", "people"])),
    ("clock_is_declared", "the clock is used, but not declared", changed(sql=sql("from organization", "from organization where getvariable('as_of') is null"))),
    ("clock_is_declared", "the clock is declared, but the query does not use it", changed(reads_clock=True)),
    ("cases_cover_every_verdict", "no case expects an entity that is protected", changed(cases=without_case(0))),
    ("cases_cover_every_verdict", "no case expects an entity that is exposed", changed(cases=without_case(1))),
    ("cases_cover_every_verdict", "no case expects an entity that is unknown", changed(cases=without_case(2))),
    ("cases_cover_every_verdict", "there are no cases; write Sample.cases.yaml", changed(cases=None)),
    ("cases_cover_every_verdict", "no case is empty", changed(cases=without_case(3))),
    ("cases_give_declared_rows", "case 'x' gives users, which evidence does not declare", changed(cases=CASES + "- {name: x, given: {users: []}, expect: {exposed: [a]}}\n")),
    ("cases_give_declared_rows", "case 'x' gives organization.colour, which does not exist", changed(cases=CASES + "- {name: x, given: {organization: [{colour: red}]}, expect: {exposed: [a]}}\n")),
    ("cases_are_dated_when_the_clock_is_read", "case 'x': as_of is given exactly when", changed(cases=CASES + "- {name: x, given: {}, as_of: 2026-01-15T00:00:00Z, expect: {exposed: [a]}}\n")),
    ("details_are_worded", "the detail code away has no wording in en", changed(sql=sql("'off'", "'away'"))),
    ("details_are_worded", "the detail code gone has no wording in nl", changed(cases=CASES + "- {name: x, given: {}, expect: {exposed: [a], details: {a: gone}}}\n")),
    ("languages_match", "en and nl: only one of them has why", changed(nl={key: value for key, value in texts("nl").items() if key != "why"})),
    ("languages_match", "en and nl differ in the number of entries of do", changed(nl=texts("nl") | {"do": ["Eerst."]})),
    ("languages_match", "en and nl: only one of them words the detail code more", changed(nl=detailed("nl", more="x"))),
    ("languages_match", "en and nl name different values in the detail code on", changed(nl=detailed("nl", on="Aan voor {naam}"))),
    ("languages_match", "en and nl name different values in the detail code on", changed(nl=detailed("nl", on="Aan voor {name"))),
    ("texts_are_complete", "nl lacks a title; only a skeleton may", changed(nl=None)),
    ("texts_are_complete", "nl lacks why; only a skeleton may", changed(nl={key: value for key, value in texts("nl").items() if key != "why"})),
    ("profile_is_complete", "the profile lacks cost, threats; fill it in", changed(cost=None, threats=None, our_judgement=None)),
    ("profile_is_complete", "our_judgement names points; it is for tier, cost, user_impact, threats", changed(our_judgement=["points"])),
    ("what_is_remembered_is_experimental", "the measurement is from memory", changed(confidence="remembered")),
    ("native_has_a_reason", "native_because is given beside a query", changed(native_because="portal_only")),
    ("native_has_a_reason", "there is neither a query nor native_because", changed(sql=None, cases=None, entity=None, when_empty=None, confidence=None, evidence=None)),
    ("texts_are_complete", "en lacks why", changed(en={key: value for key, value in texts("en").items() if key != "why"})),
    ("link_is_https", "the link http://example.org/ is no https address", bare(link="http://example.org/")),
    ("link_is_https", "the link https:///x is no https address", bare(link="https:///x")),
    ("licence_plans_are_known", "the service plan AAD_GOLD is not in services.yaml", bare(licence={"plans": ["AAD_GOLD"]})),
    ("prior_actions_exist", "after names Nowhere, and there is no such action", bare(after=["Nowhere"])),
    ("prior_actions_form_no_circle", "after leads back to this action", two_in_a_circle),
    ("prior_actions_form_no_circle", "after leads back to this action", bare(after=["bare"])),
    ("folder_is_that_of_the_service", "actions of EXO stand in exchange_online/, and this one stands in entra_id/", bare(service="EXO")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "problem", "breaking"), BROKEN, ids=[f"{rule}: {text}" for rule, text, _ in BROKEN]
)
def test_a_broken_rule_is_one_clear_sentence(
    content: ContentFolder, rule: str, problem: str, breaking: Break
) -> None:
    breaking(content)
    found = [finding for finding in content.findings() if finding.validator == rule]
    assert any(finding.message.startswith(problem) for finding in found), content.lines()
    assert all("\n" not in str(finding) for finding in found)


def test_every_rule_has_an_example_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BROKEN}


def test_right_content_has_no_findings(content: ContentFolder) -> None:
    content.write()
    content.skeleton()
    content.skeleton("Task", kind="task", cadence_days=14, after=["sample"])
    unmeasured = dict.fromkeys(("points", "scoring", "entity", "when_empty", "confidence", "evidence"), None)
    content.write("Told", sql=None, cases=None, kind="informational", **unmeasured)  # type: ignore[arg-type]
    assert content.lines() == []


def test_points_above_ten_are_one_line_and_not_told_by_the_schema_again(content: ContentFolder) -> None:
    content.skeleton("Bare", points=[{"value": 10.01}])
    assert content.lines() == [
        "entra_id/Bare.yaml: 10.01 points are not allowed; a maximum is above 0 and at most 10 [maximum_is_within_limits]"
    ]


def test_a_query_that_cannot_be_read_is_not_reported_twice(content: ContentFolder) -> None:
    content.write(sql="select 1; drop table organization")
    assert content.lines() == [
        "entra_id/Sample.yaml: exactly one SELECT is allowed, and this holds 2 statements [sql_is_one_select]"
    ]


def test_an_exception_silences_one_rule_of_one_action(content: ContentFolder) -> None:
    content.skeleton("Bare", link="http://example.org/")
    content.skeleton("Other", link="http://example.org/")
    findings = content.findings(Exemption("link_is_https", "bare", "the service has no TLS"))
    assert [finding.place for finding in findings] == ["entra_id/Other.yaml"]


def test_an_exception_that_is_no_longer_needed_is_a_finding(content: ContentFolder) -> None:
    content.skeleton("Bare")
    (finding,) = content.findings(Exemption("link_is_https", "Bare", "the service has no TLS"))
    assert str(finding) == (
        "exceptions.yaml: Bare no longer breaks link_is_https; remove the exception [exceptions_are_needed]"
    )
