"""Writes the objects of one table, a line each, into the files that are shaped afterwards."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from securescore.errors import EvidenceError
from securescore.evidence.files import private_file, writing
from securescore.evidence.schema import Table
from securescore.evidence.shaping import LARGEST_OBJECT

_PIECE = 1 << 20
_encoder = msgspec.json.Encoder()


class TableWriter:
    """Takes the objects of one table. Use either `write_objects` or `write_rows`, as often as needed.

    Attributes:
        shaped: whether rows came; None when nothing did.
        count: how many objects or rows came.
        size: how many bytes they have.
        pieces: the files, about a megabyte each: DuckDB takes many times the memory of what it reads at once,
            and never reads two files at once.
    """

    def __init__(self, table: Table, folder: Path) -> None:
        self._table = table
        self._folder = folder
        self._pending = bytearray()
        self._json_columns = [column.name for column in table.columns if column.type == "JSON"]
        self._float_columns = [column.name for column in table.columns if column.type == "DOUBLE"]
        self._names = frozenset(column.name for column in table.columns)
        self._all_paths = all(column.path for column in table.columns)
        self.shaped: bool | None = None
        self.count = 0
        self.size = 0
        self.pieces: list[Path] = []

    def write_objects(self, items: Iterable[bytes]) -> None:
        """Objects of the service as JSON text, one each; columns are found by their paths.

        Raises:
            EvidenceError: a column has no path, an object is larger than `LARGEST_OBJECT`, or the disk refuses.
        """
        if not self._all_paths:
            raise EvidenceError(
                f"the table {self._table.name!r} has columns without a path: write shaped rows to it, not objects"
            )
        self._settle(shaped=False)
        for item in items:
            self._line(_one_line(item))

    def write_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows keyed by column name. JSON columns take JSON text or plain data.

        Raises:
            EvidenceError: a row names a column that is not there, cannot be told in JSON or is larger than
                `LARGEST_OBJECT`, or the disk refuses.
        """
        self._settle(shaped=True)
        for row in rows:
            unknown = row.keys() - self._names
            if unknown:
                raise EvidenceError(f"the table {self._table.name!r} has no column {sorted(unknown)}")
            try:
                line = _encoder.encode(self._encodable(row))
            except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
                raise EvidenceError(
                    f"a row of the table {self._table.name!r} cannot be told in JSON ({error}): collect again"
                ) from error
            self._line(line)

    def _line(self, line: bytes) -> None:
        if len(line) > LARGEST_OBJECT:
            raise EvidenceError(
                f"one object of the table {self._table.name!r} has {len(line):,} bytes, and no more than "
                f"{LARGEST_OBJECT:,} are read: the answer of the service was not what it should be"
            )
        if self._pending and len(self._pending) + len(line) > _PIECE:
            self._write_piece()
        self._pending += line
        self._pending += b"\n"
        self.count += 1
        self.size += len(line)

    def finish(self) -> None:
        """Writes what is left; there is a piece then even when nothing came. Called by the run."""
        if self._pending or not self.pieces:
            self._write_piece()

    def _write_piece(self) -> None:
        path = self._folder / f"{len(self.pieces):06d}.ndjson"
        with private_file(path) as file, writing(path):
            file.write(self._pending)
        self._pending.clear()
        self.pieces.append(path)

    def _encodable(self, row: Mapping[str, Any]) -> dict[str, Any]:
        encodable = dict(row)
        for name in self._json_columns:
            value = encodable.get(name)
            if isinstance(value, bytes | str):
                text = value.encode() if isinstance(value, str) else value
                # decoding only checks that this is one JSON value, and not a piece of several
                encodable[name] = msgspec.json.decode(_one_line(text), type=msgspec.Raw)
        for name in self._float_columns:
            value = encodable.get(name)
            if isinstance(value, float) and not math.isfinite(value):
                encodable[name] = str(value)  # JSON would say null: as text it becomes a counted rejection
        return encodable

    def _settle(self, *, shaped: bool) -> None:
        if self.shaped not in {None, shaped}:
            raise EvidenceError(f"the table {self._table.name!r} was given both objects and shaped rows")
        self.shaped = shaped


def _one_line(text: bytes) -> bytes:
    """The same JSON on one line: a line break in it is white space between tokens, never part of a value."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ")
