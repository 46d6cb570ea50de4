"""The score of every day, and why it moved. Append-only: the application may neither change nor delete a row."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from securescore.store.schema.base import METADATA, MICROPOINTS, MOMENT, of_tenant

snapshot = Table(
    "snapshot",
    METADATA,
    of_tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("taken_at", MOMENT, nullable=False),
    Column("evidence_at", MOMENT, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("catalog_version", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("verified", BigInteger, nullable=False),
    Column("maximum", BigInteger, nullable=False),
    Column("scope_maximum", BigInteger, nullable=False),
    Column("assessed", BigInteger, nullable=False),
    Column("views", MICROPOINTS, nullable=False),
    Column("verified_views", MICROPOINTS, nullable=False),
    Column("category_points", MICROPOINTS, nullable=False),
    Column("category_verified", MICROPOINTS, nullable=False),
    Column("category_maximum", MICROPOINTS, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("actions", LargeBinary, nullable=False),
    CheckConstraint("trigger IN ('catalog', 'expiry', 'exclusion', 'decision', 'scope', 'sync')"),
    Index("snapshot_taken", "tenant_id", "taken_at"),
)

activity = Table(
    "activity",
    METADATA,
    of_tenant(),
    Column("snapshot", Integer, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("author", Text, nullable=False),
    Column("about", JSONB),
    Column("effects", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "snapshot"], ["snapshot.tenant_id", "snapshot.number"]),
)
