"""The figures of an installation as Prometheus reads them. None names a tenant."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from securescore import __version__
from securescore.services.health import Figures
from securescore.store.tenants import Health

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def as_text(figures: Figures | None) -> bytes:
    """The figures; None: the database did not give them."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, figures: Figures | None) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "securescore_up", "Whether the database gave the figures.", float(self._figures is not None)
        )
        if self._figures is not None:
            yield from _metrics(self._figures)


def _metrics(figures: Figures) -> Iterator[Metric]:
    about = {"version": __version__, "schema": figures.schema_version}
    yield InfoMetricFamily("securescore_build", "Versions of program and schema.", value=about)
    yield _tenants(figures)
    if figures.fleet.oldest is not None:
        yield _gauge(
            "securescore_oldest_sync_seconds",
            "Seconds since the active tenant that waits longest was read.",
            figures.fleet.oldest,
        )
    yield _gauge("securescore_snapshots", "Snapshots kept of the tenants of today.", figures.fleet.snapshots)
    yield _queue(figures)
    yield _gauge(
        "securescore_queue_delay_seconds",
        "Seconds that the job which waits longest has waited.",
        figures.queue.delay,
    )
    yield from _durations(figures)
    yield _gauge("securescore_workers", "Workers with a recent sign of life.", figures.workers.alive)
    yield _gauge("securescore_database_bytes", "Size of the database on its disk.", figures.database_size)


def _tenants(figures: Figures) -> Metric:
    family = GaugeMetricFamily(
        "securescore_tenants", "Tenants by how their last reading went.", labels=["health"]
    )
    for health in Health:
        family.add_metric([health.value], figures.fleet.by_health.get(health.value, 0))
    return family


def _queue(figures: Figures) -> Metric:
    family = GaugeMetricFamily("securescore_jobs", "Jobs in the queue by state.", labels=["state"])
    for state in ("waiting", "running", "failed"):
        family.add_metric([state], getattr(figures.queue, state))
    return family


def _durations(figures: Figures) -> Iterator[Metric]:
    names = {
        "jobs": ("securescore_jobs_ended_last_day", "Jobs that ended within a day."),
        "seconds": ("securescore_job_seconds_last_day", "Seconds that they took together."),
        "longest": ("securescore_job_longest_seconds_last_day", "Seconds of the longest of them."),
    }
    for field, (name, text) in names.items():
        family = GaugeMetricFamily(name, text, labels=["task"])
        for one in figures.durations:
            family.add_metric([one.task], getattr(one, field))
        yield family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
