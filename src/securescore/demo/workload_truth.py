"""What is true of an invented organisation's sensors, cloud apps, managed devices and settings of SharePoint, Forms
and the admin center: plainly, from the objects that the services answer with.
"""

from collections.abc import Iterator

from securescore.demo.answers import Verdicts, verdict
from securescore.demo.organisation import Organisation
from securescore.model import Verdict

_CONTROLLER = "domaincontroller"


def identity_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Domain controllers with a sensor and without; nothing without a licence for Defender for Identity."""
    if "ATA" not in organisation.plans:
        return {}
    defence = organisation.identity_defence
    controllers = [one for one in defence.sensors if one["sensorType"].lower().startswith(_CONTROLLER)]
    with_sensor = {f"{one['displayName']}.{one['domainName']}".lower() for one in defence.sensors}
    bare = [one for one in defence.candidates if one["computerDnsName"].lower() not in with_sensor]
    return {
        "AATP_Sensor": {f"sensor {one['id']}": Verdict.PROTECTED for one in controllers}
        | {f"candidate {one['id']}": Verdict.EXPOSED for one in bare},
        "AATP_DefenderForIdentityIsNotInstalled": {organisation.tenant_id: verdict(bool(defence.sensors))},
        "custom.identity_health_issues": {
            one["id"]: verdict(one["status"].lower() != "open") for one in defence.issues
        },
    }


def intune_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Devices that comply, and compliance policies that anybody has; nothing without a licence for Intune."""
    if "INTUNE_A" not in organisation.plans:
        return {}
    managed = organisation.intune
    return {
        "custom.compliant_devices": {one["id"]: _complies(one["complianceState"]) for one in managed.devices},
        "custom.compliance_policies_assigned": {
            one["id"]: verdict(bool(one["assignments"])) for one in managed.compliance_policies
        },
    }


def _complies(state: str) -> Verdict:
    return Verdict.UNKNOWN if state == "unknown" else verdict(state == "compliant")


def cloud_apps_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Whether any source delivers logs by itself, and anything of Microsoft 365 is recorded.

    A report that somebody uploaded once is no source.
    """
    if organisation.plans.isdisjoint({"ADALLOM_S_STANDALONE", "ADALLOM_STANDALONE"}):
        return {}
    streams = organisation.cloud_activity.streams
    flowing = any(one["streamType"] != "snapshot" for one in streams)
    watched = any(one["appName"] == "Microsoft 365" for one in organisation.cloud_activity.activities)
    return {
        "McasFirewallLogUpload": {organisation.tenant_id: verdict(flowing)},
        "mcas_mda_enabled": {organisation.tenant_id: verdict(watched)},
    }


def setting_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Settings of SharePoint and OneDrive, Forms and the admin center."""
    return dict(_settings(organisation))


def _settings(organisation: Organisation) -> Iterator[tuple[str, Verdicts]]:
    settings = organisation.workload_settings
    sharepoint, idle = settings.sharepoint, settings.sharepoint["idleSessionSignOut"]
    lists = {"allowList": "sharingAllowedDomainList", "blockList": "sharingBlockedDomainList"}
    limited = lists.get(sharepoint["sharingDomainRestrictionMode"])
    own_computers = sharepoint["isUnmanagedSyncAppForTenantRestricted"]
    held = {
        "spo_idle_session_timeout": idle["isEnabled"] and idle["signOutAfterInSeconds"] > 0,
        "spo_legacy_auth": not sharepoint["isLegacyAuthProtocolsEnabled"],
        "spo_external_sharing_managed": limited is not None and bool(sharepoint[limited]),
        "spo_external_users_sharing": not sharepoint["isResharingByExternalUsersEnabled"],
        "spo_block_onedrive_sync_unmanaged_devices": own_computers
        and bool(sharepoint["allowedDomainGuidsForSyncApp"]),
        "forms_phishing_protection": settings.forms["isInOrgFormsPhishingScanEnabled"],
        "admincenter_owned_apps_and_services": not settings.apps_and_services["isOfficeStoreEnabled"],
    }
    others = {
        "forms_phishing_protection": "forms",
        "admincenter_owned_apps_and_services": "apps and services",
    }
    for control, holds in held.items():
        yield control, {others.get(control, "sharepoint"): verdict(holds)}
