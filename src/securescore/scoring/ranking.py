"""What to do next: the rank of improvement actions.

    priority = points left / effort
    effort   = 10 + 4 * cost + 4 * user impact + 2 * complexity

Points left is maximum minus credited. Cost and user impact count low 0, moderate 1, high 2; complexity is the tier,
core 0, defense in depth 1, advanced 2; what is unknown counts 1. With these weights the hardest action needs
three times the points of the easiest one to rank level with it. The greatest priority ranks first; between equals
the one with more points left, then the id without case. The weights may be set per organisation.

Laws, whatever the weights: more points left never ranks lower; higher cost, user impact or complexity never
ranks higher; nothing left to gain ranks last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from securescore.model import Level

_LEVELS = {Level.LOW: 0, Level.MODERATE: 1, Level.HIGH: 2, None: 1}
_TIERS = {"core": 0, "defense_in_depth": 1, "advanced": 2, None: 1}


@dataclass(frozen=True, slots=True)
class Weights:
    """How much effort weighs. `base` is above 0, the others are not below 0."""

    base: int = 10
    cost: int = 4
    user_impact: int = 4
    complexity: int = 2

    def __post_init__(self) -> None:
        if self.base <= 0 or min(self.cost, self.user_impact, self.complexity) < 0:
            raise ValueError(
                f"{self} would rank effort as a gain; give a base above 0 and no negative weight"
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action to rank.

    Attributes:
        id: the action.
        left: micropoints left to gain, maximum minus credited.
        cost: implementation cost, None when unknown.
        user_impact: None when unknown.
        tier: `core`, `defense_in_depth`, `advanced`, None when unknown.
    """

    id: str
    left: int
    cost: Level | None = None
    user_impact: Level | None = None
    tier: str | None = None

    def __post_init__(self) -> None:
        if self.left < 0:
            raise ValueError(
                f"{self.id} has {self.left} micropoints left; nothing can be earned beyond the maximum"
            )
        if self.tier not in _TIERS:
            raise ValueError(f"{self.id} has the tier {self.tier!r}; use core, defense_in_depth or advanced")


_DEFAULT = Weights()


def priority(candidate: Candidate, weights: Weights = _DEFAULT) -> Fraction:
    """Micropoints left per unit of effort."""
    effort = (
        weights.base
        + weights.cost * _LEVELS[candidate.cost]
        + weights.user_impact * _LEVELS[candidate.user_impact]
        + weights.complexity * _TIERS[candidate.tier]
    )
    return Fraction(candidate.left, effort)


def ranked(candidates: Iterable[Candidate], weights: Weights = _DEFAULT) -> list[Candidate]:
    """The candidates, the one to do first at the head."""
    return sorted(candidates, key=lambda one: (-priority(one, weights), -one.left, one.id.casefold(), one.id))
