"""Devices and their configurations through the runner: what is published, what is not and why."""

from typing import Any

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.defender_for_endpoint.devices import (
    BY_MACHINE,
    EXPORT,
    MACHINES,
    MANY,
    Storage,
    configuration,
    lines,
    machine,
    packed,
)
from tests.connectors.stub import TENANT, Reply, Seen, Stub, error, page
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect, load_tenant
from securescore.connectors.defender_for_endpoint import sources
from securescore.connectors.microsoft_graph import directory
from securescore.evidence import TABLES, EvidenceFolder
from securescore.model import Reason

SOURCES = (*directory.SOURCES, *sources.SOURCES)
NAMES = ("service_plans", "machines", "device_configurations")
P2 = data.plans("WINDEFATP")
BUSINESS = data.plans("MDE_SMB")


class Desk:
    """Collects the devices of the stub's tenant."""

    def __init__(self, tenant: Tenant, folder: EvidenceFolder, clock: Clock) -> None:
        self._tenant, self._folder, self._clock = tenant, folder, clock

    def collected(self) -> CollectionReport:
        return collect(self._tenant, self._folder, clock=self._clock, sources=SOURCES, tables=NAMES)

    def missing(self) -> dict[str, tuple[Reason | None, str | None]]:
        tables = self.collected().tables
        return {n: (r.reason, r.code) for n, r in tables.items() if r.state == "missing"}


def rows(report: CollectionReport, table: str) -> list[dict[str, Any]]:
    names = [column.name for column in TABLES[table].columns]
    return [dict(zip(names, row, strict=True)) for row in read(report.run.table_path(table))]


