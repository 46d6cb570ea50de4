"""`securescore content`: what tenants are assessed with, what a newer version would change, and its approval."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.cli import numbers
from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services.catalogs import Preview, Upcoming, approve_content, preview_content, read_upcoming
from securescore.services.tenants import list_tenants
from securescore.store.tenants import Summary

SCHEMA_VERSION = 1
_LISTED = 40

app = typer.Typer(
    help="Show what a newer version of the actions would change, and approve it.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

On = Annotated[
    datetime | None,
    typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="From that day on, not at once."),
]
Previews = list[tuple[Summary, Preview]]


@app.command("upcoming", cls=Command)
def upcoming(output_format: FormatOption = Format.TABLE) -> None:
    """Show what is new and what is coming, with its effect on every tenant in points. Nothing is recorded."""
    with installation() as here:
        found = read_upcoming(here, me())
        waits = found.in_force != found.waiting
        tenants = list_tenants(here, me()) if waits else []
        previews = [
            (one, preview) for one in tenants if (preview := preview_content(here, me(), one.tenant_id))
        ]
    if output_format is Format.JSON:
        print_json(_as_json(found, previews))
    else:
        _print(out(), found, previews)


@app.command("approve", cls=Command)
def approve(on: On = None) -> None:
    """Put the content of this version in force, at once or from a day on, and score every tenant again."""
    day = on.date() if on else None
    with installation() as here:
        waiting = approve_content(here, me(), day)
    if day is not None and waiting == 0:
        out().print(f"The new content is in force from {day} on.")
    else:
        out().print(
            f"The new content is in force. Tenants to be scored again: {waiting} (securescore worker)."
        )


def _as_json(found: Upcoming, previews: Previews) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "in_force": found.in_force,
        "waiting": found.waiting if found.waiting != found.in_force else None,
        "due": found.due.isoformat() if found.due else None,
        "new": [
            {"action": one.action.id, "change": one.change, "before": one.before, "after": one.after}
            for one in found.differences
        ],
        "coming": [
            {"action": action, "from": day.isoformat(), "points": numbers.points_json(points)}
            for action, day, points in found.coming
        ],
        "tenants": [
            {
                "tenant_id": summary.directory_id,
                "points": numbers.points_json(preview.credited.difference.achieved),
                "maximum": numbers.points_json(preview.credited.difference.maximum),
                "percent": numbers.number_json(preview.credited.percent),
            }
            for summary, preview in previews
        ],
    }


def _print(console: Console, found: Upcoming, previews: Previews) -> None:
    console.print(f"In force: {found.in_force}")
    if found.waiting == found.in_force:
        console.print("Nothing waits: that is the content of this version of securescore.")
    else:
        when = f"in force from {found.due} on" if found.due else "waits: securescore content approve"
        console.print(f"New:      {found.waiting}, {when}")
        _print_differences(console, found)
        _print_previews(console, previews)
    if found.coming:
        console.print(Text("\nComing, by the dates in the catalog", style="bold"))
        for action, day, points in found.coming:
            console.print(plain(f"  {day}  {action}: {numbers.points(points)} points"))


def _print_differences(console: Console, found: Upcoming) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("Change", "Improvement action", "Before", "After"):
        table.add_column(name, overflow="fold")
    for one in found.differences[:_LISTED]:
        words = (one.change.replace("_", " "), one.action.id, one.before or "", one.after or "")
        table.add_row(*map(plain, words))
    console.print(Text(), table)
    if len(found.differences) > _LISTED:
        console.print(f"and {len(found.differences) - _LISTED} more; --format json lists them all")


def _print_previews(console: Console, previews: Previews) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Tenant", overflow="fold")
    for name in ("Points", "Maximum", "Percent"):
        table.add_column(name, justify="right", no_wrap=True)
    for summary, preview in previews:
        moved = preview.credited.difference
        points, maximum = (
            numbers.signed_points([moved.achieved])[0],
            numbers.signed_points([moved.maximum])[0],
        )
        table.add_row(
            plain(summary.name), points, maximum, numbers.signed_percents([preview.credited.percent])[0]
        )
    console.print(Text("\nWhat it would do", style="bold"), table)
