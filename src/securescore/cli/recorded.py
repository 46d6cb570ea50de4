"""Prints what was recorded of a tenant: its score at a moment, and what moved it between two."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from securescore.catalog import Catalog, load_catalog
from securescore.cli import numbers
from securescore.cli.assess import figures_json, moment_json
from securescore.cli.changes import account_json, causes_table, effects_table
from securescore.cli.here import installation, me
from securescore.cli.moments import parse_moment, parse_start
from securescore.cli.output import RISK_STATEMENT, Format, out, plain, print_json
from securescore.model import Status
from securescore.scoring.totals import percent_of
from securescore.services.history import Changes, read_changes, read_standing
from securescore.services.tenants import find_tenant
from securescore.store.packing import StoredAction
from securescore.store.snapshots import CATEGORIES, Snapshot, Standing
from securescore.store.tenants import Summary

SCHEMA_VERSION = 1
_VIEWS = ("planned", "current_licence", "achievable")


def print_recorded(name: str, at: str | None, output_format: Format) -> None:
    """The score of a tenant as it was recorded: every action with its counts, and no entity by name."""
    moment = parse_moment("--at", at) if at is not None else None
    with installation() as here:
        found = find_tenant(here, me(), name)
        standing = read_standing(here, me(), found.tenant_id, moment)
    if output_format is Format.JSON:
        print_json(standing_json(found.directory_id, standing, load_catalog()))
    else:
        _print_standing(out(), found, standing, load_catalog())


def print_recorded_changes(name: str, since: str | None, until: str | None, output_format: Format) -> None:
    """The causes that were recorded between two moments; they sum exactly to the difference."""
    first = parse_start("--from", since) if since is not None else None
    last = parse_moment("--to", until) if until is not None else None
    with installation() as here:
        found = find_tenant(here, me(), name)
        changes = read_changes(here, me(), found.tenant_id, first, last)
    if output_format is Format.JSON:
        print_json(_changes_json(changes))
    else:
        _print_changes(out(), changes)


def standing_json(tenant_id: str, standing: Standing, catalog: Catalog) -> dict[str, Any]:
    """A recorded score in the form of `assess`; what was not recorded is null."""
    snapshot, totals = standing.snapshot, standing.snapshot.totals
    return {
        "schema_version": SCHEMA_VERSION,
        "tenant_id": tenant_id,
        "as_of": moment_json(snapshot.evidence_at),
        "catalog_version": snapshot.catalog_version,
        "recorded": {
            "number": snapshot.number,
            "taken": moment_json(snapshot.taken_at),
            "trigger": snapshot.trigger,
            "run": snapshot.run_id,
        },
        "score": {
            "points": numbers.points_json(totals.points),
            "maximum": numbers.points_json(totals.maximum),
            "percent": numbers.number_json(percent_of(totals.points, totals.maximum)),
            "verified_points": numbers.points_json(totals.verified),
            "verified_percent": numbers.number_json(percent_of(totals.verified, totals.maximum)),
            "assessed_share": totals.assessed_share,
            "views": _views_json(totals.points, totals.views, totals.maximum),
            "verified_views": _views_json(totals.verified, totals.verified_views, totals.maximum),
            "categories": {
                category: {
                    "points": numbers.points_json(points),
                    "maximum": numbers.points_json(maximum),
                    "percent": numbers.number_json(percent_of(points, maximum)),
                    "verified_points": numbers.points_json(verified),
                }
                for category, (points, verified, maximum) in zip(CATEGORIES, totals.categories, strict=True)
            },
        },
        "actions": [_action_json(action, catalog) for action in standing.actions],
    }


def _views_json(current: int, views: Sequence[int | None], maximum: int) -> dict[str, Any]:
    named = {"current": current, **dict(zip(_VIEWS, views, strict=True))}
    return {
        name: None
        if points is None
        else {
            "points": numbers.points_json(points),
            "percent": numbers.number_json(percent_of(points, maximum)),
        }
        for name, points in named.items()
    }


def _action_json(action: StoredAction, catalog: Catalog) -> dict[str, Any]:
    return {
        "id": action.id,
        "title": _title(action, catalog),
        "service": action.service,
        "product": action.product,
        "category": action.category,
        "outcome": action.outcome,
        "reason": action.reason,
        "source": action.source,
        **figures_json(action, action.measured_at),
        "native": _native_json(action),
    }


def _native_json(action: StoredAction) -> dict[str, Any] | None:
    """Without Microsoft's words, which are not recorded."""
    if action.native_points is None:
        return None
    return {
        "points": numbers.points_json(action.native_points),
        "maximum": numbers.points_json(action.native_maximum),
        "text": None,
    }


