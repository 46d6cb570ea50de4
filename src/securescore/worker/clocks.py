"""The clocks of all work that is going on, so that it can be stopped together."""

from collections.abc import Callable
from threading import Lock
from weakref import WeakSet

from securescore.connectors import Clock


class Clocks:
    """Makes clocks as another maker does, and keeps hold of those in use. Thread-safe."""

    def __init__(self, make: Callable[[], Clock]) -> None:
        self._make = make
        self._lock = Lock()
        self._in_use: WeakSet[Clock] = WeakSet()
        self._stopped = False

    def __call__(self) -> Clock:
        """A clock; one that is stopped already when everything is."""
        clock = self._make()
        with self._lock:
            self._in_use.add(clock)
            stopped = self._stopped
        if stopped:
            clock.stop()
        return clock

    def stop(self) -> None:
        """Stops every clock, those made later too."""
        with self._lock:
            self._stopped = True
            clocks = list(self._in_use)
        for clock in clocks:
            clock.stop()
