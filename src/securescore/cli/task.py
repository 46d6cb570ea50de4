"""`securescore task`: attests that tasks were done, which no evidence can show."""

from typing import Annotated

import typer

from securescore.cli.declaring import Evidence, Note, Number, day, listed, of_tenant, print_rows
from securescore.cli.here import TenantName
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services.decisions.attesting import attest, list_attestations, take_attestation_back

app = typer.Typer(
    help="Attest that tasks were done, list attestations, and take them back.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Task = Annotated[str, typer.Argument(metavar="ACTION", help="The id of the task.", show_default=False)]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="When it was done; else today.")]


@app.command("attest", cls=Command)
def attest_command(
    tenant: TenantName, action: Task, on: On = None, note: Note = None, evidence: Evidence = None
) -> None:
    """Say that a task was done. It is credited until its cadence is over, and never verified."""
    when = day(on, "--on")
    found, (row, new) = of_tenant(
        tenant,
        lambda here, actor, tenant_id: attest(
            here, actor, tenant_id, action, on=when, note=note, evidence=evidence
        ),
    )
    told = "is attested" if new else "was attested already"
    out().print(plain(f"{found.name}: {row.action} {told}; it counts until {row.lapses}."), soft_wrap=True)


@app.command("list", cls=Command)
def list_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """List the attestations of a tenant."""
    _, rows = of_tenant(tenant, list_attestations)
    if output_format is Format.JSON:
        print_json(listed("attestations", rows))
    elif not rows:
        out().print("Nothing is attested.")
    else:
        lines = ((one.number, one.action, one.attested, one.lapses, one.attested_by) for one in rows)
        print_rows(out(), ("No", "Task", "Done", "Lapses", "By"), lines)


@app.command("remove", cls=Command)
def remove(tenant: TenantName, number: Number) -> None:
    """Take an attestation back."""
    found, _ = of_tenant(
        tenant, lambda here, actor, tenant_id: take_attestation_back(here, actor, tenant_id, number)
    )
    out().print(plain(f"{found.name}: attestation {number} is taken back."))
