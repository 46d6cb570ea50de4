"""What a collection tells while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a table.

    Attributes:
        rows: read so far.
        note: for a missing table, why.
    """

    table: str
    state: Literal["reading", "collected", "missing"]
    rows: int = 0
    note: str | None = None


Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """Tells nobody."""
