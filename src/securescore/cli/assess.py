"""`securescore assess`: the score of an evidence folder, with every action behind it."""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from securescore.assess import AssessedAction, Assessment, assess
from securescore.assess.next_step import next_step
from securescore.assess.scope import ScopeReason, inside
from securescore.assess.warnings import warnings_about
from securescore.catalog import load_catalog
from securescore.cli import numbers
from securescore.cli.moments import parse_moment
from securescore.cli.output import RISK_STATEMENT, Format, FormatOption, err, out, plain, print_json, progress
from securescore.cli.subject import Subject, subject_of, tenant_in
from securescore.evidence import EvidenceFolder
from securescore.facts import load_facts
from securescore.model import Coverage, Kind, Outcome, Source, Status
from securescore.scoring.totals import View, Views
from securescore.store.packing import StoredAction

SCHEMA_VERSION = 1

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The evidence folder, or tenant:NAME.", show_default=False),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="DATE", help="The moment of the score; without it the end of the newest run."
    ),
]
OrganisationFile = Annotated[
    Path | None,
    typer.Option("--organisation", metavar="FILE.toml", help="Account classes, exclusions and decisions."),
]
Rescore = Annotated[
    bool,
    typer.Option(
        "--rescore", help="Of a tenant: assess its evidence again with today's catalog. Records nothing."
    ),
]
All = Annotated[bool, typer.Option("--all", help="List the actions outside the total too.")]


def assess_command(
    folder: Folder,
    at: At = None,
    organisation: OrganisationFile = None,
    output_format: FormatOption = Format.TABLE,
    every: All = False,  # noqa: FBT002 - a flag of the command line
    rescore: Rescore = False,  # noqa: FBT002
) -> None:
    """Assess an evidence folder and print the score, ranked by what to do next.

    Of a tenant that is kept here (tenant:NAME) the score is printed as it was recorded, unless --rescore is given.
    """
    name = tenant_in(folder)
    if name is not None and not rescore:
        from securescore.cli.recorded import print_recorded  # noqa: PLC0415 - the database is slow to import

        print_recorded(name, at, output_format)
        return
    assessment = assess_subject(subject_of(folder, organisation), at)
    if output_format is Format.JSON:
        print_json(as_json(assessment))
    else:
        print_score(out(), assessment, every=every)


def assess_subject(subject: Subject, at: str | None) -> Assessment:
    """The assessment that the options ask for."""
    moment = parse_moment("--at", at) if at is not None else None
    with progress("Assessing") as tell:
        assessment = assess(
            EvidenceFolder(subject.folder),
            load_catalog(),
            load_facts(),
            as_of=moment,
            organisation=subject.organisation,
            progress=tell,
        )
    for sentence in warnings_about(assessment, subject.organisation):
        err().print(plain(f"Note: {sentence}", style="yellow"), soft_wrap=True)
    return assessment


def as_json(assessment: Assessment) -> dict[str, Any]:
    """The assessment in the form that programs read (design, "Interfaces that must stay as named")."""
    total = assessment.score.total
    return {
        "schema_version": SCHEMA_VERSION,
        "tenant_id": assessment.tenant_id,
        "as_of": moment_json(assessment.as_of),
        "catalog_version": assessment.catalog_version,
        "score": {
            "points": numbers.points_json(total.points),
            "maximum": numbers.points_json(total.maximum),
            "percent": numbers.number_json(total.percent),
            "verified_points": numbers.points_json(total.verified_points),
            "verified_percent": numbers.number_json(total.verified_percent),
            "assessed_share": numbers.number_json(assessment.assessed_share),
            "views": _views_json(total.views),
            "verified_views": _views_json(total.verified_views),
            "categories": {
                category: {
                    "points": numbers.points_json(part.points),
                    "maximum": numbers.points_json(part.maximum),
                    "percent": numbers.number_json(part.percent),
                    "verified_points": numbers.points_json(part.verified_points),
                }
                for category, part in assessment.score.categories.items()
            },
        },
        "actions": [action_json(action) for action in assessment.actions],
    }


def action_json(action: AssessedAction) -> dict[str, Any]:
    """One action."""
    return {
        "id": action.id,
        "title": action.title,
        "rank": action.rank,
        "service": action.service,
        "product": action.product,
        "category": action.category,
        "kind": action.action.kind if action.action else Kind.CONFIGURATION,
        "outcome": action.outcome,
        "reason": action.reason,
        "source": action.source,
        "step": next_step(action),
        **figures_json(action, action.as_of),
        "native": _native_json(action),
    }


