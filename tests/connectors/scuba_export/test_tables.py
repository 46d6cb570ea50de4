"""Which tables an export fills: only whole ones, and the others say why not."""

from pathlib import Path
from typing import Any

import pytest
from tests.connectors.scuba_export.exports import export, imported, policy, preset, rows

from securescore.connectors.scuba_export import ImportReport
from securescore.evidence.manifest import NOT_ASKED
from securescore.model import Reason

ORGANISATION = [{"Name": "contoso"}]
DOMAIN = {"Id": "north.example", "IsVerified": True, "AuthenticationType": "Managed"}


def why(report: ImportReport, table: str) -> tuple[Reason | None, str]:
    record = report.missing[table]
    assert record.error is not None
    return record.reason, record.error


@pytest.mark.parametrize(
    "table",
    [
        "users",
        "groups",
        "group_members",
        "mailboxes",
        "mail_group_members",
        "per_user_mfa",
        "role_assignments",
    ],
)
def test_populations_are_never_in_an_export(tmp_path: Path, table: str) -> None:
    report = imported(tmp_path, export(org_config=ORGANISATION))
    assert why(report, table) == (Reason.NOT_COLLECTED, "a settings export never holds it")
    assert report.run.manifest.tables[table].code == NOT_ASKED


def test_microsofts_own_score_is_not_spoken_of(tmp_path: Path) -> None:
    report = imported(tmp_path, export(org_config=ORGANISATION))
    assert not [name for name in report.tables if name.startswith("native")]


@pytest.mark.parametrize("nothing", [[], [None], None, {}])
def test_nothing_is_an_answer_only_where_the_command_was_run(tmp_path: Path, nothing: object) -> None:
    report = imported(tmp_path, export(org_config=ORGANISATION, transport_rule=nothing))
    assert why(report, "transport_rules")[0] is Reason.NOT_COLLECTED
    report = imported(tmp_path, export("Get-TransportRule", org_config=ORGANISATION, transport_rule=nothing))
    if nothing is None:
        assert "has no key transport_rule" in why(report, "transport_rules")[1]
    else:
        assert rows(report, "transport_rules") == []


def test_a_command_that_failed_leaves_no_empty_table(tmp_path: Path) -> None:
    content = export(failed=("Get-TransportRule",), org_config=ORGANISATION, transport_rule=[])
    reason, told = why(imported(tmp_path, content), "transport_rules")
    assert (reason, told) == (
        Reason.COLLECTION_FAILED,
        "ScubaGear could not run Get-TransportRule when it made the export",
    )


def test_a_licence_that_is_lacking_is_told(tmp_path: Path) -> None:
    both = ("Get-AtpPolicyForO365", "Get-ATPProtectionPolicyRule")
    content = export(*both, failed=both, org_config=ORGANISATION, defender_license=False)
    report = imported(tmp_path, content | {"atp_policy_for_o365": [], "atp_policy_rules": []})
    assert why(report, "defender_office_settings")[0] is Reason.NO_LICENCE
    assert why(report, "defender_mail_rules")[0] is Reason.NO_LICENCE


def test_one_object_may_have_lost_its_brackets(tmp_path: Path) -> None:
    report = imported(tmp_path, export(domain_settings=DOMAIN))
    assert rows(report, "domains", "domain, verified, authentication") == [("north.example", True, "Managed")]


@pytest.mark.parametrize("wrong", ["text", 7, True, [DOMAIN, "text"], [[DOMAIN]], [3]])
def test_something_else_than_objects_leaves_the_table_missing(tmp_path: Path, wrong: Any) -> None:
    report = imported(tmp_path, export(org_config=ORGANISATION, domain_settings=wrong))
    reason, told = why(report, "domains")
    assert reason is Reason.COLLECTION_FAILED
    assert told.startswith("the export holds ")
    assert rows(report, "exchange_organization", "organization") == [("contoso",)]


def test_an_object_without_its_name_leaves_the_table_missing(tmp_path: Path) -> None:
    report = imported(
        tmp_path, export(org_config=ORGANISATION, domain_settings=[DOMAIN, {"IsVerified": True}])
    )
    assert why(report, "domains")[0] is Reason.COLLECTION_FAILED


