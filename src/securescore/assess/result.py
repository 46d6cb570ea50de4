"""What an assessment gives: the score of one organisation at one moment, with every action behind it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from securescore.assess.crediting import Declared
from securescore.assess.native import NativeScore
from securescore.assess.readings import Reading
from securescore.assess.scope import ScopeReason
from securescore.catalog import Action
from securescore.evidence import Run
from securescore.model import Category, Coverage, Outcome, Reason, Source, Status
from securescore.scoring.totals import Score


@dataclass(frozen=True)
class NativeReading:
    """Microsoft's row beside ours: points on its own scale, its maximum where known, its words."""

    points: Fraction
    maximum: Fraction | None
    text: str | None


@dataclass(frozen=True)
class AssessedAction:
    """One action in the score. Points and maximum are micropoints.

    Attributes:
        action: None for a control that Microsoft knows and the catalog does not.
        counted: whether it is part of the total.
        scope: why it is or is not.
        coverage: as credited; None when the result is not ours.
        measured: as measured, without anything declared; None when the result is not ours.
        resolved: entities that count as protected because somebody resolved them.
        evidence_lost: it was in the total before and nothing stands any more: 0 of the maximum.
        licensed: None when licences were never collected.
        overtaken: what the organisation decided, about the whole or about entities, is no longer needed.
        declared_at_microsoft: a state set in Microsoft's own portal.
        rank: 1 is the one to do first; None when it is not in the total.
    """

    id: str
    title: str
    service: str
    product: str
    category: Category
    action: Action | None
    outcome: Outcome
    reason: Reason | None
    source: Source | None
    stale: bool
    as_of: datetime | None
    status: Status
    counted: bool
    scope: ScopeReason
    coverage: Coverage | None
    measured: Coverage | None
    resolved: int
    points: int | None
    verified: int | None
    maximum: int | None
    evidence_lost: bool
    licensed: bool | None
    overtaken: bool
    declared_at_microsoft: str | None
    native: NativeReading | None
    known_share: Fraction
    reading: Reading
    declared: Declared
    rank: int | None = None

    @property
    def uniform(self) -> bool:
        """Whether its population was not collected, and the verdict holds for everybody alike."""
        return self.reading.measurement is not None and self.reading.measurement.uniform

    @property
    def left(self) -> int:
        """Micropoints left to gain."""
        return (self.maximum or 0) - (self.points or 0)


@dataclass(frozen=True)
class Assessment:
    """The score of one organisation at one moment.

    Attributes:
        actions: the ranked ones first, then those outside the total, by id.
        scope_maximum: micropoints of everything in scope, also what was never seen and so is not in the total.
        assessed_share: share of that maximum which rests on fresh, known entities.
        newest: the run that the score is about.
    """

    tenant_id: str
    as_of: datetime
    catalog_version: str
    score: Score
    scope_maximum: int
    assessed_share: Fraction | None
    actions: tuple[AssessedAction, ...]
    newest: Run
    native: NativeScore | None

    def get(self, action_id: str) -> AssessedAction | None:
        """The action of that id or former id, whatever the case of its letters."""
        return self._by_id.get(action_id.casefold())

    @property
    def names(self) -> Collection[str]:
        """Every id and former id by which an action is found, in lower case."""
        return self._by_id.keys()

    @cached_property
    def _by_id(self) -> Mapping[str, AssessedAction]:
        known = [action for action in self.actions if action.action]
        aliases = {
            alias.casefold(): one for one in known for alias in (one.action.aliases if one.action else ())
        }
        return aliases | {action.id.casefold(): action for action in self.actions}

    @property
    def counted(self) -> list[AssessedAction]:
        return [action for action in self.actions if action.counted]
