"""`securescore changes`: why the score moved between two runs, the causes summing exactly to the difference."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from securescore.assess import Assessment, Organisation, assess, read_organisation
from securescore.assess.changes import Explanation, Step, explain_steps, runs_behind
from securescore.assess.records import SHOWN, RecordDifference, TableDifferences, record_differences
from securescore.catalog import load_catalog
from securescore.cli import numbers
from securescore.cli.assess import Folder, OrganisationFile
from securescore.cli.moments import parse_moment, parse_start
from securescore.cli.output import RISK_STATEMENT, Format, FormatOption, out, plain, print_json, progress
from securescore.cli.subject import tenant_in
from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder
from securescore.facts import load_facts
from securescore.scoring.account import Account
from securescore.scoring.change import Effect, Trigger
from securescore.scoring.totals import Pair

_RUNS_NEEDED = 2
_RECORDS_SHOWN = 12

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE",
        help="A date means its beginning (UTC). Without it: the run before the newest.",
    ),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", help="A date means its end (UTC). Without it: the newest run."),
]


def changes_command(
    folder: Folder,
    since: From = None,
    until: To = None,
    organisation: OrganisationFile = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Say why the score moved between two moments, by cause and by action.

    Of a tenant that is kept here (tenant:NAME) the causes are those that were recorded.
    """
    name = tenant_in(folder)
    if name is not None:
        from securescore.cli.recorded import print_recorded_changes  # noqa: PLC0415 - slow to import

        print_recorded_changes(name, since, until, output_format)
        return
    declared = read_organisation(organisation) if organisation else Organisation()
    first, last = _moments(EvidenceFolder(folder), since, until)
    steps = _steps(folder, first, last, declared)
    explanation = explain_steps(steps)
    before, after = steps[0].before, steps[-1].after
    records = [
        differences
        for old, new, tables in runs_behind(explanation.effects, before, after, load_facts())
        for differences in record_differences(old, new, tables)
    ]
    if output_format is Format.JSON:
        print_json(_as_json(before, after, explanation, records))
    else:
        _print(out(), before, after, explanation, records)


def _moments(folder: EvidenceFolder, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    ends = sorted({run.ended for run in folder.runs()})
    last = parse_moment("--to", until) if until is not None else max(ends, default=None)
    earlier = (end for end in ends if last and end < last)
    first = parse_start("--from", since) if since is not None else max(earlier, default=None)
    if len(ends) == 1 and len(folder.runs()) > 1 and since is None:
        raise EvidenceError(
            f"all runs of {folder.path} are of the same moment ({ends[0]:%Y-%m-%d %H:%M} UTC): there is nothing between them"
        )
    if first is None or last is None:
        raise EvidenceError(
            f"{folder.path} holds fewer than {_RUNS_NEEDED} runs to compare: collect or import once more, or name the "
            "moments with --from and --to"
        )
    if ends and first < ends[0]:
        raise EvidenceError(
            f"--from {first:%Y-%m-%d %H:%M} is before the first run of {folder.path}: nothing is known from before "
            f"{ends[0]:%Y-%m-%d %H:%M} UTC"
        )
    if first >= last:
        raise EvidenceError(
            f"--from {first:%Y-%m-%d %H:%M} is not before --to {last:%Y-%m-%d %H:%M}: exchange them"
        )
    return first, last


def _steps(folder: Path, first: datetime, last: datetime, organisation: Organisation) -> list[Step]:
    """From the earlier moment to the later one: what expired meanwhile, then what was synchronised."""
    catalog, facts, evidence = load_catalog(), load_facts(), EvidenceFolder(folder)
    with progress("Assessing") as tell:

        def assessed(moment: datetime, declared: datetime) -> Assessment:
            return assess(
                evidence,
                catalog,
                facts,
                as_of=moment,
                declared_on=declared.date(),
                organisation=organisation,
                progress=tell,
            )

        before, expired, after = assessed(first, first), assessed(first, last), assessed(last, last)
    return [Step(Trigger.EXPIRY, before, expired), Step(Trigger.SYNC, expired, after)]


def _as_json(
    before: Assessment, after: Assessment, explanation: Explanation, records: list[TableDifferences]
) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "from": before.as_of.isoformat(),
        "to": after.as_of.isoformat(),
        "credited": account_json(explanation.credited, explanation.credited_effects),
        "verified": account_json(explanation.verified, explanation.verified_effects),
        "records": [
            {
                "table": table.table,
                "total": table.total,
                "differences": [
                    {
                        "record": one.record,
                        "kind": one.kind,
                        "property": one.column,
                        "before": one.before if one.column else None,
                        "after": one.after if one.column else None,
                    }
                    for one in table.listed
                ],
            }
            for table in records
        ],
    }


