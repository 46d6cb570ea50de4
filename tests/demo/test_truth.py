"""Every entity of every action, collected and assessed by the real product from the invented cloud, is what is true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import SHIPPED

from securescore.assess import AssessedAction, Assessment, assess
from securescore.assess.entities import entities_of
from securescore.connectors import CollectionReport
from securescore.demo import AS_OF, InventedCloud, Organisation
from securescore.demo.mail_domains import silent_domain
from securescore.demo.truth import Truth, native_points, truth
from securescore.evidence import EvidenceFolder
from securescore.facts import load_facts
from securescore.model import MICRO, Reason, Source, Verdict

ENOUGH = 300
ONLY_IN_AN_EXPORT = {one.id for one in SHIPPED.actions.values() if "teams_meeting_policies" in one.evidence}
"""What no interface answers is measured from a settings export alone."""

DECLARED = frozenset({"ThirdParty", "Reviewed"})


@dataclass(frozen=True, repr=False)
class Compared:
    """An organisation, what the product says of it, and what is true."""

    organisation: Organisation
    report: CollectionReport
    assessment: Assessment
    truth: Truth

    @cached_property
    def measured(self) -> Mapping[str, AssessedAction]:
        """The actions that our own evidence decided, by id."""
        return {one.id: one for one in self.assessment.actions if one.reading.measurement is not None}

    @cached_property
    def native(self) -> Mapping[str, AssessedAction]:
        """The actions that live on Microsoft's own score."""
        return {one.id: one for one in self.assessment.actions if one.source is Source.NATIVE}


def compared(organisation: Organisation, folder: Path) -> Compared:
    evidence = EvidenceFolder(folder / "evidence")
    with InventedCloud(organisation) as cloud:
        report = collect(cloud, evidence, AS_OF)
    assessment = assess(evidence, SHIPPED, load_facts(), as_of=AS_OF)
    return Compared(organisation, report, assessment, truth(organisation))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """All five products."""
    return compared(Organisation.build(people=150), tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Two hundred seats of Business Premium."""
    return compared(Organisation.small_business(), tmp_path_factory.mktemp("second"))


@pytest.fixture(params=["first", "second"])
def either(request: pytest.FixtureRequest) -> Compared:
    found: Compared = request.getfixturevalue(request.param)
    return found


def differences(one: AssessedAction, wanted: Mapping[str, Verdict]) -> Iterator[str]:
    found = {entity.id: entity for entity in entities_of(one)}
    for entity_id in sorted(wanted.keys() | found.keys()):
        is_true, entity = wanted.get(entity_id), found.get(entity_id)
        if entity is None or entity.verdict is not is_true:
            said = f"{entity.verdict} ({entity.code})" if entity else "not listed"
            yield f"{one.id}: {entity.name if entity else entity_id} is {is_true or 'not asked'}, not {said}"


def test_everything_is_read_that_the_licences_allow(either: Compared) -> None:
    assert either.report.unexpected == ()
    assert not any(one.rejections or one.repeated for one in either.report.tables.values())


def test_every_verdict_is_true(either: Compared) -> None:
    wrong = [
        sentence
        for control, wanted in either.truth.items()
        if control in either.measured
        for sentence in differences(either.measured[control], wanted)
    ]
    assert wrong == []


def test_whatever_is_measured_is_known_and_what_is_known_is_measured(either: Compared) -> None:
    assert set(either.measured) - set(either.truth) == set()
    assert set(either.truth) - set(either.measured) == set()


def test_microsofts_points_are_taken_as_they_are(either: Compared) -> None:
    points = native_points(either.organisation)
    for control, one in either.native.items():
        assert one.native is not None
        assert one.native.points == points[control], control
        wanted = 0 if one.declared_at_microsoft in DECLARED else points[control] * MICRO
        assert one.verified == pytest.approx(float(wanted), abs=1), control


def test_what_is_not_licensed_is_not_assessed(second: Compared) -> None:
    devices = [one for one in second.assessment.actions if one.service == "MDATP" and one.id != "scid_20000"]
    assert len(devices) == 183
    assert {one.reason for one in devices} == {Reason.NO_LICENCE}
    for control in ("AATP_Sensor", "McasFirewallLogUpload", "AATP_AccountWithLeakedCredentials"):
        one = second.assessment.get(control)
        assert one is not None
        assert one.reason is Reason.NO_LICENCE, control


def test_every_configuration_of_a_device_has_both(first: Compared) -> None:
    for control, one in first.measured.items():
        if one.service == "MDATP":
            assert one.measured is not None
            assert one.measured.protected, control
            assert one.measured.exposed, control


def test_at_least_three_hundred_actions_are_compared(first: Compared, second: Compared) -> None:
    """What has none: connected apps, what is scored nowhere, and what only a settings export holds."""
    held = {
        control
        for side in (first, second)
        for control in (*(side.truth.keys() & side.measured), *side.native)
    }
    without = {one.id for one in SHIPPED.actions.values()} - held
    assert len(held) >= ENOUGH, f"{len(held)} have a known truth; these have none: {sorted(without)}"
    for control in without:
        action = SHIPPED.actions[control]
        connected = SHIPPED.services[action.service].needs == "connector"
        unscored = not action.points and not action.measured
        assert connected or unscored or action.lifecycle == "deprecated" or control in ONLY_IN_AN_EXPORT, (
            control
        )


@pytest.mark.slow
def test_at_full_size(tmp_path: Path) -> None:
    organisation = Organisation.build()
    organisation.silence(silent_domain(organisation.frame))
    whole = compared(organisation, tmp_path)
    wrong = [
        sentence
        for control, one in whole.measured.items()
        for sentence in differences(one, whole.truth[control])
    ]
    assert wrong == []
