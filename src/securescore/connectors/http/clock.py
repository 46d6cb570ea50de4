"""Time as the connectors see it: injectable, and able to be stopped."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

from securescore.errors import CollectionError


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class StoppedError(CollectionError):
    """The collection was interrupted."""


class Clock:
    """Now, a steady count of seconds, and waiting that ends early when the collection is stopped.

    Args:
        now: the moment in UTC.
        monotonic: seconds that never run backwards.
        sleep: waits so many seconds. None: waits for real, until stopped.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.now = now
        self.monotonic = monotonic
        self._stopped = Event()
        self._sleep = sleep or self._stopped.wait
        self._at_stop: list[Callable[[], object]] = []

    def sleep(self, seconds: float) -> None:
        """Waits. Raises StoppedError when the collection has been stopped."""
        self.check()
        self._sleep(seconds)
        self.check()

    def stop(self) -> None:
        """Lets every wait end, every answer that is waited for break off, and every next request fail."""
        self._stopped.set()
        for end in tuple(self._at_stop):
            end()

    def at_stop(self, end: Callable[[], object]) -> Callable[[], None]:
        """Has `end` called when the collection is stopped. Returns what undoes that."""
        self._at_stop.append(end)
        return lambda: self._at_stop.remove(end)

    def check(self) -> None:
        """Raises StoppedError when the collection has been stopped."""
        if self._stopped.is_set():
            raise StoppedError("the collection was interrupted")
