"""How one table is filled from one or more keys of an export."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from securescore.connectors.scuba_export.documents import Export, says_nothing
from securescore.connectors.scuba_export.powershell import JsonObject, NotUsableError, objects, with_lists
from securescore.evidence import Table, TableWriter
from securescore.model import Reason

Row = Mapping[str, Any]
T = TypeVar("T")


class NotThereError(Exception):
    """The export does not hold a table whole, and this is why."""

    def __init__(self, message: str, reason: Reason = Reason.NOT_COLLECTED) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """A list of objects in an export.

    Attributes:
        keys: what it is called, by the newest version of ScubaGear first.
        command: what ScubaGear runs for it.
        licence: the key that is false when the command is not there for lack of a licence.
    """

    keys: tuple[str, ...]
    command: str
    licence: str | None = None

    def of(self, export: Export) -> list[JsonObject]:
        """All of its objects.

        Raises:
            NotThereError: it is not in the export, or nothing tells that it is complete.
            NotUsableError: something else stands there.
        """
        found = [key for key in self.keys if export.content.get(key) is not None]
        if not found:
            raise NotThereError(
                f"the export has no key {self.keys[0]}: its version of ScubaGear does not read that, or it was not "
                "run for that product"
            )
        value: object = next(
            (export.content[key] for key in found if not says_nothing(export.content[key])), []
        )
        if not says_nothing(value):
            return objects(value)
        self._must_have_run(export)
        return []

    def is_there(self, export: Export) -> bool:
        """Whether the whole of it is known."""
        try:
            self.of(export)
        except NotThereError:
            return False
        return True

    def _must_have_run(self, export: Export) -> None:
        if self.licence is not None and export.content.get(self.licence) is False:
            raise NotThereError(
                f"ScubaGear found no command {self.command}, which the tenant lacks a licence for",
                Reason.NO_LICENCE,
            )
        if self.command in export.failed:
            raise NotThereError(
                f"ScubaGear could not run {self.command} when it made the export", Reason.COLLECTION_FAILED
            )
        if self.command not in export.ran:
            raise NotThereError(f"nothing in the export tells that {self.command} was run")


@dataclass(frozen=True, slots=True)
class Filling:
    """One table.

    Attributes:
        keys: the top-level keys that it is made of.
        write: writes all of its rows, or raises NotThereError or NotUsableError.
    """

    table: Table
    keys: tuple[str, ...]
    write: Callable[[Export, TableWriter], None]


def shaped(table: Table, parts: Sequence[Part], shape: Callable[[Export], Iterable[Row]]) -> Filling:
    """A table whose rows are shaped in Python."""

    def write(export: Export, writer: TableWriter) -> None:
        writer.write_rows(shape(export))

    return Filling(table, _keys(parts), write)


def as_it_is(table: Table, part: Part) -> Filling:
    """A table whose columns find everything by their paths in objects that are named as the service names them."""

    def write(export: Export, writer: TableWriter) -> None:
        lists = [column.root for column in table.columns if column.type.endswith("[]")]
        writer.write_objects(encoded(with_lists(item, lists) for item in part.of(export)))

    return Filling(table, part.keys, write)


def converted(
    table: Table, parts: Sequence[Part], convert: Callable[[Export], Iterable[JsonObject]]
) -> Filling:
    """The same, from objects that are made to look like those of the service first."""

    def write(export: Export, writer: TableWriter) -> None:
        writer.write_objects(encoded(convert(export)))

    return Filling(table, _keys(parts), write)


def encoded(items: Iterable[JsonObject]) -> Iterator[bytes]:
    """Each object as JSON text. Raises NotUsableError for one that cannot be told in it."""
    for item in items:
        try:
            yield msgspec.json.encode(item)
        except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
            raise NotUsableError(f"holds a value that cannot be told in JSON ({error})") from error


def _keys(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(key for part in parts for key in part.keys)
