"""A connection is tried over https, and what it says it can do is what an assessment can then do."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.hand_made import SHIPPED
from tests.services.tenancy import FIRST_DAY, ME, Tenancy

from securescore.assess import assess
from securescore.connectors import Clock, collect, load_tenant
from securescore.connectors import Tenant as Readable
from securescore.connectors.http.tokens import roles_of
from securescore.connectors.permissions import needed_permissions
from securescore.demo import InventedCloud, Organisation, write_tenant_file
from securescore.demo.licences import STANDARD
from securescore.errors import (
    ConfigurationError,
    ConnectionRefusedByServiceError,
    NotAllowedError,
    UnknownError,
)
from securescore.evidence import EvidenceFolder
from securescore.evidence.schema import Api
from securescore.model import Source
from securescore.services.actor import Actor, Right
from securescore.services.connection_test import (
    ConnectionReport,
    Need,
    Reach,
    Standing,
    State,
    check_connection,
    check_tenant,
    granted_of,
    missing,
    missing_of,
    worth,
)
from securescore.services.content import shipped
from securescore.store import audit

DAY = FIRST_DAY.date()
FACTS = shipped().facts
NEEDS = [Need(one.api, one.name) for one in needed_permissions(SHIPPED, FACTS, DAY)]
ROLE = Need(Api.EXCHANGE, "Global Reader")
EVERYTHING = Reach(SHIPPED, FACTS, None)


class Trial:
    """A cloud with a connection to it."""

    def __init__(self, cloud: InventedCloud, folder: Path) -> None:
        self.cloud = cloud
        self.readable: Readable = load_tenant(write_tenant_file(cloud, folder))

    def report(self) -> ConnectionReport:
        return check_connection(ME, self.readable, shipped(), Clock())

    def states(self) -> dict[str, State]:
        found = self.report()
        return {one.need.name: one.standing.state for one in (*found.permissions, *found.roles)}


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation.build(people=120, as_of=FIRST_DAY)


@pytest.fixture
def trial(organisation: Organisation, tmp_path: Path) -> Iterator[Trial]:
    with InventedCloud(organisation) as cloud:
        yield Trial(cloud, tmp_path / "connection")


def test_with_everything_granted_nothing_is_missing(trial: Trial) -> None:
    report = trial.report()
    assert report.tenant_id == trial.cloud.tenant_id
    assert report.complete
    assert {one.standing.state for one in (*report.permissions, *report.roles)} == {State.GRANTED}
    assert (report.gain, report.gained) == (0, ())
    assert {(one.gain, one.not_assessed) for one in report.permissions} == {(0, ())}
    assert report.licences.owned is not None
    assert "AAD_PREMIUM_P2" in {one.plan for one in report.licences.owned}


@pytest.mark.parametrize(
    ("withdrawn", "roles"),
    [
        ({"Policy.Read.All"}, {"Global Reader"}),
        ({"User.Read.All", "Directory.Read.All", "Exchange.ManageAsApp"}, {"Global Reader"}),
        ({"User.Read.All", "Domain.Read.All", "GroupMember.Read.All"}, {"Global Reader"}),
        ({"Machine.Read.All", "LicenseAssignment.Read.All"}, {"Global Reader"}),
        (set(), set[str]()),
    ],
)
def test_what_it_promises_is_what_an_assessment_then_measures(
    trial: Trial, tmp_path: Path, withdrawn: set[str], roles: set[str]
) -> None:
    trial.cloud.granted -= withdrawn
    trial.cloud.directory_roles &= roles
    report = trial.report()
    folder = EvidenceFolder(tmp_path / "evidence")
    collect(trial.readable, folder, clock=Clock(now=lambda: FIRST_DAY))
    assessment = assess(folder, SHIPPED, FACTS, as_of=FIRST_DAY + timedelta(hours=1))
    measured = {one.id for one in assessment.actions if one.source is Source.EVIDENCE}
    reach = Reach(SHIPPED, FACTS, _plans(report))
    ours = {one.id for one in reach.actions}
    states = {one.need: one.standing for one in (*report.permissions, *report.roles)}
    promised = {one.id: one for one in reach.assessable(granted_of(states))}
    assert len(promised) == report.assessed
    assert measured & ours <= set(promised)
    # where what is said of everybody alike remains unknown, Microsoft's own score is taken instead
    assert all(promised[one].uniform for one in set(promised) - measured)
    assert not measured & set(report.gained)
    assert report.complete == (report.gain == 0)


def _plans(report: ConnectionReport) -> frozenset[str] | None:
    owned = report.licences.owned
    return None if owned is None else frozenset(one.plan for one in owned)


def test_each_missing_permission_is_named_with_what_hangs_on_it(trial: Trial) -> None:
    trial.cloud.granted.discard("Policy.Read.All")
    report = trial.report()
    (one,) = missing(report)
    assert one.need == Need(Api.GRAPH, "Policy.Read.All")
    assert "conditional_access_policies" in one.tables
    assert set(one.not_assessed) == set(report.gained)
    assert one.gain == report.gain == worth(map(SHIPPED.actions.__getitem__, report.gained), DAY) > 0


def test_the_role_is_told_by_exchange_itself(trial: Trial) -> None:
    trial.cloud.directory_roles.clear()
    report = trial.report()
    (role,) = report.roles
    assert role.standing.state is State.MISSING
    assert role.gain == report.gain > 0
    trial.cloud.directory_roles.add("Security Reader")
    assert trial.states()["Global Reader"] is State.GRANTED


def test_without_the_permission_the_role_cannot_be_told(trial: Trial) -> None:
    trial.cloud.granted.discard("Exchange.ManageAsApp")
    report = trial.report()
    (role,) = report.roles
    assert role.standing.state is State.UNKNOWN
    assert "before Exchange.ManageAsApp is granted" in (role.standing.problem or "")
    (permission,) = missing(report)
    assert permission.gain == report.gain > 0, "a role that cannot be told is reckoned with"


def test_a_service_without_a_token_is_not_known(trial: Trial) -> None:
    address = trial.cloud.addresses["defender_endpoint"]
    trial.cloud.login.resources -= {address}
    states = trial.states()
    assert states["Machine.Read.All"] is states["Vulnerability.Read.All"] is State.UNKNOWN
    assert states["Policy.Read.All"] is State.GRANTED
    report = trial.report()
    assert report.complete, "what is not known is not said to be missing"
    assert report.assessed < report.of
    problem = next(one.standing.problem for one in report.permissions if one.need.name == "Machine.Read.All")
    assert "AADSTS500011" in (problem or "")


def test_an_interface_without_an_address_is_not_known(trial: Trial) -> None:
    endpoints = replace(trial.readable.endpoints, cloud_apps=None)
    trial.readable = replace(trial.readable, endpoints=endpoints)
    assert trial.states()["Discovery.read"] is State.UNKNOWN


def test_licences_that_cannot_be_read_are_not_known(trial: Trial) -> None:
    trial.cloud.granted -= {"LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"}
    licences = trial.report().licences
    assert licences.owned is None
    assert "LicenseAssignment.Read.All" in (licences.problem or "")


def test_what_no_licence_covers_is_left_out(tmp_path: Path) -> None:
    with InventedCloud(Organisation.build(people=120, edition=STANDARD)) as cloud:
        trial = Trial(cloud, tmp_path)
        small = trial.report()
        cloud.granted.discard("Machine.Read.All")
        without = trial.report()
    assert "Defender for Endpoint" in small.licences.without
    assert small.of < len(EVERYTHING.actions)
    assert without.gain == 0, "no permission helps where there is no licence"


def test_a_token_that_does_not_tell_leaves_it_open(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(trial.cloud.login), "_token", lambda *_: "opaque-and-nothing-else")
    assert trial.report().assessed < 100
    states = trial.states()
    assert set(states.values()) == {State.UNKNOWN, State.GRANTED}, "Exchange itself still lets it in"


def test_a_wrong_secret_is_refused_without_showing_it(trial: Trial) -> None:
    trial.cloud.login.secret = "another"
    with pytest.raises(ConnectionRefusedByServiceError, match="7000215") as refused:
        trial.report()
    assert trial.readable.credential.secret not in str(refused.value)  # type: ignore[union-attr]


def test_another_tenant_than_the_file_says_is_refused(trial: Trial) -> None:
    trial.cloud.login.domains += (other := "11111111-2222-4333-8444-555555555555",)
    trial.readable = replace(trial.readable, tenant_id=other)
    with pytest.raises(ConfigurationError, match="belongs to tenant"):
        trial.report()


def test_only_who_manages_may_try(trial: Trial) -> None:
    reader = Actor("somebody", "here", "somebody", frozenset({Right.READ}))
    with pytest.raises(NotAllowedError):
        check_connection(reader, trial.readable, shipped(), Clock())


def entries(tenancy: Tenancy) -> list[audit.AuditEntry]:
    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        return [one for one in audit.entries(connection) if one.act == "tenant.test"]


def test_a_tenant_that_is_here_is_tried_with_its_sealed_secret(tenancy: Tenancy) -> None:
    tenancy.cloud.granted.discard("Policy.Read.All")
    report = check_tenant(tenancy.here, ME, tenancy.tenant_id)
    assert [one.need.name for one in missing(report)] == ["Policy.Read.All"]
    tenancy.cloud.login.secret, secret = "changed", tenancy.cloud.login.secret
    with pytest.raises(ConnectionRefusedByServiceError):
        check_tenant(tenancy.here, ME, tenancy.tenant_id)
    first, second = entries(tenancy)
    assert json.loads(first.after or "") == {"missing": ["Policy.Read.All"]}
    assert "7000215" in (second.after or "")
    assert secret not in f"{first}{second}"


def test_a_tenant_is_tried_by_who_manages_it_only(tenancy: Tenancy) -> None:
    nobody = Actor("somebody", "here", "somebody")
    with pytest.raises(UnknownError):
        check_tenant(tenancy.here, nobody, tenancy.tenant_id)
    manager = Actor("hers", "here", "hers", within={tenancy.tenant_id: frozenset(Right)})
    assert check_tenant(tenancy.here, manager, tenancy.tenant_id).complete
    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        assert audit.first_break(connection) is None


grants = st.sets(st.sampled_from([*NEEDS, ROLE]))


def told(granted: set[Need], unknown: set[Need]) -> dict[Need, Standing]:
    return {
        need: Standing(
            State.GRANTED if need in granted else State.UNKNOWN if need in unknown else State.MISSING
        )
        for need in (*NEEDS, ROLE)
    }


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(granted=grants, unknown=grants)
def test_points_are_counted_once_and_never_promised_twice(granted: set[Need], unknown: set[Need]) -> None:
    states = told(granted, unknown)
    lacking = missing_of(states)
    now, then = granted_of(states), granted_of(states) | lacking
    gained = EVERYTHING.gained(states, lacking)
    before, after = EVERYTHING.assessable(now), EVERYTHING.assessable(then)
    assert {one.id for one in before} <= {one.id for one in after}
    assert worth(after, DAY) - worth(before, DAY) == worth(gained, DAY)
    alone = [one.id for need in lacking for one in EVERYTHING.gained(states, {need})]
    assert len(alone) == len(set(alone)), "an action that waits for one permission waits for no other"
    assert set(alone) <= {one.id for one in gained}
    for need in lacking:
        finding = EVERYTHING.finding(need, states, DAY)
        assert {one.id for one in EVERYTHING.gained(states, {need})} <= set(finding.not_assessed)
        assert finding.gain <= worth(gained, DAY)


def _token(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.x"


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"roles": ["A.Read", "B.Read"]}, frozenset({"A.Read", "B.Read"})),
        ({}, frozenset()),
        ({"roles": None}, None),
        ({"roles": "A.Read"}, None),
        ({"roles": ["A.Read", 1, None]}, frozenset({"A.Read"})),
        ([], None),
    ],
)
def test_what_a_token_tells(claims: object, roles: frozenset[str] | None) -> None:
    assert roles_of(_token(claims)) == roles


@given(
    st.text()
    | st.text().map(lambda text: f"a.{text}.b")
    | st.builds(_token, st.dictionaries(st.text(), st.text()))
)
def test_any_text_may_be_a_token(token: str) -> None:
    roles_of(token)


def test_the_moment_decides_what_an_action_is_worth() -> None:
    everything = partial(worth, EVERYTHING.actions)
    assert everything(DAY) != everything(datetime(2019, 1, 1, tzinfo=UTC).date())


def test_a_tenant_that_was_not_connected_cannot_be_tried(tenancy: Tenancy) -> None:
    with tenancy.here.database.changing(tenancy.tenant_id) as connection:
        connection.exec_driver_sql("UPDATE connection SET sealed_secret = NULL")
    with pytest.raises(ConfigurationError, match="no secret any more"):
        check_tenant(tenancy.here, ME, tenancy.tenant_id)
