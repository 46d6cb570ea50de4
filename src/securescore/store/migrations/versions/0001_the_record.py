"""Tenants, what people declared, the score of every day, and who did what."""

from securescore.store.migrations.sql import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_file(__file__)
