"""The evidence folder of one tenant: published runs, and a new run being written.

Layout: `runs/<utc time>-<number>/` holds `manifest.json`, one Parquet file a table and, once assessed,
`verdicts.parquet`. A run exists for readers from the moment its manifest is renamed into place, which
happens last; whatever lacks a manifest is never read. Files are 0600, folders 0700.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from securescore.errors import EvidenceError
from securescore.evidence import manifest as manifests
from securescore.evidence.files import cannot_write, make_private_folder, refuse_outside, writing
from securescore.evidence.manifest import TableRecord
from securescore.evidence.retention import kept_runs, remove_runs
from securescore.evidence.run import Run
from securescore.evidence.scratch import remove_abandoned
from securescore.evidence.writer import RunWriter

_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-\d{4,}", re.ASCII)
_PATTERN = re.compile(r"[*?\[]")


class EvidenceFolder:
    """All runs of one tenant."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._runs = path / "runs"

    def runs(self) -> list[Run]:
        """Published runs, newest first.

        Raises:
            EvidenceError: a manifest cannot be read, or the folder mixes tenants.
        """
        self._refuse_pattern()
        runs = [self._read(path) for path in self._published()]
        tenants = {run.manifest.tenant_id.casefold(): run.manifest.tenant_id for run in runs}
        if len(tenants) > 1:
            raise EvidenceError(
                f"{self.path} holds evidence of several tenants ({', '.join(sorted(tenants.values()))}): an evidence "
                "folder takes one tenant only"
            )
        return sorted(runs, key=lambda run: (run.ended, _number(run.path)), reverse=True)

    def newest(self) -> Run:
        """The newest published run. Raises EvidenceError when there is none."""
        runs = self.runs()
        if not runs:
            raise EvidenceError(f"{self.path} {self._why_empty()}")
        return runs[0]

    def _why_empty(self) -> str:
        if not self.path.exists():
            return "does not exist: name the folder that securescore collect or import wrote to"
        if not self.path.is_dir():
            return "is a file, not an evidence folder: name the folder that securescore collect or import wrote to"
        inside = next((one.parent for one in self.path.glob("*/runs")), None)
        if inside is not None:
            return f"holds no published run; did you mean {inside}?"
        return "holds no published run: collect first (securescore collect) or import a file (securescore import)"

    @contextmanager
    def begin(self, tenant_id: str, started: datetime, source: str) -> Iterator[RunWriter]:
        """A new run. Without `publish()` inside the block nothing of it is kept.

        Raises:
            EvidenceError: the folder belongs to another tenant, another run is being written, or the disk
                refuses.
        """
        self._refuse_pattern()
        with writing(self.path):
            make_private_folder(self._runs)
            self._runs.chmod(0o700)
        with self._exclusive():
            runs = self.runs()
            self._refuse_other_tenant(runs, tenant_id)
            with writing(self._runs):
                self._remove_leftovers()
                path = self._runs / _next_name(runs, manifests.utc(started))
                path.mkdir(mode=0o700)
            try:
                with closing(
                    RunWriter(path, tenant_id, manifests.utc(started), source, _records_of(runs))
                ) as writer:
                    yield writer
            finally:
                if not (path / manifests.NAME).exists():
                    shutil.rmtree(path, ignore_errors=True)

    def retire(
        self, since: datetime, pinned: Collection[str] = (), together: Iterable[Collection[str]] = ()
    ) -> list[str]:
        """Removes the runs that are older and needed by nothing; see `retention.kept_runs`. Returns their ids.

        Raises:
            EvidenceError: a run is being written, or the disk refuses.
        """
        if not self._runs.is_dir():
            return []
        with self._exclusive():
            self._remove_leftovers()
            runs = self.runs()
            kept = kept_runs(runs, since, pinned, together)
            gone = [run.id for run in runs if run.id not in kept]
            if gone:
                remove_runs(runs, gone)
        return gone

    def remove(self, gone: Collection[str]) -> list[str]:
        """Removes runs by id, whatever their age; what others need of them moves. Returns the ids of what went.

        Raises:
            EvidenceError: a run is being written, or the disk refuses.
        """
        if not gone:
            return []
        with self._exclusive():
            runs = self.runs()
            found = [run.id for run in runs if run.id in set(gone)]
            remove_runs(runs, found)
        return found

    def _refuse_pattern(self) -> None:
        path = self.path.resolve()
        if _PATTERN.search(str(path)):
            raise EvidenceError(
                f"{path} cannot be an evidence folder: a path with *, ? or [ reads as a pattern that other files "
                "match, so choose another name"
            )

    def _published(self) -> list[Path]:
        try:
            if not self._runs.is_dir():
                return []
            return [path for path in self._run_folders() if (path / manifests.NAME).is_file()]
        except OSError as error:
            raise EvidenceError(
                f"{self._runs} cannot be read ({error.strerror}): run this as the user who collected the evidence"
            ) from error

    def _run_folders(self) -> list[Path]:
        return [path for path in self._runs.iterdir() if _RUN_NAME.fullmatch(path.name)]

    def _read(self, path: Path) -> Run:
        manifest = path / manifests.NAME
        refuse_outside(manifest, self._runs)
        return Run(path, manifests.read(manifest))

    def _refuse_other_tenant(self, runs: list[Run], tenant_id: str) -> None:
        for run in runs[:1]:
            if run.manifest.tenant_id.casefold() != tenant_id.casefold():
                raise EvidenceError(
                    f"{self.path} holds evidence of tenant {run.manifest.tenant_id}, not of {tenant_id}: give each "
                    "tenant a folder of its own"
                )

    def _remove_leftovers(self) -> None:
        for path in self._run_folders():
            if (path / manifests.NAME).exists():
                remove_abandoned(path)
            else:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with writing(self.path):
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            self._lock(lock)
            yield
        finally:
            os.close(lock)  # and with it the lock

    def _lock(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EvidenceError(
                f"another run is being written to {self.path}: wait until it has ended"
            ) from error
        except OSError as error:
            raise cannot_write(self.path, error) from error


def _number(run: Path) -> int:
    return int(run.name.rpartition("-")[2])


def _next_name(runs: list[Run], started: datetime) -> str:
    number = max((_number(run.path) for run in runs), default=0) + 1
    return f"{started:%Y%m%dT%H%M%SZ}-{number:04d}"


def _records_of(runs: list[Run]) -> dict[str, TableRecord]:
    """The record of each table in the newest run that has it, its file as seen from a sibling run's folder."""
    return {
        name: replace(
            record, file=record.file if record.file.startswith("../") else f"../{run.id}/{record.file}"
        )
        for run in reversed(runs)
        for name, record in run.manifest.tables.items()
        if record.sha256 and record.file
    }
