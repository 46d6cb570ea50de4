"""Writes an evidence folder whose tables are made in SQL, so that making millions of rows takes seconds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from securescore.evidence import TABLES, EvidenceFolder
from securescore.evidence.files import file_sha256, make_private_folder, replace_file
from securescore.evidence.manifest import FORMAT, NAME, Manifest, TableRecord, encode
from securescore.evidence.shaping import identifier, literal

AS_OF = datetime(2026, 1, 15, 6, tzinfo=UTC)
TENANT = "00000000-0000-4000-8000-0000000be7c4"

ORGANIZATION = f"SELECT {literal(TENANT)} AS tenant_id, 'Large' AS name, false AS synchronised"
"""The query for the table `organization`."""


def uuid(kind: str, number: str) -> str:
    """SQL: a UUID that belongs to a number; scattered, as the real ones are."""
    return f"md5('{kind}-' || ({number})::VARCHAR)::UUID"


def owned(*plans: str) -> str:
    """The query for the table `service_plans`: plans that are owned."""
    listed = ", ".join(literal(plan) for plan in plans)
    return f"""SELECT {uuid("sku", "1")} AS sku_id, 'SPE_E5' AS sku, 'Enabled' AS sku_status,
               {uuid("plan", "plan")} AS plan_id, plan, 'Success' AS plan_status, 'User' AS applies_to,
               1100000 AS seats FROM (SELECT unnest([{listed}]) AS plan)"""


def make_evidence(path: Path, queries: Mapping[str, str]) -> EvidenceFolder:
    """Writes a folder with one run.

    Args:
        queries: table name -> the SELECT that makes it; columns not named become null, tables not named are empty.
            Native scores are left out, so that everything measured is measured by us.
    """
    run = path / "runs" / f"{AS_OF:%Y%m%dT%H%M%SZ}-0001"
    make_private_folder(run)
    tables = {name: _write(run, name, queries.get(name)) for name in TABLES if not name.startswith("native_")}
    manifest = Manifest(
        format=FORMAT,
        run_id=run.name,
        tenant_id=TENANT,
        source="benchmark",
        program="benchmark",
        started=AS_OF,
        ended=AS_OF,
        partial=False,
        tables=tables,
    )
    replace_file(run / NAME, encode(manifest))
    return EvidenceFolder(path)


def _write(run: Path, name: str, query: str | None) -> TableRecord:
    table = TABLES[name]
    path = run / f"{name}.parquet"
    key = ", ".join(identifier(one) for one in table.key)
    with duckdb.connect(":memory:", config={"memory_limit": "2GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        declared = ", ".join(f"{identifier(c.name)} {c.type}" for c in table.columns)
        connection.execute(f"CREATE TABLE rows_of ({declared})")
        if query:
            connection.execute(f"INSERT INTO rows_of BY NAME {query}")
        connection.execute(
            f"COPY (SELECT * FROM rows_of ORDER BY {key}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        count = connection.execute("SELECT count(*) FROM rows_of").fetchone()
    return TableRecord(
        state="collected",
        schema_version=table.version,
        rows=count[0] if count else 0,
        file=path.name,
        sha256=file_sha256(path),
    )
