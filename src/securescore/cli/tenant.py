"""`securescore tenant`: the organisations that are kept up to date here."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from securescore.cli import numbers, tenant_import, tenant_invite, tenant_test
from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.connectors import load_tenant
from securescore.errors import ConfigurationError
from securescore.scoring.totals import percent_of
from securescore.services import tenants
from securescore.services.board import Board, Problem
from securescore.services.setting_clock import set_clock_right
from securescore.services.tenants import About
from securescore.store.tenants import ConnectionRow, Summary, Tenant

SCHEMA_VERSION = 1

app = typer.Typer(
    help="Add, list, change, pause and remove tenants.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

File = Annotated[
    Path, typer.Argument(metavar="FILE.toml", help="The tenant file: how to read it.", show_default=False)
]
Name = Annotated[str | None, typer.Option("--name", help="What to call the organisation.")]
Zone = Annotated[str | None, typer.Option("--time-zone", metavar="ZONE", help="Such as Europe/Amsterdam.")]
Industry = Annotated[str | None, typer.Option("--industry", help="What the organisation does.")]
Seats = Annotated[int | None, typer.Option("--seats", metavar="NUMBER", help="How many people work there.")]
Region = Annotated[str | None, typer.Option("--region", help="Where it is.")]
EvidenceDays = Annotated[
    int | None, typer.Option("--evidence-days", metavar="DAYS", help="How long evidence is kept.")
]
DeviceDays = Annotated[
    int | None,
    typer.Option("--device-days", metavar="DAYS", help="Devices not seen for so long do not count."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Failing = Annotated[
    bool, typer.Option("--failing", help="Only those that could not be read, or not as a whole.")
]
_NAMED = 3
"""So many tenants with the same problem are named; the table marks all of them."""


@app.command("add", cls=Command)
def add(
    file: File,
    name: Name = None,
    time_zone: Zone = None,
    industry: Industry = None,
    seats: Seats = None,
    region: Region = None,
) -> None:
    """Add a tenant from its tenant file. Its secret is kept sealed, and the file is not needed any more."""
    about = About(name=name, time_zone=time_zone, industry=industry, seats=seats, region=region)
    with installation() as here:
        tenant = tenants.add_tenant(here, me(), load_tenant(file), about)
    out().print(plain(f"Added {tenant.name} ({tenant.directory_id})."), soft_wrap=True)
    out().print(plain(f"Read it now: securescore sync {_quoted(tenant.name)}"), soft_wrap=True)


@app.command("connect", cls=Command)
def connect(tenant: TenantName, file: File) -> None:
    """Read a tenant in another way: a new secret, another app registration, other addresses."""
    with installation() as here:
        found = tenants.find_tenant(here, me(), tenant)
        tenants.connect_tenant(here, me(), found.tenant_id, load_tenant(file))
    out().print(plain(f"{found.name} is read with the new connection from now on; the old secret is gone."))


@app.command("list", cls=Command)
def list_command(failing: Failing = False, output_format: FormatOption = Format.TABLE) -> None:  # noqa: FBT002 - a flag
    """List the tenants: who is fine, who is not, and why. Those that need somebody come first."""
    with installation() as here:
        board = Board.of(tenants.list_tenants(here, me()))
    shown = board.troubled() if failing else board
    if output_format is Format.JSON:
        print_json(_board_json(shown))
    else:
        _print_board(out(), shown)


@app.command("show", cls=Command)
def show(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """Show what is known about one tenant and how it is read."""
    with installation() as here:
        summary = tenants.find_tenant(here, me(), tenant)
        found, connection = tenants.describe_tenant(here, me(), summary.tenant_id)
    if output_format is Format.JSON:
        print_json(
            {"schema_version": SCHEMA_VERSION, **summary_json(summary), **_about_json(found, connection)}
        )
    else:
        _print_one(out(), summary, found, connection)


@app.command("change", cls=Command)
def change(
    tenant: TenantName,
    name: Name = None,
    time_zone: Zone = None,
    industry: Industry = None,
    seats: Seats = None,
    region: Region = None,
    evidence_days: EvidenceDays = None,
    device_days: DeviceDays = None,
) -> None:
    """Change what is told about an organisation."""
    about = About(name, time_zone, industry, seats, region, evidence_days, device_days)
    if not about.given():
        raise ConfigurationError(
            "nothing to change: name at least one option (securescore tenant change --help)"
        )
    with installation() as here:
        found = tenants.find_tenant(here, me(), tenant)
        changed = tenants.change_tenant(here, me(), found.tenant_id, about)
    out().print(plain(f"Changed {changed.name}."))


@app.command("pause", cls=Command)
def pause(tenant: TenantName) -> None:
    """Stop keeping a tenant up to date. Nothing is lost."""
    _pause(tenant, paused=True)


@app.command("resume", cls=Command)
def resume(tenant: TenantName) -> None:
    """Keep a paused tenant up to date again."""
    _pause(tenant, paused=False)


@app.command("remove", cls=Command)
def remove(tenant: TenantName, yes: Yes = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Remove a tenant with its evidence, its history and its decisions. This cannot be taken back."""
    with installation() as here:
        found = tenants.find_tenant(here, me(), tenant)
        if not yes:
            typer.confirm(f"Remove {found.name} ({found.directory_id}) with its whole history?", abort=True)
        tenants.remove_tenant(here, me(), found.tenant_id)
    out().print(plain(f"Removed {found.name}. Its audit entries stay."))


