"""`securescore import`: evidence from files that somebody saved."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from securescore.cli.import_scuba import report_json, report_table
from securescore.cli.output import Format, FormatOption, out, plain, print_json, progress
from securescore.cli.suggest import Command
from securescore.connectors.native_score import ImportReport, import_native_score
from securescore.connectors.scuba_export import import_scuba
from securescore.evidence import EvidenceFolder, Run

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
Export = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A ProviderSettingsExport.json of ScubaGear.", show_default=False),
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


@app.command("native-score", cls=Command, short_help="Import saved answers of Microsoft's own score.")
def native_score(files: Files, folder: Out, output_format: FormatOption = Format.TABLE) -> None:
    """Import saved answers of GET /security/secureScores and /security/secureScoreControlProfiles."""
    with progress("Importing"):
        evidence = EvidenceFolder(folder)
        report = import_native_score(files, evidence)
        earlier = _runs_of_the_same_moment(evidence, report.run)
    if output_format is Format.JSON:
        print_json(_as_json(report, earlier))
    else:
        out().print(_as_table(report, earlier))


@app.command(cls=Command, short_help="Import a settings export of ScubaGear.")
def scuba(file: Export, folder: Out, output_format: FormatOption = Format.TABLE) -> None:
    """Import the settings that ScubaGear exported: policies and settings, neither users nor mailboxes."""
    with progress("Importing"):
        evidence = EvidenceFolder(folder)
        report = import_scuba(file, evidence)
        earlier = _runs_of_the_same_moment(evidence, report.run)
    if output_format is Format.JSON:
        print_json(report_json(report, earlier))
    else:
        out().print(report_table(report, _again(report.run, earlier) if earlier else None))


def _runs_of_the_same_moment(evidence: EvidenceFolder, added: Run) -> list[str]:
    return [run.id for run in evidence.runs() if run.ended == added.ended and run.id != added.id]


def _as_json(report: ImportReport, earlier: list[str]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "tenant_id": report.tenant_id,
        "run": report.run.id,
        "path": str(report.run.path),
        "runs_of_the_same_moment": earlier,
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


def _as_table(report: ImportReport, earlier: list[str]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(report):
        table.add_row(plain(name, "bold"), plain(value))
    if earlier:
        table.add_row(plain("Again", "bold"), plain(_again(report.run, earlier)))
    return table


def _again(added: Run, earlier: list[str]) -> str:
    files = [record.file for record in added.manifest.tables.values() if record.file]
    equal = sum(file.startswith("../") for file in files)
    told = (
        "nothing in it is new, and its tables point to the files that were there"
        if equal == len(files)
        else f"{len(files) - equal} of its {len(files)} tables are new or differ"
    )
    return (
        f"the folder already holds a run of this moment ({earlier[0]}); {told}. "
        "Of the two the new run is read first"
    )


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
