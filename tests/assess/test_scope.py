"""What is part of the total, why, and what one action is worth."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.assess.hand_made import (
    MONDAY,
    SHIPPED,
    Evidence,
    action,
    catalog_of,
    day,
    native,
    people,
    plans,
    profiles,
)

from securescore.assess import AssessedAction, Assessment
from securescore.assess.scope import ScopeReason
from securescore.model import MICRO, Category, Kind, Lifecycle, Outcome, Reason, Source, Status

OF_EACH_KIND = catalog_of(
    action("Entra"),
    action("Mail", service="EXO"),
    action("Office", service="MDO"),
    action("Device", service="MDATP"),
    action("Saas", service="MDA_Okta"),
    action("Gone", lifecycle=Lifecycle.DEPRECATED),
    action("custom.own"),
    action("Told", kind=Kind.INFORMATIONAL, points=None),
)
USERS = {"users": people(ada=True, bo=False)}


def get(assessment: Assessment, action_id: str) -> AssessedAction:
    found = assessment.get(action_id)
    assert found is not None, action_id
    return found


def scopes(assessment: Assessment) -> dict[str, str]:
    return {one.id: str(one.scope) for one in assessment.actions}


def counted(assessment: Assessment) -> set[str]:
    return {one.id for one in assessment.counted}


def test_with_a_native_score_its_scored_rows_are_the_scope(evidence: Evidence) -> None:
    rows = {
        "entra": 1,
        "Device": 1,
        "Gone": 1,
        "Saas": {"points": 0, "not_scored": True},
        "Office": {"points": None},
    }
    evidence.run(day(0), USERS | native(day(0), rows) | {"service_plans": plans("EXCHANGE_S_ENTERPRISE")})
    assessment = evidence.assess(OF_EACH_KIND)
    assert counted(assessment) == {"Entra", "Device", "Gone", "custom.own"}
    assert scopes(assessment)["Mail"] == ScopeReason.NO_NATIVE_ROW
    assert scopes(assessment)["Saas"] == ScopeReason.NO_NATIVE_ROW
    assert get(assessment, "Mail").outcome is Outcome.ASSESSED, "what is out of scope stays visible"


def test_without_one_every_action_of_a_licensed_product_counts(evidence: Evidence) -> None:
    owned = plans("EXCHANGE_S_STANDARD", "WINDEFATP", "ADALLOM_S_STANDALONE")
    evidence.run(day(0), USERS | {"service_plans": owned})
    assessment = evidence.assess(OF_EACH_KIND)
    assert counted(assessment) == {"Entra", "Mail", "Device", "custom.own"}
    assert scopes(assessment) == {
        "Entra": "product_of_every_tenant",
        "Mail": "product_licensed",
        "custom.own": "own_action",
        "Office": "product_not_licensed",
        "Device": "product_licensed",
        "Saas": "connector_not_seen",
        "Gone": "retired",
        "Told": "informational",
    }


def test_the_plan_an_action_asks_for_counts_beside_those_of_its_product(evidence: Evidence) -> None:
    catalog = catalog_of(
        action("Filter", service="MDO", licence=["EXCHANGE_S_STANDARD"]),
        action("Links", service="MDO", licence=["ATP_ENTERPRISE"]),
        action("Any", service="MDO", licence=[]),
    )
    for plan in ("EXCHANGE_S_STANDARD", "EXCHANGE_S_STANDARD_GOV"):
        evidence.run(day(0), USERS | {"service_plans": plans(plan)})
        assessment = evidence.assess(catalog)
        assert counted(assessment) == {"Filter"}
        assert {one.id for one in assessment.actions if one.licensed} == {"Filter", "Any"}


def test_a_device_action_counts_only_where_a_device_is_concerned(evidence: Evidence) -> None:
    catalog = catalog_of(action("Device", service="MDATP", entity="device"))
    evidence.run(day(0), {"users": [], "service_plans": plans("WINDEFATP")})
    assert scopes(evidence.assess(catalog)) == {"Device": "no_applicable_device"}
    evidence.run(day(1), {"users": people(laptop=True), "service_plans": plans("WINDEFATP")})
    assert scopes(evidence.assess(catalog)) == {"Device": "product_licensed"}


def test_losing_sight_of_the_devices_does_not_raise_the_score(evidence: Evidence) -> None:
    catalog = catalog_of(action("Device", service="MDATP", entity="device"), action("Entra"))
    owned = {"service_plans": plans("WINDEFATP")}
    evidence.run(day(0), {"users": people(laptop=False)} | owned)
    evidence.run(day(20), owned, missing={"users": Reason.NO_PERMISSION})
    lost = get(evidence.assess(catalog), "Device")
    assert (lost.counted, lost.evidence_lost, lost.points) == (True, True, 0)


def impact(configuration: str, *impacts: float | None) -> list[dict[str, Any]]:
    return [
        {"machine_id": f"m{n}", "configuration_id": configuration, "applicable": True, "impact": one}
        for n, one in enumerate(impacts)
    ]


def test_a_device_configuration_without_points_is_worth_its_greatest_impact(evidence: Evidence) -> None:
    tables = USERS | {
        "device_configurations": [
            *impact("scid_1", 3, 8.5, None),
            *impact("scid_2", 7),
            *impact("scid_3", 0, 11, -1),
        ]
    }
    evidence.run(day(0), tables | profiles(scid_9={"maximum": 4}))
    catalog = catalog_of(
        action("scid_1", points=None),
        action("SCID_2", points=2),
        action("scid_3", points=None),
        action("scid_9", points=None),
        action("told", points=None, kind=Kind.INFORMATIONAL),
    )
    assessment = evidence.assess(catalog)
    maxima = {one.id: one.maximum for one in assessment.actions}
    assert maxima == {
        "scid_1": 8_500_000,
        "SCID_2": 2_000_000,
        "scid_3": None,
        "scid_9": 4_000_000,
        "told": None,
    }


@pytest.mark.parametrize(
    "owned",
    [
        plans("EXCHANGE_S_FOUNDATION"),
        plans("EXCHANGE_S_ENTERPRISE", status="Suspended"),
        plans("EXCHANGE_S_ENTERPRISE", status="LockedOut"),
        plans("EXCHANGE_S_ENTERPRISE", seats=0),
        [row | {"plan_status": "Disabled"} for row in plans("EXCHANGE_S_ENTERPRISE")],
        [],
    ],
    ids=["a stub", "suspended", "locked out", "no seats", "switched off", "nothing"],
)
def test_what_is_no_exchange(evidence: Evidence, owned: list[dict[str, Any]]) -> None:
    evidence.run(day(0), USERS | {"service_plans": owned})
    assert scopes(evidence.assess(OF_EACH_KIND))["Mail"] == ScopeReason.NOT_LICENSED


def test_a_subscription_in_its_grace_period_still_counts(evidence: Evidence) -> None:
    evidence.run(day(0), USERS | {"service_plans": plans("EXCHANGE_S_ENTERPRISE", status="warning")})
    assert scopes(evidence.assess(OF_EACH_KIND))["Mail"] == ScopeReason.LICENSED


def test_licences_that_were_never_collected_are_not_missing_licences(evidence: Evidence) -> None:
    evidence.run(day(0), USERS)
    assessment = evidence.assess(OF_EACH_KIND)
    assert scopes(assessment)["Mail"] == ScopeReason.LICENCES_UNKNOWN
    assert assessment.score.total.views.current_licence is not None, (
        "nothing in the total depends on a licence"
    )
    licensed = catalog_of(action("Entra", licence=["AAD_PREMIUM"]))
    assert evidence.assess(licensed).score.total.views.achievable is None


@pytest.mark.parametrize(
    ("small", "large"),
    [("EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"), ("ATP_ENTERPRISE", "THREAT_INTELLIGENCE")],
)
def test_another_edition_moves_neither_maximum_nor_points(evidence: Evidence, small: str, large: str) -> None:
    evidence.run(day(0), USERS | {"service_plans": plans("AAD_PREMIUM", small)})
    before = evidence.assess(OF_EACH_KIND).score.total
    evidence.run(day(1), USERS | {"service_plans": plans("AAD_PREMIUM", "AAD_PREMIUM_P2", small, large)})
    after = evidence.assess(OF_EACH_KIND).score.total
    assert after == before
    assert before.maximum > 0


def test_of_a_removed_product_exactly_its_actions_leave(evidence: Evidence) -> None:
    evidence.run(day(0), USERS | {"service_plans": plans("EXCHANGE_S_STANDARD", "ATP_ENTERPRISE")})
    before = evidence.assess(OF_EACH_KIND)
    evidence.run(day(1), USERS | {"service_plans": plans("ATP_ENTERPRISE")})
    after = evidence.assess(OF_EACH_KIND)
    assert counted(before) - counted(after) == {"Mail"}
    assert counted(after) <= counted(before)
    assert before.score.total.maximum - after.score.total.maximum == 10 * MICRO


def test_informational_actions_move_nothing(evidence: Evidence) -> None:
    evidence.run(day(0), USERS)
    told = action("Told", kind=Kind.INFORMATIONAL, points=None)
    without, with_it = evidence.assess(catalog_of(action())), evidence.assess(catalog_of(action(), told))
    assert with_it.score == without.score
    assert with_it.assessed_share == without.assessed_share
    assert get(with_it, "Told").outcome is Outcome.ASSESSED
    assert get(with_it, "Told").coverage is not None


def test_a_control_only_microsoft_knows_is_an_action_at_once(evidence: Evidence) -> None:
    described = profiles(
        Newest={"title": "Keep watch", "service": "Harbour", "category": "Data", "maximum": 4.0}
    )
    evidence.run(
        day(0), native(day(0), {"newest": {"points": 3, "percent": 75, "text": "3 of 4"}}) | described
    )
    assessment = evidence.assess(catalog_of())
    found = get(assessment, "NEWEST")
    assert (found.title, found.product, found.category) == ("Keep watch", "Harbour", Category.DATA)
    assert (found.points, found.maximum, found.source) == (3 * MICRO, 4 * MICRO, Source.NATIVE)
    assert found.native is not None
    assert found.native.text == "3 of 4"
    assert assessment.score.total.maximum == 4 * MICRO


def test_a_control_without_profile_and_catalog_has_unknown_points(evidence: Evidence) -> None:
    evidence.run(day(0), native(day(0), {"Newest": {"points": 3, "category": "Identity"}}))
    assessment = evidence.assess(catalog_of())
    found = get(assessment, "Newest")
    assert (found.outcome, found.reason, found.points) == (Outcome.NOT_ASSESSED, Reason.POINTS_UNKNOWN, None)
    assert (found.category, found.counted) == (Category.IDENTITY, False)


def test_a_measured_action_without_known_points_is_listed_and_not_scored(evidence: Evidence) -> None:
    evidence.run(day(0), USERS)
    assessment = evidence.assess(catalog_of(action("Sample", points=None)))
    found = get(assessment, "Sample")
    assert (found.outcome, found.reason) == (Outcome.NOT_ASSESSED, Reason.POINTS_UNKNOWN)
    assert found.coverage is not None
    assert assessment.score.total.maximum == 0


def test_a_row_under_a_former_name_belongs_to_the_action(evidence: Evidence) -> None:
    renamed = catalog_of(action("Sample", None, aliases=["OldName"]))
    evidence.run(day(0), native(day(0), {"oldname": 3}) | profiles(OLDNAME={"maximum": 6.0}))
    assessment = evidence.assess(renamed)
    assert [(one.id, one.points, one.maximum) for one in assessment.counted] == [
        ("Sample", 3 * MICRO, 6 * MICRO)
    ]
    assert len(assessment.actions) == 1
    assert assessment.get("OLDNAME") is assessment.get("sample")


@pytest.mark.parametrize(
    ("told", "expected"),
    [(4.0, 4), (10, 10), (10.01, 8), (0, 8), (-1, 8), (None, 8), (1e-9, 8)],
)
def test_the_maximum_is_the_profiles_when_it_can_be_one(
    evidence: Evidence, told: float, expected: int
) -> None:
    evidence.run(day(0), USERS | profiles(Sample={"maximum": told}))
    assert get(evidence.assess(catalog_of(action("Sample", points=8))), "Sample").maximum == expected * MICRO


@pytest.mark.parametrize(
    ("at", "expected"),
    [(datetime(2023, 11, 30, 23, tzinfo=UTC), 7), (datetime(2023, 12, 1, tzinfo=UTC), 8), (MONDAY, 8)],
)
def test_without_profile_it_is_the_catalogs_of_that_day(
    evidence: Evidence, at: datetime, expected: int
) -> None:
    evidence.run(day(0), {"users": []})
    legacy = replace(SHIPPED.actions["BlockLegacyAuthentication"], sql=None, evidence=())
    assert get(evidence.assess(catalog_of(legacy), at=at), legacy.id).maximum == expected * MICRO


def test_points_that_begin_later_are_unknown_before(evidence: Evidence) -> None:
    evidence.run(day(0), USERS)
    later = catalog_of(action("Sample", points=[(5, date(2026, 2, 1))]))
    assert get(evidence.assess(later), "Sample").reason is Reason.POINTS_UNKNOWN
    assert get(evidence.assess(later, at=day(30)), "Sample").maximum == 5 * MICRO


def test_a_native_score_is_scaled_to_the_one_maximum(evidence: Evidence) -> None:
    """Without a profile the scale is what points and percentage imply together: 3 points at 60 % are 3 of 5."""
    rows = {
        "Plain": 4,
        "Implied": {"points": 3, "percent": 60},
        "Same": {"points": 3.33, "percent": 33.3},
        "Over": 11,
    }
    evidence.run(day(0), native(day(0), rows))
    assessment = evidence.assess(catalog_of(*(action(name, None, points=10) for name in rows)))
    assert {one.id: one.points for one in assessment.counted} == {
        "Plain": 4 * MICRO,
        "Implied": 6 * MICRO,
        "Same": 3_330_000,
        "Over": 10 * MICRO,
    }


@pytest.mark.parametrize(
    ("state", "verified", "credited", "status"),
    [
        ("ThirdParty", 0, 10, Status.THIRD_PARTY),
        ("Reviewed", 0, 6, Status.TO_ADDRESS),
        ("Ignored", 6, 6, Status.RISK_ACCEPTED),
        ("Default", 6, 6, Status.TO_ADDRESS),
        (None, 6, 6, Status.TO_ADDRESS),
        ("Invented", 6, 6, Status.TO_ADDRESS),
    ],
)
def test_what_was_declared_at_microsoft_is_not_verified(
    evidence: Evidence, state: str | None, verified: int, credited: int, status: Status
) -> None:
    evidence.run(day(0), native(day(0), {"Sample": 6}) | profiles(Sample={"maximum": 10.0, "state": state}))
    found = get(evidence.assess(catalog_of(action("Sample", None))), "Sample")
    assert (found.verified, found.points, found.status) == (verified * MICRO, credited * MICRO, status)
    assert found.declared_at_microsoft == (None if state == "Default" else state)


def test_full_native_points_that_were_only_declared_are_not_completed(evidence: Evidence) -> None:
    evidence.run(
        day(0), native(day(0), {"A": 10, "B": 10}) | profiles(A={"state": "ThirdParty"}, B={"state": None})
    )
    assessment = evidence.assess(catalog_of(action("A", None), action("B", None)))
    assert get(assessment, "A").status is Status.THIRD_PARTY
    assert get(assessment, "B").status is Status.COMPLETED


def test_a_deprecated_action_stays_while_microsoft_scores_it(evidence: Evidence) -> None:
    gone = catalog_of(action("Gone", None, lifecycle=Lifecycle.DEPRECATED))
    evidence.run(day(0), native(day(0), {"Gone": 6}))
    assert counted(evidence.assess(gone)) == {"Gone"}


def test_an_alias_in_any_case_finds_the_action(evidence: Evidence) -> None:
    evidence.run(day(0), USERS)
    assessment = evidence.assess(catalog_of(action("Sample", aliases=["Former"])))
    assert assessment.get("FORMER") is assessment.get("sAMPLE")
    assert assessment.get("other") is None
