"""`securescore tenant invite`, `invitations` and `uninvite`: links with which administrators elsewhere let us read."""

from pathlib import Path
from typing import Annotated

import typer

from securescore.cli.declaring import listed, print_rows
from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, harmless, out, plain, print_json
from securescore.connectors.tenant_file import load_application
from securescore.services.invitations import invite, list_invitations, withdraw_invitations

App = Annotated[
    Path,
    typer.Option(
        "--app",
        metavar="FILE.toml",
        help="The multitenant app: a tenant file without tenant_id.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Option("--name", help="What to call the organisation here.", show_default=False)]
Group = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", help="Put it into this group. Can be given several times."),
]
Only = Annotated[
    str | None,
    typer.Option("--tenant-id", metavar="ID", help="Only the tenant with this id at Microsoft may accept."),
]
Invited = Annotated[
    str, typer.Argument(metavar="NAME", help="What the organisation is called.", show_default=False)
]


def tenant_invite(app: App, name: Name, group: Group = None, tenant_id: Only = None) -> None:
    """Make a link with which an administrator of another organisation lets it be read here. It works once, for seven days."""
    application = load_application(app)
    with installation() as here:
        invitation = invite(here, me(), application, name, group or (), directory_id=tenant_id)
    typer.echo(invitation.link)
    console = out()
    console.print()
    console.print(
        plain(
            f"Send this link to an administrator of {harmless(name)}. It works once, until "
            f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC. The app registration must list the redirect address "
            f"{invitation.redirect}"
        )
    )


def tenant_invitations(output_format: FormatOption = Format.TABLE) -> None:
    """List the invitations that nobody accepted yet. Their links are not kept."""
    with installation() as here:
        found = list_invitations(here, me())
    if output_format is Format.JSON:
        print_json(listed("invitations", found))
    elif not found:
        out().print("No invitation is open.")
    else:
        lines = ((one.name, one.invited_by, f"{one.expires_at:%Y-%m-%d %H:%M}") for one in found)
        print_rows(out(), ("Organisation", "Invited by", "Until (UTC)"), lines)


def tenant_uninvite(name: Invited) -> None:
    """Withdraw the open invitations of that name: their links lead nowhere then."""
    with installation() as here:
        count = withdraw_invitations(here, me(), name)
    told = "1 invitation is" if count == 1 else f"{count} invitations are"
    out().print(plain(f"{told} withdrawn."))
