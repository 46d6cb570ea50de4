"""What the evidence tests share: a folder to write to, tables to write, rows read back from the real files."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from securescore.evidence import Column, EvidenceFolder, Run, RunWriter, Table
from securescore.evidence.manifest import TableRecord
from securescore.evidence.shaping import scan
from securescore.evidence.tables.entra_id import DOMAINS

TENANT = "5c1d0a9e-8f0b-4f3c-9b0e-3a6f5d0f7a11"
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@dataclass(frozen=True)
class Shaped:
    """What one table came to: its rows in the order of the file, and its record."""

    rows: list[tuple[Any, ...]]
    record: TableRecord

    @property
    def values(self) -> list[Any]:
        """The last column of each row."""
        return [row[-1] for row in self.rows]


def read(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM {scan(path)}").fetchall()


def table(*columns: Column, key: Sequence[str] = ("n",), name: str = "sample") -> Table:
    return Table(name, "A table of these tests", tuple(key), columns, permission=None)


N = Column("n", "INTEGER", "n")


def objects(folder: Path, column: Column, *items: str | Mapping[str, Any]) -> Shaped:
    """Objects written through `write_objects` to a table of `n` (their position) and this column."""
    texts = [item if isinstance(item, str) else json.dumps(item) for item in items]
    numbered = [f'{{"n": {n}, {text.strip()[1:]}'.replace(", }", "}") for n, text in enumerate(texts)]
    return written(folder, table(N, column), objects=[text.encode() for text in numbered])


def written(
    folder: Path, table: Table, *, objects: Iterable[bytes] = (), rows: Iterable[Mapping[str, Any]] = ()
) -> Shaped:
    with EvidenceFolder(folder).begin(TENANT, START, "test") as run:
        fill(run, table, objects, rows)
        record = run.record(table)
        assert record is not None
        assert record.file is not None
        return Shaped(read(run.path / record.file), record)


def fill(
    run: RunWriter, table: Table, objects: Iterable[bytes] = (), rows: Iterable[Mapping[str, Any]] = ()
) -> None:
    with run.table(table) as writer:
        if objects:
            writer.write_objects(objects)
        else:
            writer.write_rows(rows)


def domain(name: str, **values: Any) -> dict[str, Any]:
    return {"id": name, "isVerified": True} | values


def write_domains(run: RunWriter, *names: str) -> None:
    fill(run, DOMAINS, [json.dumps(domain(name)).encode() for name in names])


def collect(folder: EvidenceFolder, *names: str, hours: int = 0) -> Run:
    """A published run that holds the table `domains`."""
    with folder.begin(TENANT, moment(hours), "test") as run:
        write_domains(run, *names)
        return run.publish(moment(hours + 1))


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that runs the script; it talks through its standard output."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
