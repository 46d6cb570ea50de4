"""Exchange Online: the organisation, its mailboxes and the settings that are not mail filtering."""

from securescore.evidence.schema import EVERYONE, Api, Column, Table
from securescore.evidence.tables.microsoft_365.licences import EXCHANGE

MANAGE_AS_APP = "Exchange.ManageAsApp"
"""What the application may then read is decided by its directory role: Global Reader reads and changes nothing."""

EXCHANGE_ORGANIZATION = Table(
    name="exchange_organization",
    about="Settings of the Exchange organisation",
    key=("organization",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("organization", "VARCHAR", "Name"),
        Column("audit_disabled", "BOOLEAN", "AuditDisabled"),
        Column("modern_authentication", "BOOLEAN", "OAuth2ClientProfileEnabled"),
        Column("mail_tips", "BOOLEAN", "MailTipsAllTipsEnabled"),
        Column("mail_tips_external", "BOOLEAN", "MailTipsExternalRecipientsTipsEnabled"),
        Column("mail_tips_group_metrics", "BOOLEAN", "MailTipsGroupMetricsEnabled"),
        Column("mail_tips_large_audience", "BIGINT", "MailTipsLargeAudienceThreshold"),
        Column("customer_lockbox", "BOOLEAN", "CustomerLockboxEnabled"),
    ),
)

AUDIT_LOG_SETTINGS = Table(
    name="audit_log_settings",
    about="Whether the unified audit log records",
    key=("settings",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("settings", "VARCHAR", "Name"),
        Column("unified_audit_log", "BOOLEAN", "UnifiedAuditLogIngestionEnabled"),
    ),
)

TRANSPORT_RULES = Table(
    name="transport_rules",
    about="Mail flow rules: which senders each is about, and the spam score it sets",
    key=("rule_id",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        # shaped in Python: an unused condition is null at the service, and means "none", not "not known"
        Column("rule_id", "VARCHAR"),
        Column("rule_name", "VARCHAR"),
        Column("state", "VARCHAR"),
        Column("mode", "VARCHAR"),
        Column("priority", "BIGINT"),
        Column("spam_score", "BIGINT"),
        Column("sets_spam_score", "BOOLEAN"),
        Column("sender_domains", "VARCHAR[]"),
        Column("from_words", "VARCHAR[]"),
        Column("from_patterns", "VARCHAR[]"),
    ),
)

OWA_POLICIES = Table(
    name="owa_policies",
    about="Outlook on the web policies",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("storage_providers", "BOOLEAN", "AdditionalStorageProvidersAvailable"),
    ),
)

ROLE_ASSIGNMENT_POLICIES = Table(
    name="role_assignment_policies",
    about="What mailbox users may do by themselves, such as installing add-ins",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("assigned_roles", "VARCHAR[]", "AssignedRoles[*]"),
    ),
)

SHARING_POLICIES = Table(
    name="sharing_policies",
    about="With whom users may share their calendars",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "Default"),
        Column("enabled", "BOOLEAN", "Enabled"),
        Column("domains", "VARCHAR[]", "Domains[*]"),
    ),
)

MAILBOXES = Table(
    name="mailboxes",
    about="Mailboxes of every kind",
    key=("mailbox_guid",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("mailbox_guid", "VARCHAR", "Guid"),
        Column("directory_id", "VARCHAR", "ExternalDirectoryObjectId"),
        Column("user_name", "VARCHAR", "UserPrincipalName"),
        Column("display_name", "VARCHAR", "DisplayName"),
        Column("address", "VARCHAR", "PrimarySmtpAddress"),
        Column("addresses", "VARCHAR[]", "EmailAddresses[*]"),
        # UserMailbox, SharedMailbox, RoomMailbox, EquipmentMailbox, SchedulingMailbox, DiscoveryMailbox, ...
        Column("kind", "VARCHAR", "RecipientTypeDetails"),
        Column("audit_enabled", "BOOLEAN", "AuditEnabled"),
    ),
    stand_in=({"mailbox_guid": EVERYONE, "directory_id": EVERYONE, "kind": "UserMailbox"},),
)

MAILBOX_AUDIT_BYPASSES = Table(
    name="mailbox_audit_bypasses",
    about="Accounts whose actions in mailboxes may be left out of the audit log",
    key=("account_guid",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("account_guid", "VARCHAR", "Guid"),
        Column("account_name", "VARCHAR", "Name"),
        Column("bypassed", "BOOLEAN", "AuditBypassEnabled"),
    ),
)

ACCEPTED_DOMAINS = Table(
    name="accepted_domains",
    about="Domains that the organisation receives mail for",
    key=("domain",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("domain", "VARCHAR", "DomainName"),
        Column("kind", "VARCHAR", "DomainType"),
        Column("is_default", "BOOLEAN", "Default"),
        Column("is_initial", "BOOLEAN", "InitialDomain"),
    ),
)

DKIM_SIGNING = Table(
    name="dkim_signing",
    about="For which domains outgoing mail is signed, and with which keys",
    key=("domain",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("domain", "VARCHAR", "Domain"),
        Column("enabled", "BOOLEAN", "Enabled"),
        Column("status", "VARCHAR", "Status"),
        Column("selector1", "VARCHAR", "Selector1CNAME"),
        Column("selector2", "VARCHAR", "Selector2CNAME"),
    ),
)

TABLES = (
    EXCHANGE_ORGANIZATION,
    AUDIT_LOG_SETTINGS,
    TRANSPORT_RULES,
    OWA_POLICIES,
    ROLE_ASSIGNMENT_POLICIES,
    SHARING_POLICIES,
    MAILBOXES,
    MAILBOX_AUDIT_BYPASSES,
    ACCEPTED_DOMAINS,
    DKIM_SIGNING,
)
