"""The ladder of missing evidence, rung by rung, on folders made by hand."""

from fractions import Fraction

import pytest
from tests.assess.hand_made import (
    BY_ENABLED,
    TENANT,
    Evidence,
    action,
    catalog_of,
    day,
    declared,
    native,
    people,
    plans,
)

from securescore.assess import AssessedAction, Assessment
from securescore.errors import EvidenceError
from securescore.model import MICRO, Outcome, Reason, Source, Status, WhenEmpty

SAMPLE = catalog_of(action("Sample"))
HALF = people(ada=True, bo=False)
REFUSED = {"users": Reason.NO_PERMISSION}


def sample(assessment: Assessment) -> AssessedAction:
    found = assessment.get("sample")
    assert found is not None
    return found


def points(assessment: Assessment) -> tuple[float, float]:
    total = assessment.score.total
    return total.points / MICRO, total.maximum / MICRO


def test_first_rung_this_runs_result(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF} | native(day(0), {"Sample": 9}))
    found = sample(evidence.assess(SAMPLE))
    assert (found.source, found.stale, found.as_of, found.points) == (
        Source.EVIDENCE,
        False,
        day(0),
        5 * MICRO,
    )
    assert found.native is not None
    assert found.native.points == 9


def test_second_rung_an_earlier_result_is_stale_and_dated(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF} | native(day(0), {"Sample": 9}))
    evidence.run(day(14), {}, missing=REFUSED)
    assessment = evidence.assess(SAMPLE)
    found = sample(assessment)
    assert (found.source, found.stale, found.as_of, found.points) == (
        Source.EVIDENCE,
        True,
        day(0),
        5 * MICRO,
    )
    assert assessment.assessed_share == 0, "a stale result is no fresh one"


