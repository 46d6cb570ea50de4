"""Every table of Exchange Online and Security & Compliance through the runner: what is published, what is not and why."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.exchange_online.cmdlets import (
    BANNER,
    COMPLIANCE,
    EXCHANGE,
    MODULE,
    Cmdlets,
    cmdlet_of,
)
from tests.connectors.stub import TENANT, Reply, Stub, page
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect
from securescore.connectors.exchange_online import mail_filtering, mail_groups, organisation, purview
from securescore.connectors.microsoft_graph import directory
from securescore.connectors.missing import reason_of
from securescore.errors import CollectionError, ConnectionRefusedByServiceError, SecureScoreError
from securescore.evidence import TABLES, EvidenceFolder, Table
from securescore.evidence.schema import Api
from securescore.model import Reason

ADMIN = (*organisation.SOURCES, *mail_filtering.SOURCES, *purview.SOURCES)
SOURCES = (*directory.SOURCES, *ADMIN, *mail_groups.SOURCES)
EVERYTHING = ("EXCHANGE_S_ENTERPRISE", "ATP_ENTERPRISE", "RMS_S_PREMIUM", "BPOS_S_DlpAddOn")


@pytest.fixture(autouse=True)
def _directory(stub: Stub) -> None:
    data.empty(stub)
    stub.script("/v1.0/subscribedSkus", data.plans(*EVERYTHING))


def collected(tenant: Tenant, folder: EvidenceFolder, clock: Clock, *tables: str) -> CollectionReport:
    return collect(tenant, folder, clock=clock, sources=SOURCES, tables=tables or None)


def found(report: CollectionReport, table: str) -> list[dict[str, Any]]:
    names = [column.name for column in TABLES[table].columns]
    return [dict(zip(names, row, strict=True)) for row in read(report.run.table_path(table))]


def missing(report: CollectionReport, names: Iterable[str]) -> dict[str, tuple[Reason | None, str | None]]:
    records = {name: report.tables[name] for name in names}
    return {name: (r.reason, r.code) for name, r in records.items() if r.state == "missing"}


def test_a_source_fills_each_table_of_the_interface() -> None:
    filled = [table for source in ADMIN for table in source.tables]
    assert sorted(table.name for table in filled) == sorted(
        table.name for table in TABLES.values() if table.api is Api.EXCHANGE
    )


def test_a_tenant_with_nothing_in_it(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    report = collected(tenant, folder, clock)
    assert report.complete
    assert all(report.tables[name].rows == 0 for name in TABLES if TABLES[name].api is Api.EXCHANGE)
    hosts = {cmdlet_of(seen): seen.headers["host"].split(":")[0] for seen in cmdlets.requests()}
    assert hosts["Get-Mailbox"] == EXCHANGE
    assert hosts["Get-Label"] == f"eur02b.{COMPLIANCE}"
    assert all(cmdlet.startswith("Get-") for cmdlet in hosts)
    assert len(cmdlets.stub.requests(MODULE)) == len(cmdlets.stub.requests(BANNER)) == 1


def test_each_cmdlet_is_asked_for_what_its_table_reads(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    collected(tenant, folder, clock)
    asked = {cmdlet_of(seen): seen for seen in cmdlets.requests()}
    mailbox = asked["Get-Mailbox"]
    assert mailbox.query["$select"].split(",") == list(TABLES["mailboxes"].select)
    unlimited = {name for name, seen in asked.items() if b"Unlimited" in seen.body}
    assert unlimited == {"Get-Mailbox", "Get-MailboxAuditBypassAssociation"}
    assert json.loads(mailbox.body)["CmdletInput"]["Parameters"] == {"ResultSize": "Unlimited"}
    assert all(seen.query["$select"] for seen in asked.values())


def test_settings_are_read_by_their_paths(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    annotated = {"Name": "northwharf.example", "AuditDisabled": False, "AuditDisabled@odata.type": "#Boolean"}
    cmdlets.returns("Get-OrganizationConfig", {**annotated, "MailTipsLargeAudienceThreshold": "25"})
    cmdlets.returns(
        "Get-SharingPolicy", {"Name": "Default", "Default": True, "Domains": ["*:x"], "Enabled": None}
    )
    report = collected(tenant, folder, clock, "exchange_organization", "sharing_policies")
    (organization,) = found(report, "exchange_organization")
    assert organization["audit_disabled"] is False
    assert organization["customer_lockbox"] is None
    assert organization["mail_tips_large_audience"] == 25
    (policy,) = found(report, "sharing_policies")
    assert policy == {"policy": "Default", "is_default": True, "enabled": None, "domains": ["*:x"]}


def test_two_pages_of_mailboxes_make_one_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    first = {"Guid": "a", "EmailAddresses": ["SMTP:a@b.example"], "AuditEnabled": "not a yes"}
    cmdlets.script("Get-Mailbox", page(first, link=cmdlets.link("2")), page({"Guid": "b"}))
    report = collected(tenant, folder, clock, "mailboxes")
    assert [row["mailbox_guid"] for row in found(report, "mailboxes")] == ["a", "b"]
    assert report.tables["mailboxes"].rejections == {"audit_enabled": 1}


@pytest.mark.parametrize(
    "second",
    [Reply(503, b""), Reply(body=b'{"value": [{"Gu'), Reply(403, b""), page({"Name": "no key"}), page(7)],
)
def test_a_failure_on_the_second_page_publishes_nothing(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, second: Reply
) -> None:
    cmdlets.script("Get-Mailbox", page({"Guid": "a"}, link=cmdlets.link("2")), second)
    report = collected(tenant, folder, clock, "mailboxes", "owa_policies")
    assert report.unexpected == ("mailboxes",)
    assert report.tables["owa_policies"].state == "collected"
    assert not list(report.run.path.glob("mailboxes*"))


def test_rules_of_several_cmdlets_make_one_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    strict = {
        "Name": "Strict Preset Security Policy",
        "State": "Disabled",
        "SentTo": None,
        "AntiPhishPolicy": "p",
    }
    cmdlets.returns("Get-EOPProtectionPolicyRule", strict)
    cmdlets.returns("Get-MalwareFilterRule", {"Name": "m", "MalwareFilterPolicy": "q", "SentTo": [1, 2]})
    cmdlets.returns("Get-ATPBuiltInProtectionRule", {"Name": "b", "State": "Enabled", "SafeLinksPolicy": "l"})
    report = collected(tenant, folder, clock, "mail_rules", "defender_mail_rules")
    rules = {(row["policy_kind"], row["family"]): row for row in found(report, "mail_rules")}
    assert sorted(rules) == [
        ("anti_phish", "strict"),
        ("malware", "custom"),
        ("malware", "strict"),
        ("spam", "strict"),
    ]
    assert rules["anti_phish", "strict"]["recipients"] == []
    assert rules["anti_phish", "strict"]["domains"] is None
    assert rules["malware", "custom"]["recipients"] is None
    assert report.tables["mail_rules"].rejections == {"recipients": 1}
    built_in = found(report, "defender_mail_rules")
    assert [(row["policy_kind"], row["policy"], row["recipients"]) for row in built_in] == [
        ("safe_attachments", None, []),
        ("safe_links", "l", []),
    ]


def test_one_refused_cmdlet_of_several_leaves_no_half_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    cmdlets.returns("Get-HostedContentFilterRule", {"Name": "m"})
    cmdlets.script("Get-AntiPhishRule", Reply(403, b""))
    report = collected(tenant, folder, clock, "mail_rules", "spam_policies")
    assert report.unexpected == ("mail_rules",)


def test_what_to_grant_is_named_with_its_interface_and_role(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    cmdlets.script("Get-OwaMailboxPolicy", Reply(401, b""))
    report = collected(tenant, folder, clock, "owa_policies", "mailboxes")
    error = report.tables["owa_policies"].error
    assert error is not None
    assert error.startswith("Exchange Online refused Get-OwaMailboxPolicy with 401 and no reason")
    assert error.endswith(
        "Grant the app registration the application permission Exchange.ManageAsApp of Office 365 Exchange Online and "
        "consent to it, and give its service principal the directory role Global Reader"
    )
    assert report.tables["owa_policies"].reason is Reason.NO_PERMISSION


SAFE_LINKS = "The term 'Get-SafeLinksPolicy' is not recognized as the name of a cmdlet, function, script file"


@pytest.mark.parametrize(
    ("skus", "reason"),
    [
        (data.plans("EXCHANGE_S_STANDARD"), Reason.NO_LICENCE),
        (data.plans("EXCHANGE_S_STANDARD", "ATP_ENTERPRISE"), Reason.NO_PERMISSION),
        (Reply(403, {"error": {"code": "x", "message": "y"}}), Reason.NO_PERMISSION),
    ],
)
def test_the_plans_of_the_run_tell_a_licence_from_a_role(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, skus: Reply, reason: Reason
) -> None:
    cmdlets.stub.script("/v1.0/subscribedSkus", skus)
    details = [{"message": f"|System.Management.Automation.CommandNotFoundException|{SAFE_LINKS}"}]
    unknown = {"error": {"code": "BadRequest", "message": "Invalid Operation", "details": details}}
    cmdlets.script("Get-SafeLinksPolicy", Reply(400, unknown))
    report = collected(tenant, folder, clock, "safe_links_policies", "service_plans", "owa_policies")
    assert missing(report, ["safe_links_policies"]) == {"safe_links_policies": (reason, "BadRequest")}


def test_a_service_that_is_down_stops_no_other(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, stub: Stub
) -> None:
    stub.script(BANNER, Reply(503, b""))
    report = collected(tenant, folder, clock)
    purview_tables = {table.name for source in purview.SOURCES for table in source.tables}
    assert set(report.unexpected) == purview_tables
    assert set(missing(report, purview_tables).values()) == {(Reason.COLLECTION_FAILED, "503")}
    assert report.tables["mail_group_members"].state == "collected"


def test_a_tenant_without_exchange_lacks_licences_and_nothing_else(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    """Neither service answers, as where the tenant does not even know them: no token for either."""

    def token(seen: Any) -> Reply:
        if ".localhost" in seen.form["scope"]:
            return Reply(
                400, {"error": "invalid_resource", "error_codes": [500011], "error_description": "no"}
            )
        return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": "graph"})

    stub.script(f"/{TENANT}/oauth2/v2.0/token", token)
    stub.script("/v1.0/subscribedSkus", data.plans("AAD_PREMIUM"))
    report = collected(tenant, folder, clock)
    assert report.complete
    names = [*(name for name in TABLES if TABLES[name].api is Api.EXCHANGE), "mail_group_members"]
    assert {report.tables[name].reason for name in names} == {Reason.NO_LICENCE}
    error = report.tables["mailboxes"].error
    assert error is not None
    assert "The tenant owns none of the service plans EXCHANGE_S_STANDARD or" in error


MAILBOXES = TABLES["mailboxes"]
DNS = TABLES["mail_domain_records"]
LACKING = frozenset({"AAD_PREMIUM"})
OWNING = frozenset({"EXCHANGE_S_DESKLESS"})


@pytest.mark.parametrize(
    ("table", "error", "plans", "reason"),
    [
        (MAILBOXES, CollectionError("x", reason="no_permission"), OWNING, Reason.NO_PERMISSION),
        (MAILBOXES, CollectionError("x", reason="no_permission"), LACKING, Reason.NO_LICENCE),
        (MAILBOXES, CollectionError("x", reason="no_licence"), OWNING, Reason.NO_PERMISSION),
        (MAILBOXES, CollectionError("x", reason="no_licence"), None, Reason.NO_LICENCE),
        (MAILBOXES, CollectionError("x", reason="not_collected"), LACKING, Reason.NO_LICENCE),
        (MAILBOXES, CollectionError("x", reason="not_collected"), OWNING, Reason.NOT_COLLECTED),
        (MAILBOXES, CollectionError("x"), LACKING, Reason.COLLECTION_FAILED),
        (MAILBOXES, ConnectionRefusedByServiceError("x"), LACKING, Reason.NO_LICENCE),
        (MAILBOXES, ConnectionRefusedByServiceError("x"), OWNING, Reason.COLLECTION_FAILED),
        (MAILBOXES, ConnectionRefusedByServiceError("x"), None, Reason.COLLECTION_FAILED),
        (DNS, CollectionError("x", reason="no_permission"), LACKING, Reason.NO_PERMISSION),
    ],
)
def test_reasons(table: Table, error: SecureScoreError, plans: frozenset[str] | None, reason: Reason) -> None:
    assert reason_of(table, error, plans) is reason
