"""Security defaults, from the switch in the tenant to the points and the reason shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import SHIPPED

from securescore.assess import AssessedAction, assess
from securescore.assess.entities import entities_of
from securescore.demo import AS_OF, STANDARD, InventedCloud, Organisation
from securescore.evidence import EvidenceFolder
from securescore.facts import Fact
from securescore.model import MICRO, Reason, Verdict

THREE = ("MFARegistrationV2", "AdminMFAV2", "BlockLegacyAuthentication")


@pytest.fixture(scope="module")
def small_business(tmp_path_factory: pytest.TempPathFactory) -> EvidenceFolder:
    """Without Entra ID P1, with security defaults, and no score of Microsoft's."""
    folder = EvidenceFolder(tmp_path_factory.mktemp("defaults") / "evidence")
    organisation = Organisation.build(people=120, edition=STANDARD, security_defaults=True)
    with InventedCloud(organisation) as cloud:
        cloud.granted.discard("SecurityEvents.Read.All")
        collect(cloud, folder, AS_OF)
    return folder


@pytest.mark.parametrize(
    ("at", "points"),
    [(None, {9, 10, 8}), (datetime(2020, 7, 15, tzinfo=UTC), {9, 10, 7})],
    ids=["today", "July 2020"],
)
def test_full_points_for_exactly_three_actions_with_the_reason(
    small_business: EvidenceFolder, facts: Mapping[str, Fact], at: datetime | None, points: set[int]
) -> None:
    assessment = assess(small_business, SHIPPED, facts, as_of=at)
    found = [one for name in THREE if (one := assessment.get(name))]
    assert {(one.points or 0) // MICRO for one in found} == points
    assert sum(one.points or 0 for one in found) == sum(points) * MICRO
    for one in found:
        entities = list(entities_of(one))
        assert entities, one.id
        assert {(entity.verdict, entity.code) for entity in entities} == {
            (Verdict.PROTECTED, "security_defaults")
        }
    assert {one.id for one in assessment.actions if _because_of_defaults(one)} == set(THREE)


def _because_of_defaults(one: AssessedAction) -> bool:
    return any(entity.code == "security_defaults" for entity in entities_of(one))


def test_the_risk_policies_are_not_filled_in_by_themselves(
    small_business: EvidenceFolder, facts: Mapping[str, Fact]
) -> None:
    assessment = assess(small_business, SHIPPED, facts)
    for name in ("SigninRiskPolicy", "UserRiskPolicy"):
        one = assessment.get(name)
        assert one is not None
        assert not one.points, name


def test_switched_off_the_points_are_gone(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    organisation = Organisation.build(people=120, edition=STANDARD)
    with InventedCloud(organisation) as cloud:
        cloud.granted.discard("SecurityEvents.Read.All")
        collect(cloud, folder, AS_OF)
    assessment = assess(folder, SHIPPED, facts)
    legacy, registered = assessment.get("BlockLegacyAuthentication"), assessment.get("MFARegistrationV2")
    assert legacy is not None
    assert registered is not None
    assert legacy.points == 0
    assert (registered.points, registered.reason) == (None, Reason.NO_LICENCE), "registrations cannot be read"