def test_third_rung_microsoft_stands_in(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    evidence.run(day(20), native(day(19), {"Sample": 9}), missing=REFUSED)
    found = sample(evidence.assess(SAMPLE))
    assert (found.source, found.as_of, found.points) == (Source.NATIVE, day(19), 9 * MICRO)
    assert found.coverage is None


def test_fourth_rung_evidence_lost_keeps_nothing_of_the_maximum(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    evidence.run(day(15), {}, missing=REFUSED)
    assessment = evidence.assess(SAMPLE)
    found = sample(assessment)
    assert (found.outcome, found.reason, found.source) == (Outcome.NOT_ASSESSED, Reason.NO_PERMISSION, None)
    assert found.evidence_lost
    assert points(assessment) == (0, 10)
    assert assessment.assessed_share == 0


def test_fourth_rung_also_when_only_microsoft_ever_scored_it(evidence: Evidence) -> None:
    evidence.run(day(0), native(day(0), {"Sample": 9}))
    evidence.run(day(15), {}, missing={"native_controls": Reason.NO_PERMISSION} | REFUSED)
    assessment = evidence.assess(SAMPLE)
    assert sample(assessment).evidence_lost
    assert points(assessment) == (0, 10)


def test_fifth_rung_never_seen_is_out_of_the_total_and_in_the_share(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF, "domains": []}, missing={"groups": Reason.COLLECTION_FAILED})
    unseen = action("Unseen", BY_ENABLED, evidence=("groups",))
    assessment = evidence.assess(catalog_of(action("Sample"), unseen))
    found = assessment.get("Unseen")
    assert found is not None
    assert (found.outcome, found.reason, found.counted) == (
        Outcome.NOT_ASSESSED,
        Reason.COLLECTION_FAILED,
        False,
    )
    assert points(assessment) == (5, 10)
    assert assessment.assessed_share == Fraction(1, 2)


@pytest.mark.parametrize("age", [1, 14, 15, 400])
def test_withdrawing_a_permission_never_raises_the_score(evidence: Evidence, age: int) -> None:
    both = catalog_of(action("Sample"), action("Groups", _groups(), evidence=("groups",)))
    groups = [{"group_id": "6e1f0e9a-0000-4000-8000-000000000001", "group_name": "g"}]
    evidence.run(day(0), {"users": HALF, "groups": groups})
    before = evidence.assess(both).score.total.percent
    evidence.run(day(age), {"groups": groups}, missing=REFUSED)
    after = evidence.assess(both).score.total.percent
    assert before is not None
    assert after is not None
    assert after <= before
    assert (after == before) is (age <= 14)


def _groups() -> str:
    return (
        "SELECT group_id::VARCHAR AS entity_id, group_name AS entity_name, 'protected' AS verdict, "
        "NULL AS detail FROM groups"
    )


def test_what_microsoft_scored_stays_in_the_total_when_its_score_can_no_longer_be_read(
    evidence: Evidence,
) -> None:
    """Device actions, apps of others and controls nobody knows have no other scope than Microsoft's rows."""
    catalog = catalog_of(
        action("Sample"), action("Device", None, service="MDATP"), action("Saas", None, service="MDA_Okta")
    )
    owned = {"users": people(ada=True), "service_plans": plans("WINDEFATP", "ADALLOM_S_STANDALONE")}
    evidence.run(
        day(0),
        owned | native(day(0), {"Sample": 10, "Device": 1, "Saas": 1, "Unknown": 1}),
    )
    maximum = evidence.assess(catalog).score.total.maximum
    evidence.run(day(20), owned, missing={"native_controls": Reason.NO_PERMISSION})
    assessment = evidence.assess(catalog)
    assert assessment.score.total.maximum == maximum
    assert points(assessment)[0] == 10
    assert [one.id for one in assessment.actions if one.evidence_lost] == ["Device", "Saas"]
    listed = assessment.get("unknown")
    assert listed is not None, "a control that only Microsoft knew does not vanish from the list"
    assert listed.reason is Reason.NO_PERMISSION


def test_a_product_that_is_known_to_be_gone_is_not_held_by_an_old_score(evidence: Evidence) -> None:
    catalog = catalog_of(
        action("Sample"), action("Mail", None, service="EXO"), action("Device", None, service="MDATP")
    )
    evidence.run(day(0), {"users": HALF} | native(day(0), {"Sample": 5, "Mail": 1, "Device": 1}))
    evidence.run(
        day(20), {"users": HALF, "service_plans": []}, missing={"native_controls": Reason.NO_PERMISSION}
    )
    assert [one.id for one in evidence.assess(catalog).counted] == ["Sample"]


def test_the_newest_run_that_has_every_table_and_never_a_mixture(evidence: Evidence) -> None:
    joined = """
        SELECT user_id::VARCHAR AS entity_id, user_name AS entity_name,
               CASE WHEN (SELECT count(*) FROM domains) = 1 THEN 'protected' ELSE 'exposed' END AS verdict,
               NULL AS detail
        FROM users
    """
    both = catalog_of(action("Sample", joined, evidence=("users", "domains")))
    evidence.run(day(0), {"users": HALF, "domains": [{"domain": "one"}]})
    evidence.run(day(1), {"users": people(ada=True), "domains": [{"domain": "one"}]})
    evidence.run(day(2), {"users": HALF}, missing={"domains": Reason.COLLECTION_FAILED})
    found = sample(evidence.assess(both))
    assert (found.as_of, found.stale, found.coverage and found.coverage.total) == (day(1), True, 1)


def test_a_run_of_another_source_makes_nothing_stale(evidence: Evidence) -> None:
    """An import of Microsoft's score asked for no users; what was collected this morning stays this run's result."""
    evidence.run(day(0), {"users": HALF})
    evidence.run(day(0.1), native(day(0), {"Sample": 9}))
    assessment = evidence.assess(SAMPLE)
    assert (sample(assessment).source, sample(assessment).stale) == (Source.EVIDENCE, False)
    assert assessment.assessed_share == 1


def test_at_leaves_out_later_runs_unless_there_are_no_others(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    evidence.run(day(5), {"users": people(ada=True)})
    assert points(evidence.assess(SAMPLE, at=day(4))) == (5, 10)
    assert points(evidence.assess(SAMPLE, at=day(5))) == (10, 10)
    assert points(evidence.assess(SAMPLE, at=day(-300))) == (10, 10)
    assert evidence.assess(SAMPLE, at=day(4)).as_of == day(4)


def test_the_newest_runs_own_result_has_no_age_limit_but_is_called_stale(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    assessment = evidence.assess(SAMPLE, at=day(60))
    assert (sample(assessment).stale, points(assessment)) == (True, (5, 10))
    assert assessment.assessed_share == 0


def test_microsofts_score_is_fresh_for_three_days_and_stands_for_fourteen(evidence: Evidence) -> None:
    only = catalog_of(action("Sample", None))
    evidence.run(day(0), native(day(0), {"Sample": 9}))
    seen = [evidence.assess(only, at=day(age)) for age in (3, 4, 14, 15)]
    assert [sample(one).stale for one in seen] == [False, True, True, False]
    assert [points(one) for one in seen] == [(9, 10), (9, 10), (9, 10), (0, 10)]


def test_an_older_score_is_used_when_the_newest_run_answered_with_no_day(evidence: Evidence) -> None:
    only = catalog_of(action("Sample", None))
    evidence.run(day(0), native(day(0), {"Sample": 9}))
    evidence.run(day(1), {"native_scores": [], "native_controls": []})
    assert points(evidence.assess(only)) == (9, 10)


@pytest.mark.parametrize(
    ("when_empty", "outcome", "expected"),
    [
        (WhenEmpty.FULL, Outcome.ASSESSED, (10, 10)),
        (WhenEmpty.NONE, Outcome.ASSESSED, (0, 10)),
        (WhenEmpty.NOT_APPLICABLE, Outcome.NOT_APPLICABLE, (0, 0)),
    ],
)
def test_when_nobody_is_concerned(
    evidence: Evidence, when_empty: WhenEmpty, outcome: Outcome, expected: tuple[int, int]
) -> None:
    evidence.run(day(0), {"users": []})
    assessment = evidence.assess(catalog_of(action("Sample", when_empty=when_empty)))
    assert sample(assessment).outcome is outcome
    assert points(assessment) == expected


@pytest.mark.parametrize("when_empty", list(WhenEmpty))
def test_all_excluded_is_not_empty(evidence: Evidence, when_empty: WhenEmpty) -> None:
    evidence.run(day(0), {"users": HALF})
    everybody = declared(
        evidence.folder.path / "organisation.toml",
        '[[exclusion]]\nactions = ["*"]\nentities = ["ADA@contoso.example", "bo@contoso.example"]\nreason = "all"\n',
    )
    assessment = evidence.assess(catalog_of(action("Sample", when_empty=when_empty)), organisation=everybody)
    found = sample(assessment)
    assert points(assessment) == (0, 10)
    assert found.outcome is Outcome.ASSESSED
    assert found.coverage is not None
    assert (found.coverage.total, found.coverage.excluded) == (0, 2)
    assert assessment.score.total.verified_points == 5 * MICRO


def test_all_unknown_is_not_empty(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=None, bo=None)})
    assessment = evidence.assess(catalog_of(action("Sample", when_empty=WhenEmpty.FULL)))
    assert points(assessment) == (0, 10)
    assert assessment.assessed_share == 0


def test_a_table_gated_by_a_licence_is_empty_and_what_it_leaves_unknown_is_not_assessed(
    evidence: Evidence,
) -> None:
    registered = """
        SELECT u.user_id::VARCHAR AS entity_id, u.user_name AS entity_name,
               CASE WHEN r.mfa_registered OR u.enabled THEN 'protected' ELSE 'unknown' END AS verdict, NULL AS detail
        FROM users u LEFT JOIN registration_details r USING (user_id)
    """
    gated = catalog_of(action("Sample", registered, evidence=("users", "registration_details")))
    unlicensed = {"registration_details": Reason.NO_LICENCE}
    evidence.run(day(0), {"users": people(ada=None, bo=None)}, missing=unlicensed)
    nothing = evidence.assess(gated)
    assert (sample(nothing).outcome, sample(nothing).reason) == (Outcome.NOT_ASSESSED, Reason.NO_LICENCE)
    assert points(nothing) == (0, 0)
    evidence.run(day(1), {"users": people(ada=True, bo=None)}, missing=unlicensed)
    assert points(evidence.assess(gated)) == (5, 10)


def test_a_refused_table_is_not_an_empty_one(evidence: Evidence) -> None:
    listed = catalog_of(
        action("Sample", evidence=("users", "registration_details"), when_empty=WhenEmpty.FULL)
    )
    evidence.run(day(0), {"users": []}, missing={"registration_details": Reason.NO_PERMISSION})
    found = sample(evidence.assess(listed))
    assert (found.outcome, found.reason, found.counted) == (Outcome.NOT_ASSESSED, Reason.NO_PERMISSION, False)


def test_a_decision_credits_even_what_evidence_lost(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    evidence.run(day(30), {}, missing=REFUSED)
    resolved = declared(
        evidence.folder.path / "organisation.toml",
        '[[decision]]\naction = "Sample"\nstatus = "third_party"\n',
    )
    assessment = evidence.assess(SAMPLE, organisation=resolved)
    assert points(assessment) == (10, 10)
    assert assessment.score.total.verified_points == 0
    assert sample(assessment).status is Status.THIRD_PARTY


def test_an_empty_folder_says_what_to_do(evidence: Evidence) -> None:
    with pytest.raises(EvidenceError, match="does not exist: name the folder"):
        evidence.assess(SAMPLE)


def test_the_tenant_is_the_folders(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    assert evidence.assess(SAMPLE).tenant_id == TENANT
