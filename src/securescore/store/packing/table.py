"""A snapshot in columns: the form in which snapshots are compared, packed and read back one after the other."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import overload

from securescore.store.packing.envelope import newer
from securescore.store.packing.records import StoredAction
from securescore.store.packing.rows import (
    Figures,
    Standing,
    Texts,
    action_of,
    figures_of,
    standing_of,
    standing_of_action,
    texts_of,
)

TextColumn = list[str | None]
FigureColumn = list[int | None]
TEXTS = len(Texts._fields)
FIGURES = len(Figures._fields)
_CATEGORY = Texts._fields.index("category")


class ActionTable(Sequence[StoredAction]):
    """The actions of one snapshot, by id. Each is built when it is asked for, so that reading on costs little.

    Attributes:
        ids: in the order of `order_of`.
        texts: one column a field of `Texts`, each as long as `ids`; shared between tables, never changed.
        figures: the same for `Figures`.
        evidence_at: the moment of the snapshot's evidence.
    """

    def __init__(
        self, ids: list[str], texts: list[TextColumn], figures: list[FigureColumn], evidence_at: datetime
    ) -> None:
        self.ids = ids
        self.texts = texts
        self.figures = figures
        self.evidence_at = evidence_at

    @classmethod
    def of(cls, actions: Iterable[StoredAction], evidence_at: datetime) -> "ActionTable":
        """The table of these actions, in whatever order they come; a table of that moment is itself.

        Raises:
            ValueError: when an action comes twice (ids are compared without case).
        """
        if isinstance(actions, cls) and actions.evidence_at == evidence_at:
            return actions
        ordered = sorted(actions, key=lambda action: order_of(action.id))
        ids = [action.id for action in ordered]
        twice = len(ids) - len({one.casefold() for one in ids})
        if twice:
            raise ValueError(f"{twice} actions come twice; store each action once")
        texts = [texts_of(action) for action in ordered]
        figures = [figures_of(action, evidence_at) for action in ordered]
        return cls(
            ids,
            [[row[place] for row in texts] for place in range(TEXTS)],
            [[row[place] for row in figures] for place in range(FIGURES)],
            evidence_at,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> StoredAction: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[StoredAction, ...]: ...
    def __getitem__(self, place: int | slice) -> StoredAction | tuple[StoredAction, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        texts = Texts._make([column[place] for column in self.texts])
        figures = Figures._make([column[place] for column in self.figures])
        try:
            return action_of(self.ids[place], texts, figures, self.evidence_at)
        except (KeyError, ArithmeticError) as error:
            raise newer(f"it says {error} of {self.ids[place]}") from error

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """What each action is in the total."""
        rows = zip(self.ids, self.texts[_CATEGORY], zip(*self.figures, strict=True), strict=True)
        return {one: standing_of(category or "", Figures._make(figures)) for one, category, figures in rows}


def standings_of(actions: Sequence[StoredAction]) -> Mapping[str, Standing]:
    """What each action is in the total. Fastest for an `ActionTable`."""
    if isinstance(actions, ActionTable):
        return actions.standings
    return {action.id: standing_of_action(action) for action in actions}


def order_of(action_id: str) -> tuple[bytes, bytes]:
    """Sorts ids without case of the letters A to Z: by bytes, which no later version of Unicode changes."""
    plain = action_id.encode()
    return plain.lower(), plain
