"""What all tables share."""

import uuid
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

METADATA = MetaData()
INSTALLATION = uuid.UUID(int=0)
"""Stands for the installation itself where a tenant is named."""

MOMENT = DateTime(timezone=True)
TEXTS = ARRAY(Text)
MICROPOINTS = ARRAY(BigInteger)


def of_tenant(*, key: bool = True) -> Column[uuid.UUID]:
    """The column by which row level security knows the tenant of a row."""
    return Column(
        "tenant_id", UUID(as_uuid=True), ForeignKey("tenant.tenant_id"), primary_key=key, nullable=False
    )


def how_it_is_read() -> list[Column[Any]]:
    """The columns that say how a tenant is read; the secret is sealed."""
    return [
        Column("client_id", Text),
        Column("cloud", Text, nullable=False),
        Column("credential_kind", Text, nullable=False),
        Column("endpoints", JSONB, nullable=False),
        Column("ca_certificates", Text),
        Column("credential_path", Text),
        Column("sealed_secret", LargeBinary),
    ]
