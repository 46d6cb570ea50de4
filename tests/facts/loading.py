"""Many invented tenants in one database, of which the facts see one at a time."""

from collections.abc import Mapping

import duckdb
from tests.facts.oracle import Tenant

from securescore.evidence.schema import Column
from securescore.facts import Fact
from securescore.facts.cases import columns_read, create_tables


def load(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Fact], tenants: Mapping[int, Tenant]
) -> None:
    """All tenants at once; views then show the one whose seed the variable `seed` holds."""
    tables = {name: columns for fact in facts.values() for name, columns in columns_read(fact, facts).items()}
    every = {f"every_{name}": (Column("seed", "INTEGER"), *columns) for name, columns in tables.items()}
    given = {
        f"every_{name}": [{"seed": seed, **row} for seed, rows in tenants.items() for row in rows[name]]
        for name in tables
    }
    create_tables(connection, every, given)
    for name, columns in tables.items():
        selected = ", ".join(column.name for column in columns)
        connection.execute(
            f"CREATE VIEW {name} AS SELECT {selected} FROM every_{name} WHERE seed = getvariable('seed')"
        )
    for name, fact in facts.items():  # as views they are parsed once
        connection.execute(f"CREATE VIEW {name} AS {fact.sql}")
