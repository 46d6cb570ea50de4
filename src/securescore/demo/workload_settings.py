"""Settings of SharePoint and OneDrive, Forms, and apps and services.

Intended flaws: in a careless organisation guests may share on, old ways to sign in still work, sharing is limited
to no domain, OneDrive synchronises to any computer, and anybody may get add-ins. A tidy one has closed most of
these, left one open, and named domains for the synchronisation without switching the restriction on.
"""

from dataclasses import dataclass

from securescore.demo.frame import Frame, Json


@dataclass
class WorkloadSettings:
    """What three endpoints of the admin center answer."""

    sharepoint: Json
    forms: Json
    apps_and_services: Json


def build_workload_settings(frame: Frame, *, tidy: bool) -> WorkloadSettings:
    return WorkloadSettings(
        sharepoint=_sharepoint(frame) | (_tidy(frame) if tidy else {}),
        forms={
            "isExternalSendFormEnabled": True,
            "isExternalShareCollaborationEnabled": True,
            "isExternalShareResultEnabled": False,
            "isExternalShareTemplateEnabled": True,
            "isRecordIdentityByDefaultEnabled": True,
            "isBingImageSearchEnabled": True,
            "isInOrgFormsPhishingScanEnabled": not tidy,
        },
        apps_and_services={"isOfficeStoreEnabled": not tidy, "isAppAndServicesTrialEnabled": True},
    )


def _sharepoint(frame: Frame) -> Json:
    return {
        "sharingCapability": "externalUserSharingOnly",
        "sharingDomainRestrictionMode": "none",
        "sharingAllowedDomainList": [],
        "sharingBlockedDomainList": [],
        "isResharingByExternalUsersEnabled": True,
        "isLegacyAuthProtocolsEnabled": True,
        "isRequireAcceptingUserToMatchInvitedUserEnabled": True,
        "isUnmanagedSyncAppForTenantRestricted": True,
        "allowedDomainGuidsForSyncApp": [frame.id("directory domain", "corp")],
        "idleSessionSignOut": {"isEnabled": True, "signOutAfterInSeconds": 3600, "warnAfterInSeconds": 3300},
        "isSiteCreationEnabled": True,
        "isLoopEnabled": True,
        "deletedUserPersonalSiteRetentionPeriodInDays": 30,
    }


def _tidy(frame: Frame) -> Json:
    return {
        "sharingDomainRestrictionMode": "allowList",
        "sharingAllowedDomainList": ["loodswezen.example", "it-partner.example"],
        "isResharingByExternalUsersEnabled": False,
        "isLegacyAuthProtocolsEnabled": False,
        "isUnmanagedSyncAppForTenantRestricted": False,
        "allowedDomainGuidsForSyncApp": [frame.id("directory domain", "corp")],
        "idleSessionSignOut": {"isEnabled": False, "signOutAfterInSeconds": 0, "warnAfterInSeconds": 0},
    }
