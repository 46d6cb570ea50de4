"""Why the score moved: left, joined, configuration, evidence, declarations; always summing to the difference."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.assess.hand_made import (
    BY_ENABLED,
    Evidence,
    action,
    catalog_of,
    day,
    declared,
    native,
    people,
    plans,
    profiles,
)

from securescore.assess import Assessment, Organisation, assess
from securescore.assess.changes import Explanation, Step, explain_steps, runs_behind
from securescore.assess.records import record_differences
from securescore.catalog import Catalog
from securescore.model import MICRO, Reason, Scoring, WhenEmpty
from securescore.scoring.change import Cause, Trigger
from securescore.scoring.totals import Pair

SAMPLE = catalog_of(action("Sample"))


def between(
    evidence: Evidence,
    first: datetime,
    last: datetime,
    catalog: Catalog = SAMPLE,
    organisation: Organisation | None = None,
) -> Explanation:
    """As `securescore changes` does it: what expired, then what was synchronised."""

    def at(moment: datetime, declared_on: datetime) -> Assessment:
        return assess(
            evidence.folder,
            catalog,
            {},
            as_of=moment,
            declared_on=declared_on.date(),
            organisation=organisation,
        )

    before, expired, after = at(first, first), at(first, last), at(last, last)
    explanation = explain_steps([Step(Trigger.EXPIRY, before, expired), Step(Trigger.SYNC, expired, after)])
    for account in (explanation.credited, explanation.verified):
        assert sum(account.parts.values(), Pair()) == account.difference
        if account.percents is not None:
            assert sum(account.percents.values()) == account.percent
    return explanation


def causes(explanation: Explanation) -> dict[Cause, float]:
    """Points moved by each cause in the credited reading."""
    return {cause: pair.achieved / MICRO for cause, pair in explanation.credited.parts.items()}


def test_the_example_of_the_design_from_rows_to_causes(evidence: Evidence) -> None:
    """8 of 10; one protected and one exposed leave, one exposed becomes protected, one exposed joins: 8 of 9."""
    protected = {f"p{n}": True for n in range(8)}
    evidence.run(day(0), {"users": people(**protected, x=False, y=False)})
    del protected["p0"]
    evidence.run(day(1), {"users": people(**protected, y=True, z=False)})
    found = causes(between(evidence, day(0), day(1)))
    assert found == {
        Cause.LEFT: pytest.approx(13 / 18, abs=1e-6),
        Cause.JOINED: pytest.approx(-8 / 9, abs=1e-6),
        Cause.CONFIGURATION: pytest.approx(19 / 18, abs=1e-6),
    }
    assert sum(found.values()) == pytest.approx(8 / 9, abs=1e-6)


def test_to_and_from_unknown_is_evidence(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=None, bo=True)})
    evidence.run(day(1), {"users": people(ada=True, bo=True)})
    assert causes(between(evidence, day(0), day(1))) == {Cause.EVIDENCE: 5}


def test_all_or_nothing(evidence: Evidence) -> None:
    catalog = catalog_of(action("Sample", scoring=Scoring.ALL_OR_NOTHING))
    evidence.run(day(0), {"users": people(ada=False, bo=False, cy=True)})
    evidence.run(day(1), {"users": people(ada=True, cy=True)})
    assert causes(between(evidence, day(0), day(1), catalog)) == {Cause.LEFT: 5, Cause.CONFIGURATION: 5}


@pytest.mark.parametrize(("when_empty", "joined"), [(WhenEmpty.FULL, -10), (WhenEmpty.NOT_APPLICABLE, 0)])
def test_an_empty_side_is_all_joined(evidence: Evidence, when_empty: WhenEmpty, joined: int) -> None:
    catalog = catalog_of(action("Sample", when_empty=when_empty))
    evidence.run(day(0), {"users": []})
    evidence.run(day(1), {"users": people(ada=False)})
    explanation = between(evidence, day(0), day(1), catalog)
    assert {effect.cause for effect in explanation.credited_effects} == {Cause.JOINED}
    assert causes(explanation) == {Cause.JOINED: joined}


def test_nothing_moved(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    evidence.run(day(1), {"users": people(ada=True)})
    assert between(evidence, day(0), day(1)).credited_effects == ()


def test_a_decision_that_expired_between_the_runs(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=False, bo=True)})
    evidence.run(day(3), {"users": people(ada=False, bo=True)})
    text = '[[decision]]\naction = "Sample"\nstatus = "third_party"\nexpires = 2026-01-14\n'
    organisation = declared(evidence.folder.path / "o.toml", text)
    explanation = between(evidence, day(0), day(3), organisation=organisation)
    assert causes(explanation) == {Cause.EXPIRY: -5}
    assert explanation.verified_effects == ()


def test_an_exclusion_that_expired_and_a_user_who_changed_at_once(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=False, bo=True)})
    evidence.run(day(3), {"users": people(ada=True, bo=True)})
    text = '[[exclusion]]\nactions = ["*"]\nentities = ["ada@contoso.example"]\nreason = "r"\nexpires = 2026-01-14\n'
    organisation = declared(evidence.folder.path / "o.toml", text)
    explanation = between(evidence, day(0), day(3), organisation=organisation)
    assert causes(explanation) == {Cause.EXPIRY: -5, Cause.CONFIGURATION: 5}
    assert {effect.cause for effect in explanation.verified_effects} == {Cause.CONFIGURATION}


def test_entities_resolved_by_a_decision_do_not_move_credited(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=False, bo=True)})
    evidence.run(day(1), {"users": people(ada=True, bo=True)})
    text = '[[decision]]\naction = "Sample"\nstatus = "third_party"\nentities = ["ada@contoso.example"]\n'
    organisation = declared(evidence.folder.path / "o.toml", text)
    explanation = between(evidence, day(0), day(1), organisation=organisation)
    assert explanation.credited_effects == ()
    assert {one.cause for one in explanation.verified_effects} == {Cause.CONFIGURATION}


def test_microsofts_own_points_and_another_source(evidence: Evidence) -> None:
    catalog = catalog_of(action("Sample"), action("Native", None))
    evidence.run(day(0), native(day(0), {"Sample": 2, "Native": 2}), missing={"users": Reason.NO_PERMISSION})
    evidence.run(day(1), native(day(1), {"Sample": 2, "Native": 6}) | {"users": people(ada=True)})
    assert causes(between(evidence, day(0), day(1), catalog)) == {
        Cause.SOURCE_CHANGED: 8,
        Cause.REPORTED_BY_MICROSOFT: 4,
    }


def test_evidence_gained_and_lost(evidence: Evidence) -> None:
    evidence.run(day(0), {}, missing={"users": Reason.NO_PERMISSION})
    evidence.run(day(1), {"users": people(ada=True, bo=False)})
    evidence.run(day(30), {}, missing={"users": Reason.NO_PERMISSION})
    gained, lost = between(evidence, day(0), day(1)), between(evidence, day(1), day(30))
    assert (causes(gained), gained.credited.difference) == (
        {Cause.EVIDENCE_GAINED: 5},
        Pair(5 * MICRO, 10 * MICRO),
    )
    assert (causes(lost), lost.credited.difference) == ({Cause.EVIDENCE_LOST: -5}, Pair(-5 * MICRO, 0))


def test_a_product_that_was_removed_is_scope(evidence: Evidence) -> None:
    catalog = catalog_of(action("Sample"), action("Mail", service="EXO"))
    evidence.run(day(0), {"users": people(ada=True), "service_plans": plans("EXCHANGE_S_STANDARD")})
    evidence.run(day(1), {"users": people(ada=True), "service_plans": []})
    explanation = between(evidence, day(0), day(1), catalog)
    assert [(one.action_id, one.cause) for one in explanation.credited_effects] == [("Mail", Cause.SCOPE)]


def test_other_points_of_the_tenants_own_profile_are_re_weighted(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)} | profiles(Sample={"maximum": 5.0}))
    evidence.run(day(1), {"users": people(ada=True)} | profiles(Sample={"maximum": 8.0}))
    assert causes(between(evidence, day(0), day(1))) == {Cause.RE_WEIGHTED: 3}


def test_a_measurement_that_reads_the_clock_is_compared_with_what_it_was(evidence: Evidence) -> None:
    """Two runs with the same records, each judged as of its own end; waiting alone changes nothing."""
    before_day_two = """
        SELECT user_id::VARCHAR AS entity_id, user_name AS entity_name, NULL AS detail,
               CASE WHEN getvariable('as_of') < TIMESTAMP '2026-01-14' THEN 'exposed' ELSE 'protected' END AS verdict
        FROM users
    """
    catalog = catalog_of(action("Sample", before_day_two, reads_clock=True))
    evidence.run(day(0), {"users": people(ada=True)})
    assert causes(between(evidence, day(1), day(3), catalog)) == {}
    evidence.run(day(3), {"users": people(ada=True)})
    assert causes(between(evidence, day(1), day(3), catalog)) == {Cause.CONFIGURATION: 10}
    assert causes(between(evidence, day(3), day(1), catalog)) == {Cause.CONFIGURATION: -10}


def test_the_records_behind_a_change_of_configuration(evidence: Evidence) -> None:
    """They are those of the runs that were compared, even when a newer run holds something else."""
    evidence.run(day(0), {"users": people(ada=False, bo=True)})
    evidence.run(day(1), {"users": people(ada=True, bo=True)})
    evidence.run(day(2), native(day(2), {"Sample": 10}))
    before, after = evidence.assess(SAMPLE, at=day(0)), evidence.assess(SAMPLE)
    explanation = explain_steps([Step(Trigger.SYNC, before, after)])
    ((old, new, tables),) = runs_behind(explanation.effects, before, after, {})
    ((found,),) = [one.listed for one in record_differences(old, new, tables)]
    assert (found.record, found.column, found.before, found.after) == (
        "ada@contoso.example",
        "enabled",
        "false",
        "true",
    )


STATE = st.sampled_from([True, False, None])
USERS = st.dictionaries(st.sampled_from(["ada", "bo", "cy", "di"]), STATE)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=USERS,
    second=USERS,
    lost=st.booleans(),
    scoring=st.sampled_from(Scoring),
    when_empty=st.sampled_from(WhenEmpty),
    entities=st.frozensets(st.sampled_from(["ada", "bo", "cy"])),
    status=st.sampled_from(["planned", "third_party"]),
)
def test_causes_always_sum_to_the_difference(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, bool | None],
    second: dict[str, bool | None],
    lost: bool,  # noqa: FBT001
    scoring: Scoring,
    when_empty: WhenEmpty,
    entities: frozenset[str],
    status: str,
) -> None:
    evidence = Evidence(tmp_path_factory.mktemp("property"))
    named = ", ".join(f'"{name}@contoso.example"' for name in entities)
    some = f"entities = [{named}]\n" if entities else ""
    text = f'[[decision]]\naction = "Sample"\nstatus = "{status}"\n{some}expires = 2026-01-20\n'
    organisation = declared(evidence.folder.path.parent / "o.toml", text)
    catalog = catalog_of(action("Sample", BY_ENABLED, scoring=scoring, when_empty=when_empty))
    evidence.run(day(0), {"users": people(**first)})
    if lost:
        evidence.run(day(9), {}, missing={"users": Reason.NO_PERMISSION})
    else:
        evidence.run(day(9), {"users": people(**second)})
    between(evidence, day(0), day(9), catalog, organisation)
