"""Who may do what."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID

from securescore.store.schema.base import METADATA, MOMENT

access_grant = Table(
    "access_grant",
    METADATA,
    Column("grant_id", UUID(as_uuid=True), primary_key=True),
    Column("principal", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("tenant_id", UUID(as_uuid=True), ForeignKey("tenant.tenant_id")),
    Column("group_id", UUID(as_uuid=True), ForeignKey("tenant_group.group_id", ondelete="CASCADE")),
    Column("granted_at", MOMENT, nullable=False),
    Column("granted_by", Text, nullable=False),
    CheckConstraint("role IN ('reader', 'writer', 'manager')"),
    CheckConstraint("tenant_id IS NULL OR group_id IS NULL"),
    UniqueConstraint("principal", "role", "tenant_id", "group_id", postgresql_nulls_not_distinct=True),
    Index("access_grant_tenant", "tenant_id"),
    Index("access_grant_group", "group_id"),
)
