"""Runs the SQL file beside a migration."""

from contextlib import closing
from pathlib import Path

from alembic import op


def run_file(migration: str) -> None:
    """Runs the file of the same stem as the migration, exactly as it stands, in the transaction of the migrations.

    Straight to the driver: for SQLAlchemy a percent sign or a colon would begin a parameter.
    """
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(Path(migration).with_suffix(".sql").read_text(encoding="utf-8"))
