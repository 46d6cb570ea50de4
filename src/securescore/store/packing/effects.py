"""The effects between two snapshots as a packed value: what each cause did to each action."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

import msgspec

from securescore.model import Category
from securescore.scoring.change import Cause
from securescore.store.packing.envelope import APART, damaged, newer, seal, unseal
from securescore.store.packing.places import gaps_of, places_of
from securescore.store.packing.records import StoredAction, StoredEffect
from securescore.store.packing.rows import Standing
from securescore.store.packing.table import order_of, standings_of
from securescore.store.packing.words import Words, word_of

Effects = tuple[StoredEffect, ...]
_Grouped = Mapping[int, Sequence[StoredEffect]]
_Difference = tuple[int, int]
_Pattern = Sequence[tuple[Cause, Category | None]]

_CAUSES: Final[dict[str | None, Cause]] = {cause.value: cause for cause in Cause}
_CATEGORIES: Final[dict[str | None, Category]] = {category.value: category for category in Category}
_OTHERS: Final[dict[str | None, Category | None]] = {None: None, **_CATEGORIES}
_CAUSE_ORDER: Final = {cause: place for place, cause in enumerate(Cause)}
_CATEGORY_ORDER: Final = {category: place for place, category in enumerate(Category)}
_OWN: Final = 0
_NOTHING: Final = Standing("", 0, 0, 0)


class _Block(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    actions: list[int]
    patterns: list[list[tuple[int, int]]]
    which: list[int]
    achieved: list[int]
    maximum: list[int]


class _Body(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    kind: Literal["effects"]
    proof: int
    words: list[str]
    credited: _Block
    verified: _Block


_DECODER = msgspec.msgpack.Decoder(_Body)


class _Between:
    """The actions that two snapshots have together, by number, and how much their figures differ."""

    def __init__(self, before: Sequence[StoredAction], after: Sequence[StoredAction]) -> None:
        self._old, self._new = standings_of(before), standings_of(after)
        self.ids = sorted(self._old.keys() | self._new.keys(), key=order_of)

    def category(self, number: int) -> str:
        """The action's own: that of the later snapshot, where it is in that one."""
        one = self.ids[number]
        return (self._new.get(one) or self._old[one]).category

    def credited(self, number: int) -> _Difference:
        old, new = self._standings(number)
        return new.points - old.points, new.maximum - old.maximum

    def verified(self, number: int) -> _Difference:
        old, new = self._standings(number)
        return new.verified - old.verified, new.maximum - old.maximum

    def _standings(self, number: int) -> tuple[Standing, Standing]:
        one = self.ids[number]
        return self._old.get(one, _NOTHING), self._new.get(one, _NOTHING)


def pack_effects(
    credited: Iterable[StoredEffect],
    verified: Iterable[StoredEffect],
    before: Sequence[StoredAction],
    after: Sequence[StoredAction],
) -> bytes:
    """The effects that lead from one snapshot to the next.

    Raises:
        ValueError: when an effect is of an action that neither snapshot has, or a number does not fit into
            64 bits.
    """
    between = _Between(before, after)
    ours, measured = _by_action(credited, between), _by_action(verified, between)
    different = sorted(one for one in ours.keys() | measured.keys() if ours.get(one) != measured.get(one))
    apart = {number: measured.get(number, ()) for number in different}
    words = Words()
    blocks = (
        _block(ours, between, between.credited, words),
        _block(apart, between, between.verified, words),
    )
    return seal(_Body("effects", _proof(between.ids, ours, apart), words.listed, *blocks))


def unpack_effects(
    packed: bytes, before: Sequence[StoredAction], after: Sequence[StoredAction]
) -> tuple[Effects, Effects]:
    """The effects, credited and verified, each by action, cause and category.

    Raises:
        RecordError: when they are damaged, of a newer version, or lead from or to another snapshot.
    """
    body = unseal(packed, _DECODER)
    between = _Between(before, after)
    try:
        ours = dict(_unblocked(body.credited, between, between.credited, body.words))
        apart = dict(_unblocked(body.verified, between, between.verified, body.words))
    except KeyError as error:
        raise newer(f"it speaks of {error}") from error
    if _proof(between.ids, ours, apart) != body.proof:
        raise damaged("its effects do not lead from the one snapshot to the other")
    return _in_order(ours), _in_order({**ours, **apart})


def _by_action(effects: Iterable[StoredEffect], between: _Between) -> _Grouped:
    numbers = {one: number for number, one in enumerate(between.ids)}
    grouped: dict[int, list[StoredEffect]] = {}
    for effect in effects:
        if effect.action_id not in numbers:
            raise ValueError(
                f"{effect.action_id} has an effect but is in neither snapshot; give its snapshots"
            )
        grouped.setdefault(numbers[effect.action_id], []).append(effect)
    return {number: sorted(grouped[number], key=_order) for number in sorted(grouped)}


