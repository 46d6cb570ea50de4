"""The manifest of a run: what was collected, what is missing and why. It is what makes a folder self-describing."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from securescore.errors import EvidenceError
from securescore.model import Reason

FORMAT = "securescore-evidence/1"
NAME = "manifest.json"

NOT_ASKED = "not_asked"
"""The `code` of a table that the run did not try to read, such as one that an imported file never holds."""

_FILE = re.compile(r"(?:\.\./[0-9TZ]+-[0-9]+/)?(?P<table>[a-z0-9_]+)\.parquet")


class TableRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the manifest says of one table.

    `file` is relative to the run's folder and may point to an earlier run's file when nothing changed. `origin` is the
    SHA-256 of the objects that the file was made of and of how; None for a large table.
    `rejections` counts, by column, the values that were there and did not fit; `repeated` the rows that
    paging returned more than once.
    """

    state: Literal["collected", "missing"]
    schema_version: int
    permission: str | None = None
    rows: int | None = None
    file: str | None = None
    sha256: str | None = None
    origin: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    rejections: dict[str, int] = {}
    repeated: int = 0
    reason: Reason | None = None
    error: str | None = None
    code: str | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run. Times are UTC."""

    format: str
    run_id: str
    tenant_id: str
    source: str
    program: str
    started: datetime
    ended: datetime
    partial: bool
    tables: dict[str, TableRecord]


class _Head(msgspec.Struct):
    format: str = ""


def encode(manifest: Manifest) -> bytes:
    """The manifest as JSON text, one table a paragraph."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def read(path: Path) -> Manifest:
    """Reads and checks a manifest.

    Raises:
        EvidenceError: it cannot be read, is of another format or run, or names a file outside the folder.
    """
    try:
        data = path.read_bytes()
        head = msgspec.json.decode(data, type=_Head)
        if head.format != FORMAT:
            raise EvidenceError(
                f"{path} is written in the format {head.format or 'unknown'!r}, this program reads {FORMAT!r}: "
                "collect again, or read it with the version of securescore that wrote it"
            )
        manifest = msgspec.json.decode(data, type=Manifest)
    except OSError as error:
        raise EvidenceError(f"the manifest {path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EvidenceError(
            f"the manifest {path} is damaged ({error}): restore the folder from a copy"
        ) from error
    _check(manifest, path)
    return manifest


def _check(manifest: Manifest, path: Path) -> None:
    if manifest.run_id != path.parent.name:
        raise EvidenceError(
            f"the manifest {path} is that of the run {manifest.run_id!r}: give the folder its own name back"
        )
    for name, record in manifest.tables.items():
        if not _names_its_file(name, record):
            raise EvidenceError(
                f"the manifest {path} names the file {record.file!r} for the table {name!r}, which is no file "
                "of this evidence folder: do not use a folder that was tampered with"
            )


def _names_its_file(name: str, record: TableRecord) -> bool:
    if record.state == "missing":
        return record.file is None
    match = _FILE.fullmatch(record.file or "")
    return match is not None and match["table"] == name


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; a moment without zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
