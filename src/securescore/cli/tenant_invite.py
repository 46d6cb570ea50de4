"""`securescore tenant invite`: a link with which an administrator elsewhere lets us read the tenant."""

from pathlib import Path
from typing import Annotated

import typer

from securescore.cli.here import installation, me
from securescore.cli.output import harmless, out, plain
from securescore.connectors.tenant_file import load_application
from securescore.services.invitations import invite

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
