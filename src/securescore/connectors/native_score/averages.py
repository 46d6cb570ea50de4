"""Microsoft's comparison averages, and the unit each is in.

The service gives the overall average in points or in percent, without saying which (reference section 12):
responses of 2019 carry points, those of 2024 percent. What the numbers themselves prove is told; the rest stays
unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from securescore.connectors.native_score.values import Folded, fold, number, text
from securescore.model import Category

Unit = Literal["points", "percent"]

_MOST = 1_000_000
_ROUNDING = 0.05
"""Six figures of two decimals each cannot be further apart when they belong together."""


def averages_of(entries: Iterable[Mapping[str, Any]], day: datetime) -> Iterator[dict[str, Any]]:
    """Rows of `native_averages`: for each entry the overall average, then its categories."""
    ordinals: dict[str, int] = {}
    for entry in entries:
        average = fold(entry)
        basis = text(average.get("basis")) or "unknown"
        for row in _rows(average, entry):
            ordinals[basis] = ordinals.get(basis, 0) + 1
            yield {"day": day, "basis": basis, "ordinal": ordinals[basis], "band": band(average), **row}


def _rows(average: Folded, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    unit = unit_of(average)
    if _given(average.get("averagescore")):
        overall = number(average["averagescore"], most=_MOST)
        yield {"category": None, "average": overall, "maximum": None, "unit": unit, "raw": dict(entry)}
    for category in Category:
        name = f"{category.casefold()}score"
        if not _given(average.get(name)):
            continue
        mean, most = number(average[name], most=_MOST), number(average.get(f"{name}max"), most=_MOST)
        yield {
            "category": str(category),
            "average": mean,
            "maximum": most,
            "unit": _category_unit(mean, most, unit),
        }


def unit_of(average: Folded) -> Unit | None:
    """The unit of the overall average, as far as its numbers prove it.

    The categories add up to it: points, as they are points. Above 100: points. Maxima are there and the
    categories do not add up to it: percent, for with maxima the categories are points (in real responses
    the overall average lies above every one of them, which no mean of percentages can). Otherwise unknown.
    """
    overall = _figure(average.get("averagescore"))
    if overall is None:
        return None
    parts = _figures(average, "score")
    if overall > 100 or (any(parts) and abs(sum(parts) - overall) <= _ROUNDING):  # noqa: PLR2004
        return "points"
    return "percent" if any(_figures(average, "scoremax")) and any(parts) else None


def _category_unit(average: Any, maximum: Any, overall: Unit | None) -> Unit | None:
    """Points when a maximum holds it, or when the categories add up to the overall points."""
    if isinstance(average, str) or isinstance(maximum, str):
        return None
    if maximum is None:
        return "points" if overall == "points" else None
    return "points" if average <= maximum + _ROUNDING else None


def band(average: Folded) -> str | list[Any] | None:
    """The peers' size or industry as text: `1-100`, `10001+`, `services`. What is no text is left to be rejected."""
    given = [
        average.get(name) for name in ("categoryvalue", "seatsizerangelowervalue", "seatsizerangeuppervalue")
    ]
    unreadable = [value for value in given if isinstance(value, Mapping | list)]
    if unreadable:
        return unreadable
    named = text(average.get("categoryvalue"))
    low, high = text(average.get("seatsizerangelowervalue")), text(average.get("seatsizerangeuppervalue"))
    if low and low != "-1":
        return f"{low}-{high}" if high and high != "-1" else f"{low}+"
    return named if named != "-1" else None


def _given(value: Any) -> bool:
    """Whether there is an average at all: the service writes -1 for none."""
    return value is not None and str(value).strip() not in {"", "-1", "-1.0"}


def _figure(value: Any) -> float | None:
    read = number(value, most=_MOST)
    return float(read) if isinstance(read, int | float) else None


def _figures(average: Folded, ending: str) -> list[float]:
    figures = (_figure(average.get(f"{category.casefold()}{ending}")) for category in Category)
    return [figure for figure in figures if figure is not None]