@pytest.mark.parametrize(
    ("states", "known"),
    [
        (["enabled"], [(False,)]),
        (["disabled", "enabled"], [(False,)]),
        (["disabled"], None),
        (["enabledForReportingButNotEnforced"], None),
        (["Enabled "], None),
        ([], None),
    ],
)
def test_security_defaults_are_known_to_be_off_only_by_an_enabled_policy(
    tmp_path: Path, states: list[str], known: list[tuple[bool]] | None
) -> None:
    policies = [policy(Id=f"11111111-1111-4111-8111-{n:012}", State=state) for n, state in enumerate(states)]
    ran = "Get-MgBetaIdentityConditionalAccessPolicy"
    report = imported(tmp_path, export(ran, conditional_access_policies=policies))
    assert len(rows(report, "conditional_access_policies")) == len(states)
    if known is None:
        reason, told = why(report, "security_defaults")
        assert reason is Reason.NOT_COLLECTED
        assert "they may be on" in told
    else:
        assert rows(report, "security_defaults", "enabled") == known


def test_a_policy_reads_as_the_service_sends_it(tmp_path: Path) -> None:
    report = imported(
        tmp_path, export(conditional_access_policies=policy(CreatedDateTime="/Date(1613679244000)/"))
    )
    found = rows(
        report, "conditional_access_policies", "policy_name, state, created::VARCHAR, unknown_conditions"
    )
    assert found[0][:2] == ("MFA for all", "enabled")
    assert found[0][2].startswith("2021-02-18 20:14:04")
    assert found[0][3] == []
    assert len(rows(report, "conditional_access_targets")) == 1


def test_a_condition_that_nobody_knows_is_named(tmp_path: Path) -> None:
    strange = policy()
    strange["Conditions"]["MoonPhase"] = ["full"]
    report = imported(tmp_path, export(conditional_access_policies=[strange]))
    assert "moonPhase" in str(rows(report, "conditional_access_policies", "unknown_conditions"))


UNREAD = [("malware", "custom", ""), ("outbound_spam", "custom", ""), ("spam", "custom", "")]


def rules(report: ImportReport, table: str = "mail_rules") -> list[tuple[Any, ...]]:
    return rows(report, table, "policy_kind, family, rule")


def test_rules_that_an_export_leaves_out_are_possible(tmp_path: Path) -> None:
    report = imported(tmp_path, export("Get-EOPProtectionPolicyRule", protection_policy_rules=[]))
    assert rules(report) == [("anti_phish", "custom", ""), *UNREAD]
    (unread, *_) = rows(report, "mail_rules", "COLUMNS(* EXCLUDE (policy_kind, family, rule))")
    assert set(unread) == {None}


@pytest.mark.parametrize(
    ("policies", "known"),
    [
        ([{"Name": "Default", "IsDefault": True}], True),
        ([{"Name": "Default", "IsDefault": True}, {"Name": "S", "RecommendedPolicyType": "Strict"}], True),
        (
            [{"Name": "Default", "IsDefault": True}, {"Name": "Mine", "RecommendedPolicyType": "Custom"}],
            False,
        ),
        ([{"Name": "Default", "IsDefault": True}, {"Name": "Mine"}], False),
        ([{"Name": "Default", "IsDefault": "true"}], False),
    ],
)
def test_without_a_custom_policy_there_is_no_custom_rule(
    tmp_path: Path, policies: list[Any], *, known: bool
) -> None:
    report = imported(
        tmp_path, export(protection_policy_rules=[preset("Strict")], anti_phish_policies=policies)
    )
    custom = [rule for rule in rules(report) if rule[:2] == ("anti_phish", "custom")]
    assert custom == ([] if known else [("anti_phish", "custom", "")])


def test_custom_rules_that_are_there_are_read(tmp_path: Path) -> None:
    rule = preset("Strict") | {"Name": "Mine", "AntiPhishPolicy": "Mine", "SentTo": "ada@north.example"}
    report = imported(tmp_path, export(protection_policy_rules=[preset("Standard")], anti_phish_rules=[rule]))
    found = rows(report, "mail_rules", "policy_kind, family, rule, policy, recipients, domains")
    assert ("anti_phish", "custom", "Mine", "Mine", ["ada@north.example"], []) in found
    assert (
        "anti_phish",
        "standard",
        "Standard Preset Security Policy",
        "Standard AntiPhishPolicy",
        [],
        [],
    ) in found


def test_an_unknown_preset_is_not_guessed_at(tmp_path: Path) -> None:
    report = imported(tmp_path, export(protection_policy_rules=[preset("Strict", Name="Strictest")]))
    assert ("spam", "unknown", "Strictest") in rules(report)


