"""`securescore history`: the score of a tenant over time, and what moved it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.cli import numbers
from securescore.cli.here import TenantName, installation, me
from securescore.cli.moments import parse_moment, parse_start
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.scoring.totals import percent_of
from securescore.services.history import Day, read_history, read_news
from securescore.services.native_history import read_native_history
from securescore.services.tenants import find_tenant
from securescore.store.kept_evidence import NativeDay
from securescore.store.snapshots import Activity, Snapshot

SCHEMA_VERSION = 1
_RECORDS = 6
_EFFECTS = 12
_NAMED = 3

From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="Without it: from the beginning.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Without it: until now.")]
Action = Annotated[
    str | None, typer.Option("--action", metavar="ACTION", help="Only what moved this action.")
]

Microsoft = Annotated[
    bool,
    typer.Option(
        "--microsoft", help="List Microsoft's own score of each day too, beside and never among ours."
    ),
]


def history_command(
    tenant: TenantName,
    since: From = None,
    until: To = None,
    action: Action = None,
    microsoft: Microsoft = False,  # noqa: FBT002 - a flag of the command line
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show the score of a tenant day by day, and every activity that moved it. A day without any is a gap."""
    first = parse_start("--from", since) if since is not None else None
    last = parse_moment("--to", until) if until is not None else None
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        days = read_history(here, me(), found.tenant_id, since=first, until=last)
        news = read_news(here, me(), found.tenant_id, since=first, until=last, action=action)
        native = read_native_history(here, me(), found.tenant_id)
    if output_format is Format.JSON:
        print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "tenant_id": found.directory_id,
                "days": [_day_json(one) for one in days],
                "activities": [activity_json(one) for one in news],
                "native": [_native_json(one) for one in native],
            }
        )
    else:
        _print(out(), days, news)
        if native and microsoft:
            _print_native(out(), native)


def _day_json(day: Day) -> dict[str, Any]:
    return {"day": day.day.isoformat(), "snapshot": day.snapshot and snapshot_json(day.snapshot)}


