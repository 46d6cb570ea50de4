"""From an assessment to what is kept of it: every action in its stored form, and what they add up to."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from securescore.assess.result import AssessedAction, Assessment
from securescore.assess.scope import ScopeReason, inside
from securescore.model import MICRO
from securescore.scoring.totals import ScoredAction, Tally, View, Views, known_share, score_of
from securescore.store.packing import StoredAction
from securescore.store.packing.table import order_of
from securescore.store.snapshots import CATEGORIES, Totals


def stored_actions(assessment: Assessment) -> tuple[StoredAction, ...]:
    """Every action of the assessment in the form that is kept, in the order of ids."""
    return in_order(_stored(action) for action in assessment.actions)


def in_order(actions: Iterable[StoredAction]) -> tuple[StoredAction, ...]:
    """The order in which snapshots keep their actions."""
    return tuple(sorted(actions, key=lambda action: order_of(action.id)))


def totals_of(actions: Sequence[StoredAction]) -> Totals:
    """What the actions add up to."""
    score = score_of([_scored(action) for action in actions if action.counted])
    whole = score.total
    return Totals(
        points=whole.points,
        verified=whole.verified_points,
        maximum=whole.maximum,
        scope_maximum=sum(action.maximum or 0 for action in actions if _in_scope(action)),
        assessed=round((whole.assessed_share or 0) * whole.maximum),
        views=_points(whole.views),
        verified_views=_points(whole.verified_views),
        categories=tuple(_figures(score.categories[category]) for category in CATEGORIES),
    )


def _stored(action: AssessedAction) -> StoredAction:
    native = action.native
    return StoredAction(
        id=action.id,
        service=action.service,
        product=action.product,
        title="" if action.action else action.title,
        category=action.category,
        outcome=action.outcome,
        reason=action.reason,
        source=action.source,
        stale=action.stale,
        measured_at=action.as_of,
        status=action.status,
        counted=action.counted,
        scope=action.scope.value,
        coverage=action.coverage,
        measured=action.measured,
        resolved=action.resolved,
        points=action.points,
        verified=action.verified,
        maximum=action.maximum,
        evidence_lost=action.evidence_lost,
        licensed=action.licensed,
        overtaken=action.overtaken,
        uniform=action.uniform,
        declared_at_microsoft=action.declared_at_microsoft,
        native_points=_micro(native.points) if native else None,
        native_maximum=_micro(native.maximum) if native else None,
    )


def _micro(points: Fraction | None) -> int | None:
    return None if points is None else round(points * MICRO)


def _scored(action: StoredAction) -> ScoredAction:
    return ScoredAction(
        id=action.id,
        service=action.service,
        category=action.category,
        maximum=action.maximum or 0,
        credited=action.points or 0,
        verified=action.verified or 0,
        status=action.status,
        licensed=action.licensed,
        known_share=_known(action),
    )


def _known(action: StoredAction) -> Fraction:
    """A fresh result of Microsoft's is known as a whole."""
    if action.source is None or action.stale:
        return Fraction(0)
    return Fraction(1) if action.measured is None else known_share(action.measured)


def _in_scope(action: StoredAction) -> bool:
    """In the total, or kept out of it only because it was never seen."""
    return action.counted or (inside(ScopeReason(action.scope)) and action.source is None)


def _points(views: Views) -> tuple[int | None, ...]:
    return tuple(_of(view) for view in (views.planned, views.current_licence, views.achievable))


def _of(view: View | None) -> int | None:
    return None if view is None else view.points


def _figures(tally: Tally) -> tuple[int, int, int]:
    return (tally.points, tally.verified_points, tally.maximum)
