"""`securescore template`: decisions that are made alike for many tenants."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from securescore.assess import Organisation
from securescore.cli import numbers
from securescore.cli.declaring import (
    SCHEMA_VERSION,
    difference,
    organisation_of,
    print_rows,
    scope_words,
    words,
)
from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.errors import ConfigurationError
from securescore.services.decisions import templates
from securescore.services.decisions.asked import Asked
from securescore.services.decisions.templates import Outcome

INCOMPLETE = 4

app = typer.Typer(
    help="Decide the same for many tenants.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the template.", show_default=False)]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.toml", help="An organisation file with nothing but decisions.", show_default=False
    ),
]
Tenants = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TENANT]", help="Names or ids of tenants.", show_default=False),
]
Group = Annotated[str | None, typer.Option("--group", help="The tenants of a group.")]


@app.command("save", cls=Command)
def save(name: Name, file: File) -> None:
    """Make a template of the decisions in a file, or replace the one of that name."""
    wanted = _decisions(organisation_of(file), file)
    with installation() as here:
        changed = templates.save_template(here, me(), name, wanted)
    out().print(plain(f"Template {name}: {'saved' if changed else 'nothing to change'}."))


@app.command("list", cls=Command)
def list_command(output_format: FormatOption = Format.TABLE) -> None:
    """List the templates with their decisions."""
    with installation() as here:
        found = templates.list_templates(here, me())
    if output_format is Format.JSON:
        rows = [msgspec.to_builtins(one, order="deterministic") for one in found]
        print_json({"schema_version": SCHEMA_VERSION, "templates": rows})
    elif not found:
        out().print("No template yet: securescore template save NAME FILE.toml")
    for one in found if output_format is Format.TABLE else ():
        out().print(plain(one.name, style="bold"))
        lines = (
            ("", row.action, words(row.status), scope_words(None, row.account_class)) for row in one.decisions
        )
        print_rows(out(), ("", "Action", "Status", "Of"), lines)


@app.command("preview", cls=Command)
def preview(
    name: Name, tenants: Tenants = None, group: Group = None, output_format: FormatOption = Format.TABLE
) -> None:
    """Show what a template would do to each tenant. Nothing is decided."""
    with installation() as here:
        chosen = templates.chosen_tenants(here, me(), tenants or (), group)
        outcomes = templates.preview_template(here, me(), name, chosen)
    show(outcomes, output_format, applied=False)


@app.command("apply", cls=Command)
def apply(
    name: Name, tenants: Tenants = None, group: Group = None, output_format: FormatOption = Format.TABLE
) -> None:
    """Apply a template to tenants. Applied again it changes nothing."""
    with installation() as here:
        chosen = templates.chosen_tenants(here, me(), tenants or (), group)
        outcomes = templates.apply_template(here, me(), name, chosen)
    show(outcomes, output_format, applied=True)


@app.command("remove", cls=Command)
def remove(name: Name) -> None:
    """Remove a template. What it decided stays."""
    with installation() as here:
        templates.remove_template(here, me(), name)
    out().print(plain(f"Template {name} is removed; what it decided stays."))


def _decisions(said: Organisation, file: Path) -> list[Asked]:
    if said.accounts or said.exclusions or said.attestations:
        raise ConfigurationError(
            f"{file} holds more than decisions: a template is made of [[decision]] alone"
        )
    return [
        Asked(
            action=one.action,
            status=one.status,
            entities=one.entities,
            account_class=one.account_class,
            note=one.note,
            plan=one.plan,
            owner=one.owner,
            due=one.due,
            evidence=one.evidence,
            expires=one.expires,
        )
        for one in said.decisions
    ]


def show(outcomes: Sequence[Outcome], output_format: Format, *, applied: bool) -> None:
    """What was, or would be, decided for each tenant. Exit code 4 when something failed."""
    if output_format is Format.JSON:
        print_json(_as_json(outcomes, applied=applied))
    else:
        _print(out(), outcomes, applied=applied)
    if any(one.problem for one in outcomes):
        raise typer.Exit(INCOMPLETE)


def _print(console: Console, outcomes: Sequence[Outcome], *, applied: bool) -> None:
    for one in outcomes:
        console.print(plain(one.tenant.name, style="bold"))
        for line in _lines(one, applied=applied):
            console.print(plain(f"  {line}"), soft_wrap=True)
    (gained,) = numbers.signed_points([sum(one.gained for one in outcomes)])
    decided = _count(sum(len(one.made) for one in outcomes), "decision")
    failed = sum(one.problem is not None for one in outcomes)
    told = f"{'Made' if applied else 'Would make'} {decided} in {_count(len(outcomes), 'tenant')}: {gained} points"
    console.print(plain(told + (f"; {failed} failed." if failed else ".")), soft_wrap=True)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _lines(one: Outcome, *, applied: bool) -> list[str]:
    if one.problem is not None:
        return [f"nothing was done: {one.problem}"]
    lines = [f"{row.action}: {words(row.status)}" for row in one.made]
    lines += [f"{asked.action}: {'requested' if applied else 'needs approval'}" for asked in one.requested]
    lines += [f"{skipped.action}: skipped, {skipped.why}" for skipped in one.skipped]
    if one.before is None or one.after is None:
        return lines
    return [*lines, difference(one.before.points, one.after.points, one.after.maximum)]


def _as_json(outcomes: Sequence[Outcome], *, applied: bool) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "applied": applied,
        "points": numbers.points_json(sum(one.gained for one in outcomes)),
        "tenants": [
            {
                "tenant_id": one.tenant.directory_id,
                "name": one.tenant.name,
                "problem": one.problem,
                "points_before": numbers.points_json(one.before.points if one.before else None),
                "points_after": numbers.points_json(one.after.points if one.after else None),
                "decided": [{"action": row.action, "status": row.status} for row in one.made],
                "requested": [asked.action for asked in one.requested],
                "skipped": [{"action": row.action, "why": row.why} for row in one.skipped],
            }
            for one in outcomes
        ],
    }