def figures_json(action: AssessedAction | StoredAction, as_of: datetime | None) -> dict[str, Any]:
    """What is known of an action in figures, assessed now or recorded.

    Counts are null when the result is not ours, points null when it was not assessed.
    """
    coverage = action.coverage if action.source is Source.EVIDENCE else None
    unassessed = action.outcome is not Outcome.ASSESSED and not action.points
    return {
        "uniform": action.uniform,
        "stale": action.stale,
        "as_of": moment_json(as_of),
        "status": action.status,
        "counted": action.counted,
        "scope": action.scope,
        "evidence_lost": action.evidence_lost,
        "licensed": action.licensed,
        "protected": coverage.protected if coverage else None,
        "exposed": coverage.exposed if coverage else None,
        "unknown": coverage.unknown if coverage else None,
        "excluded": coverage.excluded if coverage else None,
        "total": coverage.total if coverage else None,
        "resolved": action.resolved if coverage else None,
        "points": None if unassessed else numbers.points_json(action.points),
        "verified_points": None if unassessed else numbers.points_json(action.verified),
        "maximum": numbers.points_json(action.maximum),
        "decision_overtaken": action.overtaken,
        "declared_at_microsoft": action.declared_at_microsoft,
    }


def _native_json(action: AssessedAction) -> dict[str, Any] | None:
    if action.native is None:
        return None
    return {
        "points": numbers.number_json(action.native.points),
        "maximum": numbers.number_json(action.native.maximum),
        "text": action.native.text,
    }


def _views_json(views: Views) -> dict[str, Any]:
    named = {
        "current": views.current,
        "planned": views.planned,
        "current_licence": views.current_licence,
        "achievable": views.achievable,
    }
    return {
        name: {"points": numbers.points_json(view.points), "percent": numbers.number_json(view.percent)}
        if view
        else None
        for name, view in named.items()
    }


