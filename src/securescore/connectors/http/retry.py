"""When to ask again, and after how long."""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from securescore.connectors.http.clock import Clock

_TOO_MANY = 429
_INTERNAL = 500
_BAD_GATEWAY = 502
_UNAVAILABLE = frozenset({503, 504})
_jitter = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How patient to be with one request.

    Attributes:
        attempts: times to send it at most.
        unanswered: attempts without any answer at most.
        faults: attempts answered with a fault of the service (5xx) at most.
        internal: whether the fault 500 may pass, as it does at some services.
        seconds: of trying altogether; a wait that would go beyond ends the trying.
        first_wait: seconds before the second attempt when the service does not say; doubled each time.
        longest_wait: seconds, whatever the doubling says.
    """

    attempts: int = 10
    unanswered: int = 10
    faults: int = 10
    internal: bool = False
    seconds: float = 900.0
    first_wait: float = 1.0
    longest_wait: float = 60.0


PATIENT = RetrySettings()
FIRST_CONTACT = RetrySettings(unanswered=3)
"""A wrong address is told soon; a service that is busy is waited for as always."""


def worth_retrying(status: int, *, repeatable: bool, internal: bool = False) -> bool:
    """Whether an answer with this status may be different next time.

    Args:
        repeatable: asking twice changes nothing.
        internal: as in `RetrySettings`.
    """
    if status == _TOO_MANY or status in _UNAVAILABLE:
        return True
    return repeatable and (status == _BAD_GATEWAY or (internal and status == _INTERNAL))


def closes_class(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the answer tells every caller of this class to wait, not only this one."""
    return status == _TOO_MANY or (status in _UNAVAILABLE and "retry-after" in headers)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from a Retry-After header, whole, fractional or as a date. None: absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until(text, now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class Patience:
    """Counts the attempts and the time of one request."""

    def __init__(self, settings: RetrySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._begun = clock.monotonic()
        self._unanswered = 0
        self._faults = 0
        self.attempts = 0

    def wait_before_next(
        self, asked: float | None, *, answered: bool = True, fault: bool = False
    ) -> float | None:
        """Seconds to wait before trying again, or None when it is enough.

        Args:
            asked: what the service asked for, None when it did not say. 0 is taken as not said: asking on at
                once would use up every attempt within a moment.
            answered: whether there was an answer at all.
            fault: whether the answer was a fault of the service.
        """
        self.attempts += 1
        self._unanswered += not answered
        self._faults += fault
        wait = asked or self._backoff()
        spent = self._clock.monotonic() - self._begun
        return None if self._tired() or spent + wait > self._settings.seconds else wait

    def _tired(self) -> bool:
        settings = self._settings
        return (
            self.attempts >= settings.attempts
            or self._unanswered >= settings.unanswered
            or self._faults >= settings.faults
        )

    def _backoff(self) -> float:
        doubled = self._settings.first_wait * 2.0 ** (self.attempts - 1)
        return min(doubled, self._settings.longest_wait) * _jitter.uniform(0.5, 1.0)
