"""The connectors against the invented cloud: real size, every credential, its faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.connectors.conftest import FakeTime

from securescore.connectors import Clock, CollectionReport, collect, load_tenant
from securescore.connectors.registry import FROM_FILES_ONLY
from securescore.demo import (
    STANDARD,
    Breakage,
    CredentialKind,
    Fault,
    InventedCloud,
    Organisation,
    write_tenant_file,
)
from securescore.evidence import TABLES, EvidenceFolder
from securescore.model import Reason

LIVE = set(TABLES) - FROM_FILES_ONLY


@pytest.fixture(scope="module")
def cloud() -> Iterator[InventedCloud]:
    with InventedCloud(Organisation.build(people=200)) as invented:
        yield invented


@pytest.fixture
def quiet(cloud: InventedCloud) -> Iterator[InventedCloud]:
    """The cloud; faults and grants of a test are gone after it."""
    granted = set(cloud.granted)
    yield cloud
    cloud.faults.clear()
    cloud.granted.clear()
    cloud.granted.update(granted)


def collected(
    cloud: InventedCloud, tmp_path: Path, clock: Clock, credential: CredentialKind = CredentialKind.SECRET
) -> CollectionReport:
    tenant = load_tenant(write_tenant_file(cloud, tmp_path / "tenant", credential))
    return collect(tenant, EvidenceFolder(tmp_path / "evidence"), clock=clock)


@pytest.mark.parametrize("credential", CredentialKind)
def test_everything_is_collected_with_every_credential(
    quiet: InventedCloud, tmp_path: Path, clock: Clock, credential: CredentialKind
) -> None:
    report = collected(quiet, tmp_path, clock, credential)
    assert report.complete
    assert {name: record.state for name, record in report.tables.items()} == dict.fromkeys(LIVE, "collected")
    assert report.tables["users"].rows == len(quiet.organisation.users)
    assert {name: record.rejections for name, record in report.tables.items() if record.rejections} == {}


def test_a_tenant_without_premium_licences(tmp_path: Path, clock: Clock) -> None:
    with InventedCloud(Organisation.build(people=200, edition=STANDARD)) as plain:
        report = collected(plain, tmp_path, clock)
    gated = {name for name, table in TABLES.items() if table.licence}
    missing = {name: record.reason for name, record in report.tables.items() if record.state == "missing"}
    assert set(missing) <= gated
    assert set(missing.values()) == {Reason.NO_LICENCE}
    assert report.complete


def test_least_permission_gives_the_native_score_alone(
    quiet: InventedCloud, tmp_path: Path, clock: Clock
) -> None:
    quiet.granted.clear()
    quiet.granted.add("SecurityEvents.Read.All")
    report = collected(quiet, tmp_path, clock)
    there = {name for name, record in report.tables.items() if record.state == "collected"}
    assert there == {"native_scores", "native_controls", "native_averages", "native_profiles"}
    assert not report.complete


def test_faults_on_the_way_are_overcome(
    quiet: InventedCloud, tmp_path: Path, clock: Clock, time: FakeTime
) -> None:
    quiet.faults.extend(
        [
            Fault.throttled("*/users", "2.5"),
            Fault.throttled("*/identity/conditionalAccess/policies", times=3),
            Fault.failing("*/groupSettings", 503),
            Fault.failing("*/servicePrincipals", 504),
            Fault.expiry("*/applications"),
        ]
    )
    assert collected(quiet, tmp_path, clock).complete
    assert time.slept > 2.5


@pytest.mark.parametrize("breakage", Breakage)
def test_a_break_that_never_ends_costs_one_table(
    quiet: InventedCloud, tmp_path: Path, clock: Clock, breakage: Breakage
) -> None:
    quiet.faults.append(Fault.broken("*/domains", breakage, times=None))
    report = collected(quiet, tmp_path, clock)
    assert report.unexpected == ("domains",)
    assert report.tables["domains"].reason is Reason.COLLECTION_FAILED


def test_a_link_astray_is_not_followed(quiet: InventedCloud, tmp_path: Path, clock: Clock) -> None:
    quiet.faults.append(Fault.astray("*/secureScoreControlProfiles"))
    report = collected(quiet, tmp_path, clock)
    assert report.unexpected == ("native_profiles",)
    assert report.tables["native_profiles"].code == "other_host"
