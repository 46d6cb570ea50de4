"""What all tables share."""

import uuid

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, MetaData, Text
from sqlalchemy.dialects.postgresql import UUID

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
