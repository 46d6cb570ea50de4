"""An action as a row of plain values, and back. What follows from other values of its row is left out.

This is format 1: its arithmetic is a copy of its own and never follows a change of the formulas of scoring.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from securescore.model import Category, Coverage, Outcome, Reason, Source, Status
from securescore.store.packing.records import StoredAction


class Texts(NamedTuple):
    """The texts of an action, in the order in which they are stored."""

    service: str
    product: str
    title: str
    category: str
    outcome: str
    reason: str | None
    source: str | None
    status: str
    scope: str
    declared_at_microsoft: str | None


class Figures(NamedTuple):
    """The figures of an action, in the order in which they are stored. Yes is 1, no is 0."""

    stale: int
    counted: int
    evidence_lost: int
    licensed: int | None
    overtaken: int
    uniform: int
    measured_now: int
    points_rule: int
    verified_rule: int

    measured_at: int | None
    protected: int | None
    exposed: int | None
    unknown: int | None
    excluded: int | None
    measured_protected: int | None
    measured_exposed: int | None
    measured_unknown: int | None
    measured_excluded: int | None
    resolved: int
    maximum: int | None
    points_rest: int | None
    verified_rest: int | None
    native_points: int | None
    native_maximum: int | None


NO_RULE: Final = 0
SHARE: Final = 1
ALL_OR_NOTHING: Final = 2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Counts = tuple[int | None, int | None, int | None, int | None]
_NO_COUNTS: _Counts = (None, None, None, None)
_ZERO = Coverage()
_Word = TypeVar("_Word", bound=StrEnum)


def texts_of(action: StoredAction) -> Texts:
    return Texts(
        service=action.service,
        product=action.product,
        title=action.title,
        category=action.category.value,
        outcome=action.outcome.value,
        reason=None if action.reason is None else action.reason.value,
        source=None if action.source is None else action.source.value,
        status=action.status.value,
        scope=action.scope,
        declared_at_microsoft=action.declared_at_microsoft,
    )


def figures_of(action: StoredAction, evidence_at: datetime) -> Figures:
    """The figures as they stand in a snapshot of that moment."""
    points_rule, points_rest = _ruled(action.points, action.coverage, action.maximum)
    verified_rule, verified_rest = _ruled(action.verified, action.measured, action.maximum)
    now = action.measured_at == evidence_at
    return Figures(
        int(action.stale),
        int(action.counted),
        int(action.evidence_lost),
        None if action.licensed is None else int(action.licensed),
        int(action.overtaken),
        int(action.uniform),
        int(now),
        points_rule,
        verified_rule,
        None if now else _microseconds(action.measured_at),
        *_counts(action.coverage, _ZERO),
        *_counts(action.measured, action.coverage or _ZERO),
        action.resolved,
        action.maximum,
        points_rest,
        verified_rest,
        action.native_points,
        action.native_maximum,
    )


def action_of(action_id: str, texts: Texts, figures: Figures, evidence_at: datetime) -> StoredAction:
    """The action that `texts_of` and `figures_of` were given.

    Raises:
        KeyError: for a word that is not known here.
        OverflowError: for a moment that no calendar has.
    """
    coverage = _coverage(_ZERO, figures.protected, figures.exposed, figures.unknown, figures.excluded)
    measured = _coverage(
        coverage or _ZERO,
        figures.measured_protected,
        figures.measured_exposed,
        figures.measured_unknown,
        figures.measured_excluded,
    )
    return StoredAction(
        id=action_id,
        service=texts.service,
        product=texts.product,
        title=texts.title,
        category=_CATEGORIES[texts.category],
        outcome=_OUTCOMES[texts.outcome],
        reason=_REASONS[texts.reason],
        source=_SOURCES[texts.source],
        stale=bool(figures.stale),
        measured_at=evidence_at if figures.measured_now else _moment(figures.measured_at),
        status=_STATUSES[texts.status],
        counted=bool(figures.counted),
        scope=texts.scope,
        coverage=coverage,
        measured=measured,
        resolved=figures.resolved,
        points=_points(figures.points_rule, figures.points_rest, figures.maximum, coverage),
        verified=_points(figures.verified_rule, figures.verified_rest, figures.maximum, measured),
        maximum=figures.maximum,
        evidence_lost=bool(figures.evidence_lost),
        licensed=None if figures.licensed is None else bool(figures.licensed),
        overtaken=bool(figures.overtaken),
        uniform=bool(figures.uniform),
        declared_at_microsoft=texts.declared_at_microsoft,
        native_points=figures.native_points,
        native_maximum=figures.native_maximum,
    )


class Standing(NamedTuple):
    """What an action is in the total: its category and micropoints, all 0 when it is not counted."""

    category: str
    points: int
    verified: int
    maximum: int


def standing_of_action(action: StoredAction) -> Standing:
    if not action.counted or action.maximum is None:
        return Standing(action.category.value, 0, 0, 0)
    return Standing(action.category.value, action.points or 0, action.verified or 0, action.maximum)


def standing_of(category: str, figures: Figures) -> Standing:
    """The standing of the action that these figures are of, without building it."""
    maximum = figures.maximum
    if not figures.counted or maximum is None:
        return Standing(category, 0, 0, 0)
    protected, exposed, unknown = figures.protected or 0, figures.exposed or 0, figures.unknown or 0
    total = protected + exposed + unknown
    points = points_of(figures.points_rule, figures.points_rest, maximum, protected, total)
    protected += figures.measured_protected or 0
    total = protected + exposed + unknown + (figures.measured_exposed or 0) + (figures.measured_unknown or 0)
    verified = points_of(figures.verified_rule, figures.verified_rest, maximum, protected, total)
    return Standing(category, points or 0, verified or 0, maximum)


def share(maximum: int, protected: int, total: int) -> int:
    """`maximum * protected / total`, rounded half to even."""
    whole, left = divmod(maximum * protected, total)
    return whole + (2 * left > total or (2 * left == total and whole % 2 == 1))


def points_of(rule: int, rest: int | None, maximum: int | None, protected: int, total: int) -> int | None:
    """The points that a rule gives, and what it leaves over."""
    if rest is None or maximum is None or rule == NO_RULE or not total:
        return rest
    if rule == SHARE:
        return rest + share(maximum, protected, total)
    return rest + (maximum if protected == total else 0)


def _ruled(points: int | None, coverage: Coverage | None, maximum: int | None) -> tuple[int, int | None]:
    """The first rule that gives the points, with nothing left over; else no rule and the points themselves."""
    if points is None or coverage is None or maximum is None or not _follows(coverage, maximum):
        return NO_RULE, points
    for rule in (SHARE, ALL_OR_NOTHING):
        if points_of(rule, 0, maximum, coverage.protected, coverage.total) == points:
            return rule, 0
    return NO_RULE, points


def _follows(coverage: Coverage, maximum: int) -> bool:
    """Whether points can follow: somebody is counted, and no figure is below 0."""
    counts = (coverage.protected, coverage.exposed, coverage.unknown)
    return min(*counts, maximum) >= 0 and coverage.total > 0


def _points(rule: int, rest: int | None, maximum: int | None, coverage: Coverage | None) -> int | None:
    if coverage is None:
        return rest
    return points_of(rule, rest, maximum, coverage.protected, coverage.total)


def _counts(coverage: Coverage | None, base: Coverage) -> _Counts:
    if coverage is None:
        return _NO_COUNTS
    return (
        coverage.protected - base.protected,
        coverage.exposed - base.exposed,
        coverage.unknown - base.unknown,
        coverage.excluded - base.excluded,
    )


def _coverage(
    base: Coverage, protected: int | None, exposed: int | None, unknown: int | None, excluded: int | None
) -> Coverage | None:
    if protected is None or exposed is None or unknown is None or excluded is None:
        return None
    if not (protected or exposed or unknown or excluded):
        return base
    return Coverage(
        base.protected + protected, base.exposed + exposed, base.unknown + unknown, base.excluded + excluded
    )


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def _words(kind: type[_Word]) -> dict[str | None, _Word]:
    return {word.value: word for word in kind}


_CATEGORIES = _words(Category)
_OUTCOMES = _words(Outcome)
_REASONS: dict[str | None, Reason | None] = {None: None, **_words(Reason)}
_SOURCES: dict[str | None, Source | None] = {None: None, **_words(Source)}
_STATUSES = _words(Status)
