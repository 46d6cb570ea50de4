"""Which result stands for an action when evidence is missing: the first rung of the ladder that applies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

STALE_AFTER = timedelta(days=14)
"""How long an earlier result or Microsoft's own score may stand in."""


class Rung(StrEnum):
    """Where the standing result comes from, best first."""

    FRESH = "fresh"
    STALE = "stale"
    NATIVE = "native"
    LOST = "lost"
    UNSEEN = "unseen"


class Dated(Protocol):
    """Any result that knows when it was measured (UTC)."""

    @property
    def as_of(self) -> datetime: ...


R = TypeVar("R", bound=Dated)


@dataclass(frozen=True)
class Standing(Generic[R]):
    """The rung that applies and the result that stands on it (None on `LOST` and `UNSEEN`)."""

    rung: Rung
    result: R | None = None

    @property
    def in_total(self) -> bool:
        """Lost evidence keeps its maximum and earns 0, so that withdrawing a permission raises nothing.

        On the other rungs a result that does not apply, or has no maximum, still keeps the action out.
        """
        return self.rung is not Rung.UNSEEN


def standing(
    *,
    fresh: R | None,
    earlier: R | None,
    native: R | None,
    was_in_total: bool,
    as_of: datetime,
    stale_after: timedelta = STALE_AFTER,
) -> Standing[R]:
    """The first that applies.

    Args:
        fresh: the result of the newest run; it has no age limit.
        earlier: the newest result of an earlier run.
        native: Microsoft's own result.
        was_in_total: the action was in the total of the last snapshot.
        as_of: the moment of the score (UTC). Candidates after it are the caller's to leave out.
        stale_after: the greatest age at which `earlier` and `native` still stand, the limit included.
    """
    oldest = as_of - stale_after
    if fresh is not None:
        return Standing(Rung.FRESH, fresh)
    if earlier is not None and earlier.as_of >= oldest:
        return Standing(Rung.STALE, earlier)
    if native is not None and native.as_of >= oldest:
        return Standing(Rung.NATIVE, native)
    return Standing(Rung.LOST if was_in_total else Rung.UNSEEN)
