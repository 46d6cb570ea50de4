"""Why a score moved: the effects of all actions and of all steps between two moments, in points and in percent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from securescore.model import Category
from securescore.scoring.change import Cause, Effect
from securescore.scoring.totals import Pair


@dataclass(frozen=True, slots=True)
class Account:
    """The causes between two moments. They sum exactly to the difference, in points and in percent.

    Attributes:
        before: the pair of the score, or of a category, at the earlier moment.
        after: the same at the later moment.
        parts: each cause's pair of differences, in the order of `Cause`.
    """

    before: Pair
    after: Pair
    parts: Mapping[Cause, Pair]

    @property
    def difference(self) -> Pair:
        return self.after - self.before

    @property
    def percents(self) -> Mapping[Cause, Fraction] | None:
        """Percentage points of each cause; None when a maximum is 0, so that there is no percentage to move."""
        if not self.before.maximum or not self.after.maximum:
            return None
        return {cause: _percent(self.before, self.after, part) for cause, part in self.parts.items()}

    @property
    def percent(self) -> Fraction | None:
        """Percentage points between the two moments."""
        return self.percent_of(self.difference)

    def percent_of(self, part: Pair) -> Fraction | None:
        """Percentage points of any part of the difference: of a cause, an action, or both together."""
        return percent_effect(self.before, self.after, part)


def percent_effect(before: Pair, after: Pair, part: Pair) -> Fraction | None:
    """What a part of the difference between two pairs did to the percentage; None when a maximum is 0."""
    if not before.maximum or not after.maximum:
        return None
    return _percent(before, after, part)


def _percent(before: Pair, after: Pair, part: Pair) -> Fraction:
    gained = (before.maximum + after.maximum) * part.achieved
    diluted = (before.achieved + after.achieved) * part.maximum
    return Fraction(100 * (gained - diluted), 2 * before.maximum * after.maximum)


def account(before: Pair, after: Pair, effects: Iterable[Effect]) -> Account:
    """All effects between two moments, of however many actions and steps, by cause.

    Raises:
        ValueError: when the effects do not sum to the difference: a step is missing or counted twice.
    """
    parts: dict[Cause, Pair] = {}
    for effect in effects:
        parts[effect.cause] = parts.get(effect.cause, Pair()) + effect.pair
    if sum(parts.values(), Pair()) != after - before:
        raise ValueError(
            f"the effects do not lead from {before} to {after}; give every step between them once"
        )
    return Account(before, after, {cause: parts[cause] for cause in Cause if parts.get(cause)})


def account_by_category(
    before: Mapping[Category, Pair], after: Mapping[Category, Pair], effects: Iterable[Effect]
) -> dict[Category, Account]:
    """One account a category, with the category's own pairs; a category left out of a mapping is (0, 0)."""
    listed = list(effects)
    return {
        category: account(
            before.get(category, Pair()),
            after.get(category, Pair()),
            [effect for effect in listed if effect.category is category],
        )
        for category in Category
    }
