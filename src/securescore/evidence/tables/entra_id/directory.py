"""The tenant itself: domains, licences, accounts, groups and directory settings."""

from securescore.evidence.schema import EVERYONE_ID, Column, Table
from securescore.evidence.tables.entra_id.licences import P1

ORGANIZATION = Table(
    name="organization",
    about="The tenant itself",
    key=("tenant_id",),
    permission="Organization.Read.All",
    columns=(
        Column("tenant_id", "VARCHAR", "id"),
        Column("name", "VARCHAR", "displayName"),
        Column("country", "VARCHAR", "countryLetterCode"),
        Column("created", "TIMESTAMP", "createdDateTime"),
        Column("synchronised", "BOOLEAN", "onPremisesSyncEnabled", when_null="false"),
        Column("last_synchronised", "TIMESTAMP", "onPremisesLastSyncDateTime"),
    ),
)

ON_PREMISES_SYNCHRONIZATION = Table(
    name="on_premises_synchronization",
    about="What is synchronised from Active Directory; no row when nothing is",
    key=("sync_id",),
    permission="OnPremDirectorySynchronization.Read.All",
    columns=(
        Column("sync_id", "VARCHAR", "id"),
        Column("password_hash_sync", "BOOLEAN", "features.passwordSyncEnabled"),
        Column("password_writeback", "BOOLEAN", "features.passwordWritebackEnabled"),
    ),
)

DOMAINS = Table(
    name="domains",
    about="Domains of the tenant",
    key=("domain",),
    permission="Domain.Read.All",
    columns=(
        Column("domain", "VARCHAR", "id"),
        Column("verified", "BOOLEAN", "isVerified"),
        Column("is_default", "BOOLEAN", "isDefault"),
        Column("is_initial", "BOOLEAN", "isInitial"),
        Column("is_root", "BOOLEAN", "isRoot"),
        Column("authentication", "VARCHAR", "authenticationType"),
        Column("password_validity_days", "BIGINT", "passwordValidityPeriodInDays"),
    ),
)

SERVICE_PLANS = Table(
    name="service_plans",
    about="Service plans of the subscriptions the tenant owns",
    key=("sku_id", "plan_id"),
    permission="LicenseAssignment.Read.All",
    columns=(
        Column("sku_id", "UUID"),
        Column("sku", "VARCHAR"),
        Column("sku_status", "VARCHAR"),
        Column("plan_id", "UUID"),
        Column("plan", "VARCHAR"),
        Column("plan_status", "VARCHAR"),
        Column("applies_to", "VARCHAR"),
        Column("seats", "BIGINT"),
        Column("used", "BIGINT"),
    ),
)

USERS = Table(
    name="users",
    about="User accounts, guests included",
    key=("user_id",),
    permission="User.Read.All",
    columns=(
        Column("user_id", "UUID", "id"),
        Column("user_name", "VARCHAR", "userPrincipalName"),
        Column("display_name", "VARCHAR", "displayName"),
        Column("enabled", "BOOLEAN", "accountEnabled"),
        Column("user_type", "VARCHAR", "userType"),
        Column("created", "TIMESTAMP", "createdDateTime"),
        Column("synchronised", "BOOLEAN", "onPremisesSyncEnabled", when_null="false"),
        Column("password_policies", "VARCHAR", "passwordPolicies", when_null="''"),
        Column("sku_ids", "VARCHAR[]", "assignedLicenses[*].skuId"),
        Column("disabled_plan_ids", "VARCHAR[]", "assignedLicenses[*].disabledPlans[*]"),
    ),
    stand_in=({"user_id": EVERYONE_ID, "enabled": "true"},),
)

USER_ACTIVITY = Table(
    name="user_activity",
    about="When each user last signed in",
    key=("user_id",),
    permission="AuditLog.Read.All",
    licence=P1,
    when_not_licensed="empty",
    columns=(
        Column("user_id", "UUID", "id"),
        Column("last_sign_in", "TIMESTAMP", "signInActivity.lastSignInDateTime"),
        Column("last_background_sign_in", "TIMESTAMP", "signInActivity.lastNonInteractiveSignInDateTime"),
    ),
)

GROUPS = Table(
    name="groups",
    about="The groups that policies and roles refer to",
    key=("group_id",),
    permission="GroupMember.Read.All",
    columns=(
        Column("group_id", "UUID", "id"),
        Column("group_name", "VARCHAR", "displayName"),
        Column("role_assignable", "BOOLEAN", "isAssignableToRole", when_null="false"),
        Column("membership_rule", "VARCHAR", "membershipRule"),
        # Public, Private, HiddenMembership
        Column("visibility", "VARCHAR", "visibility"),
    ),
)

GROUP_MEMBERS = Table(
    name="group_members",
    about="Members of those groups, directly or through other groups; users only",
    key=("group_id", "user_id"),
    permission="GroupMember.Read.All",
    columns=(
        Column("group_id", "UUID"),
        Column("user_id", "UUID"),
    ),
    stand_in=(),
)

GROUP_SETTINGS = Table(
    name="group_settings",
    about="Directory settings, names and values as text; no row for what was never changed",
    key=("template_id", "name"),
    permission="GroupSettings.Read.All",
    columns=(
        Column("template_id", "UUID"),
        Column("setting", "VARCHAR"),
        Column("name", "VARCHAR"),
        Column("value", "VARCHAR"),
    ),
)

MICROSOFT365_GROUPS = Table(
    name="microsoft365_groups",
    about="Microsoft 365 groups and who can see them",
    key=("group_id",),
    permission="GroupMember.Read.All",
    columns=(
        Column("group_id", "UUID", "id"),
        Column("group_name", "VARCHAR", "displayName"),
        Column("visibility", "VARCHAR", "visibility"),
        Column("created", "TIMESTAMP", "createdDateTime"),
    ),
)
