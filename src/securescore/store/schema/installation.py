"""What there is once."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, LargeBinary, Table, Text, true
from sqlalchemy.dialects.postgresql import UUID

from securescore.store.schema.base import METADATA, MOMENT

installation = Table(
    "installation",
    METADATA,
    Column("installation_id", UUID(as_uuid=True), primary_key=True),
    Column("created_at", MOMENT, nullable=False),
    Column("key_fingerprint", Text),
    Column("content_version", Text),
    Column("content_due", Date),
    Column(
        "only_one", Boolean, CheckConstraint("only_one"), nullable=False, unique=True, server_default=true()
    ),
)

kept_content = Table(
    "kept_content",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
    Column("kept_at", MOMENT, nullable=False),
)
