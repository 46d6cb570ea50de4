"""What people declared: classes of accounts, exclusions, decisions."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, text

from securescore.store.schema.base import METADATA, MOMENT, TEXTS, of_tenant

account = Table(
    "account",
    METADATA,
    of_tenant(),
    Column("account_class", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("note", Text),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", MOMENT, nullable=False),
)

exclusion = Table(
    "exclusion",
    METADATA,
    of_tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("actions", TEXTS, nullable=False),
    Column("entities", TEXTS, nullable=False),
    Column("reason", Text, nullable=False),
    Column("owner", Text),
    Column("expires", Date),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Column("ended_by", Text),
)

decision = Table(
    "decision",
    METADATA,
    of_tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("entities", TEXTS),
    Column("account_class", Text),
    Column("note", Text),
    Column("plan", Text),
    Column("owner", Text),
    Column("due", Date),
    Column("evidence", Text),
    Column("decided", Date, nullable=False),
    Column("expires", Date),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", MOMENT, nullable=False),
    Column("approved_by", Text),
    Column("ended_at", MOMENT),
    Column("ended_by", Text),
    CheckConstraint(
        "status IN ('to_address', 'planned', 'risk_accepted', 'resolved_through_third_party', "
        "'resolved_through_alternate_mitigation')"
    ),
    CheckConstraint("entities IS NULL OR account_class IS NULL"),
    Index("decision_standing", "tenant_id", "action", postgresql_where=text("ended_at IS NULL")),
)