def moment_json(moment: datetime | None) -> str | None:
    """To the last digit: given to `--at` it must not come before the run it is the end of."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def print_score(
    console: Console,
    assessment: Assessment,
    *,
    every: bool = False,
    most: int | None = None,
    folder: Path | None = None,
) -> None:
    """The score, its categories and its actions, for people.

    Args:
        most: so many actions are listed; `folder` is that of the evidence, for the command that lists them all.
    """
    console.print(_headline(assessment))
    console.print(_categories(assessment))
    console.print(actions_table(assessment, most=most))
    if most is not None and len(assessment.counted) > most:
        left = len(assessment.counted) - most
        console.print(
            plain(f"... and {left} more: securescore assess {folder} lists them all."), soft_wrap=True
        )
    if not_scored := [action for action in assessment.actions if _worth_knowing(action)]:
        console.print(_not_scored_table(not_scored))
    if every:
        console.print(_outside_table(assessment))
    console.print(_notes(assessment, every=every))
    console.print()
    console.print(Text(RISK_STATEMENT, style="dim"))


def _headline(assessment: Assessment) -> RenderableType:
    total = assessment.score.total
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Tenant", plain(assessment.tenant_id))
    grid.add_row("As of", f"{assessment.as_of:%Y-%m-%d %H:%M} UTC, catalog {assessment.catalog_version}")
    grid.add_row(
        Text("Score", style="bold"),
        Text(
            f"{numbers.percent(total.percent)}   {numbers.points(total.points)} of {numbers.points(total.maximum)} points",
            style="bold",
        ),
    )
    grid.add_row(
        "Verified",
        f"{numbers.percent(total.verified_percent)}   {numbers.points(total.verified_points)} points without anything declared",
    )
    grid.add_row(
        "Assessed",
        f"{_share(assessment.assessed_share)}   of {numbers.points(assessment.scope_maximum)} points in scope rest on fresh, "
        "known results",
    )
    for name, view in _further_views(total.views):
        grid.add_row(name, f"{numbers.percent(view.percent)}   {numbers.points(view.points)} points")
    if assessment.native is not None:
        grid.add_row("Microsoft", _native_line(assessment))
    return grid


def _further_views(views: Views) -> list[tuple[str, View]]:
    named = [
        ("Planned", views.planned),
        ("Licences", views.current_licence),
        ("Achievable", views.achievable),
    ]
    return [(name, view) for name, view in named if view is not None and view.points != views.current.points]


def _native_line(assessment: Assessment) -> str:
    native = assessment.native
    if native is None or native.points is None or not native.maximum:
        return "no total of its own"
    share = numbers.percent(100 * native.points / native.maximum)
    return (
        f"{share}   {float(native.points):.2f} of {float(native.maximum):.2f} points on {native.day:%Y-%m-%d}"
    )


def _share(share: Fraction | None) -> str:
    return "-" if share is None else numbers.percent(100 * share)


def _categories(assessment: Assessment) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Category")
    for name in ("Score", "Points", "Maximum", "Verified"):
        table.add_column(name, justify="right")
    parts = assessment.score.categories
    columns = [
        numbers.points_of_parts([one.points for one in parts.values()]),
        numbers.points_of_parts([one.maximum for one in parts.values()]),
        numbers.points_of_parts([one.verified_points for one in parts.values()]),
    ]
    for (category, part), figures in zip(parts.items(), zip(*columns, strict=True), strict=True):
        table.add_row(category, numbers.percent(part.percent), *figures)
    return Group(Text(), table, Text())


def actions_table(assessment: Assessment, most: int | None = None) -> Table:
    """The actions in the total, the one to do first on top; accepted risks are left out."""
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("#", justify="right")
    table.add_column("Improvement action", ratio=1, overflow="fold")
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Left", justify="right", no_wrap=True)
    table.add_column("Protected", justify="right", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    listed = [action for action in assessment.counted if action.status is not Status.RISK_ACCEPTED]
    for action in listed[:most]:
        table.add_row(
            str(action.rank),
            Text.assemble(plain(action.title), "\n", plain(action.id, style="dim")),
            f"{numbers.points(action.points)}/{_whole(action.maximum)}",
            numbers.points(action.left),
            _covered(action),
            _result(action),
        )
    return table


def _worth_knowing(action: AssessedAction) -> bool:
    informational = action.action is not None and action.action.kind is Kind.INFORMATIONAL
    return informational and action.coverage is not None and action.coverage.exposed > 0


def _not_scored_table(actions: list[AssessedAction]) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column(Text("[Not scored], worth knowing"), ratio=1, overflow="fold")
    table.add_column("Exposed", justify="right", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    for action in actions:
        coverage = action.coverage or Coverage()
        words = Text.assemble(plain(action.title), "\n", plain(action.id, style="dim"))
        table.add_row(words, f"{coverage.exposed}/{coverage.total}", _result(action))
    return Group(Text(), table)


def _outside_table(assessment: Assessment) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Outside the total", ratio=1, overflow="fold")
    table.add_column("Protected", justify="right", no_wrap=True)
    table.add_column("Why")
    for action in assessment.actions:
        if not action.counted:
            words = Text.assemble(plain(action.title), "\n", plain(action.id, style="dim"))
            table.add_row(words, _covered(action), why_outside(action))
    return Group(Text(), table)


def why_outside(action: AssessedAction) -> str:
    """Why an action is not in the total, in a few words."""
    if action.outcome is Outcome.NOT_APPLICABLE:
        return "not applicable"
    if action.maximum is None:
        return "Not scored"
    seen = inside(action.scope) or action.scope is ScopeReason.NO_DEVICE
    reason = (action.reason or action.scope) if seen else action.scope
    return str(reason).replace("_", " ")


def _whole(micro: int | None) -> str:
    return numbers.points(micro).removesuffix(".00")


def _covered(action: AssessedAction) -> str:
    coverage = action.coverage
    return f"{coverage.protected}/{coverage.total}" if coverage else ""


def _result(action: AssessedAction) -> str:
    words = []
    if action.status is not Status.TO_ADDRESS:
        words.append(_STATUS_WORDS[action.status])
    if action.evidence_lost:
        words.append("evidence lost")
    elif action.source is Source.NATIVE:
        words.append("Microsoft")
    if action.uniform:
        words.append("uniform")
    if action.coverage is not None and action.coverage.unknown:
        words.append(f"{action.coverage.unknown} unknown")
    if action.stale and action.as_of:
        words.append(f"stale {action.as_of:%m-%d}")
    return "\n".join(words)


_STATUS_WORDS = {
    Status.COMPLETED: "done",
    Status.PLANNED: "planned",
    Status.RISK_ACCEPTED: "accepted",
    Status.THIRD_PARTY: "third party",
    Status.ALTERNATE_MITIGATION: "alternate",
    Status.TO_ADDRESS: "to address",
}


def _notes(assessment: Assessment, *, every: bool) -> RenderableType:
    outside = len(assessment.actions) - len(assessment.counted)
    lines = [
        f"{len(assessment.counted)} actions in the total, {outside} outside it"
        + ("." if every else " (--all lists them)."),
        "The order is points left against cost, impact on users and tier.",
    ]
    accepted = sum(action.status is Status.RISK_ACCEPTED for action in assessment.counted)
    if accepted:
        lines.append(f"{accepted} with accepted risk are not listed; they stay in the total.")
    if assessment.newest.manifest.partial:
        lines.append("The newest run is partial: part of what it should hold was not there.")
    return Text("\n" + "\n".join(lines))
