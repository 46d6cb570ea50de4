"""What is read of Microsoft Entra ID through Microsoft Graph (reference evidence-apis, section 1).

Columns without a path are written by the `shape` function of the connector. Licence gates name service
plans: AAD_PREMIUM is Entra ID P1, AAD_PREMIUM_P2 is P2.
"""

from securescore.evidence.schema import Column, Table

P1 = ("AAD_PREMIUM", "AAD_PREMIUM_P2")
P2 = ("AAD_PREMIUM_P2",)

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
)

ROLE_DEFINITIONS = Table(
    name="role_definitions",
    about="Directory roles",
    key=("role_id",),
    permission="RoleManagement.Read.Directory",
    columns=(
        Column("role_id", "UUID", "id"),
        Column("template_id", "UUID", "templateId"),
        Column("role_name", "VARCHAR", "displayName"),
        Column("built_in", "BOOLEAN", "isBuiltIn"),
        Column("enabled", "BOOLEAN", "isEnabled"),
    ),
)

ROLE_ASSIGNMENTS = Table(
    name="role_assignments",
    about="Who holds which directory role now; the holder is a user, a group or a service principal",
    key=("assignment_id",),
    permission="RoleManagement.Read.Directory",
    columns=(
        Column("assignment_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
    ),
)

ROLE_ASSIGNMENT_SCHEDULES = Table(
    name="role_assignment_schedules",
    about="Active role assignments with their duration, where Privileged Identity Management is owned",
    key=("assignment_id",),
    permission="RoleManagement.Read.Directory",
    licence=P2,
    when_not_licensed="empty",
    columns=(
        Column("assignment_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
        Column("assignment_type", "VARCHAR", "assignmentType"),
        Column("member_type", "VARCHAR", "memberType"),
        Column("started", "TIMESTAMP", "startDateTime"),
        Column("ends", "TIMESTAMP", "endDateTime"),
    ),
)

ROLE_ELIGIBILITIES = Table(
    name="role_eligibilities",
    about="Who may activate which directory role",
    key=("eligibility_id",),
    permission="RoleManagement.Read.Directory",
    licence=P2,
    when_not_licensed="empty",
    columns=(
        Column("eligibility_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
        Column("member_type", "VARCHAR", "memberType"),
        Column("ends", "TIMESTAMP", "endDateTime"),
    ),
)

CONDITIONAL_ACCESS_POLICIES = Table(
    name="conditional_access_policies",
    about="Conditional access policies: what each asks for, and under which conditions",
    key=("policy_id",),
    permission="Policy.Read.All",
    licence=P1,
    when_not_licensed="empty",
    columns=(
        Column("policy_id", "UUID"),
        Column("policy_name", "VARCHAR"),
        Column("state", "VARCHAR"),
        Column("created", "TIMESTAMP"),
        Column("modified", "TIMESTAMP"),
        Column("all_applications", "BOOLEAN"),
        Column("include_applications", "VARCHAR[]"),
        Column("exclude_applications", "VARCHAR[]"),
        Column("user_actions", "VARCHAR[]"),
        Column("authentication_contexts", "VARCHAR[]"),
        Column("client_app_types", "VARCHAR[]"),
        Column("sign_in_risk_levels", "VARCHAR[]"),
        Column("user_risk_levels", "VARCHAR[]"),
        # true when the condition narrows the policy: it names anything but "all, without exception"
        Column("narrowed_by_locations", "BOOLEAN"),
        Column("narrowed_by_platforms", "BOOLEAN"),
        Column("narrowed_by_devices", "BOOLEAN"),
        Column("narrowed_by_application_filter", "BOOLEAN"),
        Column("narrowed_by_authentication_flows", "BOOLEAN"),
        # names of conditions, controls and properties that this version does not know
        Column("unknown_conditions", "VARCHAR[]"),
        Column("unknown_controls", "VARCHAR[]"),
        Column("grant_operator", "VARCHAR"),
        Column("grant_controls", "VARCHAR[]"),
        Column("custom_controls", "VARCHAR[]"),
        Column("terms_of_use", "VARCHAR[]"),
        Column("authentication_strength_id", "UUID"),
        Column("sign_in_frequency_hours", "DOUBLE"),
        Column("sign_in_every_time", "BOOLEAN"),
        Column("persistent_browser", "VARCHAR"),
        Column("raw", "JSON"),
    ),
)

CONDITIONAL_ACCESS_TARGETS = Table(
    name="conditional_access_targets",
    about="Whom each conditional access policy includes and excludes",
    key=("policy_id", "ordinal"),
    permission="Policy.Read.All",
    licence=P1,
    when_not_licensed="empty",
    columns=(
        Column("policy_id", "UUID"),
        Column("ordinal", "INTEGER"),
        Column("excluded", "BOOLEAN"),
        # all_users, none, user, group, role (target_id is the role's template id), guests, unknown
        Column("kind", "VARCHAR"),
        Column("target_id", "UUID"),
        # for guests: internalGuest, b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser,
        # otherExternalUser, serviceProvider, or another word of the service; `all` for every guest account
        Column("guest_kind", "VARCHAR"),
        # for guests: true when only guests of named tenants are meant
        Column("some_tenants", "BOOLEAN"),
    ),
)

NAMED_LOCATIONS = Table(
    name="named_locations",
    about="Named locations that policies use",
    key=("location_id",),
    permission="Policy.Read.All",
    licence=P1,
    when_not_licensed="empty",
    columns=(
        Column("location_id", "UUID"),
        Column("location_name", "VARCHAR"),
        Column("kind", "VARCHAR"),
        Column("trusted", "BOOLEAN"),
        Column("ranges", "VARCHAR[]"),
        Column("countries", "VARCHAR[]"),
    ),
)

AUTHENTICATION_STRENGTHS = Table(
    name="authentication_strengths",
    about="Authentication strengths: which combinations of methods each accepts",
    key=("strength_id",),
    permission="Policy.Read.All",
    columns=(
        Column("strength_id", "UUID", "id"),
        Column("strength_name", "VARCHAR", "displayName"),
        Column("built_in", "VARCHAR", "policyType"),
        Column("satisfies", "VARCHAR", "requirementsSatisfied"),
        Column("combinations", "VARCHAR[]", "allowedCombinations[*]"),
    ),
)

AUTHENTICATION_METHODS = Table(
    name="authentication_methods",
    about="Authentication methods policy: one row a method",
    key=("method",),
    permission="Policy.Read.All",
    columns=(
        Column("method", "VARCHAR"),
        Column("state", "VARCHAR"),
        Column("all_users", "BOOLEAN"),
        Column("raw", "JSON"),
    ),
)

PER_USER_MFA = Table(
    name="per_user_mfa",
    about="Multifactor authentication switched on for single users, the way before conditional access",
    key=("user_id",),
    permission="Policy.Read.All",
    columns=(
        Column("user_id", "UUID"),
        Column("state", "VARCHAR"),
    ),
)

SECURITY_DEFAULTS = Table(
    name="security_defaults",
    about="Whether security defaults are on",
    key=("policy_id",),
    permission="Policy.Read.All",
    columns=(
        Column("policy_id", "VARCHAR", "id"),
        Column("enabled", "BOOLEAN", "isEnabled"),
    ),
)

AUTHORIZATION_POLICY = Table(
    name="authorization_policy",
    about="What users and guests may do by themselves",
    key=("policy_id",),
    permission="Policy.Read.All",
    columns=(
        Column("policy_id", "VARCHAR", "id"),
        Column("invitations_from", "VARCHAR", "allowInvitesFrom"),
        Column("guest_role_id", "UUID", "guestUserRoleId"),
        Column("administrators_may_reset_password", "BOOLEAN", "allowedToUseSSPR"),
        Column("users_may_create_apps", "BOOLEAN", "defaultUserRolePermissions.allowedToCreateApps"),
        Column("users_may_create_tenants", "BOOLEAN", "defaultUserRolePermissions.allowedToCreateTenants"),
        Column(
            "users_may_create_groups", "BOOLEAN", "defaultUserRolePermissions.allowedToCreateSecurityGroups"
        ),
        Column(
            "consent_policies", "VARCHAR[]", "defaultUserRolePermissions.permissionGrantPoliciesAssigned[*]"
        ),
    ),
)

ADMIN_CONSENT_POLICY = Table(
    name="admin_consent_policy",
    about="Whether users can ask an administrator for consent, and who answers",
    key=("policy_id",),
    permission="Policy.Read.All",
    columns=(
        Column("policy_id", "VARCHAR"),
        Column("enabled", "BOOLEAN"),
        Column("reviewers", "INTEGER"),
    ),
)

CROSS_TENANT_ACCESS = Table(
    name="cross_tenant_access",
    about="What is trusted of other tenants: the default and each partner",
    key=("partner",),
    permission="Policy.Read.All",
    columns=(
        Column("partner", "VARCHAR"),
        Column("mfa_trusted", "BOOLEAN"),
        Column("compliant_device_trusted", "BOOLEAN"),
        Column("hybrid_device_trusted", "BOOLEAN"),
        Column("inbound_access", "VARCHAR"),
        Column("raw", "JSON"),
    ),
)

REGISTRATION_DETAILS = Table(
    name="registration_details",
    about="Which authentication methods each user has registered",
    key=("user_id",),
    permission="AuditLog.Read.All",
    licence=P1,
    when_not_licensed="empty",
    columns=(
        Column("user_id", "UUID", "id"),
        Column("is_admin", "BOOLEAN", "isAdmin"),
        Column("mfa_registered", "BOOLEAN", "isMfaRegistered"),
        Column("mfa_capable", "BOOLEAN", "isMfaCapable"),
        Column("passwordless_capable", "BOOLEAN", "isPasswordlessCapable"),
        Column("reset_enabled", "BOOLEAN", "isSsprEnabled"),
        Column("reset_registered", "BOOLEAN", "isSsprRegistered"),
        Column("reset_capable", "BOOLEAN", "isSsprCapable"),
        Column("methods", "VARCHAR[]", "methodsRegistered[*]"),
        Column("updated", "TIMESTAMP", "lastUpdatedDateTime"),
    ),
)

RISK_DETECTIONS = Table(
    name="risk_detections",
    about="Risk detections of Identity Protection that are still open",
    key=("detection_id",),
    permission="IdentityRiskEvent.Read.All",
    licence=P2,
    columns=(
        Column("detection_id", "VARCHAR", "id"),
        Column("user_id", "UUID", "userId"),
        Column("user_name", "VARCHAR", "userPrincipalName"),
        Column("risk_type", "VARCHAR", "riskEventType"),
        Column("risk_state", "VARCHAR", "riskState"),
        Column("risk_level", "VARCHAR", "riskLevel"),
        Column("detected", "TIMESTAMP", "detectedDateTime"),
    ),
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

APPLICATIONS = Table(
    name="applications",
    about="Applications registered in the tenant",
    key=("application_id",),
    permission="Application.Read.All",
    columns=(
        Column("application_id", "UUID", "id"),
        Column("app_id", "UUID", "appId"),
        Column("application_name", "VARCHAR", "displayName"),
        Column("audience", "VARCHAR", "signInAudience"),
        Column("created", "TIMESTAMP", "createdDateTime"),
    ),
)

APPLICATION_CREDENTIALS = Table(
    name="application_credentials",
    about="Secrets and certificates of those applications (never the secret itself)",
    key=("application_id", "kind", "key_id"),
    permission="Application.Read.All",
    columns=(
        Column("application_id", "UUID"),
        Column("kind", "VARCHAR"),  # secret, certificate
        Column("key_id", "UUID"),
        Column("credential_name", "VARCHAR"),
        Column("starts", "TIMESTAMP"),
        Column("ends", "TIMESTAMP"),
    ),
)

SERVICE_PRINCIPALS = Table(
    name="service_principals",
    about="Applications that may act in the tenant, its own and others'",
    key=("service_principal_id",),
    permission="Application.Read.All",
    columns=(
        Column("service_principal_id", "UUID", "id"),
        Column("app_id", "UUID", "appId"),
        Column("service_principal_name", "VARCHAR", "displayName"),
        Column("enabled", "BOOLEAN", "accountEnabled"),
        Column("kind", "VARCHAR", "servicePrincipalType"),
        Column("owner_tenant_id", "UUID", "appOwnerOrganizationId"),
        Column("verified_publisher", "VARCHAR", "verifiedPublisher.displayName"),
    ),
)

DELEGATED_GRANTS = Table(
    name="delegated_grants",
    about="Permissions granted to applications on behalf of users",
    key=("grant_id",),
    permission="Directory.Read.All",
    columns=(
        Column("grant_id", "VARCHAR", "id"),
        Column("service_principal_id", "UUID", "clientId"),
        Column("consent", "VARCHAR", "consentType"),
        Column("user_id", "UUID", "principalId"),
        Column("resource_id", "UUID", "resourceId"),
        Column("scope", "VARCHAR", "scope"),
    ),
)

TABLES = (
    ORGANIZATION,
    ON_PREMISES_SYNCHRONIZATION,
    DOMAINS,
    SERVICE_PLANS,
    USERS,
    USER_ACTIVITY,
    GROUPS,
    GROUP_MEMBERS,
    ROLE_DEFINITIONS,
    ROLE_ASSIGNMENTS,
    ROLE_ASSIGNMENT_SCHEDULES,
    ROLE_ELIGIBILITIES,
    CONDITIONAL_ACCESS_POLICIES,
    CONDITIONAL_ACCESS_TARGETS,
    NAMED_LOCATIONS,
    AUTHENTICATION_STRENGTHS,
    AUTHENTICATION_METHODS,
    PER_USER_MFA,
    SECURITY_DEFAULTS,
    AUTHORIZATION_POLICY,
    ADMIN_CONSENT_POLICY,
    CROSS_TENANT_ACCESS,
    REGISTRATION_DETAILS,
    RISK_DETECTIONS,
    GROUP_SETTINGS,
    MICROSOFT365_GROUPS,
    APPLICATIONS,
    APPLICATION_CREDENTIALS,
    SERVICE_PRINCIPALS,
    DELEGATED_GRANTS,
)
