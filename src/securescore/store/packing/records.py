"""What a stored snapshot knows of one action, and what a stored event knows of one cause."""

from dataclasses import dataclass
from datetime import datetime

from securescore.model import Category, Coverage, Outcome, Reason, Source, Status
from securescore.scoring.change import Cause


@dataclass(frozen=True, slots=True)
class StoredAction:
    """One action in a snapshot. Points and maximum are micropoints.

    Attributes:
        title: only for a control that the catalog does not know; else empty.
        measured_at: in UTC; usually the moment of the snapshot's evidence.
        counted: whether it is part of the total.
        scope: why it is or is not.
        coverage: as credited; None when the result is not ours.
        measured: as measured, without anything declared.
        resolved: entities that count as protected because somebody resolved them.
        licensed: None when licences were never collected.
        native_points: on Microsoft's own scale, as is `native_maximum`.
    """

    id: str
    service: str
    product: str
    title: str
    category: Category
    outcome: Outcome
    reason: Reason | None
    source: Source | None
    stale: bool
    measured_at: datetime | None
    status: Status
    counted: bool
    scope: str
    coverage: Coverage | None
    measured: Coverage | None
    resolved: int
    points: int | None
    verified: int | None
    maximum: int | None
    evidence_lost: bool
    licensed: bool | None
    overtaken: bool
    uniform: bool
    declared_at_microsoft: str | None
    native_points: int | None
    native_maximum: int | None


@dataclass(frozen=True, slots=True)
class StoredEffect:
    """What one cause did to one action: micropoints achieved and of the maximum, in one category."""

    action_id: str
    cause: Cause
    category: Category
    achieved: int
    maximum: int
