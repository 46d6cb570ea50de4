"""Lists of Defender for Identity and of Intune through the runner: every page, or none of the table."""

import json
from datetime import datetime
from typing import Any

import pytest
from tests.connectors.conftest import FakeTime
from tests.connectors.exchange_online.cmdlets import tokens_by_audience
from tests.connectors.microsoft_graph.conftest import Desk
from tests.connectors.stub import TENANT, Reply, error, page

from securescore.connectors.microsoft_graph import identity_sensors, intune
from securescore.evidence import TABLES
from securescore.model import Reason

IDENTITIES = "/v1.0/security/identities"
POLICIES = "/v1.0/deviceManagement/deviceCompliancePolicies"
PATHS = {
    "identity_sensors": f"{IDENTITIES}/sensors",
    "identity_sensor_candidates": f"{IDENTITIES}/sensorCandidates",
    "identity_health_issues": f"{IDENTITIES}/healthIssues",
    "managed_devices": "/v1.0/deviceManagement/managedDevices",
    "compliance_policies": POLICIES,
}
EVERY = pytest.mark.parametrize("table", PATHS)


def test_these_are_all() -> None:
    filled = {t.name for s in (*identity_sensors.SOURCES, *intune.SOURCES) for t in s.tables}
    assert filled == set(PATHS)


def other(table: str) -> str:
    return next(name for name in PATHS if name != table)


@EVERY
def test_a_tenant_with_none(desk: Desk, table: str) -> None:
    report = desk.collected(table)
    assert report.complete
    assert report.tables[table].rows == 0


@EVERY
def test_two_pages_and_an_empty_one_between(desk: Desk, table: str) -> None:
    link = f"{desk.stub.url}{PATHS[table]}?$skiptoken="
    desk.stub.script(
        PATHS[table],
        page({"id": "a"}, link=link + "2"),
        page(link=link + "3"),
        page({"id": "b"}, {"id": "c"}),
    )
    report = desk.collected(table)
    key = TABLES[table].key[0]
    assert [row[key] for row in desk.rows(report, table)] == ["a", "b", "c"]
    assert report.tables[table].rejections == {}


@EVERY
@pytest.mark.parametrize(
    ("second", "code"),
    [
        (error(403, "Forbidden"), "Forbidden"),
        (error(404, "ResourceNotFound"), "ResourceNotFound"),
        (Reply(404, b""), "404"),
        (Reply(503, b""), "503"),
        (Reply(drop=True), "unreachable"),
        (Reply(body=b'{"value": [{"id": "b"'), "bad_answer"),
        (Reply(body={"value": [], "error": {"code": "x"}}), "bad_answer"),
        (page(link="https://elsewhere.example/v1.0/x"), "other_host"),
        (page({"displayName": "no key"}), None),
        (page({"id": {}}), None),
        (page(7), None),
    ],
)
def test_a_second_page_that_fails_publishes_nothing(
    desk: Desk, table: str, second: Reply, code: str | None
) -> None:
    first = page({"id": "a"}, link=f"{desk.stub.url}{PATHS[table]}?$skiptoken=2")
    desk.stub.script(PATHS[table], first, second)
    report = desk.collected(table, other(table))
    assert report.unexpected == (table,)
    assert report.tables[other(table)].rows == 0
    assert not list(report.run.path.glob(f"{table}*"))
    if code is not None:
        assert report.tables[table].code == code


@EVERY
def test_a_404_is_no_empty_list(desk: Desk, table: str) -> None:
    """Not even in the service's own words: elsewhere the whole service is not offered."""
    desk.stub.script(PATHS[table], error(404, "ResourceNotFound"))
    record = desk.collected(table).tables[table]
    assert (record.reason, record.code) == (Reason.COLLECTION_FAILED, "ResourceNotFound")


