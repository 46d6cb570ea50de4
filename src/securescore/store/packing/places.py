"""Rising places in a list as gaps, so that places close together become small numbers."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from securescore.store.packing.envelope import damaged


def gaps_of(places: Iterable[int]) -> list[int]:
    """How many places were passed over before each one: 0, 1, 5 is 0, 0, 3."""
    gaps, last = [], -1
    for place in places:
        gaps.append(place - last - 1)
        last = place
    return gaps


def places_of(gaps: Sequence[int], length: int) -> list[int]:
    """The places that `gaps_of` was given.

    Raises:
        RecordError: when they do not rise, or reach beyond a list of that length.
    """
    if not gaps:
        return []
    places = list(accumulate(gaps, lambda last, gap: last + gap + 1, initial=-1))[1:]
    if min(gaps) < 0 or places[-1] >= length:
        raise damaged("it names an action that is not there")
    return places
