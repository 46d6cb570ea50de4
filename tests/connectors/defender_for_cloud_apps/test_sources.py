"""Traffic logs and activity through the runner, and activities counted by app."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors import tenant_data as data
from tests.connectors.conftest import TenantFile
from tests.connectors.defender_for_cloud_apps.test_client import STREAMS, some
from tests.connectors.stub import Reply, Seen, Stub
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect, load_tenant
from securescore.connectors.defender_for_cloud_apps import sources
from securescore.connectors.defender_for_cloud_apps.client import PAGE
from securescore.connectors.defender_for_cloud_apps.sources import ACTIVITY_PAGES, count_by_app
from securescore.connectors.microsoft_graph import directory
from securescore.errors import CollectionError
from securescore.evidence import EvidenceFolder
from securescore.model import Reason

SOURCES = (*directory.SOURCES, *sources.SOURCES)
NAMES = ("service_plans", "cloud_discovery_streams", "cloud_app_activity")
ACTIVITIES = "/api/v1/activities/"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def at(hour: int) -> int:
    return int(NOON.replace(hour=hour).timestamp() * 1000)


LUNCH = at(12)


def activity(app: Any = "Microsoft 365", timestamp: Any = LUNCH, **more: Any) -> dict[str, Any]:
    return {"_id": "a1", "appName": app, "timestamp": timestamp, **more}


def collected(tenant: Tenant, folder: EvidenceFolder, clock: Clock) -> CollectionReport:
    return collect(tenant, folder, clock=clock, sources=SOURCES, tables=NAMES)


def rows(report: CollectionReport, table: str) -> list[tuple[Any, ...]]:
    return read(report.run.table_path(table))


def test_streams(tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> None:
    first = {"_id": "s1", "displayName": "Firewall", "streamType": "x", "lastDataReceived": 1768458600000}
    stub.script(STREAMS, some(first, more=True), some({"_id": "s2", "displayName": ["no text"]}))
    report = collected(tenant, folder, clock)
    assert rows(report, "cloud_discovery_streams") == [
        ("s1", "Firewall", "x", "1768458600000"),
        ("s2", None, None, None),
    ]
    assert report.tables["cloud_discovery_streams"].rejections == {"stream": 1}


def test_activity_is_counted_over_all_pages(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script(
        ACTIVITIES,
        some(activity("b", at(1)), activity("a", at(9)), more=True),
        some(activity("b", at(3)), activity(None), activity("b", at(2)), activity("c", None)),
    )
    report = collected(tenant, folder, clock)
    assert rows(report, "cloud_app_activity") == [
        ("a", 1, datetime(2026, 1, 15, 9)),  # noqa: DTZ001
        ("b", 3, datetime(2026, 1, 15, 3)),  # noqa: DTZ001
        ("c", 1, None),
    ]
    assert report.tables["cloud_app_activity"].rejections == {}
    assert report.complete


def test_no_more_activities_are_read_than_wanted(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    def answer(seen: Seen) -> Reply:
        return some(*(activity() for _ in range(PAGE)), more=True)

    stub.script(ACTIVITIES, answer)
    report = collected(tenant, folder, clock)
    assert len(stub.requests(ACTIVITIES)) == ACTIVITY_PAGES
    assert [row[1] for row in rows(report, "cloud_app_activity")] == [ACTIVITY_PAGES * PAGE]


@pytest.mark.parametrize("wrong", ["soon", True, 1.5, {}, [], 10**30, -(10**30), 10**400])
@pytest.mark.parametrize("first", [True, False])
def test_a_moment_that_is_none_is_counted_and_hides_the_newest(
    tenant: Tenant,
    folder: EvidenceFolder,
    clock: Clock,
    stub: Stub,
    wrong: object,
    first: bool,  # noqa: FBT001
) -> None:
    both = [activity("a", wrong), activity("a", at(3))]
    stub.script(ACTIVITIES, some(*(both if first else both[::-1])))
    report = collected(tenant, folder, clock)
    assert rows(report, "cloud_app_activity") == [("a", 2, None)]
    assert report.tables["cloud_app_activity"].rejections == {"newest": 1}


@pytest.mark.parametrize("path", [STREAMS, ACTIVITIES])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(404, b""), Reason.COLLECTION_FAILED),
        (Reply(403, b""), Reason.NO_PERMISSION),
        (Reply(401, b""), Reason.NO_PERMISSION),
        (Reply(503, b""), Reason.COLLECTION_FAILED),
        (some(7), Reason.COLLECTION_FAILED),
        (Reply(body=b'{"data": ['), Reason.COLLECTION_FAILED),
    ],
)
def test_one_that_fails_costs_its_own_table(
    tenant: Tenant,
    folder: EvidenceFolder,
    clock: Clock,
    stub: Stub,
    path: str,
    answer: Reply,
    reason: Reason,
) -> None:
    good = {"_id": "s1"} if path == STREAMS else activity()
    stub.script(path, some(good, more=True), answer)
    report = collected(tenant, folder, clock)
    lost, other = NAMES[1:] if path == STREAMS else NAMES[:0:-1]
    assert report.unexpected == (lost,)
    assert report.tables[lost].reason is reason
    assert report.tables[other].rows == 0
    if reason is Reason.NO_PERMISSION:
        permission = "Discovery.read" if path == STREAMS else "Investigation.read"
        assert f"permission {permission} of Microsoft Cloud App Security" in (report.tables[lost].error or "")


def test_a_tenant_without_the_licence_is_complete(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/subscribedSkus", data.plans("EXCHANGE_S_STANDARD"))
    for path in (STREAMS, ACTIVITIES):
        stub.script(path, Reply(403, b""))
    report = collected(tenant, folder, clock)
    assert report.complete
    assert {report.tables[name].reason for name in NAMES[1:]} == {Reason.NO_LICENCE}


def test_without_an_address_nothing_is_collected(
    tenant_file: TenantFile, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    tenant = load_tenant(tenant_file(endpoints=f'defender_endpoint = "{stub.url}"'))
    report = collected(tenant, folder, clock)
    assert {report.tables[name].reason for name in NAMES[1:]} == {Reason.NOT_COLLECTED}
    assert "endpoints.cloud_apps of the tenant file" in (report.tables["cloud_app_activity"].error or "")
    assert stub.requests(STREAMS) == stub.requests(ACTIVITIES) == []


@pytest.mark.parametrize("app", [7, True, {}, ["a"]])
def test_an_app_that_is_no_text_is_no_app(app: object) -> None:
    with pytest.raises(CollectionError, match="app is no text"):
        count_by_app([activity("a"), activity(app)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
)
MOMENTS = st.integers(-(2**41), 2**41)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), MOMENTS | st.none() | JSON)))
def test_whatever_the_moments_every_activity_counts(given_: list[tuple[str, Any]]) -> None:
    counted = {row["app"]: row for row in count_by_app(activity(app, moment) for app, moment in given_)}
    for name in {app for app, _ in given_}:
        moments = [moment for app, moment in given_ if app == name and moment is not None]
        usable = [one for one in moments if isinstance(one, int) and not isinstance(one, bool)]
        row = counted[name]
        assert row["activities"] == sum(app == name for app, _ in given_)
        if not moments:
            assert row["newest"] is None
        elif len(usable) < len(moments):
            assert isinstance(row["newest"], list)
        elif max(map(abs, usable)) <= 2**41:
            assert row["newest"] == datetime.fromtimestamp(max(usable) / 1000, UTC)
    assert set(counted) == {app for app, _ in given_}
