"""Invitations to be read by an application of ours."""

from sqlalchemy import Column, Index, Table, Text

from securescore.store.schema.base import METADATA, MOMENT, TEXTS, how_it_is_read

invitation = Table(
    "invitation",
    METADATA,
    Column("nonce", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("groups", TEXTS, nullable=False),
    Column("directory_id", Text),
    *how_it_is_read(),
    Column("invited_by", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("invitation_expires", "expires_at"),
)
