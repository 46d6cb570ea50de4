"""Settings of the tenant for SharePoint and OneDrive, Forms, apps and services, and Teams meetings."""

from securescore.evidence.schema import Column, Table

_SHAREPOINT = (
    "SHAREPOINTSTANDARD",
    "SHAREPOINTSTANDARD_GOV",
    "SHAREPOINTENTERPRISE",
    "SHAREPOINTENTERPRISE_GOV",
    "SHAREPOINTDESKLESS",
    "SHAREPOINTDESKLESS_GOV",
)

SHAREPOINT_SETTINGS = Table(
    name="sharepoint_settings",
    about="Settings of SharePoint and OneDrive",
    key=("settings",),
    permission="SharePointTenantSettings.Read.All",
    licence=_SHAREPOINT,
    columns=(
        Column("settings", "VARCHAR"),
        Column("sharing", "VARCHAR"),
        # none, allowList, blockList
        Column("domain_restriction", "VARCHAR"),
        Column("allowed_domains", "VARCHAR[]"),
        Column("blocked_domains", "VARCHAR[]"),
        Column("resharing_by_guests", "BOOLEAN"),
        Column("legacy_authentication", "BOOLEAN"),
        Column("idle_sign_out", "BOOLEAN"),
        Column("idle_sign_out_seconds", "BIGINT"),
        Column("sync_restricted", "BOOLEAN"),
        Column("sync_domains", "VARCHAR[]"),
    ),
)

FORMS_SETTINGS = Table(
    name="forms_settings",
    about="Settings of Microsoft Forms",
    key=("settings",),
    permission="OrgSettings-Forms.Read.All",
    columns=(
        Column("settings", "VARCHAR"),
        Column("phishing_scan", "BOOLEAN"),
    ),
)

APPS_AND_SERVICES_SETTINGS = Table(
    name="apps_and_services_settings",
    about="Whether users may get Office add-ins and start trials by themselves",
    key=("settings",),
    permission="OrgSettings-AppsAndServices.Read.All",
    columns=(
        Column("settings", "VARCHAR"),
        Column("office_store", "BOOLEAN"),
        Column("trials", "BOOLEAN"),
    ),
)

TEAMS_MEETING_POLICIES = Table(
    name="teams_meeting_policies",
    about="Meeting policies of Teams; only a settings export holds them",
    key=("policy",),
    permission=None,
    columns=(
        Column("policy", "VARCHAR", "Identity"),
        Column("anonymous_join", "BOOLEAN", "AllowAnonymousUsersToJoinMeeting"),
        Column("anonymous_start", "BOOLEAN", "AllowAnonymousUsersToStartMeeting"),
        Column("auto_admitted", "VARCHAR", "AutoAdmittedUsers"),
        Column("phone_bypasses_lobby", "BOOLEAN", "AllowPSTNUsersToBypassLobby"),
        Column("presenters", "VARCHAR", "DesignatedPresenterRoleMode"),
        Column("external_control", "BOOLEAN", "AllowExternalParticipantGiveRequestControl"),
    ),
)

TABLES = (SHAREPOINT_SETTINGS, FORMS_SETTINGS, APPS_AND_SERVICES_SETTINGS, TEAMS_MEETING_POLICIES)
