"""Writes the objects of one table, a line each, into the file that is shaped afterwards."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from securescore.errors import EvidenceError
from securescore.evidence.files import cannot_write
from securescore.evidence.schema import Table
from securescore.evidence.shaping import LARGEST_OBJECT

_encoder = msgspec.json.Encoder()


class TableWriter:
    """Takes the objects of one table. Use either `write_objects` or `write_rows`, as often as needed."""

    def __init__(self, table: Table, file: BinaryIO, path: Path) -> None:
        self._table = table
        self._file = file
        self._path = path
        self._json_columns = [column.name for column in table.columns if column.type == "JSON"]
        self._float_columns = [column.name for column in table.columns if column.type == "DOUBLE"]
        self._names = frozenset(column.name for column in table.columns)
        self._all_paths = all(column.path for column in table.columns)
        self.shaped: bool | None = None
        self.count = 0

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
        try:
            self._file.write(line)
            self._file.write(b"\n")
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self.count += 1

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