def _native_json(day: NativeDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "points": numbers.points_json(day.points),
        "maximum": numbers.points_json(day.maximum),
        "percent": numbers.number_json(percent_of(day.points, day.maximum)),
    }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot without its actions, in the form that programs read."""
    totals = snapshot.totals
    return {
        "number": snapshot.number,
        "taken": snapshot.taken_at.isoformat(),
        "trigger": snapshot.trigger,
        "catalog_version": snapshot.catalog_version,
        "points": numbers.points_json(totals.points),
        "verified_points": numbers.points_json(totals.verified),
        "maximum": numbers.points_json(totals.maximum),
        "percent": numbers.number_json(percent_of(totals.points, totals.maximum)),
        "verified_percent": numbers.number_json(percent_of(totals.verified, totals.maximum)),
        "assessed_share": totals.assessed_share,
    }


def activity_json(activity: Activity) -> dict[str, Any]:
    """An activity with everything that it moved."""
    return {
        "snapshot": activity.snapshot,
        "at": activity.at.isoformat(),
        "author": activity.author,
        "about": activity.about,
        "effects": [
            {
                "action": one.action_id,
                "cause": one.cause,
                "category": one.category,
                "points": numbers.points_json(one.achieved),
                "maximum": numbers.points_json(one.maximum),
            }
            for one in activity.effects.credited
        ],
    }


def _print(console: Console, days: list[Day], news: list[Activity]) -> None:
    if not days:
        console.print(
            "Nothing was recorded in that time. What never was read has no history: securescore sync"
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Day")
    for name in ("Score", "Verified", "Points", "Maximum", "Assessed"):
        table.add_column(name, justify="right")
    for day in days:
        table.add_row(*_cells(day))
    console.print(table)
    for activity in news:
        if activity.effects.credited or activity.author.partition(":")[0] != "system":
            console.print(Text(), _told(activity), soft_wrap=True, sep="\n")


def _print_native(console: Console, native: list[NativeDay]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Microsoft's own")
    for name in ("Score", "Points", "Maximum"):
        table.add_column(name, justify="right")
    for one in native:
        percent = numbers.percent(percent_of(one.points, one.maximum))
        table.add_row(one.day.isoformat(), percent, numbers.points(one.points), numbers.points(one.maximum))
    console.print(Text(), table)


def _cells(day: Day) -> tuple[str, ...]:
    if day.snapshot is None:
        return (day.day.isoformat(), "gap", "", "", "", "")
    totals = day.snapshot.totals
    share = totals.assessed_share
    return (
        day.day.isoformat(),
        numbers.percent(percent_of(totals.points, totals.maximum)),
        numbers.percent(percent_of(totals.verified, totals.maximum)),
        numbers.points(totals.points),
        numbers.points(totals.maximum),
        "-" if share is None else f"{100 * share:.1f} %",
    )


def _told(activity: Activity) -> Text:
    """One activity: when and who, then what it moved, then the records that were configured differently."""
    head = f"{activity.at:%Y-%m-%d %H:%M}  {_what(activity.about)}  by {activity.author}"
    lines = [plain(head, "bold")]
    effects = activity.effects.credited
    if activity.snapshot == 1:
        lines.append(plain(f"  The first reading: {len(effects)} actions in the total."))
        return Text("\n").join(lines)
    figures = numbers.signed_points([one.achieved for one in effects])
    listed = sorted(zip(effects, figures, strict=True), key=lambda one: -abs(one[0].achieved))
    for effect, points in listed[:_EFFECTS]:
        maximum = f" of {numbers.signed_points([effect.maximum])[0]}" if effect.maximum else ""
        lines.append(plain(f"  {points:>7}{maximum}  {effect.action_id}  {effect.cause.replace('_', ' ')}"))
    if not listed and not activity.effects.verified:
        lines.append(plain("  Nothing moved the score."))
    if len(listed) > _EFFECTS:
        lines.append(plain(f"  and {len(listed) - _EFFECTS} more; --format json lists them all"))
    lines += [plain(f"  {line}", "dim") for line in _records(activity.about or {})]
    return Text("\n").join(lines)


_DEEDS = (
    ({"status"}, "{action}: {status}"),
    ({"checked"}, "checked {checked} ({run})"),
    ({"run"}, "read ({run})"),
    ({"excluded"}, "exclusion {excluded}: {reason}"),
    ({"ended"}, "exclusion {ended} ended: {reason}"),
    ({"declared", "class"}, "{class} accounts: {declared}"),
    ({"taken_back", "class"}, "no longer {class} accounts: {taken_back}"),
    ({"taken_back"}, "attestation {taken_back} of {action} taken back"),
    ({"attestation"}, "{action} attested"),
    ({"withdrawn"}, "decision {withdrawn} withdrawn: {action}"),
    ({"template"}, "template {template}"),
    ({"imported"}, "organisation file imported"),
)
"""What an activity was, in words, by what it tells: the first of which everything is there."""


def _what(about: Mapping[str, Any] | None) -> str:
    about = about or {}
    told = {name: _words(name, value) for name, value in about.items()}
    for needed, form in _DEEDS:
        if needed <= told.keys():
            return form.format_map(defaultdict(str, told))
    return (
        ", ".join(f"{key} {value}" for key, value in about.items() if isinstance(value, str | int))
        or "recorded"
    )


def _words(name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value[:_NAMED])) + (" ..." if len(value) > _NAMED else "")
    return str(value).replace("_", " ") if name in {"status", "class"} else str(value)


def _change(record: Mapping[str, Any]) -> str:
    """What happened to a record; values that name people were never recorded."""
    if "property" not in record:
        return str(record["kind"])
    if record["before"] is record["after"] is None:
        return f"{record['property']} changed"
    return f"{record['property']} {record['before'] or '-'} -> {record['after'] or '-'}"


def _records(about: Mapping[str, Any]) -> list[str]:
    lines = []
    for table in about.get("records", []):
        listed = table["listed"][:_RECORDS]
        lines += [f"{table['table']}: {one['record']}: {_change(one)}" for one in listed]
        hidden = table["total"] - len(table["listed"][:_RECORDS])
        if hidden:
            lines.append(f"{table['table']}: {hidden} {'more ' if table['listed'] else ''}differences")
    return lines