@pytest.fixture
def desk(tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> Desk:
    data.empty(stub)
    stub.script("/v1.0/subscribedSkus", P2)
    return Desk(tenant, folder, clock)


def many(stub: Stub, *files: str) -> None:
    """A tenant with so many devices that an export is asked for, of these files."""
    stub.script(MACHINES, page(*(machine(f"m{n}") for n in range(MANY))))
    stub.script(EXPORT, Reply(body={"exportFiles": list(files)}))


def test_devices_of_two_pages(desk: Desk, stub: Stub) -> None:
    first = machine("a", aadDeviceId="88bb88bb-0000-4000-8000-00000000d001", osPlatform="Windows11")
    stub.script(
        MACHINES, page(first, link=f"{stub.url}{MACHINES}?$skip=1"), page(machine("b", lastSeen="soon"))
    )
    stub.script(BY_MACHINE, page(configuration("a")))
    report = desk.collected()
    assert report.complete
    assert report.tables["machines"].rejections == {"last_seen": 1}
    a, b = rows(report, "machines")
    assert (a["machine_id"], a["machine_name"], a["os"]) == ("a", "a.northwharf.example", "Windows11")
    assert a["directory_id"] == "88bb88bb-0000-4000-8000-00000000d001"
    assert str(a["last_seen"]) == "2026-01-15 05:00:00.123456"
    assert b["last_seen"] is None


def test_a_tenant_without_devices(desk: Desk, stub: Stub) -> None:
    stub.script(BY_MACHINE, error(404, "ResourceNotFound"))
    report = desk.collected()
    assert report.complete
    assert [report.tables[name].rows for name in NAMES[1:]] == [0, 0]
    assert stub.requests(EXPORT) == []


@pytest.mark.parametrize("nothing", [page(), error(404, "NotFound")])
@pytest.mark.parametrize(
    ("plans", "reason"),
    [(P2, Reason.NOT_COLLECTED), (BUSINESS, Reason.NO_LICENCE)],
    ids=["plan 2", "business"],
)
def test_devices_of_which_none_is_assessed_are_not_devices_without_faults(
    desk: Desk, stub: Stub, nothing: Reply, plans: Reply, reason: Reason
) -> None:
    stub.script("/v1.0/subscribedSkus", plans)
    stub.script(MACHINES, page(machine("a"), machine("b", onboardingStatus="CanBeOnboarded")))
    stub.script(BY_MACHINE, nothing)
    assert desk.missing() == {"device_configurations": (reason, None)}


@pytest.mark.parametrize("changed", [{"onboardingStatus": "CanBeOnboarded"}, {"healthStatus": "Inactive"}])
def test_devices_that_nobody_assesses_need_no_configurations(
    desk: Desk, stub: Stub, changed: dict[str, str]
) -> None:
    stub.script(MACHINES, page(machine("a", **changed)))
    stub.script(BY_MACHINE, page())
    assert desk.collected().tables["device_configurations"].rows == 0


@pytest.mark.parametrize("path", [MACHINES, BY_MACHINE])
def test_a_404_of_something_on_the_way_is_no_empty_table(desk: Desk, stub: Stub, path: str) -> None:
    stub.script(path, Reply(404, b"<html>"))
    table = "machines" if path == MACHINES else "device_configurations"
    assert desk.missing()[table] == (Reason.COLLECTION_FAILED, "404")


def by_skip(stub: Stub, *pages: Reply) -> None:
    """Pages without links, found by how many devices are left out."""
    answers = {str(n * sources.LARGEST_PAGE): one for n, one in enumerate(pages)}
    stub.script(MACHINES, lambda seen: answers[seen.query.get("$skip", "0")])


def full_page(prefix: str, **other: str) -> Reply:
    return page(*({"id": f"{prefix}{n}", **other} for n in range(sources.LARGEST_PAGE)))


def test_a_full_page_without_a_link_is_not_taken_for_the_last(
    desk: Desk, stub: Stub, storage: Storage
) -> None:
    by_skip(stub, full_page("a"), page(machine("b")))
    stub.script(EXPORT, Reply(body={"exportFiles": [storage.holds("1.gz", packed(configuration("b")))]}))
    report = desk.collected()
    assert report.tables["machines"].rows == sources.LARGEST_PAGE + 1
    assert report.complete


def test_exactly_one_full_page(desk: Desk, stub: Stub) -> None:
    by_skip(stub, full_page("a"), error(404, "ResourceNotFound"))
    assert desk.collected().tables["machines"].rows == sources.LARGEST_PAGE


def test_a_service_that_leaves_out_nothing_is_noticed(desk: Desk, stub: Stub) -> None:
    by_skip(stub, full_page("a"), full_page("a", lastSeen="2026-01-15T05:00:01Z"))
    assert desk.missing()["machines"] == (Reason.COLLECTION_FAILED, "link_loop")


@pytest.mark.parametrize(
    "second",
    [
        error(404, "ResourceNotFound"),
        error(403, "Forbidden"),
        Reply(503, b""),
        Reply(drop=True),
        Reply(body=b'{"value": [{"deviceId": "b"'),
        page({"deviceId": "b"}),
        page({"deviceId": "b", "configurationId": {"x": 1}}),
        page(7),
    ],
)
def test_a_failure_on_the_second_page_publishes_nothing(desk: Desk, stub: Stub, second: Reply) -> None:
    stub.script(MACHINES, page(machine("a"), machine("b")))
    stub.script(BY_MACHINE, page(configuration("a"), link=f"{stub.url}{BY_MACHINE}?$skiptoken=2"), second)
    report = desk.collected()
    assert report.unexpected == ("device_configurations",)
    assert report.tables["device_configurations"].reason in {
        Reason.COLLECTION_FAILED,
        Reason.NO_PERMISSION,
    }
    assert report.tables["machines"].rows == 2
    assert not list(report.run.path.glob("device_configurations*"))


def test_configurations_by_pages(desk: Desk, stub: Stub) -> None:
    stub.script(MACHINES, page(machine("a")))
    stub.script(
        BY_MACHINE,
        page(configuration("a"), link=f"{stub.url}{BY_MACHINE}?$skiptoken=2"),
        page(configuration("a", "scid_91", isCompliant="perhaps", isApplicable=None)),
    )
    report = desk.collected()
    assert rows(report, "device_configurations") == [
        {
            "machine_id": "a",
            "configuration_id": "scid_2012",
            "applicable": True,
            "compliant": False,
            "impact": 9.0,
        },
        {
            "machine_id": "a",
            "configuration_id": "scid_91",
            "applicable": None,
            "compliant": None,
            "impact": 9.0,
        },
    ]
    assert report.tables["device_configurations"].rejections == {"compliant": 1}
    assert stub.requests(BY_MACHINE)[0].query == {"pageSize": "50000"}
    assert stub.requests(EXPORT) == []


def test_both_spellings_are_the_same_configuration(desk: Desk, stub: Stub) -> None:
    stub.script(MACHINES, page(machine("a-b")))
    stub.script(
        BY_MACHINE,
        page(
            configuration("a-b", "scid-7", isCompliant=False),
            configuration("a-b", "scid_7", isCompliant=True),
        ),
    )
    report = desk.collected()
    (row,) = rows(report, "device_configurations")
    assert (row["machine_id"], row["configuration_id"], row["compliant"]) == ("a-b", "scid_7", True)
    assert report.tables["device_configurations"].repeated == 1


def test_of_many_devices_the_configurations_are_exported(desk: Desk, stub: Stub, storage: Storage) -> None:
    strange = configuration("m1", "scid-8", isCompliant=7, configurationImpact="high", extra={"a": 1})
    many(
        stub,
        storage.holds("1.gz", packed(configuration("m0"), strange)),
        storage.holds("2.gz", packed(configuration("m2", isApplicable=None))),
    )
    report = desk.collected()
    assert report.complete
    record = report.tables["device_configurations"]
    assert (record.rows, record.rejections) == (3, {"compliant": 1, "impact": 1})
    assert stub.requests(BY_MACHINE) == []
    for seen in storage.stub.seen:
        assert "authorization" not in seen.headers
        assert "token" not in str(seen)


def test_as_many_as_can_be_paged_are_paged(desk: Desk, stub: Stub) -> None:
    stub.script(MACHINES, page(*(machine(f"m{n}") for n in range(MANY - 1))))
    desk.collected()
    assert (len(stub.requests(BY_MACHINE)), len(stub.requests(EXPORT))) == (1, 0)


@pytest.mark.parametrize(
    "answer", [Reply(body={"exportFiles": []}), error(404, "ResourceNotFound"), error(404, "NotFound")]
)
def test_an_export_of_nothing_is_not_believed(desk: Desk, stub: Stub, answer: Reply) -> None:
    many(stub)
    stub.script(EXPORT, answer)
    stub.script(BY_MACHINE, page(configuration("m0")))
    assert [row["machine_id"] for row in rows(desk.collected(), "device_configurations")] == ["m0"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (error(403, "Forbidden"), (Reason.NO_PERMISSION, "Forbidden")),
        (Reply(404, b""), (Reason.COLLECTION_FAILED, "404")),
        (error(429, "TooManyRequests", Retry_After="1"), (Reason.COLLECTION_FAILED, "TooManyRequests")),
        (Reply(body={"exportFiles": ["http://x/1.gz"]}), (Reason.COLLECTION_FAILED, "bad_link")),
        (Reply(body={"exportFiles": ["https://x.example/1"]}), (Reason.COLLECTION_FAILED, "other_host")),
        (Reply(body={"exportFiles": None}), (Reason.COLLECTION_FAILED, "bad_answer")),
    ],
)
def test_an_export_that_fails_is_no_reason_to_page(
    desk: Desk, stub: Stub, answer: Reply, found: tuple[Reason, str]
) -> None:
    many(stub)
    stub.script(EXPORT, answer)
    assert desk.missing() == {"device_configurations": found}
    assert stub.requests(BY_MACHINE) == []


