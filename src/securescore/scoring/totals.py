"""The score: totals, categories and views over the actions that are in scope and in the total."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from securescore.model import MAX_POINTS, MICRO, Category, Coverage, Status


@dataclass(frozen=True, slots=True)
class Pair:
    """Micropoints achieved, and their maximum. (0, 0) is out of the total; a difference may be negative."""

    achieved: int = 0
    maximum: int = 0

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(self.achieved + other.achieved, self.maximum + other.maximum)

    def __sub__(self, other: "Pair") -> "Pair":
        return self + -other

    def __neg__(self) -> "Pair":
        return Pair(-self.achieved, -self.maximum)

    def __bool__(self) -> bool:
        return (self.achieved, self.maximum) != (0, 0)

    @property
    def percent(self) -> Fraction | None:
        """Exact percentage; None when the maximum is 0."""
        return percent_of(self.achieved, self.maximum)


@dataclass(frozen=True, slots=True)
class ScoredAction:
    """An action in scope and in the total. Informational ones and unknown points never become one.

    Attributes:
        id: the Microsoft control id, or an own one.
        service: the service code.
        category: of the day of the score.
        maximum: micropoints, above 0 and at most 10 points.
        credited: micropoints with what people declared.
        verified: micropoints measured.
        status: the status shown.
        licensed: whether the tenant owns a licence for it; None when licences were not collected.
        known_share: share of its entities that were measured freshly and are known; 0 for anything not fresh.

    Raises:
        ValueError: when a figure lies outside its bounds.
    """

    id: str
    service: str
    category: Category
    maximum: int
    credited: int
    verified: int
    status: Status
    licensed: bool | None
    known_share: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.maximum <= MAX_POINTS * MICRO:
            raise ValueError(
                f"{self.id} has a maximum of {self.maximum} micropoints; above 0 and at most 10 points count"
            )
        if not (0 <= self.credited <= self.maximum and 0 <= self.verified <= self.maximum):
            raise ValueError(
                f"{self.id} earns {self.credited} and {self.verified} of {self.maximum} micropoints"
            )
        if not 0 <= self.known_share <= 1:
            raise ValueError(f"{self.id} knows a share of {self.known_share}; a share lies between 0 and 1")


def scored_action(
    *,
    id: str,  # noqa: A002 - the word of the domain
    service: str,
    category: Category,
    maximum: int | None,
    credited: int,
    verified: int,
    status: Status,
    licensed: bool | None,
    known_share: Fraction,
) -> ScoredAction | None:
    """The action as it enters the total, or None when it has no maximum (informational, points unknown)."""
    if maximum is None:
        return None
    return ScoredAction(id, service, category, maximum, credited, verified, status, licensed, known_share)


def known_share(coverage: Coverage) -> Fraction:
    """Share of the entities that are known; 1 when nobody is concerned, since that is known too."""
    return Fraction(coverage.known, coverage.total) if coverage.total else Fraction(1)


def percent_of(achieved: int, maximum: int) -> Fraction | None:
    """Exact percentage; None when the maximum is 0."""
    return Fraction(100 * achieved, maximum) if maximum else None


def score_impact(maximum: int, total_maximum: int) -> Fraction | None:
    """Percent of the whole score that an action is worth (2.2); the same formula gives what is left to gain."""
    return percent_of(maximum, total_maximum)


@dataclass(frozen=True, slots=True)
class View:
    """Points of one view, in micropoints, and the exact percentage of the maximum (None when that is 0)."""

    points: int
    percent: Fraction | None


@dataclass(frozen=True, slots=True)
class Views:
    """The views of 2.3 in one reading. The last two are None while the licences are not known."""

    current: View
    planned: View
    current_licence: View | None
    achievable: View | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set of actions adds up to.

    Attributes:
        points: micropoints credited.
        verified_points: micropoints measured.
        maximum: micropoints.
        assessed_share: share (0 to 1) of the maximum that rests on fresh, known entities; None when 0.
        views: in credited points.
        verified_views: in verified points.
    """

    points: int
    verified_points: int
    maximum: int
    assessed_share: Fraction | None
    views: Views
    verified_views: Views

    @property
    def percent(self) -> Fraction | None:
        return self.views.current.percent

    @property
    def verified_percent(self) -> Fraction | None:
        return self.verified_views.current.percent

    @property
    def credited_pair(self) -> Pair:
        return Pair(self.points, self.maximum)

    @property
    def verified_pair(self) -> Pair:
        return Pair(self.verified_points, self.maximum)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one tenant: the whole, and each of the five categories, always all of them."""

    total: Tally
    categories: dict[Category, Tally]


def score_of(actions: Iterable[ScoredAction]) -> Score:
    """The score over the actions in scope, in whatever order they come.

    Raises:
        ValueError: when an action comes twice (ids are compared without case).
    """
    counted = list(actions)
    seen = {action.id.casefold() for action in counted}
    if len(seen) < len(counted):
        raise ValueError(f"{len(counted) - len(seen)} actions come twice; count each action once")
    return Score(
        total=tally(counted),
        categories={
            category: tally([action for action in counted if action.category is category])
            for category in Category
        },
    )


def tally(actions: Sequence[ScoredAction]) -> Tally:
    """The sums over any set of actions: a category, a product, a filter."""
    maximum = sum(action.maximum for action in actions)
    known = sum((action.maximum * action.known_share for action in actions), Fraction())
    return Tally(
        points=sum(action.credited for action in actions),
        verified_points=sum(action.verified for action in actions),
        maximum=maximum,
        assessed_share=known / maximum if maximum else None,
        views=_views(actions, lambda action: action.credited),
        verified_views=_views(actions, lambda action: action.verified),
    )


def _views(actions: Sequence[ScoredAction], achieved: Callable[[ScoredAction], int]) -> Views:
    maximum = sum(action.maximum for action in actions)

    def view(reached: Callable[[ScoredAction], bool]) -> View:
        points = sum(action.maximum if reached(action) else achieved(action) for action in actions)
        return View(points, percent_of(points, maximum))

    licences_known = all(action.licensed is not None for action in actions)
    return Views(
        current=view(lambda _: False),
        planned=view(lambda action: action.status is Status.PLANNED),
        current_licence=view(lambda action: action.licensed is True) if licences_known else None,
        achievable=view(_achievable) if licences_known else None,
    )


def _achievable(action: ScoredAction) -> bool:
    return action.licensed is True and action.status is not Status.RISK_ACCEPTED
