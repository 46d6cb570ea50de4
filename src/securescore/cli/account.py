"""`securescore account`: accounts of the classes that people declare."""

from typing import Annotated

import typer

from securescore.cli.declaring import account_class, declare, listed, of_tenant, print_rows, requested, words
from securescore.cli.here import TenantName
from securescore.cli.output import Format, FormatOption, out, print_json
from securescore.cli.suggest import Command
from securescore.services.decisions.asked import Accounts
from securescore.services.decisions.excluding import (
    AccountsMade,
    declare_accounts,
    list_accounts,
    take_back_accounts,
)
from securescore.store.tenants import Summary

app = typer.Typer(
    help="Say which accounts are for emergencies, services, synchronisation, tests or kiosks.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Class = Annotated[
    str,
    typer.Argument(
        metavar="CLASS",
        help="emergency_access, service, synchronisation, test or kiosk.",
        show_default=False,
    ),
]
Names = Annotated[
    list[str], typer.Argument(metavar="NAME", help="The accounts, by id or name.", show_default=False)
]
Note = Annotated[str | None, typer.Option("--note", help="What others should know of them.")]


@app.command("add", cls=Command)
def add(tenant: TenantName, of_class: Class, names: Names, note: Note = None) -> None:
    """Say that accounts are of a class. This never moves the verified score."""
    wanted = account_class(of_class)

    def tell(found: Summary, made: AccountsMade) -> str:
        if made.request is not None:
            return requested(made.request)
        return f"{found.name}: {_told(len(made.names))} declared as {words(wanted)}."

    declare(
        tenant,
        lambda here, actor, tenant_id: declare_accounts(here, actor, tenant_id, wanted, names, note),
        tell,
        Accounts(wanted, tuple(names)),
    )


@app.command("list", cls=Command)
def list_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """List the declared accounts of a tenant."""
    _, rows = of_tenant(tenant, list_accounts)
    if output_format is Format.JSON:
        print_json(listed("accounts", rows))
    elif not rows:
        out().print("No account is declared.")
    else:
        lines = ((words(one.account_class), one.name, one.note) for one in rows)
        print_rows(out(), ("Class", "Account", "Note"), lines)


@app.command("remove", cls=Command)
def remove(tenant: TenantName, of_class: Class, names: Names) -> None:
    """Say that accounts are not of a class any more."""
    wanted = account_class(of_class)
    declare(
        tenant,
        lambda here, actor, tenant_id: take_back_accounts(here, actor, tenant_id, wanted, names),
        lambda found, gone: f"{found.name}: {_told(len(gone))} no longer {words(wanted)}.",
    )


def _told(count: int) -> str:
    return "1 account is" if count == 1 else f"{count or 'no'} accounts are"
