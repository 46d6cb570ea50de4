"""`securescore group`: groups of tenants."""

from typing import Annotated

import typer
from rich.table import Table

from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services import groups
from securescore.services.tenants import find_tenant

SCHEMA_VERSION = 1

app = typer.Typer(
    help="Put tenants into groups, to which roles and templates apply.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="The name of the group.", show_default=False)]


@app.command("add", cls=Command)
def add(group: GroupName) -> None:
    """Make a group without tenants."""
    with installation() as here:
        made = groups.add_group(here, me(), group)
    out().print(plain(f"Made the group {made.name}."))


@app.command("list", cls=Command)
def list_command(output_format: FormatOption = Format.TABLE) -> None:
    """List the groups, with how many tenants each has."""
    with installation() as here:
        found = groups.list_groups(here, me())
    if output_format is Format.JSON:
        print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "groups": [{"name": one.name, "tenants": count} for one, count in found.items()],
            }
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Group", overflow="fold")
    table.add_column("Tenants", justify="right")
    for group, count in found.items():
        table.add_row(plain(group.name), str(count))
    out().print(table)


@app.command("show", cls=Command)
def show(group: GroupName) -> None:
    """List the tenants of a group."""
    with installation() as here:
        found = groups.list_members(here, me(), group)
    for one in found:
        out().print(plain(f"{one.name} ({one.directory_id})"), soft_wrap=True)


@app.command("join", cls=Command)
def join(group: GroupName, tenant: TenantName) -> None:
    """Put a tenant into a group."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        joined = groups.put_into_group(here, me(), found.tenant_id, group)
    out().print(plain(f"{found.name} is {'now' if joined else 'already'} in the group {group}."))


@app.command("leave", cls=Command)
def leave(group: GroupName, tenant: TenantName) -> None:
    """Take a tenant out of a group."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        left = groups.take_out_of_group(here, me(), found.tenant_id, group)
    out().print(plain(f"{found.name} {'left' if left else 'was not in'} the group {group}."))
