"""`securescore role`: who may read, write and manage what."""

import uuid
from typing import Annotated

import typer
from rich.table import Table

from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.errors import ConfigurationError
from securescore.services import groups, people
from securescore.services.tenants import find_tenant, list_tenants
from securescore.store.grants import Grant, Role

SCHEMA_VERSION = 1

app = typer.Typer(
    help="Give people roles: reader, writer, manager.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Who = Annotated[
    str, typer.Argument(metavar="WHO", help="A user principal name, or a client's id.", show_default=False)
]
What = Annotated[Role, typer.Argument(metavar="reader|writer|manager", help="The role.", show_default=False)]
Tenant = Annotated[str | None, typer.Option("--tenant", metavar="TENANT", help="For this tenant only.")]
Group = Annotated[str | None, typer.Option("--group", metavar="GROUP", help="For the tenants of this group.")]
GrantId = Annotated[str, typer.Argument(metavar="ID", help="As the list names it.", show_default=False)]


@app.command("give", cls=Command)
def give(who: Who, role: What, tenant: Tenant = None, group: Group = None) -> None:
    """Give somebody a role: for one tenant, for a group, or without either for all."""
    with installation() as here:
        tenant_id = find_tenant(here, me(), tenant).tenant_id if tenant else None
        grant = people.give_role(here, me(), who, role, tenant_id=tenant_id, group=group)
    out().print(plain(f"{grant.principal} is {role} {_where(tenant, group)}."))


@app.command("take", cls=Command)
def take(grant: GrantId) -> None:
    """Take a role away."""
    with installation() as here:
        people.take_role(here, me(), _id(grant))
    out().print("Taken away.")


@app.command("list", cls=Command)
def list_command(output_format: FormatOption = Format.TABLE) -> None:
    """List who has which role where."""
    with installation() as here:
        found = people.list_roles(here, me())
        names = {one.tenant_id: one.name for one in list_tenants(here, me())}
        names |= {one.group_id: f"group {one.name}" for one in groups.list_groups(here, me())}
    if output_format is Format.JSON:
        print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "roles": [
                    {
                        "id": str(one.grant_id),
                        "who": one.principal,
                        "role": one.role,
                        "where": _place(one, names),
                    }
                    for one in found
                ],
            }
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("Who", "Role", "Where", "Id"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(plain(one.principal), one.role, plain(_place(one, names)), str(one.grant_id))
    out().print(table)


def _where(tenant: str | None, group: str | None) -> str:
    if tenant:
        return f"of {tenant}"
    return f"of the group {group}" if group else "of all tenants"


def _place(grant: Grant, names: dict[uuid.UUID, str]) -> str:
    place = grant.tenant_id or grant.group_id
    return "all tenants" if place is None else names.get(place, str(place))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no id of a role: securescore role list names them") from None
