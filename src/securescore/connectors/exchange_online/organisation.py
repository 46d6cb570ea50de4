"""The Exchange organisation, its mailboxes and its domains."""

from securescore.connectors.exchange_online.read import listed, shaped
from securescore.connectors.exchange_online.shapes import TRANSPORT_RULE_PROPERTIES, transport_rule_rows
from securescore.evidence.tables.microsoft_365.exchange_online import (
    ACCEPTED_DOMAINS,
    AUDIT_LOG_SETTINGS,
    DKIM_SIGNING,
    EXCHANGE_ORGANIZATION,
    MAILBOX_AUDIT_BYPASSES,
    MAILBOXES,
    OWA_POLICIES,
    ROLE_ASSIGNMENT_POLICIES,
    SHARING_POLICIES,
    TRANSPORT_RULES,
)

_ALL = {"ResultSize": "Unlimited"}

SOURCES = (
    listed(MAILBOXES, "Get-Mailbox", parameters=_ALL),
    listed(MAILBOX_AUDIT_BYPASSES, "Get-MailboxAuditBypassAssociation", parameters=_ALL),
    listed(EXCHANGE_ORGANIZATION, "Get-OrganizationConfig"),
    listed(AUDIT_LOG_SETTINGS, "Get-AdminAuditLogConfig"),
    shaped(TRANSPORT_RULES, "Get-TransportRule", TRANSPORT_RULE_PROPERTIES, transport_rule_rows),
    listed(OWA_POLICIES, "Get-OwaMailboxPolicy"),
    listed(ROLE_ASSIGNMENT_POLICIES, "Get-RoleAssignmentPolicy"),
    listed(SHARING_POLICIES, "Get-SharingPolicy"),
    listed(ACCEPTED_DOMAINS, "Get-AcceptedDomain"),
    listed(DKIM_SIGNING, "Get-DkimSigningConfig"),
)
