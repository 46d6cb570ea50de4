"""`securescore permissions`: what an app registration needs, what each permission unlocks, scripts to set it up."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.catalog import load_catalog
from securescore.cli import numbers
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.connectors.permissions import Permission, Script, needed_permissions, script
from securescore.errors import ConfigurationError
from securescore.facts import load_facts

SCHEMA_VERSION = 1

_NATIVE = "SecurityEvents.Read.All"
_NOTE = (
    "All are application permissions of Microsoft Graph, and all only read. An action can need several of them, so "
    "the points are not to be added up."
)
_NATIVE_NOTE = f"{_NATIVE} brings Microsoft's own score, which stands in for what is not measured here."

ScriptOption = Annotated[
    Script | None,
    typer.Option("--script", help="Print a script that registers the app, instead.", show_default=False),
]
Remove = Annotated[bool, typer.Option("--remove", help="With --script: print the one that removes it again.")]


def permissions(
    output_format: FormatOption = Format.TABLE,
    setup: ScriptOption = None,
    remove: Remove = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say which permissions an app registration needs, which tables each feeds and which points it unlocks."""
    if setup is not None:
        typer.echo(script(setup, remove=remove), nl=False)
        return
    if remove:
        raise ConfigurationError("--remove goes with --script: say --script azcli or --script powershell")
    needed = needed_permissions(load_catalog(), load_facts(), datetime.now(UTC).date())
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, "permissions": [as_json(one) for one in needed]})
    else:
        _print(out(), needed)


def as_json(permission: Permission) -> dict[str, Any]:
    """One permission in the form that programs read."""
    return {
        "name": permission.name,
        "resource": "Microsoft Graph",
        "role_id": permission.role_id,
        "tables": permission.tables,
        "actions": permission.actions,
        "unlocks_points": numbers.points_json(permission.unlocks),
    }


def _print(console: Console, needed: tuple[Permission, ...]) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Permission and app role id", no_wrap=True)
    table.add_column("Feeds", overflow="fold")
    table.add_column("Unlocks", justify="right", no_wrap=True)
    for one in needed:
        table.add_row(
            Text("\n").join([plain(one.name), plain(one.role_id or "look its id up by name", "dim")]),
            Text("\n").join(plain(name) for name in one.tables),
            _unlocks(one),
        )
    console.print(table)
    console.print()
    console.print(_NOTE)
    console.print(_NATIVE_NOTE)


def _unlocks(permission: Permission) -> str:
    count = len(permission.actions)
    if not count:
        return "-"
    return f"{numbers.points(permission.unlocks)} points\n{count} {'action' if count == 1 else 'actions'}"
