"""Who did what, in chains of hashes: one for each tenant and one for the installation. Written by `append_audit` alone."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from securescore.store.schema.base import METADATA, MOMENT

audit_entry = Table(
    "audit_entry",
    METADATA,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
