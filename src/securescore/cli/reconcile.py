"""`securescore reconcile`: Microsoft's own score beside ours, the difference split per action."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.assess.reconcile import Line, Reconciliation, reconcile
from securescore.cli import numbers
from securescore.cli.assess import At, Folder, OrganisationFile, assess_subject
from securescore.cli.output import RISK_STATEMENT, Format, FormatOption, out, plain, print_json
from securescore.cli.subject import subject_of
from securescore.model import MICRO
from securescore.scoring.account import percent_effect
from securescore.scoring.totals import Pair

Every = Annotated[bool, typer.Option("--all", help="List the actions on which both agree too.")]
_AGREED = MICRO // 100
"""Microsoft gives two decimals: what differs by less is the same."""

_BEYOND = "(in Microsoft's total, in no row)"
_AGREEING = "(actions both agree on)"


@dataclass(frozen=True)
class _Row:
    """One line of the table."""

    label: str
    microsoft: Pair
    ours: Pair
    percent: Fraction | None


def reconcile_command(
    folder: Folder,
    at: At = None,
    organisation: OrganisationFile = None,
    output_format: FormatOption = Format.TABLE,
    every: Every = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Lay Microsoft's own score beside ours and split the difference per action."""
    result = reconcile(assess_subject(subject_of(folder, organisation), at))
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
    hidden = [line for line in result.lines if not every and not _visible(line)]
    rows = [*map(_row, listed), *_together(hidden)]
    if rows:
        console.print(_table(rows), Text())
    agreed = len(result.lines) - sum(map(_visible, result.lines))
    console.print(
        f"Both agree on {agreed} actions to within {_AGREED / MICRO} points"
        + ("." if every else " (--all lists them).")
    )
    console.print(Text(f"\n{RISK_STATEMENT}", style="dim"))


def _visible(line: Line) -> bool:
    difference = line.difference
    return max(abs(difference.achieved), abs(difference.maximum)) >= _AGREED


def _row(line: Line) -> _Row:
    return _Row(line.action.id if line.action else _BEYOND, line.microsoft, line.ours, line.percent)


def _together(lines: list[Line]) -> list[_Row]:
    """One row for what is not listed, so that the rows add up; none where it makes no difference."""
    microsoft, ours = (
        sum((line.microsoft for line in lines), Pair()),
        sum((line.ours for line in lines), Pair()),
    )
    if microsoft == ours:
        return []
    percents = [line.percent for line in lines if line.percent is not None]
    return [_Row(_AGREEING, microsoft, ours, sum(percents, Fraction()) if percents else None)]


def _table(rows: list[_Row]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Improvement action", ratio=1, overflow="fold")
    for name in ("Microsoft", "Ours", "Points", "Percent"):
        table.add_column(name, justify="right", no_wrap=True)
    points = numbers.signed_points([row.ours.achieved - row.microsoft.achieved for row in rows])
    percents = numbers.signed_percents([row.percent for row in rows])
    for row, moved, percent in zip(rows, points, percents, strict=True):
        table.add_row(plain(row.label), _fraction(row.microsoft), _fraction(row.ours), moved, percent)
    return table


def _score(pair: Pair) -> str:
    return f"{numbers.percent(pair.percent)}   {_fraction(pair)} points"


def _fraction(pair: Pair) -> str:
    return f"{numbers.points(pair.achieved)}/{numbers.points(pair.maximum)}" if pair else "-"
