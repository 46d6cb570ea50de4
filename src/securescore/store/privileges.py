"""What the application's role may do with each table: nothing with the schema, and no row of the record can be changed."""

from sqlalchemy import Connection, text

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_KEPT = "SELECT, INSERT, UPDATE"
_APPENDED = "SELECT, INSERT"
_READ = "SELECT"

PRIVILEGES = {
    "alembic_version": _READ,
    "installation": "SELECT, INSERT, UPDATE (key_fingerprint, content_version, content_due)",
    "kept_content": _APPENDED,
    "tenant": _KEPT,
    "connection": _KEPT,
    "tenant_group": _ALL,
    "tenant_group_member": _ALL,
    "tenant_summary": _KEPT,
    "invitation": _ALL,
    "access_grant": _ALL,
    "account": _ALL,
    "exclusion": _KEPT,
    "decision": _KEPT,
    "decision_policy": _KEPT,
    "decision_request": _KEPT,
    "decision_template": _ALL,
    "action_tag": _ALL,
    "attestation": _KEPT,
    "snapshot": _APPENDED,
    "activity": _APPENDED,
    "native_day": _APPENDED,
    "pinned_run": _ALL,
    "audit_entry": _READ,
    "procrastinate_workers": _ALL,
    "procrastinate_jobs": _ALL,
    "procrastinate_periodic_defers": _ALL,
    "procrastinate_events": _APPENDED,
}
"""Removing a tenant and appending to the audit log are functions of the owner; their own rights are all they need."""

SEQUENCES = (
    "procrastinate_jobs_id_seq",
    "procrastinate_periodic_defers_id_seq",
    "procrastinate_events_id_seq",
)
"""What numbers the rows that the application's role inserts."""


def grant(connection: Connection, role: str) -> None:
    """Gives the role exactly these rights, whatever it had before. As the owner, inside its transaction."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    statements = [
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {quoted}",
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {quoted}",
        *(f"GRANT {rights} ON {table} TO {quoted}" for table, rights in PRIVILEGES.items()),
        *(f"GRANT USAGE ON SEQUENCE {name} TO {quoted}" for name in SEQUENCES),
    ]
    for statement in statements:
        connection.execute(text(statement))
