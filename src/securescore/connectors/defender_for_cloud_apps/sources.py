"""What the public interface shows: sources of traffic logs, and which apps report activity."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from securescore.connectors.defender_for_cloud_apps.client import CloudApps
from securescore.connectors.http.pages import json_object
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence.tables.defender import CLOUD_APP_ACTIVITY, CLOUD_DISCOVERY_STREAMS

ACTIVITY_PAGES = 20
"""Pages of the newest activities that are looked at, a hundred to a page."""

_NAME = "Defender for Cloud Apps"


def fetch_streams(reading: Reading) -> Iterator[list[bytes]]:
    """Every source of traffic logs."""
    yield from cloud_apps(reading).pages("/api/discovery/streams/")


def fetch_activity(reading: Reading) -> Iterator[list[Row]]:
    """The newest activities, counted by app, all in one page."""
    pages = cloud_apps(reading).pages("/api/v1/activities/", ACTIVITY_PAGES)
    yield count_by_app(json_object(item, _NAME) for page in pages for item in page)


def count_by_app(activities: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows of `cloud_app_activity`. An activity of no app is about none.

    A moment that is none is handed on, so that it is counted as rejected: it could be the newest of its app.

    Raises:
        CollectionError: an app that is no text.
    """
    found: dict[str, dict[str, Any]] = {}
    for activity in activities:
        app = activity.get("appName")
        if app is None:
            continue
        if not isinstance(app, str):
            raise CollectionError(f"{_NAME} sent an activity whose app is no text", code="bad_answer")
        row = found.setdefault(app, {"app": app, "activities": 0, "newest": None})
        row["activities"] += 1
        row["newest"] = _newest(row["newest"], _moment(activity.get("timestamp")))
    return list(found.values())


def _newest(known: object, found: object) -> object:
    """The later moment; what is none stays, once it is there."""
    if isinstance(known, datetime) and isinstance(found, datetime):
        return max(known, found)
    if known is None or isinstance(known, datetime):
        return known if found is None else found
    return known


def _moment(milliseconds: object) -> object:
    """The moment; what is none as its JSON text in a list, which no column takes."""
    if milliseconds is None:
        return None
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool):
        with suppress(OverflowError, ValueError, OSError):
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return [str(milliseconds)]


def cloud_apps(reading: Reading) -> CloudApps:
    """The client. Raises CollectionError where the tenant file does not tell the address."""
    found = reading.services.cloud_apps
    if found is None:
        raise CollectionError(
            "the address of Defender for Cloud Apps is different in each tenant: put the host of the portal's About page "
            "into endpoints.cloud_apps of the tenant file",
            reason="not_collected",
        )
    return found


def _rows(page: list[Row]) -> list[Row]:
    return page


SOURCES = (
    Source((Output(CLOUD_DISCOVERY_STREAMS),), fetch_streams),
    Source((Output(CLOUD_APP_ACTIVITY, _rows),), fetch_activity),
)
