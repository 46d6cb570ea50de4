"""Around decisions: what a tenant asks of them, requests, templates, tags and attestations of tasks."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from securescore.store.schema.base import METADATA, MOMENT, TEXTS, of_tenant

decision_policy = Table(
    "decision_policy",
    METADATA,
    of_tenant(),
    Column("statuses", TEXTS, nullable=False),
    Column("owner", Boolean, nullable=False),
    Column("evidence", Boolean, nullable=False),
    Column("expiry", Boolean, nullable=False),
    Column("approval", Boolean, nullable=False),
    Column("months", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    CheckConstraint("months > 0"),
)

decision_request = Table(
    "decision_request",
    METADATA,
    of_tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("asked", JSONB, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", MOMENT, nullable=False),
    Column("lapses", Date, nullable=False),
    Column("outcome", Text),
    Column("settled_by", Text),
    Column("settled_at", MOMENT),
    Column("reason", Text),
    Column("decision", Integer),
    CheckConstraint("outcome IN ('approved', 'refused', 'withdrawn')"),
    CheckConstraint("(outcome IS NULL) = (settled_by IS NULL) AND (outcome IS NULL) = (settled_at IS NULL)"),
    Index("decision_request_waiting", "tenant_id", postgresql_where=text("outcome IS NULL")),
)

decision_template = Table(
    "decision_template",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("decisions", JSONB, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
)
Index("decision_template_name", func.lower(decision_template.c.name), unique=True)

action_tag = Table(
    "action_tag",
    METADATA,
    of_tenant(),
    Column("action", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
)

attestation = Table(
    "attestation",
    METADATA,
    of_tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("attested", Date, nullable=False),
    Column("lapses", Date, nullable=False),
    Column("note", Text),
    Column("evidence", Text),
    Column("attested_by", Text, nullable=False),
    Column("attested_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Column("ended_by", Text),
    CheckConstraint("lapses > attested"),
)
