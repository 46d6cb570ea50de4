"""Tenants, their connections, their groups, and the one table that views over many tenants read."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from securescore.store.schema.base import METADATA, MOMENT, how_it_is_read, of_tenant

tenant = Table(
    "tenant",
    METADATA,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True),
    Column("directory_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("industry", Text),
    Column("seats", Integer),
    Column("region", Text),
    Column("evidence_days", Integer, nullable=False),
    Column("device_days", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    CheckConstraint("state IN ('active', 'paused')"),
    CheckConstraint("seats > 0"),
    CheckConstraint("evidence_days > 0"),
    CheckConstraint("device_days > 0"),
    Index("tenant_directory_id", "directory_id", unique=True),
)

connection = Table(
    "connection",
    METADATA,
    of_tenant(),
    *how_it_is_read(),
    Column("changed_at", MOMENT, nullable=False),
)

tenant_group = Table(
    "tenant_group",
    METADATA,
    Column("group_id", UUID(as_uuid=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

tenant_group_member = Table(
    "tenant_group_member",
    METADATA,
    of_tenant(),
    Column(
        "group_id",
        UUID(as_uuid=True),
        ForeignKey("tenant_group.group_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("tenant_group_member_group", "group_id"),
)

tenant_summary = Table(
    "tenant_summary",
    METADATA,
    of_tenant(),
    Column("directory_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("health", Text, nullable=False),
    Column("problem", Text),
    Column("time_zone", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("tried_at", MOMENT),
    Column("synced_at", MOMENT),
    Column("snapshot", Integer),
    Column("points", BigInteger),
    Column("verified", BigInteger),
    Column("maximum", BigInteger),
    Column("assessed_share", Double),
    CheckConstraint("health IN ('new', 'fine', 'incomplete', 'failing', 'paused')"),
)
