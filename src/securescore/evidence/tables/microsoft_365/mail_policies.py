"""Mail filtering: the policies of each kind, and the rules that decide for whom each applies."""

from securescore.evidence.schema import Api, Column, Table
from securescore.evidence.tables.microsoft_365.exchange_online import MANAGE_AS_APP
from securescore.evidence.tables.microsoft_365.licences import DEFENDER_FOR_OFFICE, EXCHANGE, LABELLING

_RULE_COLUMNS = (
    # spam, malware, anti_phish, outbound_spam, safe_links, safe_attachments
    Column("policy_kind", "VARCHAR"),
    # strict, standard, custom, built_in: which family of rules it is in, in the order of precedence
    Column("family", "VARCHAR"),
    Column("rule", "VARCHAR"),
    Column("policy", "VARCHAR"),
    Column("state", "VARCHAR"),
    Column("priority", "BIGINT"),
    # conditions: [] where the rule does not use the condition, null where it is not known
    Column("recipients", "VARCHAR[]"),
    Column("member_of", "VARCHAR[]"),
    Column("domains", "VARCHAR[]"),
    Column("except_recipients", "VARCHAR[]"),
    Column("except_member_of", "VARCHAR[]"),
    Column("except_domains", "VARCHAR[]"),
)
"""Senders take the place of recipients in the rules of outbound_spam. Shaped in Python: an unused condition is null at
the service."""

UNREAD_RULES = ""
"""The name in the one row that stands for rules of a kind that may be there and could not be read, as when a settings
export leaves them out. Nothing else in it is known, so every policy of that kind that comes after the rules which are
certain stays possible."""

MAIL_RULES = Table(
    name="mail_rules",
    about="For whom each anti-spam, anti-malware, anti-phishing and outbound policy applies",
    key=("policy_kind", "family", "rule"),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=_RULE_COLUMNS,
)

DEFENDER_MAIL_RULES = Table(
    name="defender_mail_rules",
    about="For whom each Safe Links and Safe Attachments policy applies, built-in protection included",
    key=("policy_kind", "family", "rule"),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=DEFENDER_FOR_OFFICE,
    when_not_licensed="empty",
    columns=_RULE_COLUMNS,
)

MAIL_GROUP_MEMBERS = Table(
    name="mail_group_members",
    about="Members of the groups that mail rules and label policies name, directly or through other groups",
    key=("group_address", "directory_id"),
    permission="GroupMember.Read.All",
    licence=(*EXCHANGE, *LABELLING),
    columns=(
        # as the rule or policy names the group, in lower case. A group that could not be found has no row at all:
        # who is in it is not known
        Column("group_address", "VARCHAR"),
        # the member's directory object id; an empty text in the one row of a group that was found and has no members
        Column("directory_id", "VARCHAR"),
    ),
    stand_in=(),
)

SPAM_POLICIES = Table(
    name="spam_policies",
    about="Anti-spam policies for incoming mail",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("spam_action", "VARCHAR", "SpamAction"),
        Column("high_confidence_spam_action", "VARCHAR", "HighConfidenceSpamAction"),
        Column("phish_action", "VARCHAR", "PhishSpamAction"),
        Column("high_confidence_phish_action", "VARCHAR", "HighConfidencePhishAction"),
        Column("bulk_action", "VARCHAR", "BulkSpamAction"),
        Column("bulk_threshold", "BIGINT", "BulkThreshold"),
        Column("marks_bulk", "VARCHAR", "MarkAsSpamBulkMail"),
        Column("quarantine_days", "BIGINT", "QuarantineRetentionPeriod"),
        Column("spam_zap", "BOOLEAN", "SpamZapEnabled"),
        Column("phish_zap", "BOOLEAN", "PhishZapEnabled"),
        Column("allowed_senders", "VARCHAR[]", "AllowedSenders[*]"),
        Column("allowed_domains", "VARCHAR[]", "AllowedSenderDomains[*]"),
    ),
)

MALWARE_POLICIES = Table(
    name="malware_policies",
    about="Anti-malware policies",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("file_filter", "BOOLEAN", "EnableFileFilter"),
        Column("malware_zap", "BOOLEAN", "ZapEnabled"),
    ),
)

OUTBOUND_SPAM_POLICIES = Table(
    name="outbound_spam_policies",
    about="Anti-spam policies for outgoing mail",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("auto_forwarding", "VARCHAR", "AutoForwardingMode"),
        Column("external_per_hour", "BIGINT", "RecipientLimitExternalPerHour"),
        Column("internal_per_hour", "BIGINT", "RecipientLimitInternalPerHour"),
        Column("per_day", "BIGINT", "RecipientLimitPerDay"),
        Column("threshold_action", "VARCHAR", "ActionWhenThresholdReached"),
        Column("notifies", "BOOLEAN", "NotifyOutboundSpam"),
        Column("notify_recipients", "VARCHAR[]", "NotifyOutboundSpamRecipients[*]"),
        Column("copies_suspicious", "BOOLEAN", "BccSuspiciousOutboundMail"),
        Column("copy_recipients", "VARCHAR[]", "BccSuspiciousOutboundAdditionalRecipients[*]"),
    ),
)

