"""Microsoft's own score as evidence: one day of it, with the tenant's own maxima (reference section 14)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from securescore.evidence import Run
from securescore.evidence.queries import query_table
from securescore.evidence.shaping import literal
from securescore.model import MAX_POINTS, MICRO

TABLES = ("native_scores", "native_controls")

Named = Callable[[str], str]
"""From Microsoft's control id to the key of the action it belongs to, in lower case."""


@dataclass(frozen=True)
class NativeControl:
    """What Microsoft says of one control on one day. Points are exact; None when the row had none."""

    id: str
    category: str | None
    points: Fraction | None
    percent: Fraction | None
    text: str | None
    not_scored: bool


@dataclass(frozen=True)
class NativeProfile:
    """How Microsoft describes a control in this tenant.

    Attributes:
        maximum: micropoints, None when it is not above 0 and at most 10.
        state: a state set at Microsoft (`ThirdParty`, `Reviewed`, `Ignored`), None for the default.
    """

    id: str
    title: str | None
    service: str | None
    category: str | None
    maximum: int | None
    link: str | None
    deprecated: bool
    state: str | None


@dataclass(frozen=True)
class NativeScore:
    """One day of Microsoft's own score. Controls are keyed by the id of their action in lower case."""

    run: Run
    day: datetime
    points: Fraction | None
    maximum: Fraction | None
    controls: Mapping[str, NativeControl]

    def scored(self, control_id: str) -> NativeControl | None:
        """The row of a control, None where there is none or it is listed without being scored."""
        row = self.controls.get(control_id.casefold())
        return row if row and row.points is not None and not row.not_scored else None

    def scores(self, control_id: str) -> bool:
        """Whether the control is part of that day's score."""
        return self.scored(control_id) is not None


def read_native_score(runs: Sequence[Run], as_of: datetime, named: Named) -> NativeScore | None:
    """The newest day at or before `as_of` of the newest run that holds a score; failing that, its newest day.

    Args:
        runs: newest first.
        as_of: the moment of the score (UTC).
        named: gives a control the key it is found by.
    """
    found = ((run, day) for run in runs if run.has(*TABLES) and (day := _day(run, as_of)) is not None)
    run, day = next(found, (None, None))
    if run is None or day is None:
        return None
    scores = query_table(
        run, "native_scores", f"SELECT points, maximum FROM rows WHERE day = {_timestamp(day)}"
    )
    points, maximum = scores[0] if scores else (None, None)
    rows = query_table(
        run,
        "native_controls",
        f"SELECT control_id, category, points, percent, text, not_scored FROM rows WHERE day = {_timestamp(day)}",
    )
    controls = [_control(row) for row in rows]
    return NativeScore(
        run=run,
        day=day,
        points=_exact(points),
        maximum=_exact(maximum),
        controls={
            named(control.id): control
            # a row under the action's own id wins over one under a former name
            for control in sorted(controls, key=lambda one: named(one.id) == one.id.casefold())
        },
    )


def read_native_profiles(runs: Sequence[Run], named: Named) -> Mapping[str, NativeProfile]:
    """The profiles of the newest run that has them, by the key that `named` gives; none when no run has."""
    run = next((run for run in runs if run.has("native_profiles")), None)
    if run is None:
        return {}
    rows = query_table(
        run,
        "native_profiles",
        "SELECT control_id, title, service, category, maximum, link, deprecated, state FROM rows",
    )
    rows.sort(key=lambda row: named(row[0]) == row[0].casefold())
    return {named(row[0]): _profile(row) for row in rows}


def _day(run: Run, as_of: datetime) -> datetime | None:
    moment = as_of.astimezone(UTC).replace(tzinfo=None)
    rows = query_table(
        run, "native_scores", f"SELECT max(day) FILTER (day <= {_timestamp(moment)}), max(day) FROM rows"
    )
    before, newest = rows[0]
    day: datetime | None = before or newest
    return None if day is None else day.replace(tzinfo=UTC)


def _control(row: tuple[Any, ...]) -> NativeControl:
    control_id, category, points, percent, text, not_scored = row
    return NativeControl(control_id, category, _exact(points), _exact(percent), text, bool(not_scored))


def _profile(row: tuple[Any, ...]) -> NativeProfile:
    control_id, title, service, category, maximum, link, deprecated, state = row
    usable = maximum is not None and 0 < maximum <= MAX_POINTS
    return NativeProfile(
        id=control_id,
        title=title,
        service=service,
        category=category,
        maximum=round(Fraction(repr(maximum)) * MICRO) if usable else None,
        link=link,
        deprecated=bool(deprecated),
        state=None if state in {None, "Default"} else state,
    )


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP {literal(moment.replace(tzinfo=None).isoformat(sep=' '))}"


def _exact(number: float | None) -> Fraction | None:
    """The decimal that was written, not the binary number nearest to it."""
    return None if number is None else Fraction(repr(number))
