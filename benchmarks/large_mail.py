"""An evidence folder of 100,000 mailboxes: presets, custom rules by priority, groups, domains and exceptions."""

import sys
from pathlib import Path

from benchmarks.evidence_folder import ORGANIZATION, make_evidence, owned, uuid

MAILBOXES = 100_000
_RULES = 30
_GROUPS = 50
_KINDS = "['spam', 'malware', 'anti_phish', 'outbound_spam']"
_DEFENDER_KINDS = "['safe_links', 'safe_attachments']"


def _rules(kinds: str) -> str:
    """Thirty rules of each kind: two presets, the rest custom, most for groups, some for domains or single people."""
    return f"""
        SELECT policy_kind,
               CASE n WHEN 0 THEN 'strict' WHEN 1 THEN 'standard' ELSE 'custom' END AS family,
               'Rule ' || n AS rule, 'Policy ' || n AS policy,
               CASE WHEN n % 9 = 8 THEN 'Disabled' ELSE 'Enabled' END AS state, n AS priority,
               CASE WHEN n % 5 = 4 THEN list_transform(range(20), lambda one: 'user' || (one * 997 + n) || '@large.example')
                    ELSE []::VARCHAR[] END AS recipients,
               CASE WHEN n % 5 < 3 THEN ['group' || n || '@large.example', 'group' || (n + 11) || '@large.example']
                    ELSE []::VARCHAR[] END AS member_of,
               CASE WHEN n % 5 = 3 THEN ['site' || (n % 20) || '.example'] ELSE []::VARCHAR[] END AS domains,
               []::VARCHAR[] AS except_recipients,
               CASE WHEN n % 4 = 0 THEN ['group' || (n + 3) || '@large.example'] ELSE []::VARCHAR[] END AS except_member_of,
               []::VARCHAR[] AS except_domains
        FROM range({_RULES}) AS t(n), (SELECT unnest({kinds}) AS policy_kind)"""


def _policies(*columns: str) -> str:
    told = "".join(f", {column}" for column in columns)
    return f"""SELECT CASE WHEN range = {_RULES} THEN 'Default' ELSE 'Policy ' || range END AS policy,
               range = {_RULES} AS is_default{told} FROM range({_RULES + 1})"""


def _queries() -> dict[str, str]:
    return {
        "organization": ORGANIZATION,
        "service_plans": owned("EXCHANGE_S_ENTERPRISE", "ATP_ENTERPRISE"),
        "mailboxes": f"""SELECT {uuid("box", "range")}::VARCHAR AS mailbox_guid, {uuid("user", "range")}::VARCHAR AS directory_id,
            'user' || range || '@large.example' AS user_name, 'User ' || range AS display_name,
            'user' || range || CASE WHEN range % 4 = 0 THEN '@site' || (range % 20) || '.example' ELSE '@large.example' END AS address,
            ['SMTP:user' || range || '@large.example', 'smtp:u' || range || '@old.example'] AS addresses,
            CASE WHEN range % 25 = 24 THEN 'SharedMailbox' ELSE 'UserMailbox' END AS kind, true AS audit_enabled
            FROM range({MAILBOXES})""",
        "mail_group_members": f"""SELECT DISTINCT 'group' || g.range || '@large.example' AS group_address,
            {uuid("user", f"(m.range * 7919 + g.range * 31) % {MAILBOXES}")}::VARCHAR AS directory_id
            FROM range({_GROUPS}) g, range(4000) m""",
        "mail_rules": _rules(_KINDS),
        "defender_mail_rules": f"""{_rules(_DEFENDER_KINDS)}
            UNION ALL SELECT unnest({_DEFENDER_KINDS}), 'built_in', 'Built-in', 'Built-In Protection Policy', 'Enabled', 0,
            []::VARCHAR[], []::VARCHAR[], []::VARCHAR[], []::VARCHAR[], []::VARCHAR[], []::VARCHAR[]""",
        "spam_policies": _policies(
            "'Quarantine' AS spam_action", "CASE range % 2 WHEN 0 THEN 'Quarantine' ELSE 'MoveToJmf' END AS phish_action",
            "6 AS bulk_threshold", "'On' AS marks_bulk", "30 AS quarantine_days", "true AS spam_zap", "range % 3 = 0 AS phish_zap",
            "[]::VARCHAR[] AS allowed_senders", "[]::VARCHAR[] AS allowed_domains",
        ),
        "malware_policies": _policies("true AS file_filter", "range % 2 = 0 AS malware_zap"),
        "anti_phish_policies": _policies("true AS enabled", "1 + range % 4 AS threshold", "true AS mailbox_intelligence"),
        "outbound_spam_policies": _policies("'Off' AS auto_forwarding", "400 AS external_per_hour", "'BlockUser' AS threshold_action"),
        "safe_links_policies": f"""SELECT 'Policy ' || range AS policy, false AS built_in, range % 2 = 0 AS for_email,
            true AS for_internal_senders FROM range({_RULES})
            UNION ALL SELECT 'Built-In Protection Policy', true, true, true""",
        "safe_attachment_policies": f"""SELECT 'Policy ' || range AS policy, false AS built_in, true AS enabled,
            'Block' AS action FROM range({_RULES}) UNION ALL SELECT 'Built-In Protection Policy', true, true, 'Block'""",
    }  # fmt: skip


if __name__ == "__main__":
    make_evidence(Path(sys.argv[1]), _queries())
