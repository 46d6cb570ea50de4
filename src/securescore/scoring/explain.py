"""Why one action moved between two consecutive snapshots.

Each action contributes a pair (achieved, maximum), (0, 0) when out of the total. A snapshot has one trigger. Outside
`sync` the whole difference of the pair belongs to the trigger; in a `sync` the results are compared, and where both
come from evidence, their entities. With p protected of n, M the mean of both maxima and dp, dn a flow:

    proportional    M * ((n0 + n1) * dp - (p0 + p1) * dn) / (2 * n0 * n1)
    all or nothing  M * (s1 - s0) * dx / (x1 - x0), x = n - p, s = 1 when x is 0, else 0; 0 when s is unchanged
    an empty side   everything to joined or left
    re-weighted     (M1 - M0) * (s0 + s1) / 2, s = achieved / maximum, where the maximum changed

The parts are exact fractions that sum to the difference. Stored points are rounded once per action, so the parts
are handed out as whole micropoints that sum exactly to the difference of the stored points (largest remainder).
Every change is computed in one of its two directions, chosen by its figures alone, and negated for the other:
that is why all effects change sign exactly when time is reversed.
"""

from fractions import Fraction

from securescore.model import Category, Coverage, Scoring
from securescore.scoring.change import Basis, Cause, Change, Effect, Side, Trigger
from securescore.scoring.flows import Flow, Flows
from securescore.scoring.points import apportion, earned
from securescore.scoring.totals import Pair

_CAUSES = list(Cause)
_CATEGORIES = list(Category)
_Parts = dict[Cause, Fraction]


def explain(change: Change) -> list[Effect]:
    """The effects of every cause, in the order of `Cause`; they sum exactly to the difference of the pairs.

    A change of category moves the whole pair from one category to the other (`recategorised`, in all nothing);
    what changed besides is booked in the category that comes first in `Category`.

    Raises:
        ValueError: when flows, counts and points contradict each other.
    """
    if change.reversed.key < change.key:
        effects = [effect.reversed for effect in _explain(change.reversed)]
    else:
        effects = _explain(change)
    return sorted(
        effects, key=lambda effect: (_CAUSES.index(effect.cause), _CATEGORIES.index(effect.category))
    )


def _explain(change: Change) -> list[Effect]:
    before, after = _categories(change)
    home = min(before, after, key=_CATEGORIES.index)
    effects = [Effect(change.action_id, cause, home, pair) for cause, pair in _pairs(change).items() if pair]
    if before is after:
        return effects
    moved = change.after.pair if before is home else change.before.pair
    return [
        *effects,
        Effect(change.action_id, Cause.RECATEGORISED, before, -moved),
        Effect(change.action_id, Cause.RECATEGORISED, after, moved),
    ]


def _categories(change: Change) -> tuple[Category, Category]:
    """The categories that hold the pairs; a side out of the total has no category of its own."""
    before, after = change.before, change.after
    return (
        before.category if before.in_total else after.category,
        after.category if after.in_total else before.category,
    )


def _pairs(change: Change) -> dict[Cause, Pair]:
    """The causes with their whole micropoints. The maximum belongs to one cause."""
    parts = _parts(change)
    whole = apportion(list(parts.values()), change.difference.achieved)
    weight = (
        Cause.RE_WEIGHTED if change.both_in_total and Cause.RE_WEIGHTED in parts else next(iter(parts), None)
    )
    return {
        cause: Pair(micro, change.difference.maximum if cause is weight else 0)
        for cause, micro in zip(parts, whole, strict=True)
    }


def _parts(change: Change) -> _Parts:
    if not change.before.in_total and not change.after.in_total:
        return {}
    if change.trigger is Trigger.CATALOG:
        return _catalog_parts(change)
    if change.trigger is not Trigger.SYNC:
        return {Cause(change.trigger.value): Fraction(change.difference.achieved)}
    cause = _sync_cause(change.before, change.after)
    return _entity_parts(change) if cause is None else _single(change, cause)


def _catalog_parts(change: Change) -> _Parts:
    if change.both_in_total:
        return _single(change, Cause.RE_MEASURED)
    return _single(change, Cause.ADDED if change.after.in_total else Cause.REMOVED)


