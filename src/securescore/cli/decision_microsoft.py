"""`securescore decision from-microsoft`: takes over what was declared in Microsoft's portal."""

from typing import Annotated

import typer

from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import Format, FormatOption
from securescore.cli.template import show
from securescore.services.decisions.from_microsoft import take_over
from securescore.services.tenants import find_tenant

Apply = Annotated[
    bool, typer.Option("--apply", help="Decide so; without it only what would be decided is shown.")
]


def from_microsoft_command(
    tenant: TenantName,
    apply: Apply = False,  # noqa: FBT002 - a flag of the command line
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Take over what people declared in Microsoft's own portal as decisions of yours."""
    with installation() as here:
        outcome = take_over(here, me(), find_tenant(here, me(), tenant), apply=apply)
    show([outcome], output_format, applied=apply)
