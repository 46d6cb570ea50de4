"""Settings of the workloads: single objects, flat or wrapped, whole or not at all."""

import json
from typing import Any

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.microsoft_graph.conftest import Desk
from tests.connectors.stub import Reply, error

from securescore.connectors.microsoft_graph.tenant_settings import unwrapped
from securescore.errors import CollectionError
from securescore.evidence import TABLES
from securescore.model import Reason

PATHS = {
    "sharepoint_settings": "/v1.0/admin/sharepoint/settings",
    "forms_settings": "/beta/admin/forms/settings",
    "apps_and_services_settings": "/beta/admin/appsAndServices/settings",
}
EVERY = pytest.mark.parametrize("table", PATHS)
SHAREPOINT = {
    "sharingCapability": "externalUserAndGuestSharing",
    "sharingDomainRestrictionMode": "allowList",
    "sharingAllowedDomainList": ["contoso.example"],
    "sharingBlockedDomainList": [],
    "isResharingByExternalUsersEnabled": True,
    "isLegacyAuthProtocolsEnabled": False,
    "idleSessionSignOut": {"isEnabled": True, "signOutAfterInSeconds": 3600},
    "isUnmanagedSyncAppForTenantRestricted": False,
    "allowedDomainGuidsForSyncApp": [data.ADA],
}
ROW = {
    "settings": "SharePoint",
    "sharing": "externalUserAndGuestSharing",
    "domain_restriction": "allowList",
    "allowed_domains": ["contoso.example"],
    "blocked_domains": [],
    "resharing_by_guests": True,
    "legacy_authentication": False,
    "idle_sign_out": True,
    "idle_sign_out_seconds": 3600,
    "sync_restricted": False,
    "sync_domains": [data.ADA],
}


def settings(desk: Desk, table: str, body: Any) -> tuple[dict[str, Any], dict[str, int]]:
    """The one row that comes of an answer, and its rejections."""
    desk.stub.script(PATHS[table], Reply(body=body))
    report = desk.collected(table)
    (row,) = desk.rows(report, table)
    return row, report.tables[table].rejections or {}


@pytest.mark.parametrize("body", [SHAREPOINT, {"value": SHAREPOINT}, {"value": SHAREPOINT, "id": "x"}])
def test_sharepoint_flat_and_wrapped(desk: Desk, body: dict[str, Any]) -> None:
    assert settings(desk, "sharepoint_settings", body) == (ROW, {})


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({"sharingCapability": {"value": "disabled"}}, ["sharing"]),
        ({"sharingCapability": ["disabled"]}, ["sharing"]),
        ({"isLegacyAuthProtocolsEnabled": "no"}, ["legacy_authentication"]),
        ({"sharingAllowedDomainList": "contoso.example"}, ["allowed_domains"]),
        ({"sharingAllowedDomainList": [{}]}, ["allowed_domains"]),
        ({"idleSessionSignOut": "on"}, ["idle_sign_out", "idle_sign_out_seconds"]),
        ({"idleSessionSignOut": []}, ["idle_sign_out", "idle_sign_out_seconds"]),
        ({"idleSessionSignOut": False}, ["idle_sign_out", "idle_sign_out_seconds"]),
        ({"idleSessionSignOut": 0}, ["idle_sign_out", "idle_sign_out_seconds"]),
        (
            {"idleSessionSignOut": {"isEnabled": True, "signOutAfterInSeconds": 1.5}},
            ["idle_sign_out_seconds"],
        ),
    ],
)
def test_a_wrong_setting_is_counted(desk: Desk, changed: dict[str, Any], lost: list[str]) -> None:
    row, rejections = settings(desk, "sharepoint_settings", {**SHAREPOINT, **changed})
    assert row == {**ROW, **dict.fromkeys(lost)}
    assert rejections == dict.fromkeys(lost, 1)


