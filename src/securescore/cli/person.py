"""`securescore person`: what is known about one person, and forgetting it."""

from typing import Annotated

import typer

from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services.person import erase_person, export_person
from securescore.services.tenants import find_tenant

SCHEMA_VERSION = 1

app = typer.Typer(
    help="Export what is known about one person, and forget somebody who has left.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Person = Annotated[
    str, typer.Argument(metavar="PERSON", help="Object id or user principal name.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("export", cls=Command)
def export(tenant: TenantName, person: Person) -> None:
    """Print everything that names somebody, as JSON: evidence, verdicts, declarations, audit entries."""
    with installation() as here:
        found = export_person(here, me(), find_tenant(here, me(), tenant).tenant_id, person)
    print_json(
        {
            "schema_version": SCHEMA_VERSION,
            "names": found.names,
            "evidence": [{"run": run, "table": table, "row": row} for run, table, row in found.evidence],
            "verdicts": [{"run": run, "action": action, "row": row} for run, action, row in found.verdicts],
            "record": [
                {"table": one.table, "row": {key: _text(value) for key, value in one.row.items()}}
                for one in found.record
            ],
        }
    )


@app.command("erase", cls=Command)
def erase(tenant: TenantName, person: Person, yes: Yes = False) -> None:  # noqa: FBT002 - a flag
    """Forget somebody who left: runs that name them are removed, and declarations lose the name."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        if not yes:
            typer.confirm(
                f"Forget {person} in {found.name}, with every run of evidence that names them?", abort=True
            )
        done = erase_person(here, me(), found.tenant_id, person)
    console = out()
    console.print(plain(f"Runs removed: {len(done.runs)}. Rows of the record changed: {done.rows}."))
    if done.stays:
        tables = ", ".join(sorted({one.table for one in done.stays}))
        console.print(
            plain(
                f"Rows that stay, because they say who did what and cannot be changed: {len(done.stays)} ({tables})."
            )
        )


def _text(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