def _title(action: StoredAction, catalog: Catalog) -> str:
    known = catalog.get(action.id)
    return known.title if known else action.title or action.id


def _print_standing(console: Console, found: Summary, standing: Standing, catalog: Catalog) -> None:
    snapshot = standing.snapshot
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Tenant", plain(f"{found.name} ({found.directory_id})"))
    grid.add_row("Recorded", f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC, catalog {snapshot.catalog_version}")
    grid.add_row(Text("Score", style="bold"), Text(_score_line(snapshot), style="bold"))
    totals = snapshot.totals
    verified = numbers.percent(percent_of(totals.verified, totals.maximum))
    grid.add_row(
        "Verified", f"{verified}   {numbers.points(totals.verified)} points without anything declared"
    )
    if totals.assessed_share is not None:
        grid.add_row("Assessed", f"{100 * totals.assessed_share:.2f} %   of what is in scope")
    console.print(grid, Text(), _actions_table(standing, catalog), Text())
    console.print(
        "As it was recorded: counts only. While the evidence of that day is kept, --rescore assesses it again and "
        "securescore explain names who is exposed."
    )
    console.print(Text(f"\n{RISK_STATEMENT}", style="dim"))


def _score_line(snapshot: Snapshot) -> str:
    totals = snapshot.totals
    points = f"{numbers.points(totals.points)} of {numbers.points(totals.maximum)} points"
    return f"{numbers.percent(percent_of(totals.points, totals.maximum))}   {points}"


def _actions_table(standing: Standing, catalog: Catalog) -> Table:
    """The actions in the total, most points left first; accepted risks are left out."""
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Improvement action", ratio=1, overflow="fold")
    for name in ("Points", "Left", "Protected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    listed = [one for one in standing.actions if one.counted and one.status is not Status.RISK_ACCEPTED]
    for action in sorted(listed, key=lambda one: -_left(one)):
        coverage = action.coverage
        table.add_row(
            Text.assemble(plain(_title(action, catalog)), "\n", plain(action.id, style="dim")),
            f"{numbers.points(action.points)}/{numbers.points(action.maximum).removesuffix('.00')}",
            numbers.points(_left(action)),
            f"{coverage.protected}/{coverage.total}" if coverage else "",
            ""
            if action.status is Status.TO_ADDRESS
            else action.status.replace("resolved_through_", "").replace("_", " "),
        )
    return table


def _left(action: StoredAction) -> int:
    return (action.maximum or 0) - (action.points or 0)


def _changes_json(changes: Changes) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "from": changes.before.taken_at.isoformat(),
        "to": changes.after.taken_at.isoformat(),
        "credited": account_json(changes.credited, changes.effects()),
        "verified": account_json(changes.verified, changes.effects(verified=True)),
        "records": [
            table for activity in changes.activities for table in (activity.about or {}).get("records", [])
        ],
    }


def _print_changes(console: Console, changes: Changes) -> None:
    grid = Table.grid(padding=(0, 2))
    for snapshot in (changes.before, changes.after):
        grid.add_row(f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC", _score_line(snapshot))
    account = changes.credited
    (moved,) = numbers.signed_points([account.difference.achieved])
    (percent,) = numbers.signed_percents([account.percent])
    grid.add_row("Difference", f"{percent}   {moved} points")
    console.print(grid, Text())
    if not account.parts:
        console.print("Nothing moved the score.")
    else:
        console.print(Group(causes_table(account), Text(), effects_table(account, changes.effects())))
    console.print(Text(f"\n{RISK_STATEMENT}", style="dim"))
