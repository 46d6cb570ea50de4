"""`securescore collect`: reads a tenant into an evidence folder and says what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from securescore.cli.output import Format, FormatOption, err, harmless, out, plain, print_json
from securescore.connectors import CollectionReport, Event, load_tenant
from securescore.connectors import collect as collect_evidence
from securescore.connectors.progress import Progress as Tell
from securescore.connectors.tenant_file import open_to_others
from securescore.evidence import EvidenceFolder
from securescore.evidence.manifest import TableRecord
from securescore.model import Reason

SCHEMA_VERSION = 1
INCOMPLETE = 4
"""Exit code when the run was published and tables are missing for another reason than a licence."""

_REASONS = {
    Reason.NO_PERMISSION: "no permission",
    Reason.NO_LICENCE: "no licence",
    Reason.COLLECTION_FAILED: "failed",
    Reason.NOT_COLLECTED: "not collected",
}

TenantOption = Annotated[
    Path, typer.Option("--tenant", metavar="FILE.toml", help="The tenant file.", show_default=False)
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="FOLDER", help="The evidence folder.", show_default=False)
]


def collect(tenant: TenantOption, folder: OutOption, output_format: FormatOption = Format.TABLE) -> None:
    """Collect evidence from a tenant into a folder. Exit code 4 when some tables are missing."""
    loaded = load_tenant(tenant)
    for file in open_to_others(loaded):
        err().print(
            f"Note: others on this machine may read {harmless(file)}; chmod 600 keeps it yours.", markup=False
        )
    with _told(err()) as tell:
        report = collect_evidence(loaded, EvidenceFolder(folder), progress=tell)
    if output_format is Format.JSON:
        print_json(as_json(report))
    else:
        print_report(out(), report)
    if not report.complete:
        raise typer.Exit(INCOMPLETE)


def as_json(report: CollectionReport) -> dict[str, Any]:
    """The report in the form that programs read."""
    manifest = report.run.manifest
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": manifest.run_id,
        "tenant_id": manifest.tenant_id,
        "started": manifest.started.isoformat(),
        "ended": manifest.ended.isoformat(),
        "complete": report.complete,
        "tables": [{"name": name, **_table_json(record)} for name, record in report.tables.items()],
    }


def _table_json(record: TableRecord) -> dict[str, Any]:
    return {
        "state": record.state,
        "rows": record.rows,
        "reason": record.reason,
        "error": record.error,
        "code": record.code,
        "permission": record.permission,
        "rejections": record.rejections,
    }


def print_report(console: Console, report: CollectionReport) -> None:
    """Every table with its rows and state, then why tables are missing, for people."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("Table")
    table.add_column("Rows", justify="right")
    table.add_column("State")
    for name, record in report.tables.items():
        table.add_row(plain(name), "-" if record.rows is None else f"{record.rows:,}", _state(record))
    console.print(table)
    console.print()
    for name, record in report.tables.items():
        if record.state == "missing":
            console.print(plain(f"{name}: {record.error}"))
    console.print(plain(_summary(report)))


def _state(record: TableRecord) -> str:
    if record.state == "missing":
        return f"missing, {_REASONS[record.reason]}" if record.reason in _REASONS else "missing"
    refused = sum(record.rejections.values())
    return f"collected, {refused:,} values did not fit" if refused else "collected"


def _summary(report: CollectionReport) -> str:
    collected = sum(record.state == "collected" for record in report.tables.values())
    head = f"Run {report.run.id}: {collected} of {len(report.tables)} tables collected"
    unlicensed = len(report.tables) - collected - len(report.unexpected)
    parts = [
        f"{unlicensed} not there for lack of a licence" if unlicensed else "",
        f"{len(report.unexpected)} missing" if report.unexpected else "",
    ]
    return "; ".join([head, *filter(None, parts)]) + "."


@contextmanager
def _told(console: Console) -> Iterator[Tell]:
    """Rows that change in place on a terminal; one line a table elsewhere."""
    if not console.is_terminal:
        yield lambda event: _line(console, event)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[rows]}"))
    with Progress(*columns, console=console, transient=True) as display:
        yield _Rows(display).tell


def _line(console: Console, event: Event) -> None:
    if event.state == "collected":
        console.print(plain(f"{event.table}: {event.rows} rows"), soft_wrap=True)
    elif event.state == "missing":
        console.print(plain(f"{event.table}: missing, {event.note}"), soft_wrap=True)


class _Rows:
    """A row for each table that is being read."""

    def __init__(self, display: Progress) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}

    def tell(self, event: Event) -> None:
        task = self._tasks.get(event.table)
        if task is None and event.state == "reading":
            self._tasks[event.table] = self._display.add_task(harmless(event.table), rows="0", total=None)
        elif task is not None and event.state == "reading":
            self._display.update(task, rows=f"{event.rows:,}")
        elif task is not None:
            self._display.remove_task(task)
            del self._tasks[event.table]
