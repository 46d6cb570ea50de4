"""Microsoft's own score day by day, and the runs whose evidence is kept."""

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text

from securescore.store.schema.base import METADATA, MICROPOINTS, MOMENT, of_tenant

native_day = Table(
    "native_day",
    METADATA,
    of_tenant(),
    Column("day", Date, primary_key=True),
    Column("points", BigInteger, nullable=False),
    Column("maximum", BigInteger, nullable=False),
    Column("category_points", MICROPOINTS, nullable=False),
    Column("active_users", Integer),
    Column("licensed_users", Integer),
)

pinned_run = Table(
    "pinned_run",
    METADATA,
    of_tenant(),
    Column("run_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("pinned_by", Text, nullable=False),
    Column("pinned_at", MOMENT, nullable=False),
)
