"""`securescore tenant import`: a service provider's list of customers becomes tenants."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, err, harmless, out, plain, print_json
from securescore.connectors.tenant_file import load_application, open_to_others
from securescore.services.customer_list import BadLine, CustomerList, read_customers
from securescore.services.importing import Effect, ImportReport, Outcome, import_customers

SCHEMA_VERSION = 1
NOTHING_IMPORTED = 2
"""Exit code when a line is bad: nothing was imported."""

_MOST_BAD = 100

Customers = Annotated[
    Path,
    typer.Argument(
        metavar="CUSTOMERS.csv",
        help="Columns tenant_id and name; optional time_zone, industry, seats, region, group.",
        show_default=False,
    ),
]
App = Annotated[
    Path,
    typer.Option(
        "--app",
        metavar="FILE.toml",
        help="The multitenant app that reads them: a tenant file without tenant_id.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out lines that are not right.")]
Reconnect = Annotated[
    bool, typer.Option("--reconnect", help="Read tenants that are here already with this app too.")
]


def tenant_import(
    customers: Customers,
    app: App,
    dry_run: DryRun = False,  # noqa: FBT002 - a flag of the command line
    skip_bad: SkipBad = False,  # noqa: FBT002
    reconnect: Reconnect = False,  # noqa: FBT002
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Add or change the tenants of a list. Doing it twice changes nothing; when a line is bad nothing is done at all."""
    listed, application = read_customers(customers), load_application(app)
    for file in open_to_others(application.within("")):
        err().print(
            f"Note: others on this machine may read {harmless(file)}; chmod 600 keeps it yours.", markup=False
        )
    if listed.bad and not skip_bad:
        _refuse(customers, listed, output_format)
    with installation() as here:
        report = import_customers(
            here, me(), application, listed, dry_run=dry_run, skip_bad=skip_bad, reconnect=reconnect
        )
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, **as_json(report, listed.bad)})
        return
    _print_bad(err(), listed.bad)
    _print(out(), report)


def as_json(report: ImportReport, bad: tuple[BadLine, ...]) -> dict[str, Any]:
    """The report in the form that programs read."""
    return {
        "written": report.written,
        **{effect: len(report.of(effect)) for effect in Effect},
        "new_groups": report.new_groups,
        "tenants": [_outcome_json(one) for one in report.outcomes if one.effect is not Effect.UNCHANGED],
        "bad": _bad_json(bad),
    }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "line": outcome.customer.line,
        "tenant_id": outcome.customer.directory_id,
        "name": outcome.customer.about.name,
        "effect": outcome.effect,
        "changes": {name: {"before": a, "after": b} for name, (a, b) in outcome.changes.items()},
    }


def _bad_json(bad: tuple[BadLine, ...]) -> list[dict[str, Any]]:
    return [{"line": one.line, "reason": one.reason} for one in bad]


def _refuse(customers: Path, listed: CustomerList, output_format: Format) -> None:
    """Names every bad line; nobody corrects a list one line at a time."""
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, "written": False, "bad": _bad_json(listed.bad)})
    else:
        _print_bad(err(), listed.bad)
    count = len(listed.bad)
    lines = "1 line" if count == 1 else f"{count} lines"
    typer.echo(
        f"securescore: nothing was imported, because {lines} of {harmless(customers)} cannot be used: correct them, or "
        "leave them out (--skip-bad)",
        err=True,
    )
    raise typer.Exit(NOTHING_IMPORTED)


def _print_bad(console: Console, bad: tuple[BadLine, ...]) -> None:
    for one in bad[:_MOST_BAD]:
        console.print(plain(str(one)), soft_wrap=True)
    if len(bad) > _MOST_BAD:
        console.print(f"and {len(bad) - _MOST_BAD} more lines (--format json names all)")


def _print(console: Console, report: ImportReport) -> None:
    for one in report.of(Effect.CHANGED):
        console.print(plain(f"{one.customer.about.name} ({one.customer.directory_id})"), soft_wrap=True)
        for name, (before, after) in one.changes.items():
            console.print(plain(f"  {_change(name, before, after)}"), soft_wrap=True)
    if not report.written:
        for one in report.of(Effect.ADDED):
            console.print(
                plain(f"{one.customer.about.name} ({one.customer.directory_id}): new"), soft_wrap=True
            )
    if report.new_groups:
        console.print(plain(f"New groups: {', '.join(report.new_groups)}"), soft_wrap=True)
    would = "" if report.written else "Nothing was done. It would be: "
    counts = ", ".join(f"{len(report.of(effect))} {effect}" for effect in Effect)
    console.print(f"{would}{counts}.")


def _change(name: str, before: object, after: object) -> str:
    if name == "connection":
        return "read with this application from now on"
    if name == "group":
        return f"joins {after}"
    return f"{name.replace('_', ' ')}: {'-' if before is None else before} -> {after}"