@EVERY
def test_without_the_permission_it_is_named_and_others_go_on(desk: Desk, table: str) -> None:
    desk.stub.script(PATHS[table], error(403, "Forbidden"))
    report = desk.collected(table, other(table))
    record = report.tables[table]
    assert record.reason is Reason.NO_PERMISSION
    assert f"application permission {TABLES[table].permission} of Microsoft Graph" in (record.error or "")
    assert report.tables[other(table)].rows == 0


@EVERY
def test_without_the_licence_the_tenant_is_complete(desk: Desk, table: str) -> None:
    desk.owns("EXCHANGE_S_STANDARD")
    desk.stub.script(PATHS[table], error(403, "Forbidden"))
    report = desk.collected(table)
    assert report.complete
    assert report.tables[table].reason is Reason.NO_LICENCE


@EVERY
def test_429_waits_as_long_as_it_says(desk: Desk, table: str, time: FakeTime) -> None:
    desk.stub.script(PATHS[table], error(429, "TooManyRequests", Retry_After="37"), page({"id": "a"}))
    assert desk.collected(table).tables[table].rows == 1
    assert 37 in [round(wait, 6) for wait in time.waits]


@EVERY
def test_the_token_is_one_for_graph(desk: Desk, table: str) -> None:
    tokens_by_audience(desk.stub)
    assert desk.collected(table).complete
    (seen,) = desk.stub.requests(PATHS[table])
    assert seen.headers["authorization"] == "Bearer for-localhost"
    (asked,) = desk.stub.requests(f"/{TENANT}/oauth2/v2.0/token")
    assert asked.form["scope"] == f"{desk.stub.url}/.default"


def test_what_is_asked_for(desk: Desk) -> None:
    desk.collected(*PATHS)
    queries = {name: desk.stub.requests(path)[0].query for name, path in PATHS.items()}
    wanted: dict[str, dict[str, str]] = {name: {} for name in PATHS if name.startswith("identity")}
    devices = {"$select": ",".join(TABLES["managed_devices"].select)}
    assert queries == wanted | {"managed_devices": devices, "compliance_policies": {"$expand": "assignments"}}


def test_sensors_and_candidates(desk: Desk) -> None:
    sensor = {
        "id": "s1",
        "displayName": "NW-DC-01",
        "sensorType": "domainControllerIntegrated",
        "domainName": "northwharf.example",
        "deploymentStatus": "upToDate",
        "serviceStatus": "running",
        "healthStatus": "healthy",
        "openHealthIssuesCount": 2,
        "settings": {"delayedDeploymentEnabled": True},
    }
    candidate = {"id": "c1", "computerDnsName": "nw-dc-02", "lastSeenDateTime": "2026-01-15T05:00:00Z"}
    desk.stub.script(PATHS["identity_sensors"], page(sensor, {"id": "s2", "openHealthIssuesCount": "some"}))
    desk.stub.script(PATHS["identity_sensor_candidates"], page(candidate))
    report = desk.collected("identity_sensors", "identity_sensor_candidates")
    first, second = desk.rows(report, "identity_sensors")
    assert first == {
        "sensor_id": "s1",
        "sensor_name": "NW-DC-01",
        "kind": "domainControllerIntegrated",
        "domain": "northwharf.example",
        "deployment": "upToDate",
        "service": "running",
        "health": "healthy",
        "open_issues": 2,
    }
    assert second["open_issues"] is None
    assert report.tables["identity_sensors"].rejections == {"open_issues": 1}
    (found,) = desk.rows(report, "identity_sensor_candidates")
    assert found["last_seen"] == datetime(2026, 1, 15, 5)  # noqa: DTZ001
    assert found["domain"] is None


def test_health_issues(desk: Desk) -> None:
    issue = {"id": "i1", "severity": "high", "status": "open", "createdDateTime": "2026-01-15T05:00:00Z"}
    desk.stub.script(
        PATHS["identity_health_issues"],
        page(
            {**issue, "sensorDNSNames": ["nw-dc-01"], "domainNames": []},
            {"id": "i2", "sensorDNSNames": "nw-dc-01", "domainNames": [{"name": "x"}]},
            {"id": "i3", "sensorDNSNames": None},
        ),
    )
    report = desk.collected("identity_health_issues")
    rows = desk.rows(report, "identity_health_issues")
    assert [(row["sensors"], row["domains"]) for row in rows] == [
        (["nw-dc-01"], []),
        (None, None),
        (None, None),
    ]
    assert (rows[0]["severity"], rows[0]["status"]) == ("high", "open")
    assert report.tables["identity_health_issues"].rejections == {"sensors": 1, "domains": 1}


