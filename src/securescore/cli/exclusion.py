"""`securescore exclusion`: entities that actions are not about."""

from datetime import date
from typing import Annotated

import typer

from securescore.cli.declaring import (
    Expires,
    Number,
    Owner,
    day,
    declare,
    listed,
    of_tenant,
    print_rows,
    requested,
    some,
)
from securescore.cli.here import TenantName
from securescore.cli.output import Format, FormatOption, out, print_json
from securescore.cli.suggest import Command
from securescore.services.decisions.asked import Excluded
from securescore.services.decisions.excluding import (
    ExclusionMade,
    add_exclusion,
    end_exclusion,
    list_exclusions,
)
from securescore.store.tenants import Summary

app = typer.Typer(
    help="Exclude entities from actions, list exclusions, and end them.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Actions = Annotated[
    list[str],
    typer.Option("--action", metavar="ACTION", help="From this action, or '*' for all; may be repeated."),
]
Entities = Annotated[
    list[str], typer.Option("--entity", metavar="NAME", help="Who or what, by id or name; may be repeated.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]


@app.command("add", cls=Command)
def add(
    tenant: TenantName,
    action: Actions,
    entity: Entities,
    reason: Reason,
    owner: Owner = None,
    expires: Expires = None,
) -> None:
    """Exclude entities from actions. This never moves the verified score."""
    wanted = Excluded(frozenset(action), frozenset(entity), reason, owner, day(expires, "--expires"))
    declare(
        tenant, lambda here, actor, tenant_id: add_exclusion(here, actor, tenant_id, wanted), _told, wanted
    )


@app.command("list", cls=Command)
def list_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """List the exclusions of a tenant."""
    _, rows = of_tenant(tenant, list_exclusions)
    if output_format is Format.JSON:
        print_json(listed("exclusions", rows))
        return
    if not rows:
        out().print("Nothing is excluded.")
        return
    lines = (
        (one.number, some(one.actions), some(one.entities), one.reason, _until(one.expires)) for one in rows
    )
    print_rows(out(), ("No", "Actions", "Entities", "Reason", "Expires"), lines)


@app.command("end", cls=Command)
def end(tenant: TenantName, number: Number) -> None:
    """End an exclusion: its entities count again."""
    declare(
        tenant,
        lambda here, actor, tenant_id: end_exclusion(here, actor, tenant_id, number),
        lambda found, _: f"{found.name}: exclusion {number} is ended.",
    )


def _told(found: Summary, made: ExclusionMade) -> str:
    if made.request is not None:
        return requested(made.request)
    if made.row is None:
        return f"{found.name}: nothing to change."
    if made.changed:
        return f"{found.name}: exclusion {made.row.number} holds."
    return f"{found.name}: nothing to change, exclusion {made.row.number} says the same."


def _until(expires: date | None) -> str:
    return "" if expires is None else str(expires)
