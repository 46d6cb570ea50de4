"""One limiter for each tenant and class of service, shared by all threads (evidence-apis, section 2)."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import BoundedSemaphore, Lock

from securescore.connectors.http.clock import Clock

_SHORTEST_WAIT = 0.001


class ServiceClass(StrEnum):
    """Calls that Microsoft counts together."""

    DIRECTORY = "directory"
    CONDITIONAL_ACCESS = "conditional_access"
    REPORTS = "reports"
    SECURITY = "security"
    AUTHENTICATION = "authentication"
    EXCHANGE = "exchange"
    COMPLIANCE = "compliance"
    INTUNE = "intune"
    DEFENDER_ENDPOINT = "defender_endpoint"
    DEFENDER_ASSESSMENT = "defender_assessment"
    DEFENDER_EXPORT = "defender_export"
    CLOUD_APPS = "cloud_apps"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `concurrent` calls at once, and at most `calls` begun in any `seconds`."""

    concurrent: int
    calls: int | None = None
    seconds: float = 1.0


LIMITS = {
    ServiceClass.DIRECTORY: Limit(concurrent=8),
    # 1 request a second and tenant for all applications together, without a Retry-After
    ServiceClass.CONDITIONAL_ACCESS: Limit(concurrent=1, calls=1, seconds=1.0),
    ServiceClass.REPORTS: Limit(concurrent=2, calls=5, seconds=10.0),
    ServiceClass.SECURITY: Limit(concurrent=4, calls=150, seconds=60.0),
    ServiceClass.AUTHENTICATION: Limit(concurrent=4),
    # Microsoft publishes no numbers for these two
    ServiceClass.EXCHANGE: Limit(concurrent=4),
    ServiceClass.COMPLIANCE: Limit(concurrent=2),
    ServiceClass.INTUNE: Limit(concurrent=4),
    ServiceClass.DEFENDER_ENDPOINT: Limit(concurrent=4, calls=100, seconds=60.0),
    ServiceClass.DEFENDER_ASSESSMENT: Limit(concurrent=2, calls=30, seconds=60.0),
    ServiceClass.DEFENDER_EXPORT: Limit(concurrent=1, calls=5, seconds=60.0),
    ServiceClass.CLOUD_APPS: Limit(concurrent=1, calls=30, seconds=60.0),
}


class Limiter:
    """Lets calls of one class through at the allowed pace."""

    def __init__(self, limit: Limit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._places = BoundedSemaphore(limit.concurrent)
        self._lock = Lock()
        self._begun: deque[float] = deque()
        self._closed_until = float("-inf")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a turn and holds one of the places meanwhile."""
        with self._places:
            while (wait := self._reserve()) > 0:
                self._clock.sleep(wait)
            yield

    def slow_down(self, seconds: float) -> None:
        """Lets nobody of this class begin for so long: one answer 429 speaks for all."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _reserve(self) -> float:
        """Seconds still to wait; 0 when the turn is taken."""
        with self._lock:
            now = self._clock.monotonic()
            wait = max(self._closed_until - now, self._window(now))
            if wait > 0:
                return max(wait, _SHORTEST_WAIT)
            if self._limit.calls is not None:
                self._begun.append(now)
            return 0

    def _window(self, now: float) -> float:
        if self._limit.calls is None:
            return 0
        while self._begun and self._begun[0] <= now - self._limit.seconds:
            self._begun.popleft()
        if len(self._begun) < self._limit.calls:
            return 0
        return self._begun[0] + self._limit.seconds - now


class Limiters:
    """The limiters of a process. Collections of the same tenant must share one of these.

    Args:
        limits: other limits than Microsoft's, for a cloud that has none.
    """

    def __init__(self, clock: Clock, limits: Mapping[ServiceClass, Limit] = LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._lock = Lock()
        self._limiters: dict[tuple[str, ServiceClass], Limiter] = {}

    def of(self, tenant_id: str, service_class: ServiceClass) -> Limiter:
        """The limiter of a tenant and class."""
        key = (tenant_id.casefold(), service_class)
        with self._lock:
            if key not in self._limiters:
                self._limiters[key] = Limiter(self._limits[service_class], self._clock)
            return self._limiters[key]
