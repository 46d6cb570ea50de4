"""What an action earns, and how points are rounded.

Unit: micropoints, integers of a millionth of a point. Rounding is always half to even, which treats gains and
losses alike: `round(-x) == -round(x)`.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from securescore.model import MAX_POINTS, MICRO, Coverage, Scoring, WhenEmpty

Number = int | float | str | Decimal | Fraction
"""A figure as it comes from JSON, YAML or a database."""


def exact(value: Number) -> Fraction:
    """The decimal figure that was written, not the binary float next to it: `exact(0.1) == Fraction(1, 10)`.

    Raises:
        ValueError: for NaN, infinity and text that is no number.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is not a number of points; leave it out or correct it at its source")
        return Fraction(repr(value))
    return Fraction(value)


def micropoints(points: Number) -> int:
    """Points to micropoints, rounded half to even."""
    return round(exact(points) * MICRO)


def maximum_of(points: Number | None) -> int | None:
    """The maximum in micropoints, or None where the figure cannot be one (2.1: above 0 and at most 10).

    None also for a figure below half a micropoint, so that `maximum_of(a) or maximum_of(b)` takes the first
    usable one.
    """
    if points is None:
        return None
    micro = micropoints(points)
    return micro if 0 < micro <= MAX_POINTS * MICRO else None


def earned(scoring: Scoring, coverage: Coverage, maximum: int) -> int:
    """Micropoints earned by the measured entities (2.1). Unknown entities stay in the total and earn nothing.

    Raises:
        ValueError: when nobody is concerned (`earned_when_empty` answers that), or a count is negative.
    """
    if min(coverage.protected, coverage.exposed, coverage.unknown) < 0:
        raise ValueError(f"{coverage} has a negative count; correct the counts")
    if coverage.total == 0:
        raise ValueError("nobody is concerned by this action; ask earned_when_empty instead")
    if scoring is Scoring.ALL_OR_NOTHING:
        return maximum if coverage.protected == coverage.total else 0
    return round(Fraction(maximum * coverage.protected, coverage.total))


def earned_when_empty(when_empty: WhenEmpty, maximum: int) -> int | None:
    """Micropoints when every table was read and nobody is concerned; None when the action does not apply."""
    if when_empty is WhenEmpty.NOT_APPLICABLE:
        return None
    return maximum if when_empty is WhenEmpty.FULL else 0


def scaled_native(points: Number, native_maximum: Number, maximum: int) -> int:
    """Microsoft's points on the scale of our maximum, in micropoints, kept within 0 and the maximum.

    Raises:
        ValueError: when Microsoft's maximum is not above 0, so that its points have no scale.
    """
    scale = exact(native_maximum)
    if scale <= 0:
        raise ValueError(f"Microsoft's maximum is {native_maximum}; points need a maximum above 0")
    return max(0, min(maximum, round(exact(points) * maximum / scale)))


def to_points(micro: int) -> float:
    """Micropoints as the plain number that JSON shows (at most six decimals)."""
    return micro / MICRO


def exact_points(micro: int) -> Fraction:
    """Micropoints as exact points, for displays and percentages."""
    return Fraction(micro, MICRO)


def displayed(value: Fraction, places: int = 2) -> Decimal:
    """The figure as the screen shows it: 4.327 is `Decimal("4.33")`."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def two_decimals(value: Fraction) -> Decimal:
    """A figure as every screen shows it."""
    return displayed(value, 2)


def displayed_parts(parts: Sequence[Fraction], places: int = 2) -> list[Decimal]:
    """The parts as the screen shows them, so that they sum to the displayed sum of the exact parts."""
    scale = 10**places
    units = apportion([part * scale for part in parts], round(sum(parts, Fraction()) * scale))
    return [Decimal(unit).scaleb(-places) for unit in units]


def apportion(parts: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers near the parts that sum exactly to `total`, by largest remainder.

    Each part is rounded half to even; what is then missing goes to the parts that lost most by rounding, what
    is too much is taken from those that gained most, one unit each, the earlier part first where equal. A part
    that is nothing stays nothing. Negating parts and total negates the answer.

    Raises:
        ValueError: when the total is no rounding of the parts' sum.
    """
    units = [round(part) for part in parts]
    missing = total - sum(units)
    sign = 1 if missing > 0 else -1
    order = sorted(
        (place for place, part in enumerate(parts) if part),
        key=lambda place: (sign * (units[place] - parts[place]), place),
    )
    if abs(missing) > len(order):
        raise ValueError(
            f"{[str(part) for part in parts]} do not add up to {total}; check where they come from"
        )
    for place in order[: abs(missing)]:
        units[place] += sign
    return units
