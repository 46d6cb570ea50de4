"""What applications, users, guests and other tenants may do."""

from securescore.evidence.schema import Column, Table

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