WHOLE = packed(configuration("m1"))
KEYLESS = packed({"deviceId": "m1"})


@pytest.mark.parametrize(
    "second",
    [
        WHOLE[:-5],
        WHOLE[:-1] + b"\x01",
        lines(configuration("m1")),
        packed(configuration("m1"), b'{"deviceId": '),
        packed(configuration("m1"), b"[]"),
        packed(b'{"deviceId": "m1", "configurationId": "\\ud83d"}'),
        packed(b'{"deviceId": "m1", "configurationId": "\xff"}'),
        KEYLESS,
        b"",
        Reply(403, b""),
        Reply(body=WHOLE, cut=20),
    ],
)
def test_a_file_that_cannot_be_read_publishes_nothing(
    desk: Desk, stub: Stub, storage: Storage, second: bytes | Reply
) -> None:
    many(stub, storage.holds("1.gz", packed(configuration("m0"))), storage.holds("2.gz", second))
    report = desk.collected()
    assert report.unexpected == ("device_configurations",)
    assert report.tables["device_configurations"].reason is Reason.COLLECTION_FAILED
    assert report.tables["machines"].rows == MANY
    assert not list(report.run.path.glob("device_configurations*"))


def test_429_is_waited_for(desk: Desk, stub: Stub, time: FakeTime) -> None:
    stub.script(BY_MACHINE, error(429, "TooManyRequests", Retry_After="33"), page(configuration("a")))
    assert len(rows(desk.collected(), "device_configurations")) == 1
    assert 33 in [round(wait, 6) for wait in time.waits]


