"""Snapshots as packed values: a full one, and the changes from one to the next."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from securescore.store.packing.envelope import APART, damaged, seal, unseal
from securescore.store.packing.places import gaps_of, places_of
from securescore.store.packing.records import StoredAction
from securescore.store.packing.rows import Figures
from securescore.store.packing.table import FIGURES, TEXTS, ActionTable, FigureColumn, TextColumn
from securescore.store.packing.words import Words, word_of

_PROVEN: Final = tuple(
    Figures._fields.index(name) for name in ("protected", "maximum", "points_rest", "verified_rest")
)
_Item = TypeVar("_Item")
_Kind = Literal["full", "changes"]
_Changes = tuple[list[int], list[int | None]] | None
_WordChanges = tuple[list[int], list[int]] | None


class _Body(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    kind: _Kind
    proof: int
    removed: list[int]
    added: list[int]
    ids: list[str]
    words: list[str]
    texts: list[_WordChanges]
    figures: list[_Changes]


_DECODER = msgspec.msgpack.Decoder(_Body)


def pack_full(actions: Iterable[StoredAction], evidence_at: datetime) -> bytes:
    """A snapshot that needs no other to be read.

    Raises:
        ValueError: when an action comes twice, or a number does not fit into 64 bits.
    """
    return _pack("full", _nothing(evidence_at), ActionTable.of(actions, evidence_at))


def unpack_full(packed: bytes, evidence_at: datetime) -> tuple[StoredAction, ...]:
    """The actions, by id.

    Raises:
        RecordError: when it is damaged, of a newer version, or no full snapshot.
    """
    return tuple(_unpack("full", packed, _nothing(evidence_at), evidence_at))


def pack_changes(
    before: Iterable[StoredAction], after: Iterable[StoredAction], before_at: datetime, after_at: datetime
) -> bytes:
    """What leads from one snapshot to the next.

    Raises:
        ValueError: when an action comes twice, or a number does not fit into 64 bits.
    """
    return _pack("changes", ActionTable.of(before, before_at), ActionTable.of(after, after_at))


def apply_changes(
    before: Iterable[StoredAction], packed: bytes, before_at: datetime, after_at: datetime
) -> tuple[StoredAction, ...]:
    """The actions of the later snapshot, by id.

    Raises:
        RecordError: when the changes are damaged, of a newer version, or lead on from another snapshot.
    """
    return tuple(_unpack("changes", packed, ActionTable.of(before, before_at), after_at))


def replay(rows: Iterable[tuple[bytes, datetime]]) -> Iterator[ActionTable]:
    """Every snapshot of consecutive rows (packed, evidence_at), of which the first is a full one.

    Reads a history much faster than `apply_changes`: an action is built only when it is asked for.

    Raises:
        RecordError: when a value is damaged, of a newer version, or does not lead on from the one before.
    """
    table: ActionTable | None = None
    for packed, evidence_at in rows:
        body = unseal(packed, _DECODER)
        before = _nothing(evidence_at) if body.kind == "full" else table
        if before is None:
            raise damaged("the full snapshot that it leads on from is missing")
        table = _applied(body, before, evidence_at)
        yield table


def _nothing(evidence_at: datetime) -> ActionTable:
    return ActionTable([], [[] for _ in range(TEXTS)], [[] for _ in range(FIGURES)], evidence_at)


def _pack(kind: _Kind, before: ActionTable, after: ActionTable) -> bytes:
    known, kept = set(before.ids), set(after.ids)
    removed = [place for place, one in enumerate(before.ids) if one not in kept]
    added = [place for place, one in enumerate(after.ids) if one not in known]
    words = Words()
    body = _Body(
        kind=kind,
        proof=_proof(after),
        removed=gaps_of(removed),
        added=gaps_of(added),
        ids=[after.ids[place] for place in added],
        texts=[
            _new_texts(_base(old, removed, added), new, words)
            for old, new in zip(before.texts, after.texts, strict=True)
        ],
        figures=[
            _differences(_base(old, removed, added), new)
            for old, new in zip(before.figures, after.figures, strict=True)
        ],
        words=words.listed,
    )
    return seal(body)


def _unpack(kind: _Kind, packed: bytes, before: ActionTable, evidence_at: datetime) -> ActionTable:
    body = unseal(packed, _DECODER)
    if body.kind != kind:
        raise damaged(f"it holds {body.kind} where {kind} belongs")
    return _applied(body, before, evidence_at)


def _applied(body: _Body, before: ActionTable, evidence_at: datetime) -> ActionTable:
    removed = places_of(body.removed, len(before))
    added = places_of(body.added, len(before) - len(removed) + len(body.added))
    if (len(body.ids), len(body.texts), len(body.figures)) != (len(added), TEXTS, FIGURES):
        raise damaged(APART)
    after = ActionTable(
        _spliced(before.ids, removed, added, body.ids),
        [
            _with_texts(_base(old, removed, added), changes, body.words)
            for old, changes in zip(before.texts, body.texts, strict=True)
        ],
        [
            _with_differences(_base(old, removed, added), changes)
            for old, changes in zip(before.figures, body.figures, strict=True)
        ],
        evidence_at,
    )
    if _proof(after) != body.proof:
        raise damaged("it does not lead on from the snapshot before it")
    return after


def _proof(table: ActionTable) -> int:
    """A checksum over the ids and what decides the points, so that changes never lead on from a wrong snapshot."""
    figures = (table.figures[place] for place in _PROVEN)
    lines = ["\n".join(table.ids), *(",".join(map(str, column)) for column in figures)]
    return zlib.crc32("\n".join(lines).encode())


def _base(column: list[_Item | None], removed: list[int], added: list[int]) -> list[_Item | None]:
    """The column of before for the actions of after; an added one has nothing there yet."""
    return _spliced(column, removed, added, [None] * len(added))


def _spliced(items: list[_Item], removed: list[int], added: list[int], new: Sequence[_Item]) -> list[_Item]:
    if not removed and not added:
        return items
    gone = set(removed)
    spliced = [item for place, item in enumerate(items) if place not in gone]
    for place, item in zip(added, new, strict=True):
        spliced.insert(place, item)
    return spliced


def _places(before: Sequence[object], after: Sequence[object]) -> list[int]:
    return [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


def _new_texts(before: TextColumn, after: TextColumn, words: Words) -> _WordChanges:
    places = _places(before, after)
    return (gaps_of(places), [words.number(after[place]) for place in places]) if places else None


def _differences(before: FigureColumn, after: FigureColumn) -> _Changes:
    places = _places(before, after)
    return (
        (gaps_of(places), [_difference(before[place], after[place]) for place in places]) if places else None
    )


def _difference(before: int | None, after: int | None) -> int | None:
    return None if after is None else after - (before or 0)


def _with_texts(before: TextColumn, changes: _WordChanges, words: list[str]) -> TextColumn:
    if changes is None:
        return before
    gaps, numbers = changes
    after = before.copy()
    for place, number in _pairs(gaps, numbers, len(before)):
        after[place] = word_of(number, words)
    return after


def _with_differences(before: FigureColumn, changes: _Changes) -> FigureColumn:
    if changes is None:
        return before
    gaps, differences = changes
    after = before.copy()
    for place, difference in _pairs(gaps, differences, len(before)):
        after[place] = None if difference is None else difference + (after[place] or 0)
    return after


def _pairs(gaps: list[int], values: list[_Item], length: int) -> Iterable[tuple[int, _Item]]:
    if len(gaps) != len(values):
        raise damaged(APART)
    return zip(places_of(gaps, length), values, strict=True)