def _sync_cause(before: Side, after: Side) -> Cause | None:
    """The one cause of a `sync`, or None when entities have to be compared."""
    if before.in_total and after.in_total and before.resolved is not after.resolved:
        return Cause.DECISION
    if before.missing or after.missing:
        return _availability(before, after)
    if before.basis is not after.basis:
        return Cause.SOURCE_CHANGED
    if before.basis is Basis.NATIVE:
        return Cause.REPORTED_BY_MICROSOFT
    return _points_known(before, after)


def _availability(before: Side, after: Side) -> Cause:
    gained = after.in_total if before.missing and after.missing else before.missing
    return Cause.EVIDENCE_GAINED if gained else Cause.EVIDENCE_LOST


def _points_known(before: Side, after: Side) -> Cause | None:
    """Out of the total on one side, yet not for want of entities: there its points were not known."""
    if before.in_total and after.in_total:
        return None
    there, gone = (before, after) if before.in_total else (after, before)
    return Cause.RE_WEIGHTED if gone.concerned or not there.concerned else None


def _single(change: Change, cause: Cause) -> _Parts:
    """Everything to one cause, but for what a changed maximum did."""
    before, after = change.before.pair, change.after.pair
    whole = Fraction(change.difference.achieved)
    if not change.both_in_total or before.maximum == after.maximum:
        return {cause: whole}
    if _same_share(before, after):
        return {Cause.RE_WEIGHTED: whole}
    shares = Fraction(before.achieved, before.maximum) + Fraction(after.achieved, after.maximum)
    weighted = change.difference.maximum * shares / 2
    return {Cause.RE_WEIGHTED: weighted, cause: whole - weighted}


def _same_share(before: Pair, after: Pair) -> bool:
    """Whether the shares differ by no more than the rounding of the stored points explains."""
    apart = abs(after.achieved * before.maximum - before.achieved * after.maximum)
    return 2 * apart <= before.maximum + after.maximum


def _entity_parts(change: Change) -> _Parts:
    before, after = change.before, change.after
    if not change.both_in_total:
        return _single(change, Cause.JOINED if after.in_total else Cause.LEFT)
    if before.resolved:
        return _single(change, Cause.CONFIGURATION)
    if not before.total or not after.total:
        return _single(change, _empty_side(before, after))
    _check(change)
    parts = _proportional(change) if change.scoring is Scoring.PROPORTIONAL else _all_or_nothing(change)
    if change.difference.maximum:
        shares = before.share(change.scoring) + after.share(change.scoring)
        parts[Cause.RE_WEIGHTED] = change.difference.maximum * shares / 2
    return parts


def _empty_side(before: Side, after: Side) -> Cause:
    """Joined or left; with everybody excluded on both sides it shows in the population behind them."""
    grown = (after.total - before.total) or (after.concerned - before.concerned)
    if grown == 0:
        return Cause.CONFIGURATION
    return Cause.JOINED if grown > 0 else Cause.LEFT


def _check(change: Change) -> None:
    before, after = change.before, change.after
    if change.flows.sum != Flow(after.protected - before.protected, after.total - before.total):
        raise ValueError(
            f"{change.action_id}: the flows do not lead from one count to the other; count them again"
        )
    for side in (before, after):
        coverage = Coverage(protected=side.protected, exposed=side.exposed)
        if earned(change.scoring, coverage, side.pair.maximum) != side.pair.achieved:
            raise ValueError(
                f"{change.action_id}: {side.pair} does not follow from {coverage}; score it again"
            )


def _named(flows: Flows) -> dict[Cause, Flow]:
    return {
        Cause.CONFIGURATION: flows.configuration,
        Cause.EVIDENCE: flows.evidence,
        Cause.LEFT: flows.left,
        Cause.JOINED: flows.joined,
    }


def _mean_maximum(change: Change) -> Fraction:
    return Fraction(change.before.pair.maximum + change.after.pair.maximum, 2)


def _proportional(change: Change) -> _Parts:
    before, after = change.before, change.after
    weight = _mean_maximum(change) / (2 * before.total * after.total)
    total, protected = before.total + after.total, before.protected + after.protected
    return {
        cause: weight * (total * flow.protected - protected * flow.total)
        for cause, flow in _named(change.flows).items()
    }


def _all_or_nothing(change: Change) -> _Parts:
    before, after = change.before, change.after
    gained = after.share(change.scoring) - before.share(change.scoring)
    if not gained:
        return dict.fromkeys(_named(change.flows), Fraction())
    weight = _mean_maximum(change) * gained / (after.exposed - before.exposed)
    return {cause: weight * (flow.total - flow.protected) for cause, flow in _named(change.flows).items()}
