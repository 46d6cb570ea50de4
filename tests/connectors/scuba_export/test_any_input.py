"""Whatever JSON stands in an export: a run whose rows can be read, or one sentence; a wrong value is counted."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.connectors.scuba_export.exports import export, imported, policy, preset, rows

from securescore.connectors.scuba_export.importing import FILLINGS
from securescore.errors import ImportedFileError
from securescore.evidence import TABLES, EvidenceFolder

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\0", "/Date(99999999999999)/", "enabled", "True", "2026-01-15T00:00:00Z"])
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
)
WORDS = {"VARCHAR": "text", "BOOLEAN": True, "BIGINT": 3, "VARCHAR[]": ["text"]}
AS_THEY_ARE = {
    "exchange_organization": "org_config",
    "audit_log_settings": "admin_audit_log_config",
    "sharing_policies": "sharing_policy",
    "accepted_domains": "accepted_domains",
    "dkim_signing": "dkim_config",
    "connection_filters": "conn_filter",
    "anti_phish_policies": "anti_phish_policies",
    "spam_policies": "hosted_content_filter_policies",
    "malware_policies": "malware_filter_policies",
    "safe_links_policies": "safe_links_policies",
    "safe_attachment_policies": "safe_attachment_policies",
    "defender_office_settings": "atp_policy_for_o365",
    "teams_meeting_policies": "meeting_policies",
}
"""Tables whose columns read the objects of one key by their paths."""

TYPICAL: dict[str, Any] = {
    "tenant_details": [{"AADAdditionalData": [{"Id": "0d6a5f7e-1111-4222-8333-444455556666"}]}],
    "conditional_access_policies": [policy()],
    "protection_policy_rules": [preset("Strict")],
    "atp_policy_rules": [preset("Strict")],
    "transport_rule": [
        {"Guid": "g", "Name": "n", "State": "Enabled", "SetSCL": -1, "SenderDomainIs": ["a.example"]}
    ],
    "dlp_compliance_policies": [{"Name": "d", "Mode": "Enable", "ExchangeLocation": ["All"]}],
    "SPO_tenant": [{"SharingCapability": 1}],
    "authorization_policies": [{"Id": "a", "DefaultUserRolePermissions": {"AllowedToCreateApps": True}}],
    "directory_settings": [{"TemplateId": "t", "DisplayName": "s", "Values": [{"Name": "n", "Value": "v"}]}],
    "authentication_method": [
        {"authentication_method_feature_settings": [{"Id": "Sms", "State": "enabled"}]}
    ],
    "domain_settings": [{"Id": "north.example"}],
    "service_plans": [{"ServicePlanId": "11111111-1111-4111-8111-111111111111", "ServicePlanName": "P"}],
    "license_information": [{"SkuId": "s", "PrepaidUnits": {"Enabled": 1, "Warning": 0}}],
    "spf_records": [
        {"domain": "a.example", "log": [{"query_name": "a.example", "query_answers": ["v=spf1 -all"]}]}
    ],
}
KEYS = sorted({key for filling in FILLINGS for key in filling.keys})


def broken(value: Any) -> st.SearchStrategy[Any]:
    """The value, with something else in any place of it."""
    if isinstance(value, dict):
        parts = {name: broken(part) for name, part in value.items()}
        return st.fixed_dictionaries({}, optional=parts) | ANY
    if isinstance(value, list):
        return st.tuples(*map(broken, value)).map(list) | st.lists(ANY, max_size=2) | ANY
    return st.just(value) | ANY


EXPORTS = st.fixed_dictionaries({}, optional={key: broken(TYPICAL.get(key, [{"Name": "n"}])) for key in KEYS})


@settings(max_examples=60, deadline=None)
@given(st.one_of(EXPORTS.map(lambda keys: export(org_config={"Name": "n"}) | keys), EXPORTS, ANY))
def test_any_json_is_imported_or_refused_whole(content: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            report = imported(Path(name), content)
        except ImportedFileError:
            assert EvidenceFolder(Path(name) / "evidence").runs() == []
            return
        assert {table for table in TABLES if not table.startswith("native")} == set(report.tables)
        assert sorted([*report.used, *report.unused, *report.unknown]) == sorted(content)
        for table, count in report.collected.items():
            assert len(rows(report, table)) == count


def whole(table: str) -> dict[str, Any]:
    """An object with everything that the table reads."""
    return {column.root: WORDS[column.type] for column in TABLES[table].columns}


PLACES = [
    (table, column.name)
    for table in AS_THEY_ARE
    for column in TABLES[table].columns
    if column.name not in TABLES[table].key
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), ANY)
def test_a_wrong_value_is_counted_and_a_right_one_is_kept(place: tuple[str, str], value: Any) -> None:
    table, name = place
    column = next(one for one in TABLES[table].columns if one.name == name)
    content = export(**{AS_THEY_ARE[table]: [whole(table) | {column.root: value}]})
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = imported(Path(folder), content)
        except ImportedFileError:
            assert "\\ud8" in json.dumps(value)  # a text that is none: the one table there is is not filled
            return
        ((found,),) = rows(report, table, name)
        counted = report.rejections.get(table, {}).get(name, 0)
    assert counted == (found is None and value is not None)


def test_each_place_is_read_when_it_is_right(tmp_path: Path) -> None:
    content = export(**{key: [whole(table)] for table, key in AS_THEY_ARE.items()})
    report = imported(tmp_path, content)
    assert not report.rejections
    for table in AS_THEY_ARE:
        assert None not in rows(report, table)[0]


POLICY_PLACES = [
    ("State", "conditional_access_policies"),
    ("Conditions", "conditional_access_policies"),
    ("GrantControls", "conditional_access_policies"),
]


@pytest.mark.parametrize("wrong", [7, True, ["enabled"], {"a": 1}, "enforced"])
@pytest.mark.parametrize("name", ["State", "Conditions", "GrantControls"])
def test_a_policy_that_is_not_understood_never_protects(tmp_path: Path, name: str, wrong: Any) -> None:
    try:
        report = imported(tmp_path, export(conditional_access_policies=[policy(**{name: wrong})]))
    except ImportedFileError:
        return
    controls, conditions = "unknown_controls", "unknown_conditions"
    ((state, grants, narrowed, lacking),) = rows(
        report, "conditional_access_policies", f"state, grant_controls, {conditions}, {controls}"
    )
    assert state != "enabled" or narrowed or lacking or not grants
