"""Numbers as people and programs read them."""

from collections.abc import Sequence
from fractions import Fraction

from securescore.model import MICRO
from securescore.scoring.points import displayed_parts


def points_json(micro: int | None) -> int | float | None:
    """Micropoints as a plain JSON number of points."""
    return None if micro is None else number_json(Fraction(micro, MICRO))


def number_json(value: Fraction | None) -> int | float | None:
    """A plain JSON number, with at most six decimals."""
    if value is None:
        return None
    rounded = round(value, 6)
    return int(rounded) if rounded.denominator == 1 else float(rounded)


def points(micro: int | None) -> str:
    """Points with two decimals; a dash when there are none."""
    return "-" if micro is None else f"{float(round(Fraction(micro, MICRO), 2)):.2f}"


def percent(value: Fraction | None) -> str:
    """A percentage with two decimals; a dash when there is none."""
    return "-" if value is None else f"{float(round(value, 2)):.2f} %"


def points_of_parts(micro: Sequence[int]) -> list[str]:
    """Points of the parts of a whole with two decimals, which sum to the two decimals of the whole."""
    return [f"{part:.2f}" for part in displayed_parts([Fraction(one, MICRO) for one in micro])]


def signed_points(micro: Sequence[int]) -> list[str]:
    """Differences in points with two decimals, which sum to the two decimals of their sum."""
    return [f"{part:+.2f}" for part in displayed_parts([Fraction(one, MICRO) for one in micro])]


def signed_percents(values: Sequence[Fraction | None]) -> list[str]:
    """Differences in percentage points, likewise; dashes when there is no percentage to move."""
    known = [value for value in values if value is not None]
    return (
        [f"{part:+.2f} %" for part in displayed_parts(known)]
        if len(known) == len(values)
        else ["-"] * len(values)
    )


def parts_json(values: Sequence[Fraction | None]) -> list[int | float | None]:
    """Parts of a whole as plain JSON numbers with six decimals, which sum to the six decimals of the whole."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return [None] * len(values)
    return [number_json(Fraction(part)) for part in displayed_parts(known, 6)]