@app.command("clock", cls=Command)
def clock(tenant: TenantName, yes: Yes = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Say that this machine's clock is right, after it was ahead while something was recorded.

    What was recorded stays, with the moments it has; evidence of later than now is removed. Then the record goes on.
    """
    with installation() as here:
        found = tenants.find_tenant(here, me(), tenant)
        if not yes:
            typer.confirm(f"Is it {here.now():%Y-%m-%d %H:%M} UTC now?", abort=True)
        done = set_clock_right(here, me(), found.tenant_id)
    runs = {0: "no run", 1: "1 run"}.get(len(done.runs), f"{len(done.runs)} runs")
    out().print(
        plain(
            f"{found.name}: the record goes on from now, although something was recorded at "
            f"{done.last:%Y-%m-%d %H:%M} UTC; {runs} of evidence went."
        )
    )
    out().print(plain(f"Read it again: securescore sync {_quoted(found.name)}"), soft_wrap=True)


app.command("test", cls=Command)(tenant_test.tenant_test)
app.command("import", cls=Command)(tenant_import.tenant_import)
app.command("invite", cls=Command)(tenant_invite.tenant_invite)
app.command("invitations", cls=Command)(tenant_invite.tenant_invitations)
app.command("uninvite", cls=Command)(tenant_invite.tenant_uninvite)


def summary_json(summary: Summary) -> dict[str, Any]:
    """A tenant of the list in the form that programs read."""
    return {
        "id": str(summary.tenant_id),
        "tenant_id": summary.directory_id,
        "name": summary.name,
        "state": summary.state,
        "health": summary.health,
        "problem": summary.problem,
        "tried": _moment_json(summary.tried_at),
        "synchronised": _moment_json(summary.synced_at),
        "points": numbers.points_json(summary.points),
        "verified_points": numbers.points_json(summary.verified),
        "maximum": numbers.points_json(summary.maximum),
        "percent": numbers.number_json(percent_of(summary.points or 0, summary.maximum or 0)),
        "assessed_share": summary.assessed_share,
    }


def _board_json(board: Board) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "counts": board.counts,
        "problems": [
            {
                "health": one.health,
                "problem": one.sentence,
                "tenants": [str(tenant.tenant_id) for tenant in one.tenants],
            }
            for one in board.problems
        ],
        "tenants": [summary_json(one) for one in board.tenants],
    }


def _moment_json(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _about_json(tenant: Tenant, connection: ConnectionRow | None) -> dict[str, Any]:
    return {
        "time_zone": tenant.time_zone,
        "industry": tenant.industry,
        "seats": tenant.seats,
        "region": tenant.region,
        "evidence_days": tenant.evidence_days,
        "device_days": tenant.device_days,
        "connection": connection
        and {
            "client_id": connection.client_id,
            "cloud": connection.cloud,
            "credential": connection.credential_kind,
            "endpoints": connection.endpoints,
            "changed": connection.changed_at.isoformat(),
        },
    }


def _print_board(console: Console, board: Board) -> None:
    if not board.counts:
        console.print("No tenant yet: securescore tenant add FILE.toml")
        return
    console.print(_counted(board))
    for number, problem in enumerate(board.problems, 1):
        console.print(plain(f"({number}) {_those(problem)}: {problem.sentence}"))
    if board.tenants:
        console.print()
        console.print(_table(board))


def _counted(board: Board) -> str:
    """One line, such as `20 failing, 4 incomplete, 276 fine; 300 tenants.`."""
    counts = ", ".join(f"{count} {health}" for health, count in board.counts.items())
    total = sum(board.counts.values())
    return f"{counts}; {_tenants(total)}."


def _those(problem: Problem) -> str:
    names = [one.name for one in problem.tenants[:_NAMED]]
    if len(problem.tenants) <= _NAMED:
        return ", ".join(names)
    return f"{_tenants(len(problem.tenants))} ({', '.join(names)}, ...)"


def _tenants(count: int) -> str:
    return f"{count} {'tenant' if count == 1 else 'tenants'}"


def _table(board: Board) -> Table:
    """Health refers to the problem by its number."""
    marks = {
        one.tenant_id: f" ({number})"
        for number, problem in enumerate(board.problems, 1)
        for one in problem.tenants
    }
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("Tenant", overflow="fold")
    for name in ("Score", "Verified", "Assessed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Read", no_wrap=True)
    table.add_column("Health", no_wrap=True)
    for one in board.tenants:
        health = f"{one.health}{marks.get(one.tenant_id, '')}"
        table.add_row(plain(one.name), *_figures(one), _day(one.synced_at), plain(health))
    return table


def _figures(one: Summary) -> tuple[str, str, str]:
    maximum = one.maximum or 0
    share = "-" if one.assessed_share is None else f"{100 * one.assessed_share:.0f} %"
    return (
        numbers.percent(percent_of(one.points or 0, maximum)),
        numbers.percent(percent_of(one.verified or 0, maximum)),
        share,
    )


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _print_one(console: Console, summary: Summary, tenant: Tenant, connection: ConnectionRow | None) -> None:
    lines: dict[str, object] = {
        "Tenant": tenant.name,
        "Id at Microsoft": tenant.directory_id,
        "Health": summary.health,
        "Problem": summary.problem,
        "Read": _day(summary.synced_at),
        "Score": _figures(summary)[0],
        "Time zone": tenant.time_zone,
        "Industry": tenant.industry,
        "Seats": tenant.seats,
        "Region": tenant.region,
        "Evidence is kept": f"{tenant.evidence_days} days",
        "Devices count": f"when seen within {tenant.device_days} days",
    }
    if connection is not None:
        lines |= {
            "Application": connection.client_id,
            "Cloud": connection.cloud,
            "Credential": connection.credential_kind.replace("_", " "),
        }
    for name, value in lines.items():
        if value is not None:
            console.print(plain(f"{name + ':':<18} {value}"), soft_wrap=True)


def _pause(tenant: str, *, paused: bool) -> None:
    with installation() as here:
        found = tenants.find_tenant(here, me(), tenant)
        tenants.pause_tenant(here, me(), found.tenant_id, paused=paused)
    how = "is paused: its evidence and history stay" if paused else "is kept up to date again"
    out().print(plain(f"{found.name} {how}."))


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
