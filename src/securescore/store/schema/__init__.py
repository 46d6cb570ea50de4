"""The tables. The migrations make them; a test proves that both say the same."""

from securescore.store.schema.audit import audit_entry
from securescore.store.schema.base import INSTALLATION, METADATA
from securescore.store.schema.decisions import (
    action_tag,
    attestation,
    decision_policy,
    decision_request,
    decision_template,
)
from securescore.store.schema.declarations import account, decision, exclusion
from securescore.store.schema.evidence import native_day, pinned_run
from securescore.store.schema.installation import installation, kept_content
from securescore.store.schema.invitations import invitation
from securescore.store.schema.people import access_grant
from securescore.store.schema.score import activity, snapshot
from securescore.store.schema.tenants import (
    connection,
    tenant,
    tenant_group,
    tenant_group_member,
    tenant_summary,
)

__all__ = [
    "INSTALLATION",
    "METADATA",
    "access_grant",
    "account",
    "action_tag",
    "activity",
    "attestation",
    "audit_entry",
    "connection",
    "decision",
    "decision_policy",
    "decision_request",
    "decision_template",
    "exclusion",
    "installation",
    "invitation",
    "kept_content",
    "native_day",
    "pinned_run",
    "snapshot",
    "tenant",
    "tenant_group",
    "tenant_group_member",
    "tenant_summary",
]
