"""`securescore permissions`: what an app registration needs, what each permission unlocks, scripts to set it up."""

from datetime import UTC, datetime
from itertools import groupby
from textwrap import wrap
from typing import Annotated, Any

import typer
from rich.console import Console

from securescore.catalog import load_catalog
from securescore.cli import numbers
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.connectors.permissions import (
    EXCEPTIONS,
    RESOURCES,
    Permission,
    Script,
    is_read_only,
    needed_permissions,
    script,
)
from securescore.errors import ConfigurationError
from securescore.evidence.schema import Api
from securescore.facts import load_facts

SCHEMA_VERSION = 1

_NATIVE = "SecurityEvents.Read.All"
_NOTE = (
    "All are application permissions, and all only read, with one exception that is explained above. An action can "
    "need several of them, so the points are not to be added up."
)
_NATIVE_NOTE = f"{_NATIVE} brings Microsoft's own score, which stands in for what is not measured here."
_ABSENT_NOTE = (
    "A tenant that never had a product may be without its interface; then nothing of it is needed either."
)

_PRODUCTS = {
    Api.GRAPH: "Entra ID, Intune, SharePoint, Forms, Defender for Identity, and Microsoft's own score",
    Api.EXCHANGE: "Exchange Online, Defender for Office 365 and Purview",
    Api.DEFENDER_ENDPOINT: "Defender for Endpoint",
    Api.CLOUD_APPS: "Defender for Cloud Apps",
}

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
    role = permission.directory_role
    return {
        "name": permission.name,
        "resource": permission.api,
        "resource_id": RESOURCES[permission.api],
        "role_id": permission.role_id,
        "directory_role": role and {"name": role.name, "id": role.id},
        "read_only": is_read_only(permission.name),
        "reason": EXCEPTIONS.get(permission.name),
        "tables": permission.tables,
        "actions": permission.actions,
        "unlocks_points": numbers.points_json(permission.unlocks),
    }


def _print(console: Console, needed: tuple[Permission, ...]) -> None:
    for api, of_it in groupby(needed, lambda one: one.api):
        console.print(plain(api, "bold"), plain(RESOURCES[api], "dim"))
        _indented(console, f"for {_PRODUCTS[api]}", 0)
        for one in of_it:
            console.print()
            _print_one(console, one)
        console.print()
    for note in (_NOTE, _NATIVE_NOTE, _ABSENT_NOTE):
        console.print(note)


def _print_one(console: Console, permission: Permission) -> None:
    """A line with the name and what it unlocks; below it the role id, what goes with it, and what it feeds."""
    unlocks = _unlocks(permission)
    gap = max(1, console.width - 2 - len(permission.name) - len(unlocks))
    console.print(f"  {permission.name}{' ' * gap}{unlocks}", no_wrap=True, crop=False, markup=False)
    _indented(console, permission.role_id or "look its id up by name", 4, "dim")
    role = permission.directory_role
    if role:
        _indented(console, f"with the directory role {role} ({role.id})", 4)
    if permission.name in EXCEPTIONS:
        _indented(console, EXCEPTIONS[permission.name], 4)
    _indented(console, f"feeds {', '.join(permission.tables)}", 4)


def _indented(console: Console, text: str, indent: int, style: str = "") -> None:
    """Whole words only: a name that is broken in two can neither be searched for nor copied."""
    for line in wrap(text, console.width - indent, break_long_words=False, break_on_hyphens=False):
        console.print(plain(" " * indent + line, style), no_wrap=True, crop=False)


def _unlocks(permission: Permission) -> str:
    count = len(permission.actions)
    if not count:
        return "-"
    return f"{numbers.points(permission.unlocks)} points, {count} {'action' if count == 1 else 'actions'}"
