"""`securescore organisation`: what a tenant declared and decided, as a file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from securescore.cli.declaring import SCHEMA_VERSION, DryRun, difference, of_tenant, organisation_of
from securescore.cli.here import TenantName
from securescore.cli.numbers import points_json
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.errors import ConfigurationError
from securescore.evidence.files import replace_file
from securescore.services.decisions.organisation_files import (
    Import,
    export_organisation,
    import_organisation,
    preview_import,
)

app = typer.Typer(
    help="Export and import what a tenant declared and decided.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.toml", help="Where to write it; else it is printed.")
]
File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="The organisation file.", show_default=False)]


@app.command("export", cls=Command)
def export_command(tenant: TenantName, to: Out = None) -> None:
    """Write the organisation file of what stands."""
    found, text = of_tenant(tenant, export_organisation)
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        replace_file(to, text.encode())
    except OSError as error:
        raise ConfigurationError(f"{to} cannot be written: {error.strerror}") from error
    out().print(plain(f"Wrote what {found.name} declared and decided to {to}."), soft_wrap=True)


@app.command("import", cls=Command)
def import_command(
    tenant: TenantName,
    file: File,
    dry_run: DryRun = False,  # noqa: FBT002 - a flag of the command line
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Make what stands equal to a file: what is not in it ends, and what is new is added."""
    wanted = organisation_of(file)
    use = preview_import if dry_run else import_organisation
    found, done = of_tenant(tenant, lambda here, actor, tenant_id: use(here, actor, tenant_id, wanted))
    if output_format is Format.JSON:
        print_json(_as_json(done, dry_run=dry_run))
    else:
        _print(found.name, done, dry_run=dry_run)


def _print(name: str, done: Import, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    for kind, one in done.kinds.items():
        told = f"{kind}: {one.added} {would}added, {one.ended} {would}ended, {one.unchanged} unchanged"
        out().print(plain(told))
    if done.device_days is not None:
        out().print(plain(f"device_days: {done.device_days[0]} -> {done.device_days[1]}"))
    for action in done.unknown:
        out().print(plain(f"left out: {action}, which is not in the score", style="yellow"), soft_wrap=True)
    told = (
        difference(done.before.points, done.after.points, done.after.maximum)
        if done.changed
        else "nothing to change"
    )
    out().print(plain(f"{name}: {told}"), soft_wrap=True)


def _as_json(done: Import, *, dry_run: bool) -> dict[str, Any]:
    kinds = {
        name: {"added": one.added, "ended": one.ended, "unchanged": one.unchanged}
        for name, one in done.kinds.items()
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "imported": not dry_run,
        "changed": done.changed,
        **kinds,
        "device_days": done.device_days,
        "unknown_actions": list(done.unknown),
        "points_before": points_json(done.before.points),
        "points_after": points_json(done.after.points),
    }
