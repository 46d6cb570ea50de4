"""What a connector hands to the runner: sources, each with the tables it fills and how."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from securescore.connectors.defender_for_cloud_apps.client import CloudApps
from securescore.connectors.defender_for_endpoint.client import DefenderEndpoint
from securescore.connectors.exchange_online.client import ExchangeAdmin
from securescore.connectors.mail_domains.resolver import Resolver
from securescore.connectors.microsoft_graph.client import Graph
from securescore.errors import EvidenceError
from securescore.evidence import RunWriter, Table
from securescore.evidence.shaping import scan

Row = Mapping[str, Any]

NATIVE_DAYS = 90
"""Days of its own score that Microsoft keeps (reference secure-score, section 12)."""

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Output:
    """One table that a source fills.

    Attributes:
        shape: turns one page of the source into rows. Pure. None: the pages are lists of JSON texts, and the
            paths of the table's columns find everything.
    """

    table: Table
    shape: Callable[[Any], Iterable[Row]] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Something read once, for one table or several.

    Attributes:
        fetch: yields pages to the end, or raises CollectionError. All I/O is here.
        needs: tables that must have been collected before; without one of them nothing is read.
        after: tables that are waited for and used when they are there.
    """

    outputs: tuple[Output, ...]
    fetch: Callable[["Reading"], Iterator[Any]]
    needs: tuple[Table, ...] = ()
    after: tuple[Table, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(output.table for output in self.outputs)


class Collected:
    """Tables that this run has collected so far, read from their files."""

    def __init__(self, run: RunWriter) -> None:
        self._run = run

    def has(self, table: Table) -> bool:
        """Whether the table was collected whole in this run."""
        record = self._run.record(table)
        return record is not None and record.state == "collected"

    def query(self, sql: str, tables: Iterable[Table]) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a SELECT over these tables under their names, some thousands at a time.

        Raises:
            EvidenceError: a table is not there yet, or cannot be read back.
        """
        try:
            with closing(duckdb.connect(":memory:", config={"threads": 1})) as connection:
                for table in tables:
                    connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM {scan(self._file(table))}")
                cursor = connection.execute(sql)
                while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                    yield rows
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise EvidenceError(
                f"what was just written to {self._run.path} cannot be read back ({reason}): see to the disk, then "
                "collect again"
            ) from error

    def _file(self, table: Table) -> Path:
        record = self._run.record(table)
        if record is None or record.file is None:
            raise EvidenceError(f"the table {table.name!r} is not there yet")
        return self._run.path / record.file


@dataclass(frozen=True, slots=True)
class Services:
    """A client for each service of one tenant.

    Attributes:
        exchange: the admin interface of Exchange Online.
        compliance: the same interface of Security & Compliance.
        defender_endpoint: None where the cloud does not offer it.
        cloud_apps: None unless the tenant file tells its address, which differs in each tenant.
        dns: asks for the public records of domains.
    """

    graph: Graph
    exchange: ExchangeAdmin
    compliance: ExchangeAdmin
    defender_endpoint: DefenderEndpoint | None
    cloud_apps: CloudApps | None
    dns: Resolver


@dataclass(frozen=True, slots=True)
class Reading:
    """What a fetch may use.

    Attributes:
        native_days: so many days of Microsoft's own score are wanted, the newest.
    """

    tenant_id: str
    services: Services
    collected: Collected
    native_days: int = NATIVE_DAYS

    @property
    def graph(self) -> Graph:
        """The client for Microsoft Graph."""
        return self.services.graph
