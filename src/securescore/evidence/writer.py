"""Writes one run: objects stream through NDJSON files into Parquet, so memory hardly grows with the tenant."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import duckdb
from msgspec.structs import replace

from securescore import __version__
from securescore.errors import EvidenceError
from securescore.evidence import manifest as manifests
from securescore.evidence.files import file_sha256, files_sha256, flush, is_within, replace_file, writing
from securescore.evidence.manifest import Manifest, TableRecord
from securescore.evidence.parquet import WRITING_VERSION, write_parquet
from securescore.evidence.run import Run
from securescore.evidence.schema import Table
from securescore.evidence.shaping import Shaper
from securescore.evidence.table_writer import TableWriter
from securescore.model import Reason

_MEMORY = 160_000_000
_VECTOR = 2048
_SMALL = 16 << 20
"""Bytes up to which the objects of a table are compared with the last run's before they are shaped."""


class RunWriter:
    """A run that is not yet published. Tables may be written by several threads at once, one thread a table."""

    def __init__(
        self,
        path: Path,
        tenant_id: str,
        started: datetime,
        source: str,
        previous: Mapping[str, TableRecord],
    ) -> None:
        self.path = path
        self.published = False
        self._tenant_id = tenant_id
        self._started = started
        self._source = source
        self._previous = previous
        self._records: dict[str, TableRecord] = {}
        self._shaping = Lock()
        self._duckdb = duckdb.connect(
            ":memory:",
            config={"memory_limit": f"{_MEMORY}B", "threads": 1, "temp_directory": str(path / ".spill")},
        )

    @contextmanager
    def table(self, table: Table) -> Iterator[TableWriter]:
        """Leaving the block normally closes the table as complete; an exception in it leaves nothing behind."""
        self._refuse_done(table)
        pieces = self.path / f".{table.name}"
        with writing(pieces):
            pieces.mkdir(mode=0o700)
        started = datetime.now(UTC)
        with ExitStack() as always, ExitStack() as undo:
            always.callback(shutil.rmtree, pieces, ignore_errors=True)
            undo.callback((self.path / f"{table.name}.parquet").unlink, missing_ok=True)
            writer = TableWriter(table, pieces)
            yield writer
            writer.finish()
            self._records[table.name] = self._finish(table, writer, started)
            undo.pop_all()

    def missing(self, table: Table, *, reason: Reason, error: str, code: str | None = None) -> None:
        """Says why a table is not there."""
        self._refuse_done(table)
        self._records[table.name] = TableRecord(
            state="missing",
            schema_version=table.version,
            permission=table.permission,
            reason=reason,
            error=error,
            code=code,
        )

    def record(self, table: Table) -> TableRecord | None:
        """What is known of the table so far."""
        return self._records.get(table.name)

    def publish(self, ended: datetime, *, partial: bool = False) -> Run:
        """Makes the run visible to readers, in one step. Nothing can be added or asked afterwards.

        Raises:
            EvidenceError: it was published already, or the disk refuses.
        """
        self._refuse_published()
        self.close()  # so that nothing it spilled stays in a published run
        manifest = Manifest(
            format=manifests.FORMAT,
            run_id=self.path.name,
            tenant_id=self._tenant_id,
            source=self._source,
            program=f"securescore {__version__}",
            started=self._started,
            ended=manifests.utc(ended),
            partial=partial,
            tables=dict(sorted(self._records.items())),
        )
        with writing(self.path):
            flush(self.path)  # the tables have to be on the disk before the manifest that names them
            replace_file(self.path / manifests.NAME, manifests.encode(manifest))
            self.published = True
            flush(self.path.parent)
        return Run(self.path, manifest)

    def close(self) -> None:
        """Frees the engine. Called by the folder."""
        self._duckdb.close()

    def _refuse_published(self) -> None:
        if self.published:
            raise EvidenceError(f"run {self.path.name} is published: begin another one to add to it")

    def _refuse_done(self, table: Table) -> None:
        self._refuse_published()
        record = self._records.get(table.name)
        if record is not None and record.state == "collected":
            raise EvidenceError(
                f"the table {table.name!r} is there already: a run takes each table once, begin another run"
            )

    def _finish(self, table: Table, writer: TableWriter, started: datetime) -> TableRecord:
        parquet = self.path / f"{table.name}.parquet"
        shaper = Shaper(table, shaped=bool(writer.shaped))
        with writing(parquet):
            origin = _origin(shaper, writer)
        record = self._made_of_the_same(table, origin)
        if record is None:
            with self._shaping, self._duckdb.cursor() as cursor:  # one at a time, for what it takes adds up
                cursor.execute(f"SET memory_limit = '{_memory(writer)}B'")
                written = write_parquet(cursor, table, shaper.select(writer.pieces), writer.count, parquet)
            with writing(parquet):
                file, checksum = self._place(table, parquet)
            record = TableRecord(
                state="collected",
                schema_version=table.version,
                permission=table.permission,
                rows=written.rows,
                file=file,
                sha256=checksum,
                origin=origin,
                rejections=written.rejections,
                repeated=written.repeated,
            )
        return replace(record, started=started, ended=datetime.now(UTC))

    def _made_of_the_same(self, table: Table, origin: str | None) -> TableRecord | None:
        """The last run's record when its file was made of the same objects in the same way."""
        known = self._previous.get(table.name)
        if known is None or origin is None or known.origin != origin or not self._is_intact(known):
            return None
        return replace(known, schema_version=table.version, permission=table.permission)

    def _place(self, table: Table, parquet: Path) -> tuple[str, str]:
        """Keeps the new file, or points to the last run's when that is the same."""
        checksum = file_sha256(parquet)
        known = self._previous.get(table.name)
        if known and known.file and known.sha256 == checksum and self._is_intact(known):
            parquet.unlink()
            return known.file, checksum
        parquet.chmod(0o600)
        flush(parquet)
        return parquet.name, checksum

    def _is_intact(self, earlier: TableRecord) -> bool:
        file = self.path / (earlier.file or "")
        with writing(file):
            return is_within(file, self.path.parent) and file_sha256(file) == earlier.sha256


def _origin(shaper: Shaper, writer: TableWriter) -> str | None:
    """What names everything a small table's file follows from. A large one is rarely the same, and takes long to read."""
    if writer.size > _SMALL:
        return None
    how = f"{WRITING_VERSION}\0{duckdb.__version__}\0{shaper.select(())}\0"
    return files_sha256(writer.pieces, how.encode())


def _memory(writer: TableWriter) -> int:
    """Bytes for DuckDB: sorting on disk takes a little more with every row, and holds some vectors of rows."""
    vector = writer.size * min(writer.count, _VECTOR) // max(writer.count, 1)
    return _MEMORY + writer.size // 20 + 4 * vector