def test_devices(desk: Desk) -> None:
    device = {
        "id": "d1",
        "deviceName": "NW-LT-001",
        "azureADDeviceId": "00000000-0000-0000-0000-000000000000",
        "complianceState": "noncompliant",
        "isEncrypted": False,
        "lastSyncDateTime": "0001-01-01T00:00:00Z",
    }
    desk.stub.script(PATHS["managed_devices"], page(device, {"id": "d2", "isEncrypted": 1}))
    report = desk.collected("managed_devices")
    first, second = desk.rows(report, "managed_devices")
    assert (first["compliance"], first["encrypted"], first["os"]) == ("noncompliant", False, None)
    assert second["encrypted"] is None
    assert report.tables["managed_devices"].rejections == {"encrypted": 1}


def policy(**changed: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": "p",
        "displayName": "Windows",
        "assignments": [],
        **changed,
    }


def test_compliance_policies_and_how_often_each_is_assigned(desk: Desk) -> None:
    target = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
    wide = policy(id="a", assignments=[{"id": "1", "target": target}, {"id": "2", "target": target}])
    desk.stub.script(POLICIES, page(wide, policy(id="b"), policy(id="c", **{"@odata.type": "other"})))
    report = desk.collected("compliance_policies")
    rows = desk.rows(report, "compliance_policies")
    assert [(row["policy_id"], row["kind"], row["assignments"]) for row in rows] == [
        ("a", "windows10CompliancePolicy", 2),
        ("b", "windows10CompliancePolicy", 0),
        ("c", "other", 0),
    ]
    assert json.loads(rows[0]["raw"]) == wide
    assert report.tables["compliance_policies"].rejections == {}


@pytest.mark.parametrize(
    ("changed", "rejections"),
    [
        ({"assignments": None}, {}),
        ({"assignments": 3}, {"assignments": 1}),
        ({"assignments": {}}, {"assignments": 1}),
        ({"assignments": ["all"]}, {"assignments": 1}),
        ({"assignments": [{"id": "1"}, None]}, {"assignments": 1}),
        ({"assignments": [{}], "assignments@odata.nextLink": "https://x"}, {"assignments": 1}),
        ({"assignments": [], "assignments@odata.nextLink": "https://x"}, {"assignments": 1}),
    ],
)
def test_a_number_of_assignments_that_is_not_known(
    desk: Desk, changed: dict[str, Any], rejections: dict[str, int]
) -> None:
    desk.stub.script(POLICIES, page(policy(**changed)))
    report = desk.collected("compliance_policies")
    (row,) = desk.rows(report, "compliance_policies")
    assert row["assignments"] is None
    assert report.tables["compliance_policies"].rejections == rejections


def test_assignments_that_did_not_come_are_no_rejection(desk: Desk) -> None:
    desk.stub.script(POLICIES, page({"id": "p"}))
    report = desk.collected("compliance_policies")
    (row,) = desk.rows(report, "compliance_policies")
    assert (row["assignments"], row["kind"], row["policy_name"]) == (None, None, None)
    assert report.tables["compliance_policies"].rejections == {}


def test_the_candidates_are_missing_where_they_are_not_offered(desk: Desk) -> None:
    desk.stub.script(PATHS["identity_sensor_candidates"], error(400, "BadRequest"))
    report = desk.collected("identity_sensor_candidates", "identity_sensors")
    assert report.unexpected == ("identity_sensor_candidates",)
    assert report.tables["identity_sensor_candidates"].reason is Reason.COLLECTION_FAILED