@pytest.mark.parametrize("idle", [None, {}, {"isEnabled": None, "signOutAfterInSeconds": None}])
def test_what_is_not_said_is_not_known_and_no_rejection(desk: Desk, idle: dict[str, Any] | None) -> None:
    row, rejections = settings(
        desk, "sharepoint_settings", {"sharingCapability": None, "idleSessionSignOut": idle}
    )
    assert row == {**dict.fromkeys(ROW), "settings": "SharePoint"}
    assert rejections == {}


def test_forms(desk: Desk) -> None:
    found = {"settings": "Forms", "phishing_scan": True}
    flat = {"isInOrgFormsPhishingScanEnabled": True, "isBingImageSearchEnabled": False}
    assert settings(desk, "forms_settings", flat) == (found, {})
    assert settings(desk, "forms_settings", {"id": "", "settings": flat}) == (found, {})
    wrong = {"isInOrgFormsPhishingScanEnabled": "x"}
    assert settings(desk, "forms_settings", wrong) == ({**found, "phishing_scan": None}, {"phishing_scan": 1})


def test_apps_and_services(desk: Desk) -> None:
    found = {"settings": "Apps and services", "office_store": True, "trials": False}
    flat = {"isOfficeStoreEnabled": True, "isAppAndServicesTrialEnabled": False}
    assert settings(desk, "apps_and_services_settings", flat) == (found, {})
    assert settings(desk, "apps_and_services_settings", {"id": "", "settings": flat}) == (found, {})
    half = {"settings": {"isAppAndServicesTrialEnabled": 1}}
    assert settings(desk, "apps_and_services_settings", half) == (
        {**found, "office_store": None, "trials": None},
        {"trials": 1},
    )


@EVERY
@pytest.mark.parametrize(
    "answer",
    [
        Reply(body={}),
        Reply(body={"value": None, "settings": None}),
        Reply(body={"value": [{"sharingCapability": "x"}], "settings": []}),
        Reply(body=[]),
        Reply(body=b"7"),
        Reply(body=b'{"sharingCapability": "disabled", "isOfficeStoreEnabled"'),
        Reply(body=b""),
        Reply(404, b""),
        error(404, "ResourceNotFound"),
        Reply(503, b""),
        error(401, "InvalidAuthenticationToken"),
    ],
)
def test_what_are_no_settings(desk: Desk, table: str, answer: Reply) -> None:
    desk.stub.script(PATHS[table], answer)
    others = [name for name in PATHS if name != table]
    report = desk.collected(*PATHS)
    assert report.unexpected == (table,)
    assert report.tables[table].reason is Reason.COLLECTION_FAILED
    assert [report.tables[name].rows for name in others] == [1, 1]


@EVERY
def test_without_the_permission_it_is_named(desk: Desk, table: str) -> None:
    desk.stub.script(PATHS[table], error(403, "accessDenied"))
    report = desk.collected(*PATHS)
    record = report.tables[table]
    assert (report.unexpected, record.reason) == ((table,), Reason.NO_PERMISSION)
    assert f"permission {TABLES[table].permission} of Microsoft Graph" in (record.error or "")


def test_a_tenant_without_sharepoint(desk: Desk) -> None:
    desk.owns("AAD_PREMIUM")
    desk.stub.script(PATHS["sharepoint_settings"], error(403, "accessDenied"))
    report = desk.collected(*PATHS)
    assert report.complete
    assert report.tables["sharepoint_settings"].reason is Reason.NO_LICENCE


def test_the_settings_are_where_a_mark_is() -> None:
    inner, outer = {"mark": 1, "x": "inner"}, {"mark": None, "x": "outer"}
    assert unwrapped(json.dumps({"value": inner, "y": 1}).encode(), "value", "mark") == inner
    assert unwrapped(json.dumps(outer | {"value": inner}).encode(), "value", "mark")["x"] == "outer"
    for nothing in ({"value": {"x": 1}}, {"settings": inner}, {"value": json.dumps(inner)}):
        with pytest.raises(CollectionError, match="without other or mark where settings belong"):
            unwrapped(json.dumps(nothing).encode(), "value", "other", "mark")
