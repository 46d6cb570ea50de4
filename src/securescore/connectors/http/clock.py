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

    def sleep(self, seconds: float) -> None:
        """Waits. Raises StoppedError when the collection has been stopped."""
        self.check()
        self._sleep(seconds)
        self.check()

    def stop(self) -> None:
        """Lets every wait end and every next request fail."""
        self._stopped.set()

    def check(self) -> None:
        """Raises StoppedError when the collection has been stopped."""
        if self._stopped.is_set():
            raise StoppedError("the collection was interrupted")
