"""The real input: a settings export of ScubaGear, imported and assessed as a person does it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import Answer, run
from tests.connectors.scuba_export.exports import export, saved

OF_THE_TENANT = {"mdo_atpprotection", "mdo_connectionfilter", "mdo_safedocuments"}
NO_HOLDER = "a settings export never holds it"
MEASURED = {
    # Entra ID
    *("BlockLegacyAuthentication", "IntegratedApps", "PWAgePolicyNew", "SigninRiskPolicy", "UserRiskPolicy"),
    *("aad_password_protection", "aad_custom_banned_passwords"),
    # Exchange Online and Defender for Office 365
    *(
        "CustomerLockBoxEnabled",
        "exo_individualsharing",
        "exo_mailtipsenabled",
        "exo_oauth2clientprofileenabled",
    ),
    *("exo_transportrulesallowlistdomains", "mdo_connectionfilter", "mdo_atpprotection", "mdo_safedocuments"),
    *("mip_search_auditlog", "dlp_datalossprevention", "mip_DLP_policies_Teams"),
    # Defender for Office 365, for everybody at once
    *("mdo_antiphishingpolicies", "mdo_phishthresholdlevel", "mdo_targetedusersprotection"),
    *("mdo_enablemailboxintelligence", "mdo_enabledomainstoprotect", "mdo_unusualcharacterssafetytips"),
    # SharePoint
    *(
        "spo_legacy_auth",
        "spo_external_sharing_managed",
        "spo_external_users_sharing",
        "spo_idle_session_timeout",
    ),
    "spo_block_onedrive_sync_unmanaged_devices",
    # Teams
    *("meeting_autoadmitusers_v1", "meeting_designatedpresenter_v1", "meeting_restrictanonymousjoin_v1"),
    *(
        "meeting_anonymousstartmeeting_v1",
        "meeting_externalrequestcontrol_v1",
        "meeting_pstnusersbypasslobby_v1",
    ),
}


@pytest.fixture(scope="module")
def sample(shared: Path) -> Path:
    return shared / "data" / "scuba-sample" / "ProviderSettingsExport.json"


@pytest.fixture(scope="module")
def content(sample: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(sample.read_text(encoding="utf-8-sig"))
    return loaded


@pytest.fixture(scope="module")
def folder(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scuba") / "F"
    done = run("import", "scuba", sample, "--out", path)
    assert done.code == 0, done.err
    return path


@pytest.fixture(scope="module")
def assessed(folder: Path) -> dict[str, dict[str, Any]]:
    answer = run("assess", folder, "--all", "--format", "json")
    assert answer.code == 0, answer.err
    return {action["id"]: action for action in answer.json["actions"]}


def explained(folder: Path, action: str) -> dict[str, str]:
    answer = run("explain", folder, action, "--format", "json")
    assert answer.code == 0, answer.err
    return {entity["name"]: entity["verdict"] for entity in answer.json["entities"]}


def test_every_key_of_the_real_export_is_accounted_for(
    sample: Path, content: dict[str, Any], tmp_path: Path
) -> None:
    answer = run("import", "scuba", sample, "--out", tmp_path / "F", "--format", "json").json
    keys = answer["keys"]
    assert sorted([*keys["used"], *keys["not_used"], *keys["unknown"]]) == sorted(content)
    assert keys["unknown"] == []
    assert answer["rejections"] == {}
    assert answer["partial"] is True
    assert answer["tenant_id"] == content["tenant_id"]
    assert answer["tables"]["teams_meeting_policies"] == len(content["meeting_policies"])
    assert answer["tables"]["conditional_access_policies"] == len(content["conditional_access_policies"])
    assert answer["tables"]["dlp_policies"] == len(content["dlp_compliance_policies"])
    assert answer["missing"]["mailboxes"] == {"reason": "not_collected", "error": NO_HOLDER}
    assert answer["missing"]["users"] == {"reason": "not_collected", "error": NO_HOLDER}


def test_the_actions_that_the_export_can_answer_are_assessed(assessed: dict[str, dict[str, Any]]) -> None:
    found = {
        name for name, one in assessed.items() if one["outcome"] == "assessed" and one["source"] == "evidence"
    }
    assert found >= MEASURED, sorted(MEASURED - found)


def test_the_rest_say_why_not_and_what_would_change_it(assessed: dict[str, dict[str, Any]]) -> None:
    for name, one in assessed.items():
        if one["outcome"] == "not_assessed":
            assert one["reason"] == "not_collected", name
            assert len(one["step"]) > len("collect"), name
    for name in ("mdo_spamaction", "exo_mailboxaudit", "MFARegistrationV2"):
        assert assessed[name]["outcome"] == "not_assessed", name
    assert "malware_policies" in assessed["mdo_zapmalware"]["step"]


def test_settings_are_what_the_export_says(
    assessed: dict[str, dict[str, Any]], content: dict[str, Any], folder: Path
) -> None:
    organisation, tenant = content["org_config"][0], content["SPO_tenant"][0]
    settings = {
        "CustomerLockBoxEnabled": organisation["CustomerLockboxEnabled"],
        "exo_oauth2clientprofileenabled": organisation["OAuth2ClientProfileEnabled"],
        "mip_search_auditlog": content["admin_audit_log_config"][0]["UnifiedAuditLogIngestionEnabled"],
        "mdo_atpprotection": content["atp_policy_for_o365"][0]["EnableATPForSPOTeamsODB"],
        "mdo_connectionfilter": not content["conn_filter"][0]["IPAllowList"],
        "spo_legacy_auth": not tenant["LegacyAuthProtocolsEnabled"],
        "spo_external_users_sharing": tenant["PreventExternalUsersFromResharing"],
    }
    for name, holds in settings.items():
        assert (assessed[name]["protected"], assessed[name]["total"]) == (int(holds), 1), name


def test_teams_policies_are_listed_one_by_one(content: dict[str, Any], folder: Path) -> None:
    found = explained(folder, "meeting_restrictanonymousjoin_v1")
    wanted = {
        one["Identity"].removeprefix("Tag:"): "exposed"
        if one["AllowAnonymousUsersToJoinMeeting"]
        else "protected"
        for one in content["meeting_policies"]
    }
    assert {name.removeprefix("Tag:"): verdict for name, verdict in found.items()}.items() <= wanted.items()
    assert len(found) == len([name for name in wanted if name in found or f"Tag:{name}" in found])


def test_one_entity_stands_for_everybody_where_every_policy_agrees(
    assessed: dict[str, dict[str, Any]], folder: Path
) -> None:
    blocked = assessed["BlockLegacyAuthentication"]
    assert (blocked["uniform"], blocked["total"], blocked["protected"]) == (True, 1, 1)
    # every policy that can win has it on; who is protected from impersonation differs, and none names enough of them
    assert assessed["mdo_enablemailboxintelligence"]["protected"] == 1
    assert assessed["mdo_targetedusersprotection"]["exposed"] == 1
    assert all(
        one["uniform"]
        for name, one in assessed.items()
        if name.startswith("mdo_") and one["total"] and name not in OF_THE_TENANT
    )
    assert explained(folder, "BlockLegacyAuthentication") == {"everyone": "protected"}
    assert "who is concerned was not collected" in run("explain", folder, "BlockLegacyAuthentication").words


def test_the_report_fits_and_tells_what_became_of_it(sample: Path, tmp_path: Path) -> None:
    printed = run("import", "scuba", sample, "--out", tmp_path / "F")
    assert max(map(len, printed.lines)) <= 80
    assert "ScubaGear 1.8.0" in printed.out
    assert re.search(r"Unknown +no key", printed.out)
    assert "neither users nor mailboxes" in printed.out
    again = run("import", "scuba", sample, "--out", tmp_path / "F")
    assert again.code == 0
    assert "Again" in again.out


def test_an_unknown_key_is_listed_without_its_tricks(tmp_path: Path) -> None:
    file = saved(
        tmp_path, export(org_config={"Name": "contoso"}, **{"future\x1b[2Jkey": 1, "new_settings": []})
    )
    answer = run("import", "scuba", file, "--out", tmp_path / "F")
    assert "new_settings" in answer.out
    assert "future" in answer.out
    assert "\x1b" not in answer.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("[1, 2", "is not JSON"),
        ("[]", "holds a list"),
        ('{"value": []}', "the keys value"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["nothing", "cut off", "a list", "another file", "deep"],
)
def test_what_is_no_export_is_refused_in_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    answer: Answer = run("import", "scuba", saved(tmp_path, text), "--out", tmp_path / "F")
    assert answer.code != 0
    assert told in " ".join(answer.err.split())
    assert "Traceback" not in answer.err
    assert "ProviderSettingsExport.json that ScubaGear writes" in " ".join(answer.err.split())
    assert not (tmp_path / "F" / "runs").exists() or not any((tmp_path / "F" / "runs").iterdir())


def test_the_list_says_what_holds_for_everybody_and_what_is_not_known(
    folder: Path, assessed: dict[str, dict[str, Any]]
) -> None:
    shown = run("assess", folder, "--all").words
    assert shown.count("uniform") == sum(
        one["uniform"] and one["points"] is not None for one in assessed.values()
    )
    assert "1 unknown" in shown
    found = re.search(r"Assessed ([\d.]+) % of ([\d.]+) points in scope", shown)
    total = re.search(r"of ([\d.]+) points Verified", shown)
    assert found is not None
    assert total is not None
    assert float(found[2]) > float(total[1]), "what was never seen is in scope too"
    assert "no applicable device" not in shown, "nobody looked for devices"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_where_the_folder_should_be_is_said_to_be_one(
    sample: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    answer = run("import", "scuba", sample, "--out", tmp_path / place)
    assert answer.code != 0
    assert "a file stands where a folder should be" in answer.err
