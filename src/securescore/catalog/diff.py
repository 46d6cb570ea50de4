"""What changed between two catalogs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from securescore.catalog.model import Action, Catalog, Dated
from securescore.model import MICRO, Lifecycle


class Change(StrEnum):
    """What can happen to an action, in the order in which it is told. All but the last move scores."""

    ADDED = "added"
    REMOVED = "removed"
    RETIRED = "retired"
    RE_WEIGHTED = "re_weighted"
    RE_MEASURED = "re_measured"
    RECATEGORISED = "recategorised"
    TEXTS = "texts_changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change of one action.

    Attributes:
        before: the old value in words; None when there was none or it would not fit a line.
        after: likewise the new one.
    """

    change: Change
    action: Action
    before: str | None = None
    after: str | None = None


def compare(old: Catalog, new: Catalog) -> list[Difference]:
    """Every change from the old to the new catalog, by kind, then by action. An id that became an alias is no removal."""
    found = [*_added(old, new), *_removed(old, new), *_changed(old, new)]
    order = {change: number for number, change in enumerate(Change)}
    return sorted(found, key=lambda item: (order[item.change], item.action.id.casefold()))


def _added(old: Catalog, new: Catalog) -> Iterator[Difference]:
    for action in new.actions.values():
        if _before(old, action) is None:
            yield Difference(Change.ADDED, action, after=action.title)


def _removed(old: Catalog, new: Catalog) -> Iterator[Difference]:
    for action in old.actions.values():
        if new.get(action.id) is None:
            yield Difference(Change.REMOVED, action, before=action.title)


def _changed(old: Catalog, new: Catalog) -> Iterator[Difference]:
    for action in new.actions.values():
        before = _before(old, action)
        if before is not None:
            yield from _differences(before, action)


def _before(old: Catalog, action: Action) -> Action | None:
    names = (action.id, *action.aliases)
    return next((found for name in names if (found := old.get(name)) is not None), None)


def _differences(before: Action, after: Action) -> Iterator[Difference]:
    if after.lifecycle is Lifecycle.DEPRECATED and before.lifecycle is not Lifecycle.DEPRECATED:
        yield Difference(Change.RETIRED, after, before.lifecycle, after.lifecycle)
    if before.points != after.points:
        yield Difference(
            Change.RE_WEIGHTED, after, points_in_words(before.points), points_in_words(after.points)
        )
    if before.content_hash != after.content_hash:
        yield Difference(Change.RE_MEASURED, after, _measurement(before), _measurement(after))
    if before.category != after.category:
        yield Difference(Change.RECATEGORISED, after, _in_words(before.category), _in_words(after.category))
    if _told(before) != _told(after):
        yield Difference(Change.TEXTS, after)


def points_in_words(points: tuple[Dated[int], ...]) -> str:
    """Such as `7, 8 from 2023-12-01`."""
    return _in_words(tuple(Dated(f"{point.value / MICRO:g}", point.start) for point in points)) or "unknown"


def _in_words(values: tuple[Dated[Any], ...]) -> str:
    return ", ".join(f"{dated.value}{_since(dated.start)}" for dated in values)


def _since(start: date | None) -> str:
    return "" if start is None else f" from {start.isoformat()}"


def _measurement(action: Action) -> str:
    return f"query {action.content_hash}" if action.measured else "Microsoft's score only"


_NOT_TOLD = frozenset({
    "points", "category", "content_hash", "path", "folder", "sql", "scoring", "entity", "when_empty", "evidence",
    "reads_clock", "leaves_out", "lifecycle", "id",
})  # fmt: skip


def _told(action: Action) -> Mapping[str, Any]:
    """What is said about an action beside its figures: texts, licence, link, cost and the like."""
    return {
        field.name: getattr(action, field.name) for field in fields(action) if field.name not in _NOT_TOLD
    }