def test_without_the_permission_others_go_on(desk: Desk, stub: Stub) -> None:
    stub.script(BY_MACHINE, error(403, "Forbidden"))
    stub.script(MACHINES, page(machine("a")))
    report = desk.collected()
    assert report.unexpected == ("device_configurations",)
    record = report.tables["device_configurations"]
    assert (record.reason, record.code) == (Reason.NO_PERMISSION, "Forbidden")
    assert record.error is not None
    assert "the application permission Vulnerability.Read.All of WindowsDefenderATP" in record.error
    assert report.tables["machines"].rows == 1


def test_without_devices_configurations_are_not_collected(desk: Desk, stub: Stub) -> None:
    stub.script(MACHINES, error(403, "Forbidden"))
    missing = desk.missing()
    assert missing["machines"] == (Reason.NO_PERMISSION, "Forbidden")
    assert missing["device_configurations"][0] is Reason.NOT_COLLECTED
    assert stub.requests(BY_MACHINE) == []


def test_a_tenant_without_the_licence_is_complete(desk: Desk, stub: Stub) -> None:
    stub.script("/v1.0/subscribedSkus", data.plans("EXCHANGE_S_STANDARD"))
    for path in (MACHINES, BY_MACHINE):
        stub.script(path, error(403, "Forbidden"))
    report = desk.collected()
    assert report.complete
    assert {report.tables[name].reason for name in NAMES[1:]} == {Reason.NO_LICENCE}


def test_a_plan_that_assesses_nothing_lacks_only_that(desk: Desk, stub: Stub) -> None:
    stub.script("/v1.0/subscribedSkus", BUSINESS)
    stub.script(MACHINES, page(machine("a")))
    stub.script(BY_MACHINE, error(403, "Forbidden"))
    report = desk.collected()
    assert report.complete
    assert report.tables["machines"].rows == 1
    assert report.tables["device_configurations"].reason is Reason.NO_LICENCE


def test_a_service_that_gives_no_token_costs_its_own_tables(
    tenant_file: TenantFile, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    def token(seen: Seen) -> Reply:
        if "127.0.0.1" in seen.form["scope"]:
            refusal = {"error": "invalid_resource", "error_codes": [500011], "error_description": "no"}
            return Reply(400, refusal)
        return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": "graph"})

    data.empty(stub)
    stub.script("/v1.0/subscribedSkus", P2)
    stub.script(f"/{TENANT}/oauth2/v2.0/token", token)
    tenant = load_tenant(tenant_file(endpoints=f'defender_endpoint = "https://127.0.0.1:{stub.port}"'))
    report = Desk(tenant, folder, clock).collected()
    assert report.unexpected == ("device_configurations", "machines")
    assert report.tables["machines"].reason is Reason.COLLECTION_FAILED
    assert report.tables["service_plans"].rows == 1
    assert stub.requests(MACHINES) == []


def test_a_cloud_without_the_service(
    tenant_file: TenantFile, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.empty(stub)
    stub.script("/v1.0/subscribedSkus", P2)
    file = tenant_file()
    text = file.read_text(encoding="utf-8")
    without = [line for line in text.splitlines() if not line.startswith("defender_endpoint")]
    file.write_text('cloud = "china"\n' + "\n".join(without), encoding="utf-8")
    report = Desk(load_tenant(file), folder, clock).collected()
    assert {report.tables[name].reason for name in NAMES[1:]} == {Reason.NOT_COLLECTED}
    assert "endpoints.defender_endpoint" in (report.tables["machines"].error or "")
