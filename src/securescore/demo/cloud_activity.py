"""What Defender for Cloud Apps has seen of an invented organisation.

Intended flaw: the firewall's logs come in by themselves, but a second source has delivered nothing for months.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from securescore.demo.frame import Frame, Json

_APPS = (
    *(("Microsoft 365", 11161),) * 4,
    *(("Microsoft Exchange Online", 20893),) * 5,
    *(("Microsoft SharePoint Online", 20892),) * 3,
    *(("Microsoft Teams", 28375), ("Zeekaart Cloud", 31415)),
)
_EVENTS = ("EVENT_CATEGORY_LOGIN", "EVENT_CATEGORY_DOWNLOAD_FILE", "EVENT_CATEGORY_UPDATE_OBJECT")
_ACTIVITIES = 230
_MINUTES_BETWEEN = 7


@dataclass
class CloudActivity:
    """Sources of logs, and the newest activities first."""

    streams: list[Json]
    activities: list[Json]


def build_cloud_activity(frame: Frame) -> CloudActivity:
    streams = [
        _stream(frame, "Firewall terminal", "automatic", 0.2),
        _stream(frame, "Proxy kantoor (oud)", "automatic", 130),
        _stream(frame, "Proefrapport", "snapshot", 300),
    ]
    return CloudActivity(streams, list(_activities(frame)))


def milliseconds(frame: Frame, days: float) -> int:
    """The moment so many days before the organisation's, as this service writes it."""
    return int((frame.as_of - timedelta(days=days)).timestamp() * 1000)


def _stream(frame: Frame, name: str, kind: str, days: float) -> Json:
    return {
        "_id": frame.id("discovery stream", name).replace("-", "")[:24],
        "displayName": name,
        "streamType": kind,
        "lastDataReceived": milliseconds(frame, days),
        "created": milliseconds(frame, days + 400),
    }


def _activities(frame: Frame) -> Iterator[Json]:
    chance = frame.chance("cloud app activity")
    for number in range(_ACTIVITIES):
        app, app_id = chance.choice(_APPS)
        yield {
            "_id": frame.id("activity", str(number)).replace("-", "")[:24],
            "timestamp": milliseconds(frame, number * _MINUTES_BETWEEN / (24 * 60)),
            "eventTypeName": chance.choice(_EVENTS),
            "appName": app,
            "appId": app_id,
            "user": {"userName": f"adm-{chance.randint(1, 9)}@{frame.initial_domain}"},
        }
