"""`securescore reconcile`: Microsoft's own score beside ours, the difference split per action."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.assess.reconcile import Line, Reconciliation, reconcile
from securescore.cli import numbers
from securescore.cli.assess import At, Folder, OrganisationFile, assess_folder
from securescore.cli.output import RISK_STATEMENT, Format, FormatOption, out, plain, print_json
from securescore.model import MICRO
from securescore.scoring.account import percent_effect
from securescore.scoring.totals import Pair

Every = Annotated[bool, typer.Option("--all", help="List the actions on which both agree too.")]
_AGREED = MICRO // 100
"""Microsoft gives two decimals: what differs by less is the same."""

_BEYOND = "(in Microsoft's total, in no row)"


def reconcile_command(
    folder: Folder,
    at: At = None,
    organisation: OrganisationFile = None,
    output_format: FormatOption = Format.TABLE,
    every: Every = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Lay Microsoft's own score beside ours and split the difference per action."""
    result = reconcile(assess_folder(folder, at, organisation))
    if output_format is Format.JSON:
        print_json(_as_json(result))
    else:
        _print(out(), result, every=every)


def _as_json(result: Reconciliation) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "day": result.day,
        "microsoft": _pair_json(result.microsoft),
        "ours": _pair_json(result.ours),
        "difference": _pair_json(result.difference),
        "percent": numbers.number_json(percent_effect(result.microsoft, result.ours, result.difference)),
        "actions": [
            {
                "id": line.action.id if line.action else None,
                "source": line.action.source if line.action else None,
                "microsoft": _pair_json(line.microsoft),
                "ours": _pair_json(line.ours),
                "difference": _pair_json(line.difference),
                "percent": percent,
            }
            for line, percent in zip(
                result.lines, numbers.parts_json([line.percent for line in result.lines]), strict=True
            )
        ],
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {"points": numbers.points_json(pair.achieved), "maximum": numbers.points_json(pair.maximum)}


def _print(console: Console, result: Reconciliation, *, every: bool) -> None:
    head = Table.grid(padding=(0, 2))
    head.add_row(f"Microsoft on {result.day}", _score(result.microsoft))
    head.add_row("securescore, credited", _score(result.ours))
    (moved,) = numbers.signed_points([result.difference.achieved])
    (percent,) = numbers.signed_percents([percent_effect(result.microsoft, result.ours, result.difference)])
    head.add_row("Difference", f"{percent}   {moved} points")
    console.print(head, Text())
    listed = [line for line in result.lines if every or _visible(line)]
    if listed:
        console.print(_table(listed), Text())
    agreed = len(result.lines) - sum(map(_visible, result.lines))
    console.print(
        f"Both agree on {agreed} actions to within {_AGREED / MICRO} points"
        + ("." if every else " (--all lists them).")
    )
    console.print(Text(f"\n{RISK_STATEMENT}", style="dim"))


def _visible(line: Line) -> bool:
    difference = line.difference
    return max(abs(difference.achieved), abs(difference.maximum)) >= _AGREED


def _table(lines: list[Line]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Improvement action", ratio=1, overflow="fold")
    for name in ("Microsoft", "Ours", "Points", "Percent"):
        table.add_column(name, justify="right", no_wrap=True)
    points = numbers.signed_points([line.difference.achieved for line in lines])
    percents = numbers.signed_percents([line.percent for line in lines])
    for line, moved, percent in zip(lines, points, percents, strict=True):
        label = plain(line.action.id if line.action else _BEYOND)
        table.add_row(label, _fraction(line.microsoft), _fraction(line.ours), moved, percent)
    return table


def _score(pair: Pair) -> str:
    return f"{numbers.percent(pair.percent)}   {_fraction(pair)} points"


def _fraction(pair: Pair) -> str:
    return f"{numbers.points(pair.achieved)}/{numbers.points(pair.maximum)}" if pair else "-"
