"""What a change is made of: its trigger, its two sides, its causes and their effects. `explain` computes them."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from securescore.model import Category, Scoring
from securescore.scoring.flows import Flows
from securescore.scoring.totals import Pair


class Trigger(StrEnum):
    """What made a snapshot. Together arriving ones become consecutive snapshots in this order."""

    CATALOG = "catalog"
    EXPIRY = "expiry"
    EXCLUSION = "exclusion"
    DECISION = "decision"
    SCOPE = "scope"
    SYNC = "sync"


class Cause(StrEnum):
    """Why points moved, in the order in which they are shown."""

    ADDED = "added"
    REMOVED = "removed"
    RE_WEIGHTED = "re_weighted"
    RE_MEASURED = "re_measured"
    RECATEGORISED = "recategorised"
    EXPIRY = "expiry"
    EXCLUSION = "exclusion"
    DECISION = "decision"
    SCOPE = "scope"
    EVIDENCE_GAINED = "evidence_gained"
    EVIDENCE_LOST = "evidence_lost"
    SOURCE_CHANGED = "source_changed"
    REPORTED_BY_MICROSOFT = "reported_by_microsoft"
    LEFT = "left"
    JOINED = "joined"
    EVIDENCE = "evidence"
    CONFIGURATION = "configuration"

    @property
    def reversed(self) -> "Cause":
        """The name of the same cause with time running backwards."""
        return _REVERSED.get(self, self)

    @property
    def from_catalog(self) -> bool:
        """Microsoft or the catalog moved the points, not the organisation."""
        return self in _CATALOG


_OPPOSITES = {
    Cause.ADDED: Cause.REMOVED,
    Cause.EVIDENCE_GAINED: Cause.EVIDENCE_LOST,
    Cause.JOINED: Cause.LEFT,
}
_REVERSED = _OPPOSITES | {lost: gained for gained, lost in _OPPOSITES.items()}
_CATALOG = frozenset({Cause.ADDED, Cause.REMOVED, Cause.RE_WEIGHTED, Cause.RE_MEASURED, Cause.RECATEGORISED})


class Basis(StrEnum):
    """What one side of a change rests on. A stale result is evidence; tasks and empty populations are too.

    `uniform`: evidence that says the same of everybody, without telling them apart.
    """

    EVIDENCE = "evidence"
    UNIFORM = "uniform"
    NATIVE = "native"
    LOST = "lost"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Side:
    """One action in one snapshot, in one reading (credited or verified).

    Attributes:
        pair: as it stands in the total.
        basis: what it rests on.
        category: of that day.
        protected: entities of this reading that are protected (0 unless evidence).
        total: entities of this reading.
        population: entities before exclusions, for the credited reading; None means `total`.
        resolved: a decision about the whole action credits the maximum (credited reading only).

    Raises:
        ValueError: when the figures contradict each other.
    """

    pair: Pair
    basis: Basis
    category: Category
    protected: int = 0
    total: int = 0
    population: int | None = None
    resolved: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.pair.achieved <= self.pair.maximum:
            raise ValueError(
                f"{self.pair} achieves more than its maximum or less than nothing; score it again"
            )
        if not 0 <= self.protected <= self.total <= self.concerned:
            raise ValueError(
                f"{self.protected} of {self.total} of {self.concerned} cannot be; count them again"
            )

    @property
    def in_total(self) -> bool:
        return self.pair.maximum > 0

    @property
    def missing(self) -> bool:
        return self.basis in (Basis.LOST, Basis.NONE)

    @property
    def concerned(self) -> int:
        return self.total if self.population is None else self.population

    @property
    def exposed(self) -> int:
        """Entities that are not protected, the unknown among them."""
        return self.total - self.protected

    @property
    def key(self) -> tuple[int | str, ...]:
        figures = (
            self.pair.achieved,
            self.pair.maximum,
            self.protected,
            self.total,
            self.concerned,
            self.resolved,
        )
        return (*figures, self.basis.value, self.category.value)

    def share(self, scoring: Scoring) -> Fraction:
        """The achieved share of the maximum, exact where it follows from counts."""
        if self.resolved or not self.total:
            return Fraction(self.pair.achieved, self.pair.maximum)
        if scoring is Scoring.ALL_OR_NOTHING:
            return Fraction(int(self.exposed == 0))
        return Fraction(self.protected, self.total)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one cause did to one action: a pair of differences in whole micropoints, in one category."""

    action_id: str
    cause: Cause
    category: Category
    pair: Pair

    @property
    def reversed(self) -> "Effect":
        return Effect(self.action_id, self.cause.reversed, self.category, -self.pair)


@dataclass(frozen=True, slots=True)
class Change:
    """One action between two consecutive snapshots, in one reading.

    Attributes:
        action_id: the action.
        trigger: of the later snapshot.
        before: the earlier side.
        after: the later side.
        scoring: the action's, as of the later snapshot.
        flows: movements of entities in this reading; needed only in a `sync` with evidence on both sides.
    """

    action_id: str
    trigger: Trigger
    before: Side
    after: Side
    scoring: Scoring = Scoring.PROPORTIONAL
    flows: Flows = field(default_factory=Flows)

    @property
    def reversed(self) -> "Change":
        return Change(
            self.action_id, self.trigger, self.after, self.before, self.scoring, self.flows.reversed
        )

    @property
    def key(self) -> tuple[tuple[int | str, ...], Flows]:
        return (self.before.key, self.flows)

    @property
    def difference(self) -> Pair:
        return self.after.pair - self.before.pair

    @property
    def both_in_total(self) -> bool:
        return self.before.in_total and self.after.in_total
