"""How people sign in: policies, methods, registrations and risk."""

from securescore.evidence.schema import EVERYONE_ID, Column, Table
from securescore.evidence.tables.entra_id.licences import P1, P2

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
    stand_in=({"user_id": EVERYONE_ID},),
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
