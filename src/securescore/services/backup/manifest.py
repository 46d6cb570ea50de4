"""What a backup says of itself: its last entry, `manifest.json`."""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from securescore.errors import SecureScoreError
from securescore.store.copying import TABLES

FORMAT = "securescore-backup/1"
NAME = "manifest.json"
MARKER = "installation"
LEFT_OUT = ("the key file", "the passwords of the embedded database", "the queue of jobs")
LARGEST = 1 << 28

_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_VERSION = re.compile(r"[0-9]{4}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TABLE = re.compile(r"tables/([a-z_]{1,63})\.copy\.gz", re.ASCII)
_EVIDENCE = re.compile(
    r"evidence/(?P<tenant>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/runs/(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9]{4,9})/"
    r"(?P<file>[A-Za-z0-9_-][A-Za-z0-9._-]{0,99})",
    re.ASCII,
)


class BackupError(SecureScoreError):
    """A backup cannot be made, or a file is none that can be restored."""


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of the archive. Of a table: its columns, how many rows, and how many bytes they are unpacked."""

    name: str
    size: int
    sha256: str
    rows: int | None = None
    columns: list[str] | None = None
    unpacked: int | None = None

    @property
    def table(self) -> str | None:
        """The table whose rows these are."""
        return table_of(self.name)

    @property
    def evidence(self) -> re.Match[str] | None:
        """Tenant, run and file, when this is evidence."""
        return _EVIDENCE.fullmatch(self.name)


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole archive."""

    format: str
    made: datetime
    program: str
    schema: str
    installation: UUID
    key_fingerprint: str | None
    evidence: bool
    left_out: list[str]
    parts: list[Part]

    @property
    def tables(self) -> dict[str, Part]:
        """The parts with rows, by table."""
        return {name: part for part in self.parts if (name := part.table) is not None}


class _Head(msgspec.Struct):
    format: str = ""


def is_known_name(name: str) -> bool:
    """Whether an entry may be called so."""
    return name in {NAME, MARKER} or table_of(name) is not None or _EVIDENCE.fullmatch(name) is not None


def table_of(name: str) -> str | None:
    """The table whose rows an entry of that name holds."""
    match = _TABLE.fullmatch(name)
    return match[1] if match and match[1] in TABLES else None


def name_of_table(table: str) -> str:
    """The entry with its rows."""
    return f"tables/{table}.copy.gz"


def parse(content: bytes) -> Manifest:
    """Reads a manifest, and believes nothing in it that is not of its form.

    Raises:
        BackupError: it is none, or of a newer program.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.format != FORMAT:
            raise BackupError(_other_format(head.format))
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BackupError("the manifest of the backup is damaged: use another backup") from None
    if not _is_sound(manifest):
        raise BackupError("the manifest of the backup is damaged: use another backup")
    return manifest


def _other_format(found: str) -> str:
    if re.fullmatch(r"securescore-backup/[0-9]{1,4}", found):
        return (
            f"the backup is of the form {found}, which a newer securescore wrote: restore it with that version or a "
            "newer one"
        )
    return "the file is no backup of securescore: name one that securescore backup wrote"


def _is_sound(manifest: Manifest) -> bool:
    names = [part.name for part in manifest.parts]
    return (
        manifest.made.tzinfo is not None
        and _VERSION.fullmatch(manifest.schema) is not None
        and len(set(names)) == len(names)
        and NAME not in names
        and _all_sound(manifest.parts)
    )


def _all_sound(parts: Iterable[Part]) -> bool:
    return all(
        is_known_name(part.name)
        and part.size >= 0
        and _SHA256.fullmatch(part.sha256)
        and (part.table is None or _is_sound_table(part))
        for part in parts
    )


def _is_sound_table(part: Part) -> bool:
    columns = part.columns or []
    return (
        (-1 if part.rows is None else part.rows) >= 0
        and (-1 if part.unpacked is None else part.unpacked) >= 0
        and bool(columns)
        and len(set(columns)) == len(columns)
        and all(map(_COLUMN.fullmatch, columns))
    )