def account_json(account: Account, effects: Sequence[Effect]) -> dict[str, Any]:
    return {
        "before": {
            "points": numbers.points_json(account.before.achieved),
            "maximum": numbers.points_json(account.before.maximum),
        },
        "after": {
            "points": numbers.points_json(account.after.achieved),
            "maximum": numbers.points_json(account.after.maximum),
        },
        "points": numbers.points_json(account.difference.achieved),
        "percent": numbers.number_json(account.percent),
        "causes": [
            {"cause": cause, **part}
            for cause, part in zip(account.parts, _parts_json(account, account.parts.values()), strict=True)
        ],
        "effects": [
            {"action": effect.action_id, "category": effect.category, "cause": effect.cause, **part}
            for effect, part in zip(
                effects, _parts_json(account, [effect.pair for effect in effects]), strict=True
            )
        ],
    }


def _parts_json(account: Account, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    listed = list(pairs)
    percents = numbers.parts_json([account.percent_of(pair) for pair in listed])
    return [
        {
            "points": numbers.points_json(pair.achieved),
            "maximum": numbers.points_json(pair.maximum),
            "percent": percent,
        }
        for pair, percent in zip(listed, percents, strict=True)
    ]


def _print(
    console: Console,
    before: Assessment,
    after: Assessment,
    explanation: Explanation,
    records: list[TableDifferences],
) -> None:
    account = explanation.credited
    grid = Table.grid(padding=(0, 2))
    for assessment in (before, after):
        total = assessment.score.total
        grid.add_row(
            f"{assessment.as_of:%Y-%m-%d %H:%M} UTC",
            f"{numbers.percent(total.percent)}   {numbers.points(total.points)} of "
            f"{numbers.points(total.maximum)} points",
        )
    (moved,), (percent,) = (
        numbers.signed_points([account.difference.achieved]),
        numbers.signed_percents([account.percent]),
    )
    grid.add_row("Difference", f"{percent}   {moved} points")
    console.print(grid, Text())
    if not account.parts:
        console.print("Nothing moved the score.")
    else:
        console.print(causes_table(account), Text(), effects_table(account, explanation.credited_effects))
    if records:
        console.print(_records(records))
    console.print(Text(f"\n{RISK_STATEMENT}", style="dim"))


def _records(records: list[TableDifferences]) -> Group:
    table = _plain_table("Record", "Property", "Before", "After")
    hidden = 0
    for one in records:
        for difference in one.listed[:_RECORDS_SHOWN]:
            table.add_row(*_record_cells(difference))
        hidden += max(one.total - _RECORDS_SHOWN, 0)
    more = f"\n{hidden} more differences; --format json lists up to {SHOWN} of each table." if hidden else ""
    return Group(Text("\nWhat was configured differently", style="bold"), table, Text(more))


def _record_cells(difference: RecordDifference) -> tuple[Text, ...]:
    if difference.column is None:
        return plain(difference.record), plain(difference.table, style="dim"), Text(), Text(difference.kind)
    values = (difference.column, difference.before or "-", difference.after or "-")
    return plain(difference.record), *(plain(value) for value in values)


def causes_table(account: Account) -> Table:
    table = _table("Cause")
    for cause, figures in zip(account.parts, _figures(account, account.parts.values()), strict=True):
        table.add_row(cause.replace("_", " "), *figures)
    return table


def effects_table(account: Account, effects: Sequence[Effect]) -> Table:
    table = _table("Improvement action", "Cause")
    listed = sorted(effects, key=lambda one: (-abs(one.pair.achieved), one.action_id.casefold()))
    for effect, figures in zip(listed, _figures(account, [one.pair for one in listed]), strict=True):
        table.add_row(plain(effect.action_id), effect.cause.replace("_", " "), *figures)
    return table


def _figures(account: Account, pairs: Iterable[Pair]) -> list[tuple[str, str, str]]:
    """Points, maximum and percent of each part; each column sums to what the whole shows."""
    listed = list(pairs)
    points = numbers.signed_points([pair.achieved for pair in listed])
    maxima = numbers.signed_points([pair.maximum for pair in listed])
    percents = numbers.signed_percents([account.percent_of(pair) for pair in listed])
    return list(zip(points, maxima, percents, strict=True))


def _table(*names: str) -> Table:
    table = _plain_table(*names)
    for name in ("Points", "Maximum", "Percent"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _plain_table(*names: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, overflow="fold")
    return table