def test_without_the_preset_rules_no_rule_is_told(tmp_path: Path) -> None:
    report = imported(tmp_path, export(org_config=ORGANISATION, anti_phish_rules=[]))
    assert "no key protection_policy_rules" in why(report, "mail_rules")[1]


@pytest.mark.parametrize("wrong", ["ada@north.example bob@north.example", 3, [3], [None], {"a": 1}])
def test_a_condition_of_the_wrong_shape_is_counted(tmp_path: Path, wrong: Any) -> None:
    report = imported(tmp_path, export(protection_policy_rules=[preset("Strict", SentTo=wrong)]))
    strict = rows(report, "mail_rules", "recipients, family")
    assert [row for row in strict if row[1] == "strict"] == [(None, "strict")] * 3
    assert report.rejections["mail_rules"] == {"recipients": 3}


SHAREPOINT: dict[str, Any] = {
    "SharingCapability": 2,
    "SharingDomainRestrictionMode": 1,
    "SharingAllowedDomainList": "north.example south.example",
    "PreventExternalUsersFromResharing": True,
    "LegacyAuthProtocolsEnabled": False,
    "IsUnmanagedSyncClientForTenantRestricted": False,
    "AllowedDomainListForSyncClient": {"results": []},
}


def test_sharepoint_reads_as_the_service_says_it(tmp_path: Path) -> None:
    report = imported(tmp_path, export(SPO_tenant=SHAREPOINT))
    columns = (
        "sharing, domain_restriction, allowed_domains, blocked_domains, resharing_by_guests, sync_domains"
    )
    assert rows(report, "sharepoint_settings", columns) == [
        ("externalUserAndGuestSharing", "allowList", ["north.example", "south.example"], None, False, [])
    ]


@pytest.mark.parametrize(
    ("name", "wrong", "column"),
    [
        ("SharingCapability", 9, "sharing"),
        ("SharingCapability", -1, "sharing"),
        ("SharingCapability", True, "sharing"),
        ("SharingCapability", {"a": 1}, "sharing"),
        ("SharingAllowedDomainList", 5, "allowed_domains"),
        ("SharingAllowedDomainList", [5], "allowed_domains"),
        ("PreventExternalUsersFromResharing", "maybe", "resharing_by_guests"),
        ("LegacyAuthProtocolsEnabled", 7, "legacy_authentication"),
        ("AllowedDomainListForSyncClient", "all", "sync_domains"),
    ],
)
def test_a_wrong_value_of_sharepoint_is_counted(tmp_path: Path, name: str, wrong: Any, column: str) -> None:
    report = imported(tmp_path, export(SPO_tenant=[SHAREPOINT | {name: wrong}]))
    assert rows(report, "sharepoint_settings", column) == [(None,)]
    assert report.rejections == {"sharepoint_settings": {column: 1}}


ACCEPTED = [{"DomainName": "North.example"}, {"DomainName": "north.onmicrosoft.com"}]


def look_up(name: str, *answers: str, result: str = "") -> dict[str, Any]:
    return {"query_name": name, "query_answers": list(answers), "query_result": result}


def test_look_ups_become_records(tmp_path: Path) -> None:
    log = [
        look_up("north.example", result="Query timed out"),
        look_up("north.example", "v=spf1 -all", "other"),
    ]
    dmarc = [look_up("_dmarc.north.example", result="Query returned NXDomain")]
    report = imported(
        tmp_path,
        export(
            "Get-ScubaDkimRecord",
            accepted_domains=ACCEPTED,
            spf_records=[{"domain": "north.example", "log": log}],
            dmarc_records={"domain": "north.example", "log": dmarc},
            dkim_records=[],
        ),
    )
    assert rows(report, "mail_domain_records", "domain, record, state, text, error") == [
        ("north.example", "dkim1", "unknown", None, "the export holds no look-up of it"),
        ("north.example", "dkim2", "unknown", None, "the export holds no look-up of it"),
        ("north.example", "dmarc", "absent", None, None),
        ("north.example", "spf", "found", "v=spf1 -all", None),
    ]


def test_a_failed_look_up_is_never_absent(tmp_path: Path) -> None:
    log = [look_up("north.example", result="Query timed out")]
    parts = {key: [{"domain": "north.example", "log": []}] for key in ("dmarc_records", "dkim_records")}
    report = imported(
        tmp_path,
        export(accepted_domains=ACCEPTED, spf_records=[{"domain": "north.example", "log": log}], **parts),
    )
    assert {state for (state,) in rows(report, "mail_domain_records", "state")} == {"unknown"}