CONNECTION_FILTERS = Table(
    name="connection_filters",
    about="Connection filter policies: addresses that are always let in",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("allowed_addresses", "VARCHAR[]", "IPAllowList[*]"),
    ),
)

ANTI_PHISH_POLICIES = Table(
    name="anti_phish_policies",
    about="Anti-phishing policies",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=EXCHANGE,
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("is_default", "BOOLEAN", "IsDefault"),
        Column("enabled", "BOOLEAN", "Enabled"),
        Column("threshold", "BIGINT", "PhishThresholdLevel"),
        Column("mailbox_intelligence", "BOOLEAN", "EnableMailboxIntelligence"),
        Column("mailbox_intelligence_protection", "BOOLEAN", "EnableMailboxIntelligenceProtection"),
        Column("mailbox_intelligence_action", "VARCHAR", "MailboxIntelligenceProtectionAction"),
        Column("spoof_intelligence", "BOOLEAN", "EnableSpoofIntelligence"),
        Column("protects_users", "BOOLEAN", "EnableTargetedUserProtection"),
        Column("protected_users", "VARCHAR[]", "TargetedUsersToProtect[*]"),
        Column("protected_users_action", "VARCHAR", "TargetedUserProtectionAction"),
        Column("protects_own_domains", "BOOLEAN", "EnableOrganizationDomainsProtection"),
        Column("protects_domains", "BOOLEAN", "EnableTargetedDomainsProtection"),
        Column("protected_domains_action", "VARCHAR", "TargetedDomainProtectionAction"),
        Column("similar_users_tips", "BOOLEAN", "EnableSimilarUsersSafetyTips"),
        Column("similar_domains_tips", "BOOLEAN", "EnableSimilarDomainsSafetyTips"),
        Column("unusual_characters_tips", "BOOLEAN", "EnableUnusualCharactersSafetyTips"),
    ),
)

SAFE_LINKS_POLICIES = Table(
    name="safe_links_policies",
    about="Safe Links policies",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=DEFENDER_FOR_OFFICE,
    when_not_licensed="empty",
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("built_in", "BOOLEAN", "IsBuiltInProtection"),
        Column("for_email", "BOOLEAN", "EnableSafeLinksForEmail"),
        Column("for_teams", "BOOLEAN", "EnableSafeLinksForTeams"),
        Column("for_office", "BOOLEAN", "EnableSafeLinksForOffice"),
        Column("for_internal_senders", "BOOLEAN", "EnableForInternalSenders"),
        Column("scans_urls", "BOOLEAN", "ScanUrls"),
        Column("delivers_after_scan", "BOOLEAN", "DeliverMessageAfterScan"),
        Column("tracks_clicks", "BOOLEAN", "TrackClicks"),
        Column("allows_click_through", "BOOLEAN", "AllowClickThrough"),
        Column("leaves_urls_unwritten", "BOOLEAN", "DisableUrlRewrite"),
    ),
)

SAFE_ATTACHMENT_POLICIES = Table(
    name="safe_attachment_policies",
    about="Safe Attachments policies",
    key=("policy",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=DEFENDER_FOR_OFFICE,
    when_not_licensed="empty",
    columns=(
        Column("policy", "VARCHAR", "Name"),
        Column("built_in", "BOOLEAN", "IsBuiltInProtection"),
        Column("enabled", "BOOLEAN", "Enable"),
        Column("action", "VARCHAR", "Action"),
    ),
)

DEFENDER_OFFICE_SETTINGS = Table(
    name="defender_office_settings",
    about="Defender for Office 365 outside mail: files in SharePoint, OneDrive and Teams, Safe Documents",
    key=("settings",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=DEFENDER_FOR_OFFICE,
    columns=(
        Column("settings", "VARCHAR", "Name"),
        Column("scans_files", "BOOLEAN", "EnableATPForSPOTeamsODB"),
        Column("safe_documents", "BOOLEAN", "EnableSafeDocs"),
        Column("allows_unsafe_documents", "BOOLEAN", "AllowSafeDocsOpen"),
    ),
)

TABLES = (
    MAIL_RULES,
    DEFENDER_MAIL_RULES,
    MAIL_GROUP_MEMBERS,
    SPAM_POLICIES,
    MALWARE_POLICIES,
    OUTBOUND_SPAM_POLICIES,
    CONNECTION_FILTERS,
    ANTI_PHISH_POLICIES,
    SAFE_LINKS_POLICIES,
    SAFE_ATTACHMENT_POLICIES,
    DEFENDER_OFFICE_SETTINGS,
)
