"""Verified and credited: classes, exclusions and decisions laid over verdicts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.assess.hand_made import Evidence, action, catalog_of, day, declared, native, people, uid

from securescore.assess import AssessedAction, Assessment, Organisation
from securescore.assess.crediting import NOTHING, Declared, Recounter
from securescore.assess.organisation import Exclusion
from securescore.model import MICRO, AccountClass, Coverage, Status

SAMPLE = catalog_of(action("Sample", leaves_out=[AccountClass.EMERGENCY_ACCESS]))


@pytest.fixture
def four(evidence: Evidence) -> Evidence:
    """Ada is protected, Bo and Cy are exposed, of Di nothing is known: 2.5 of 10 points."""
    evidence.run(day(0), {"users": people(ada=True, bo=False, cy=False, di=None)})
    return evidence


def sample(evidence: Evidence, text: str, at: datetime | None = None) -> AssessedAction:
    return get(evidence.assess(SAMPLE, at=at, organisation=declared(evidence.folder.path / "o.toml", text)))


def get(assessment: Assessment) -> AssessedAction:
    found = assessment.get("Sample")
    assert found is not None
    return found


def figures(found: AssessedAction) -> tuple[float, float]:
    """Credited and verified points."""
    return (found.points or 0) / MICRO, (found.verified or 0) / MICRO


def decision(status: str, more: str = "", action: str = "sample") -> str:
    return f'[[decision]]\naction = "{action}"\nstatus = "{status}"\n{more}\n'


def exclusion(entities: str, more: str = "", actions: str = '"Sample"') -> str:
    return f'[[exclusion]]\nactions = [{actions}]\nentities = [{entities}]\nreason = "r"\n{more}\n'


def test_nothing_declared(four: Evidence) -> None:
    found = sample(four, "")
    assert figures(found) == (2.5, 2.5)
    assert found.coverage == Coverage(protected=1, exposed=2, unknown=1)


@pytest.mark.parametrize("name", ["bo@contoso.example", "BO@Contoso.Example", uid("bo"), uid("bo").upper()])
def test_an_exclusion_names_somebody_by_name_or_id_whatever_the_case(four: Evidence, name: str) -> None:
    found = sample(four, exclusion(f'"{name}"'))
    assert found.coverage == Coverage(protected=1, exposed=1, unknown=1, excluded=1)
    assert figures(found) == (3.333333, 2.5)


def test_an_exclusion_from_every_action_and_one_from_another(four: Evidence) -> None:
    assert figures(sample(four, exclusion('"bo@contoso.example"', actions='"*"'))) == (3.333333, 2.5)
    assert figures(sample(four, exclusion('"bo@contoso.example"', actions='"Other"'))) == (2.5, 2.5)


def test_the_day_of_expiry_is_the_first_without_it(four: Evidence) -> None:
    text = exclusion('"bo@contoso.example"', "expires = 2026-01-14")
    assert figures(sample(four, text, datetime(2026, 1, 13, 23, 59, tzinfo=UTC)))[0] == 3.333333
    assert figures(sample(four, text, datetime(2026, 1, 14, tzinfo=UTC)))[0] == 2.5


def test_classes_leave_the_credited_population_where_the_action_says_so(four: Evidence) -> None:
    classes = '[[account]]\nclass = "{}"\nusers = ["Bo@contoso.example"]\n'
    assert figures(sample(four, classes.format("emergency_access"))) == (3.333333, 2.5)
    assert figures(sample(four, classes.format("service"))) == (2.5, 2.5)


@pytest.mark.parametrize(
    ("status", "credited", "shown"),
    [
        ("to_address", 2.5, Status.TO_ADDRESS),
        ("planned", 2.5, Status.PLANNED),
        ("risk_accepted", 2.5, Status.RISK_ACCEPTED),
        ("third_party", 10, Status.THIRD_PARTY),
        ("alternate_mitigation", 10, Status.ALTERNATE_MITIGATION),
    ],
)
def test_each_status_of_the_whole_action(four: Evidence, status: str, credited: float, shown: Status) -> None:
    found = sample(four, decision(status))
    assert figures(found) == (credited, 2.5)
    assert found.status is shown
    assert found.maximum == 10 * MICRO


def test_planned_shows_in_the_planned_view_and_accepted_risk_in_achievable(four: Evidence) -> None:
    def views(text: str) -> tuple[float, float]:
        assessment = four.assess(SAMPLE, organisation=declared(four.folder.path / "o.toml", text))
        found = assessment.score.total.views
        assert found.achievable is not None
        return found.planned.points / MICRO, found.achievable.points / MICRO

    assert views(decision("planned")) == (10, 10)
    assert views(decision("risk_accepted")) == (2.5, 2.5)


def test_a_decision_expires_by_itself(four: Evidence) -> None:
    found = sample(four, decision("third_party", "expires = 2026-01-12"))
    assert (figures(found), found.status) == ((2.5, 2.5), Status.TO_ADDRESS)


def test_a_decision_about_some_is_credited_as_a_union_with_the_measured(four: Evidence) -> None:
    found = sample(four, decision("third_party", 'entities = ["ada@contoso.example", "bo@contoso.example"]'))
    assert found.coverage == Coverage(protected=2, exposed=1, unknown=1)
    assert (figures(found), found.resolved, found.status) == ((5, 2.5), 1, Status.TO_ADDRESS)


def test_a_decision_about_a_class(four: Evidence) -> None:
    accounts = '[[account]]\nclass = "service"\nusers = ["cy@contoso.example"]\n'
    found = sample(four, accounts + decision("alternate_mitigation", 'class = "service"'))
    assert (figures(found), found.resolved) == ((5, 2.5), 1)


@pytest.mark.parametrize("second", ['"Bo@contoso.example"', f'"{uid("bo")}"'], ids=["by name", "by id"])
def test_the_newest_decision_wins_for_an_entity_however_it_is_named(four: Evidence, second: str) -> None:
    first = decision("third_party", 'entities = ["bo@contoso.example"]\ndecided = 2026-01-05')
    newer = decision("to_address", f"entities = [{second}]\ndecided = 2026-01-06")
    assert figures(sample(four, first + newer)) == (2.5, 2.5)
    assert figures(sample(four, newer + first)) == (2.5, 2.5), "the date decides, not the place in the file"
    assert figures(sample(four, newer.replace("06", "04") + first)) == (5, 2.5)


def test_of_two_decisions_of_one_day_the_later_in_the_file_wins(four: Evidence) -> None:
    assert figures(sample(four, decision("third_party") + decision("planned"))) == (2.5, 2.5)
    assert figures(sample(four, decision("planned") + decision("third_party"))) == (10, 2.5)


def test_a_newer_decision_about_some_takes_them_out_of_a_resolved_whole(four: Evidence) -> None:
    whole = decision("third_party", "decided = 2026-01-05")
    some = decision(
        "planned", 'entities = ["bo@contoso.example", "di@contoso.example"]\ndecided = 2026-01-06'
    )
    found = sample(four, whole + some)
    assert figures(found) == (5, 2.5)
    assert found.coverage == Coverage(protected=2, exposed=1, unknown=1)
    assert found.status is Status.THIRD_PARTY, "the whole is still resolved, but for two"


def test_a_newer_decision_about_the_whole_replaces_older_ones_about_some(four: Evidence) -> None:
    some = decision("third_party", 'entities = ["bo@contoso.example"]\ndecided = 2026-01-05')
    assert figures(sample(four, some + decision("planned", "decided = 2026-01-06"))) == (2.5, 2.5)


def test_an_excluded_entity_is_gone_even_when_resolved(four: Evidence) -> None:
    text = exclusion('"bo@contoso.example"') + decision("third_party", 'entities = ["bo@contoso.example"]')
    assert sample(four, text).coverage == Coverage(protected=1, exposed=1, unknown=1, excluded=1)


@pytest.mark.parametrize("status", ["planned", "risk_accepted", "third_party"])
def test_completed_locks_and_what_was_decided_is_overtaken(evidence: Evidence, status: str) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    found = sample(evidence, decision(status))
    assert (found.status, found.overtaken, figures(found)) == (Status.COMPLETED, True, (10, 10))
    about_some = sample(evidence, decision(status, 'entities = ["ada@contoso.example"]'))
    assert (about_some.status, about_some.overtaken) == (Status.COMPLETED, True)
    assert not sample(evidence, "").overtaken


def test_completed_needs_the_measurement_not_the_credit(four: Evidence) -> None:
    everybody = '"bo@contoso.example", "cy@contoso.example", "di@contoso.example"'
    found = sample(four, exclusion(everybody))
    assert (figures(found), found.status) == ((10, 2.5), Status.TO_ADDRESS)


@pytest.mark.parametrize(
    "name", ["Straße@contoso.example", "ΑΣ@contoso.example", 'O\'Neil [x] \\ "q"@contoso.example']
)
def test_names_of_all_the_world_are_found(evidence: Evidence, name: str) -> None:
    users = [{"user_id": uid("x"), "user_name": name, "display_name": "x", "enabled": False}]
    evidence.run(day(0), {"users": users})
    quoted = '"' + name.upper().replace("SS", "ß").replace("\\", "\\\\").replace('"', '\\"') + '"'
    found = sample(evidence, exclusion(quoted))
    assert found.coverage == Coverage(excluded=1)


def test_a_decision_under_a_former_name_of_the_action(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True, bo=False)})
    catalog = catalog_of(action("Sample", aliases=["Former"]))
    text = decision("planned", action="FORMER") + exclusion('"bo@contoso.example"', actions='"former"')
    organisation = declared(evidence.folder.path / "o.toml", text)
    found = get(evidence.assess(catalog, organisation=organisation))
    assert (found.status, found.coverage) == (Status.PLANNED, Coverage(protected=1, excluded=1))


def test_a_decision_about_an_action_that_only_microsoft_knows(evidence: Evidence) -> None:
    evidence.run(day(0), native(day(0), {"Sample": {"points": 2, "percent": 20}}))
    found = sample(evidence, decision("third_party", action="SAMPLE"))
    assert (figures(found), found.status) == ((10, 2), Status.THIRD_PARTY)


def test_without_entities_a_newer_decision_about_some_ends_the_credit_of_the_whole(
    evidence: Evidence,
) -> None:
    evidence.run(day(0), native(day(0), {"Sample": {"points": 2, "percent": 20}}))
    whole = decision("third_party", "decided = 2026-01-05")
    some = decision("planned", 'entities = ["bo@contoso.example"]\ndecided = 2026-01-06')
    assert figures(sample(evidence, whole)) == (10, 2)
    assert figures(sample(evidence, whole + some)) == (2, 2)


NAMES = ["ada", "bo", "cy", "di", "ed"]
SOME = st.frozensets(st.sampled_from([f"{name}@contoso.example" for name in NAMES]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verdicts=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([True, False, None]), min_size=1),
    excluded=SOME,
    resolved=SOME,
    overruled=SOME,
    whole=st.sampled_from([None, Status.PLANNED, Status.THIRD_PARTY]),
)
def test_no_declaration_moves_verified_and_the_counts_agree_with_a_plain_count(
    tmp_path_factory: pytest.TempPathFactory,
    verdicts: dict[str, bool | None],
    excluded: frozenset[str],
    resolved: frozenset[str],
    overruled: frozenset[str],
    whole: Status | None,
) -> None:
    evidence = Evidence(tmp_path_factory.mktemp("property"))
    evidence.run(day(0), {"users": people(**verdicts)})
    measurement = get(evidence.assess(SAMPLE)).reading.measurement
    assert measurement is not None
    entities = dict.fromkeys(resolved, Status.THIRD_PARTY) | dict.fromkeys(overruled, Status.TO_ADDRESS)
    with Recounter() as again:
        found = again.recount(measurement, Declared(whole, excluded, entities))
        assert again.recount(measurement, NOTHING).coverage == measurement.coverage
    assert found.coverage == _plainly(verdicts, whole, excluded, entities)
    assert found.coverage.total + found.coverage.excluded == measurement.coverage.total


def _plainly(
    verdicts: dict[str, bool | None],
    whole: Status | None,
    excluded: frozenset[str],
    entities: dict[str, Status],
) -> Coverage:
    overruled = whole is Status.THIRD_PARTY and Status.TO_ADDRESS in entities.values()
    counts = {True: 0, False: 0, None: 0}
    out = 0
    for short, seen in verdicts.items():
        name = f"{short}@contoso.example"
        is_resolved = entities[name] is Status.THIRD_PARTY if name in entities else overruled
        if name in excluded:
            out += 1
        else:
            counts[True if is_resolved else seen] += 1
    return Coverage(counts[True], counts[False], counts[None], out)


def test_excluding_every_exposed_user_leaves_verified_unchanged(four: Evidence) -> None:
    before = four.assess(SAMPLE)
    exposed = frozenset({"bo@contoso.example", "cy@contoso.example", "di@contoso.example"})
    hidden = Organisation(exclusions=(Exclusion(frozenset({"*"}), exposed, "hide"),))
    after = four.assess(SAMPLE, organisation=hidden)
    assert after.score.total.verified_points == before.score.total.verified_points == 2_500_000
    assert after.score.total.verified_percent == before.score.total.verified_percent
    assert after.score.total.points == 10 * MICRO
    assert replace(get(after), declared=NOTHING).measured == get(before).measured
