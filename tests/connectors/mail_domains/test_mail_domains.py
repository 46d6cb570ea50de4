"""The table of mail domains through the runner: which domains are asked about, and what is published."""

from collections.abc import Callable, Iterator

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.conftest import TenantFile
from tests.connectors.exchange_online.cmdlets import cmdlet_of
from tests.connectors.mail_domains.name_server import Zone, serving
from tests.connectors.stub import TENANT, Reply, Seen, Stub, page
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect, load_tenant
from securescore.connectors.exchange_online import organisation
from securescore.connectors.mail_domains import sources as mail_domains
from securescore.connectors.microsoft_graph import directory
from securescore.evidence import EvidenceFolder
from securescore.model import Reason

SOURCES = (*directory.SOURCES, *organisation.SOURCES, *mail_domains.SOURCES)
ADMIN = f"/adminapi/beta/{TENANT}/InvokeCommand"


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture
def tenant(tenant_file: TenantFile, zone: Zone) -> Iterator[Tenant]:
    with serving(zone) as port:
        yield load_tenant(tenant_file(endpoints=f'dns = "127.0.0.1:{port}"'))


def collected(tenant: Tenant, folder: EvidenceFolder) -> CollectionReport:
    tables = ["mail_domain_records", "organization"]
    return collect(tenant, folder, clock=Clock(), sources=SOURCES, tables=tables)


def rows(report: CollectionReport) -> list[tuple[object, ...]]:
    return [row[:4] for row in read(report.run.table_path("mail_domain_records"))]


def cmdlets(**answers: Reply) -> Callable[[Seen], Reply]:
    names = {"accepted": "Get-AcceptedDomain", "signing": "Get-DkimSigningConfig"}
    by_cmdlet = {names[name]: reply for name, reply in answers.items()}
    return lambda request: by_cmdlet.get(cmdlet_of(request), page())


def test_each_domain_of_the_organisation_is_asked_about_once(
    stub: Stub, tenant: Tenant, zone: Zone, folder: EvidenceFolder
) -> None:
    data.empty(stub)
    stub.script(
        "/v1.0/domains",
        page(
            {"id": "north.example", "isVerified": True},
            {"id": "unproven.example", "isVerified": False},
            {"id": "north.onmicrosoft.com", "isVerified": True},
        ),
    )
    stub.script(
        ADMIN,
        cmdlets(
            accepted=page({"DomainName": "North.example"}, {"DomainName": "south.example"}),
            signing=page({"Domain": "north.mail.onmicrosoft.com"}, {"Domain": "east.example"}),
        ),
    )
    zone.says("south.example", "TXT", '"v=spf1 -all"', '"v=spf1 ~all"')
    report = collected(tenant, folder)
    found = rows(report)
    assert {row[0] for row in found} == {"north.example", "south.example", "east.example"}
    assert [row for row in found if row[1] == "spf"] == [
        ("east.example", "spf", 0, "absent"),
        ("north.example", "spf", 0, "absent"),
        ("south.example", "spf", 0, "found"),
        ("south.example", "spf", 1, "found"),
    ]
    asked = {name for name, _, _ in zone.asked}
    assert not any("onmicrosoft" in name or "unproven" in name for name in asked)


def test_one_list_of_domains_is_enough(stub: Stub, tenant: Tenant, folder: EvidenceFolder) -> None:
    data.empty(stub)
    stub.script("/v1.0/domains", Reply(403, b""))
    stub.script(ADMIN, cmdlets(accepted=page({"DomainName": "north.example"}), signing=Reply(403, b"")))
    assert {row[0] for row in rows(collected(tenant, folder))} == {"north.example"}


def test_without_any_list_of_domains_nothing_is_looked_up(
    stub: Stub, tenant: Tenant, zone: Zone, folder: EvidenceFolder
) -> None:
    data.empty(stub)
    stub.script("/v1.0/domains", Reply(403, b""))
    stub.script(ADMIN, cmdlets(accepted=Reply(403, b""), signing=Reply(403, b"")))
    record = collected(tenant, folder)
    missing = record.tables["mail_domain_records"]
    assert (missing.state, missing.reason) == ("missing", Reason.NOT_COLLECTED)
    assert "which to look up" in str(missing.error)
    assert zone.asked == []


def test_an_organisation_without_a_domain_of_its_own_has_no_rows(
    stub: Stub, tenant: Tenant, folder: EvidenceFolder
) -> None:
    data.empty(stub)
    stub.script("/v1.0/domains", page({"id": "north.onmicrosoft.com", "isVerified": True}))
    assert rows(collected(tenant, folder)) == []
