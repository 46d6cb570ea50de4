"""`securescore import scuba`: what an import of a settings export added, and what it did not."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from securescore.cli.output import harmless, plain
from securescore.connectors.scuba_export import ImportReport


def report_json(report: ImportReport, earlier: list[str]) -> dict[str, Any]:
    """The report, for programs. `earlier`: runs of the same moment."""
    return {
        "schema_version": 1,
        "tenant_id": report.tenant_id,
        "run": report.run.id,
        "path": str(report.run.path),
        "runs_of_the_same_moment": earlier,
        "partial": report.run.manifest.partial,
        "scubagear_version": report.version,
        "tables": dict(report.collected),
        "missing": {
            name: {"reason": record.reason, "error": record.error} for name, record in report.missing.items()
        },
        "keys": {
            "used": {key: list(tables) for key, tables in report.used.items()},
            "not_used": dict(report.unused),
            "unknown": list(report.unknown),
        },
        "rejections": {table: dict(columns) for table, columns in report.rejections.items()},
    }


def report_table(report: ImportReport, again: str | None) -> Group:
    """The report, for people. `again`: a sentence about a run of the same moment."""
    return Group(
        _grid(_head(report, again)),
        Text(),
        _listed("Key of the export", "Became", _used(report)),
        Text(),
        _listed("Table that is not filled", "Why", _missing(report)),
        Text(),
        _listed("Key that is not used", "Why", _by_reason(report.unused)),
        Text(f"\nGo on with: securescore assess {harmless(report.run.path.parent.parent)}"),
    )


def _head(report: ImportReport, again: str | None) -> Iterator[tuple[str, str]]:
    yield "Tenant", report.tenant_id
    yield "Run", str(report.run.path)
    yield "Made", f"{report.run.ended:%Y-%m-%d %H:%M} UTC by ScubaGear {report.version or '?'}"
    yield "Tables", f"{len(report.collected)} filled, {len(report.missing)} not"
    yield "Partial", "an export holds neither users nor mailboxes"
    for table, columns in report.rejections.items():
        counts = ", ".join(f"{column} {count}" for column, count in columns.items())
        yield "Not usable", f"{table}: {counts} (kept as not known)"
    yield "Unknown", ", ".join(report.unknown) or "no key"
    if again:
        yield "Again", again


def _used(report: ImportReport) -> Iterator[tuple[str, str]]:
    for key, tables in report.used.items():
        yield key, ", ".join(f"{table} ({report.collected[table]})" for table in tables)


def _missing(report: ImportReport) -> Iterator[tuple[str, str]]:
    return _by_reason({name: record.error or "" for name, record in report.missing.items()})


def _by_reason(reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The names, those with one reason together."""
    together: dict[str, list[str]] = {}
    for name, why in reasons.items():
        together.setdefault(why, []).append(name)
    return ((", ".join(names), why) for why, names in together.items())


def _grid(lines: Iterator[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in lines:
        table.add_row(plain(name, "bold"), plain(value))
    return table


def _listed(first: str, second: str, rows: Iterator[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold", ratio=2)
    table.add_column(second, overflow="fold", ratio=3)
    for name, value in rows:
        table.add_row(plain(name), plain(value))
    return table
