"""What a rule of the content is, and the rules that every loaded catalog keeps.

The name of a rule's function is its id. A rule gets one action and its context, and yields a sentence for each
thing that is wrong.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from securescore.catalog.model import Action, Service
from securescore.model import MAX_POINTS, MICRO, Kind


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside its action.

    Attributes:
        relations: columns of every table and fact a query may read; None when they are not known here, which
            silences the rules about them.
    """

    actions: tuple[Action, ...]
    services: Mapping[str, Service]
    plans: Mapping[str, str]
    relations: Mapping[str, Collection[str]] | None = None

    @cached_property
    def holders(self) -> Mapping[str, tuple[Action, ...]]:
        """Who claims each id or alias, by the id in small letters."""
        claims: dict[str, tuple[Action, ...]] = {}
        for action in self.actions:
            for name in {name.casefold() for name in (action.id, *action.aliases)}:
                claims[name] = (*claims.get(name, ()), action)
        return claims

    def find(self, action_id: str) -> Action | None:
        return next(iter(self.holders.get(action_id.casefold(), ())), None)


Rule = Callable[[Action, Context], Iterator[str]]


def id_equals_file_name(action: Action, _: Context) -> Iterator[str]:
    if action.path.stem != action.id:
        yield f"the id is {action.id} but the file is called {action.path.name}; rename the file"


def ids_are_unique(action: Action, context: Context) -> Iterator[str]:
    for name in (action.id, *action.aliases):
        others = [other for other in context.holders[name.casefold()] if other is not action]
        yield from (
            f"{name} is also claimed by {other.folder}/{other.path.name}; an id or alias belongs to one action"
            for other in others
        )


def maximum_is_within_limits(action: Action, _: Context) -> Iterator[str]:
    for point in action.points:
        if not 0 < point.value <= MAX_POINTS * MICRO:
            yield f"{point.value / MICRO:g} points are not allowed; a maximum is above 0 and at most {MAX_POINTS}"


def informational_has_no_points(action: Action, _: Context) -> Iterator[str]:
    if action.kind is Kind.INFORMATIONAL and (action.points or action.scoring):
        yield "an informational action is never scored; remove points and scoring"


def dates_ascend(action: Action, _: Context) -> Iterator[str]:
    for key, values in (("points", action.points), ("category", action.category)):
        starts = [dated.start for dated in values]
        if starts and starts[0] is not None:
            yield f"the first entry of {key} has a from; it must hold since ever"
        days = [day for day in starts[1:] if day is not None]
        if len(days) != len(starts[1:]) or days != sorted(set(days)):
            yield f"the entries of {key} must each start later than the one before"


def measurement_is_complete(action: Action, _: Context) -> Iterator[str]:
    if not action.measured:
        return
    for key in ("scoring", "entity", "when_empty", "confidence", "evidence"):
        if not getattr(action, key) and not (key == "scoring" and action.kind is Kind.INFORMATIONAL):
            yield f"a measured action needs {key}"


ESSENTIAL: tuple[Rule, ...] = (
    id_equals_file_name,
    ids_are_unique,
    maximum_is_within_limits,
    informational_has_no_points,
    dates_ascend,
    measurement_is_complete,
)
"""Rules that hold for every catalog that is loaded. Without them a score would be wrong, so they have no exceptions."""
