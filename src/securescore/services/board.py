"""Many tenants at a glance: who needs somebody first, and each problem once, however many have it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from securescore.store.tenants import Health, Summary

URGENCY = (Health.FAILING, Health.INCOMPLETE, Health.NEW, Health.PAUSED, Health.FINE)
"""In this order tenants need somebody."""

TROUBLED = frozenset({Health.FAILING, Health.INCOMPLETE})


@dataclass(frozen=True)
class Problem:
    """Why tenants are not read, or not as a whole.

    Attributes:
        tenants: those that have it, by name.
    """

    health: Health
    sentence: str
    tenants: tuple[Summary, ...]


@dataclass(frozen=True)
class Board:
    """Tenants in the order in which they need somebody, by name within it.

    Attributes:
        counts: how many there are of each health, where there are any, most urgent first.
        problems: what is told of those that are in trouble, most urgent first, then what most of them have.
    """

    tenants: tuple[Summary, ...]
    counts: Mapping[Health, int]
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, found: Iterable[Summary]) -> Self:
        """The board of these tenants, which stand in the order of their names."""
        tenants = sorted(found, key=_urgency)
        counted = Counter(one.health for one in tenants)
        counts = {health: counted[health] for health in URGENCY if counted[health]}
        return cls(tuple(tenants), counts, tuple(_problems(tenants)))

    def troubled(self) -> Self:
        """The same with only those tenants that could not be read as a whole."""
        return type(self)(
            tuple(one for one in self.tenants if one.health in TROUBLED), self.counts, self.problems
        )


def _urgency(one: Summary) -> int:
    return URGENCY.index(one.health)


def _problems(tenants: Iterable[Summary]) -> list[Problem]:
    found: dict[tuple[Health, str], list[Summary]] = {}
    for one in tenants:
        if one.health in TROUBLED and one.problem:
            found.setdefault((one.health, one.problem), []).append(one)
    problems = [Problem(health, told, tuple(those)) for (health, told), those in found.items()]
    return sorted(problems, key=lambda one: (URGENCY.index(one.health), -len(one.tenants), one.sentence))
