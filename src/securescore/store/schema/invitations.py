"""Invitations to be read by an application of ours."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from securescore.store.schema.base import METADATA, MOMENT, TEXTS

invitation = Table(
    "invitation",
    METADATA,
    Column("nonce", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("groups", TEXTS, nullable=False),
    Column("directory_id", Text),
    Column("client_id", Text),
    Column("cloud", Text, nullable=False),
    Column("credential_kind", Text, nullable=False),
    Column("endpoints", JSONB, nullable=False),
    Column("ca_certificates", Text),
    Column("credential_path", Text),
    Column("sealed_secret", LargeBinary),
    Column("invited_by", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("invitation_expires", "expires_at"),
)
