"""What was configured differently, as far as it may stay in the record for good: settings by name, people by number."""

from collections.abc import Iterable, Mapping
from typing import Any

from securescore.assess.changes import runs_behind
from securescore.assess.records import RecordDifference, TableDifferences, record_differences
from securescore.assess.result import Assessment
from securescore.facts import Fact
from securescore.scoring.change import Effect

_LISTED = 20
_LONGEST = 200

SETTINGS = frozenset(
    {
        "accepted_domains",
        "admin_consent_policy",
        "anti_phish_policies",
        "apps_and_services_settings",
        "audit_log_settings",
        "authentication_methods",
        "authentication_strengths",
        "authorization_policy",
        "auto_label_policies",
        "compliance_policies",
        "compliance_settings",
        "conditional_access_policies",
        "connection_filters",
        "cross_tenant_access",
        "defender_office_settings",
        "dkim_signing",
        "dlp_policies",
        "domains",
        "exchange_organization",
        "forms_settings",
        "group_settings",
        "label_policies",
        "mail_domain_records",
        "malware_policies",
        "named_locations",
        "on_premises_synchronization",
        "outbound_spam_policies",
        "owa_policies",
        "role_assignment_policies",
        "safe_attachment_policies",
        "safe_links_policies",
        "security_defaults",
        "sensitivity_labels",
        "service_plans",
        "sharepoint_settings",
        "sharing_policies",
        "spam_policies",
        "teams_meeting_policies",
        "transport_rules",
    }
)
"""Tables whose records are settings. Those of the others name people, devices or applications: evidence tells who."""

NAMING_PEOPLE = frozenset(
    {
        "allowed_senders",
        "copy_recipients",
        "from_patterns",
        "from_words",
        "notify_recipients",
        "protected_users",
    }
)
"""Properties of settings whose values name people: that they changed is told, their values are not."""


def told_differences(
    effects: Iterable[Effect], before: Assessment, after: Assessment, facts: Mapping[str, Fact]
) -> list[dict[str, Any]]:
    """The records behind the changes of configuration between two assessments, for an activity.

    Raises:
        EvidenceError: a file of evidence is damaged.
    """
    return [
        told(table)
        for old, new, tables in runs_behind(effects, before, after, facts)
        for table in record_differences(old, new, tables)
    ]


def told(table: TableDifferences) -> dict[str, Any]:
    """The differences of one table, as far as they may stay."""
    listed = table.listed[:_LISTED] if table.table in SETTINGS else ()
    return {"table": table.table, "total": table.total, "listed": [_difference(one) for one in listed]}


def _difference(one: RecordDifference) -> dict[str, Any]:
    if one.column is None:
        return {"record": one.record, "kind": one.kind}
    if one.column in NAMING_PEOPLE:
        return {"record": one.record, "kind": one.kind, "property": one.column, "before": None, "after": None}
    return {
        "record": one.record,
        "kind": one.kind,
        "property": one.column,
        "before": _short(one.before),
        "after": _short(one.after),
    }


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
