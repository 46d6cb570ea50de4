"""Microsoft's own score, read live through Microsoft Graph. Scores and profiles stand or fall by themselves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.microsoft_graph.read import JsonObject, decoded
from securescore.connectors.native_score import shape
from securescore.connectors.native_score.values import Folded, fold
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence.tables.native_score import (
    NATIVE_AVERAGES,
    NATIVE_CONTROLS,
    NATIVE_PROFILES,
    NATIVE_SCORES,
)

SCORES = "/security/secureScores"
PROFILES = "/security/secureScoreControlProfiles"


class _Day(NamedTuple):
    moment: datetime
    score: Folded


def _days(reading: Reading) -> Iterator[list[_Day]]:
    """One day at a time, the newest first; of a day that comes twice the first counts."""
    seen: set[date] = set()
    params = {"$top": str(reading.native_days)}
    pages = reading.graph.pages(SCORES, params=params, service_class=ServiceClass.SECURITY)
    for item in (item for page in pages for item in page):
        score = fold(decoded(item))
        moment = shape.day_of(score)
        if moment is None:
            raise _unexpected(SCORES, "a score without a createdDateTime that is a time")
        if moment.date() not in seen:
            if len(seen) == reading.native_days:
                return
            seen.add(moment.date())
            yield [_Day(moment, score)]


def _profiles(reading: Reading) -> Iterator[list[JsonObject]]:
    for page in reading.graph.pages(PROFILES, service_class=ServiceClass.SECURITY):
        yield [decoded(item) for item in page]


def _each_day(rows_of: Callable[[Folded, datetime], Iterable[Row]]) -> Callable[[Sequence[_Day]], list[Row]]:
    def rows(days: Sequence[_Day]) -> list[Row]:
        try:
            return [row for day in days for row in rows_of(day.score, day.moment)]
        except ValueError as error:
            raise _unexpected(SCORES, str(error)) from error

    return rows


def _profile_rows(profiles: Iterable[JsonObject]) -> list[Row]:
    try:
        return [shape.profile_row(profile) for profile in profiles]
    except ValueError as error:
        raise _unexpected(PROFILES, str(error)) from error


def _unexpected(path: str, what: str) -> CollectionError:
    return CollectionError(f"Microsoft Graph answered {path} with {what}", code="bad_answer")


SOURCES = (
    Source(
        (
            Output(NATIVE_SCORES, _each_day(lambda score, moment: (shape.score_row(score, moment),))),
            Output(NATIVE_CONTROLS, _each_day(shape.control_rows)),
            Output(NATIVE_AVERAGES, _each_day(shape.average_rows)),
        ),
        _days,
    ),
    Source((Output(NATIVE_PROFILES, _profile_rows),), _profiles),
)
