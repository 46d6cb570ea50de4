"""One published run, as readers see it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from securescore.errors import EvidenceError
from securescore.evidence.files import file_sha256, refuse_outside
from securescore.evidence.manifest import Manifest, TableRecord, utc
from securescore.evidence.tables import TABLES


@dataclass(frozen=True)
class Run:
    """One published collection."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.run_id

    @property
    def ended(self) -> datetime:
        """When the collection ended, UTC. For an import: when the service made what was imported."""
        return utc(self.manifest.ended)

    def record(self, table: str) -> TableRecord | None:
        """What the manifest says of the table; None when the run never asked for it."""
        return self.manifest.tables.get(table)

    def has(self, *tables: str) -> bool:
        """Whether every one of these tables was collected whole."""
        return all((record := self.record(t)) is not None and record.state == "collected" for t in tables)

    def table_path(self, table: str) -> Path:
        """The Parquet file of a collected table, checked to be the one that was written.

        Raises:
            EvidenceError: not collected, of another schema version, missing, damaged, or led out of the folder.
        """
        record = self.record(table)
        if record is None or record.file is None:
            raise EvidenceError(f"run {self.id} did not collect the table {table!r}")
        self._check_version(table, record)
        path = self.path / record.file
        if not path.exists():
            raise EvidenceError(
                f"{path} is not there: restore the evidence folder from a copy, or collect again"
            )
        refuse_outside(path, self.path.parent)
        path = path.resolve()
        self._check_content(path, record)
        return path

    def _check_version(self, table: str, record: TableRecord) -> None:
        known = TABLES.get(table)
        if known is None or known.version != record.schema_version:
            raise EvidenceError(
                f"the table {table!r} of run {self.id} has schema version {record.schema_version}, this program "
                f"reads {known.version if known else 'no such table'}: collect again, or use the version of "
                "securescore that wrote it"
            )

    def _check_content(self, path: Path, record: TableRecord) -> None:
        if path in self._checked:
            return
        try:
            found = file_sha256(path)
        except OSError as error:
            raise EvidenceError(
                f"{path} cannot be read ({error.strerror}): restore the evidence folder from a copy"
            ) from error
        if found != record.sha256:
            raise EvidenceError(
                f"{path} is damaged: its checksum is not the one in the manifest. Restore the evidence folder "
                "from a copy, or collect again"
            )
        self._checked.add(path)

    @cached_property
    def _checked(self) -> set[Path]:
        return set()