def _order(effect: StoredEffect) -> tuple[int, int]:
    return _CAUSE_ORDER[effect.cause], _CATEGORY_ORDER[effect.category]


def _block(
    effects: _Grouped, between: _Between, difference: Callable[[int], _Difference], words: Words
) -> _Block:
    patterns: dict[tuple[tuple[int, int], ...], int] = {}
    which = [
        patterns.setdefault(_pattern(listed, between.category(number), words), len(patterns))
        for number, listed in effects.items()
    ]
    earlier = [effect for listed in effects.values() for effect in listed[:-1]]
    lefts = [_left(listed, *difference(number)) for number, listed in effects.items() if listed]
    maximum = [*(effect.maximum for effect in earlier), *(left for _, left in lefts)]
    return _Block(
        actions=gaps_of(effects),
        patterns=[list(pattern) for pattern in patterns],
        which=which,
        achieved=[*(effect.achieved for effect in earlier), *(left for left, _ in lefts)],
        maximum=maximum if any(maximum) else [],
    )


def _pattern(effects: Sequence[StoredEffect], own: str, words: Words) -> tuple[tuple[int, int], ...]:
    """What the effects of many actions have in common: the causes, and the categories that are not the action's."""
    return tuple(
        (
            words.number(effect.cause.value),
            _OWN if effect.category.value == own else words.number(effect.category.value),
        )
        for effect in effects
    )


def _left(effects: Sequence[StoredEffect], achieved: int, maximum: int) -> _Difference:
    """What the last effect is beyond the remainder of the action's difference: usually nothing."""
    return (
        sum(effect.achieved for effect in effects) - achieved,
        sum(effect.maximum for effect in effects) - maximum,
    )


def _unblocked(
    block: _Block, between: _Between, difference: Callable[[int], _Difference], words: Sequence[str]
) -> Iterator[tuple[int, Sequence[StoredEffect]]]:
    """Each action of the block by its number, with its effects."""
    numbers = places_of(block.actions, len(between.ids))
    patterns = _read_patterns(block, words)
    if len(numbers) != len(patterns):
        raise damaged(APART)
    earlier, lefts = _figures(block, patterns)
    for number, pattern in zip(numbers, patterns, strict=True):
        figures = list(islice(earlier, max(0, len(pattern) - 1)))
        if pattern:
            figures.append(_last(figures, difference(number), next(lefts)))
        yield number, _built(between.ids[number], between.category(number), pattern, figures)


def _read_patterns(block: _Block, words: Sequence[str]) -> list[_Pattern]:
    """Each action's causes and categories; None is the action's own category."""
    known = [
        [(_CAUSES[word_of(cause, words)], _OTHERS[word_of(category, words)]) for cause, category in pattern]
        for pattern in block.patterns
    ]
    if block.which and not 0 <= min(block.which) <= max(block.which) < len(known):
        raise damaged(APART)
    return [known[one] for one in block.which]


def _figures(
    block: _Block, patterns: Sequence[_Pattern]
) -> tuple[Iterator[_Difference], Iterator[_Difference]]:
    """The figures of all effects but the last of each action, and what those are beyond their remainder."""
    lasts = sum(1 for pattern in patterns if pattern)
    maximum = block.maximum or [0] * len(block.achieved)
    if not len(block.achieved) == len(maximum) == sum(map(len, patterns)):
        raise damaged(APART)
    figures = list(zip(block.achieved, maximum, strict=True))
    return iter(figures[: len(figures) - lasts]), iter(figures[len(figures) - lasts :])


def _last(earlier: Sequence[_Difference], difference: _Difference, left: _Difference) -> _Difference:
    """The last effect of an action: the remainder of the action's difference, and what it is beyond."""
    achieved, maximum = difference[0] + left[0], difference[1] + left[1]
    for one, weight in earlier:
        achieved, maximum = achieved - one, maximum - weight
    return achieved, maximum


def _built(one: str, own: str, pattern: _Pattern, figures: Sequence[_Difference]) -> list[StoredEffect]:
    home = _CATEGORIES[own]
    return [
        StoredEffect(one, cause, category or home, achieved, maximum)
        for (cause, category), (achieved, maximum) in zip(pattern, figures, strict=True)
    ]


def _proof(ids: Sequence[str], *blocks: _Grouped) -> int:
    """A checksum over the ids and the sums, so that effects are never read between two other snapshots."""
    sums = [sum(effect.achieved for listed in block.values() for effect in listed) for block in blocks]
    return zlib.crc32("\n".join([*ids, *map(str, sums)]).encode())


def _in_order(effects: _Grouped) -> Effects:
    return tuple(effect for number in sorted(effects) for effect in effects[number])
