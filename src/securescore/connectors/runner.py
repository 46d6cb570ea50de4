"""Runs the sources of a tenant side by side and publishes what was collected whole.

A table that fails never stops another. Nothing is visible to readers before the manifest is in place, and
nothing is kept when not a single table could be read.
"""

from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property

from securescore.connectors.connection import connect
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.limits import Limiters
from securescore.connectors.http.retry import RetrySettings
from securescore.connectors.missing import Failures
from securescore.connectors.progress import Progress, silent
from securescore.connectors.registry import SOURCES
from securescore.connectors.schedule import Schedule, chosen
from securescore.connectors.source import NATIVE_DAYS, Source
from securescore.connectors.tenant_file import Tenant
from securescore.errors import ConnectionRefusedByServiceError
from securescore.evidence import EvidenceFolder, Run, RunWriter
from securescore.evidence.manifest import TableRecord
from securescore.model import Reason

SOURCE = "microsoft_graph"
"""What the manifest says the run was read from."""


@dataclass(frozen=True)
class CollectionReport:
    """What a collection brought."""

    run: Run

    @property
    def tables(self) -> dict[str, TableRecord]:
        """Every table that was asked for, in alphabetical order, as in the manifest."""
        return self.run.manifest.tables

    @cached_property
    def unexpected(self) -> tuple[str, ...]:
        """Tables that are missing for another reason than a licence the tenant does not own."""
        return tuple(
            name
            for name, record in self.tables.items()
            if record.state == "missing" and record.reason is not Reason.NO_LICENCE
        )

    @property
    def complete(self) -> bool:
        """Whether everything is there that this tenant can have."""
        return not self.unexpected


def collect(
    tenant: Tenant,
    folder: EvidenceFolder,
    *,
    clock: Clock | None = None,
    progress: Progress = silent,
    tables: Iterable[str] | None = None,
    sources: Iterable[Source] = SOURCES,
    limiters: Limiters | None = None,
    retry: RetrySettings | None = None,
    native_days: int = NATIVE_DAYS,
) -> CollectionReport:
    """Reads every table of the tenant into a new run and publishes it.

    Args:
        clock: time and waiting; stopping it ends the collection.
        progress: told of every table; called from several threads.
        tables: names of tables to read, with those they depend on; None: all.
        limiters: to be shared by collections of the same tenant in one process.
        retry: how patient to be with one request.
        native_days: how many days of Microsoft's own score to read, the newest.

    Raises:
        ConnectionRefusedByServiceError: no connection, no trust or no token, or not one table could be read.
            Nothing was published.
        EvidenceError: the folder belongs to another tenant or cannot be written.
        ConfigurationError: the credential or the managed identity is of another tenant.
    """
    clock = clock or Clock()
    wanted = chosen(sources, tables)
    with ExitStack() as stack:
        connection = stack.enter_context(closing(connect(tenant, clock, limiters, retry)))
        tenant_id = connection.first_contact()
        started = clock.now()
        run = stack.enter_context(folder.begin(tenant_id, started, SOURCE))
        failures = Schedule(
            wanted, run, connection.reading(run, tenant_id, native_days), clock, progress
        ).run()
        failures.write(run)
        _refuse_nothing(run, wanted, failures)
        complete = failures.only_licences(run)
        return CollectionReport(run.publish(clock.now(), partial=not complete))


def _refuse_nothing(run: RunWriter, wanted: tuple[Source, ...], failures: Failures) -> None:
    tables = [table for source in wanted for table in source.tables]
    if any((record := run.record(table)) and record.state == "collected" for table in tables):
        return
    raise ConnectionRefusedByServiceError(
        f"not one of {len(tables)} tables could be read, so nothing was published; the first reason: "
        f"{failures.first()}"
    )
