"""`securescore import`: evidence from files that somebody saved."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from securescore.cli.output import Format, FormatOption, out, plain, print_json, progress
from securescore.connectors.native_score import ImportReport, import_native_score
from securescore.evidence import EvidenceFolder

app = typer.Typer(
    name="import",
    help="Add a run to an evidence folder from saved files.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILES", help="Saved answers, in any order and number.", show_default=False),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="FOLDER", help="The evidence folder to add the run to.", show_default=False
    ),
]
SHOWN = 5


@app.callback()
def _sub_commands() -> None:
    """Add a run to an evidence folder from saved files."""


@app.command("native-score")
def native_score(files: Files, folder: Out, output_format: FormatOption = Format.TABLE) -> None:
    """Import saved answers of GET /security/secureScores and /security/secureScoreControlProfiles."""
    with progress("Importing"):
        report = import_native_score(files, EvidenceFolder(folder))
    if output_format is Format.JSON:
        print_json(_as_json(report))
    else:
        out().print(_as_table(report))


def _as_json(report: ImportReport) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "tenant_id": report.tenant_id,
        "run": report.run.id,
        "path": str(report.run.path),
        "partial": report.partial,
        "days": report.days,
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
        "points": report.points,
        "maximum": report.maximum,
        "controls": report.controls,
        "profiles": report.profiles,
        "without_profile": list(report.without_profile),
        "rejections": {table: dict(columns) for table, columns in report.rejections.items()},
    }


def _as_table(report: ImportReport) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in _lines(report):
        table.add_row(plain(name, "bold"), plain(value))
    return table


def _lines(report: ImportReport) -> list[tuple[str, str]]:
    lines = [
        ("Tenant", report.tenant_id),
        ("Run", str(report.run.path)),
        ("Days", f"{report.days} ({report.first_day} to {report.last_day})"),
        (
            "Newest day",
            f"{_figure(report.points)} of {_figure(report.maximum)} points, {report.controls} controls",
        ),
        ("Profiles", str(report.profiles)),
    ]
    if report.partial:
        lines.append(("Partial", _why_partial(report)))
    for table, columns in report.rejections.items():
        counts = ", ".join(f"{column} {count}" for column, count in columns.items())
        lines.append(("Not usable", f"{table}: {counts} (kept as not known)"))
    return lines


def _why_partial(report: ImportReport) -> str:
    if not report.without_profile:
        return "the last page of the control profiles is not among the files"
    named = ", ".join(report.without_profile[:SHOWN])
    more = len(report.without_profile) - SHOWN
    return (
        f"{len(report.without_profile)} scored controls have no profile: {named}"
        f"{f' and {more} more' if more > 0 else ''}; their points come from the catalog"
    )


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"
