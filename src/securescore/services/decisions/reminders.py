"""Decisions that expire soon, so that somebody looks at them again before their points are gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from securescore.store.declarations import DecisionRow

REMINDED = (30, 7)
"""Days before the expiry on which somebody is reminded."""


@dataclass(frozen=True)
class Reminder:
    """A decision that expires soon.

    Attributes:
        days: left until it no longer holds; at least 1.
        within: the nearest of the days of `REMINDED`.
    """

    decision: DecisionRow
    days: int
    within: int


def expiring(decisions: Iterable[DecisionRow], today: date) -> list[Reminder]:
    """The decisions that expire within the days of `REMINDED`, the soonest first. What expired is none of them."""
    found = [_reminder(one, (one.expires - today).days) for one in decisions if one.expires is not None]
    return sorted(filter(None, found), key=lambda one: (one.days, one.decision.number))


def _reminder(decision: DecisionRow, days: int) -> Reminder | None:
    within = [limit for limit in REMINDED if 0 < days <= limit]
    return Reminder(decision, days, min(within)) if within else None
