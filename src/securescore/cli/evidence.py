"""`securescore evidence`: the runs whose evidence is kept here, and which of them are kept for good."""

from typing import Annotated

import typer
from rich.table import Table

from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services import keeping
from securescore.services.keeping import KeptRun
from securescore.services.tenants import find_tenant

SCHEMA_VERSION = 1

app = typer.Typer(
    help="List the runs whose evidence is here, and keep some for good.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="The run, as the list names it.", show_default=False)
]
Reason = Annotated[str, typer.Option("--reason", help="Why it is kept.", show_default=False)]


@app.command("list", cls=Command)
def list_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """List the runs, when each goes, and which ended a quarter."""
    with installation() as here:
        runs = keeping.list_runs(here, me(), find_tenant(here, me(), tenant).tenant_id)
    if output_format is Format.JSON:
        print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "runs": [
                    {
                        "run": run.run_id,
                        "ended": run.ended.isoformat(),
                        "goes": run.goes.isoformat() if run.goes else None,
                        "pinned": run.pinned.reason if run.pinned else None,
                        "ends_quarter": run.ends_quarter,
                    }
                    for run in runs
                ],
            }
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("Run", "Ended", "Goes", "Note"):
        table.add_column(name, overflow="fold")
    for run in runs:
        table.add_row(plain(run.run_id), f"{run.ended:%Y-%m-%d %H:%M}", _goes(run), plain(_note(run)))
    out().print(table)
    out().print("The newest run of each table stays, whatever its age.")


@app.command("pin", cls=Command)
def pin(tenant: TenantName, run: RunId, reason: Reason) -> None:
    """Keep the evidence of a run, however old it is."""
    with installation() as here:
        keeping.pin_run(here, me(), find_tenant(here, me(), tenant).tenant_id, run, reason)
    out().print(plain(f"{run} is kept."))


@app.command("unpin", cls=Command)
def unpin(tenant: TenantName, run: RunId) -> None:
    """Let the evidence of a run go when its time has come."""
    with installation() as here:
        keeping.unpin_run(here, me(), find_tenant(here, me(), tenant).tenant_id, run)
    out().print(plain(f"{run} is kept as long as any other."))


def _goes(run: KeptRun) -> str:
    return "never" if run.goes is None else run.goes.isoformat()


def _note(run: KeptRun) -> str:
    if run.pinned is not None:
        return f"kept by {run.pinned.pinned_by}: {run.pinned.reason}"
    return "last of its quarter" if run.ends_quarter else ""
