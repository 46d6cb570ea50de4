"""Microsoft's own score beside ours: the difference, split per action, summing exactly."""

from dataclasses import dataclass
from fractions import Fraction

from securescore.assess.result import AssessedAction, Assessment
from securescore.errors import EvidenceError
from securescore.model import MICRO
from securescore.scoring.account import percent_effect
from securescore.scoring.points import micropoints
from securescore.scoring.totals import Pair

UNLISTED = ""
"""The id of the line for what Microsoft's total holds beyond its rows."""


@dataclass(frozen=True)
class Line:
    """One action on both sides. Pairs are micropoints; (0, 0) where a side does not count it.

    Attributes:
        action: None for the line that holds what Microsoft's total has beyond its rows.
        percent: percentage points that the action contributes to the difference; None without percentages.
    """

    action: AssessedAction | None
    microsoft: Pair
    ours: Pair
    percent: Fraction | None

    @property
    def difference(self) -> Pair:
        return self.ours - self.microsoft


@dataclass(frozen=True)
class Reconciliation:
    """Both scores and every line between them; the lines that differ most come first."""

    day: str
    microsoft: Pair
    ours: Pair
    lines: tuple[Line, ...]

    @property
    def difference(self) -> Pair:
        return self.ours - self.microsoft


def reconcile(assessment: Assessment) -> Reconciliation:
    """Lays Microsoft's score of the day beside the credited score.

    A control whose maximum Microsoft does not tell is taken to be worth what it is worth with us. What the
    total of the day then holds beyond the rows becomes a line of its own, so that nothing is hidden.

    Raises:
        EvidenceError: there is no native score that is recent enough.
    """
    native = assessment.native
    if native is None or native.points is None or native.maximum is None:
        raise EvidenceError(
            "there is no score of Microsoft to lay beside ours: grant SecurityEvents.Read.All and collect, or "
            "import one with securescore import native-score"
        )
    microsoft = Pair(micropoints(native.points), micropoints(native.maximum))
    ours = assessment.score.total.credited_pair
    sides = [(action, _microsoft(action), _ours(action)) for action in assessment.actions]
    unlisted = microsoft - sum((side for _, side, _ in sides), Pair())
    lines = [
        Line(action, theirs, mine, percent_effect(microsoft, ours, mine - theirs))
        for action, theirs, mine in sides
        if theirs or mine
    ]
    if unlisted:
        lines.append(Line(None, unlisted, Pair(), percent_effect(microsoft, ours, -unlisted)))
    return Reconciliation(f"{native.day:%Y-%m-%d}", microsoft, ours, tuple(sorted(lines, key=_weight)))


def _ours(action: AssessedAction) -> Pair:
    return Pair(action.points or 0, action.maximum or 0) if action.counted else Pair()


def _microsoft(action: AssessedAction) -> Pair:
    native = action.native
    if native is None:
        return Pair()
    maximum = micropoints(native.maximum) if native.maximum is not None else action.maximum or 10 * MICRO
    return Pair(micropoints(native.points), maximum)


def _weight(line: Line) -> tuple[int, int, str]:
    difference = line.difference
    return (
        -abs(difference.achieved),
        -abs(difference.maximum),
        line.action.id.casefold() if line.action else "~",
    )
