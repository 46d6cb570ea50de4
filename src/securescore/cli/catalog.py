"""`securescore catalog`: look at the improvement actions, check and compare them, start a new one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from securescore.catalog import Action, Catalog, Dated, Texts, load_catalog
from securescore.catalog.diff import Difference, compare, points_in_words
from securescore.catalog.loader import SHIPPED, read_content
from securescore.catalog.new import write_new
from securescore.cli.output import Format, FormatOption, harmless, out, plain, print_json
from securescore.errors import CatalogError
from securescore.model import MICRO, Category

app = typer.Typer(
    name="catalog",
    help="The improvement actions: look at them, check and compare them.",
    no_args_is_help=True,
)

SCHEMA_VERSION = 1


class Language(StrEnum):
    EN = "en"
    NL = "nl"


Folder = Annotated[
    Path, typer.Option("--folder", help="A content folder other than the shipped one.", show_default=False)
]


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="The content folder.", show_default=False)] = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Run every rule over the content. Exit code 1 when something is wrong."""
    from securescore.catalog.check import check_content, read_exemptions  # noqa: PLC0415 - the parser is slow to load

    content = read_content(path)
    findings = check_content(content, _relations(), read_exemptions())
    if output_format is Format.JSON:
        _answer(findings=[asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(harmless(str(finding)))
        measured = sum(action.measured for action in content.actions)
        summary = f"{len(content.actions)} actions, {measured} measured, catalog {content.version}"
        typer.echo(f"{summary}: {len(findings) or 'nothing'} wrong", err=bool(findings))
    raise typer.Exit(1 if findings else 0)


@app.command("list")
def list_actions(
    service: Annotated[
        str | None, typer.Option(help="A service code, such as EXO.", show_default=False)
    ] = None,
    category: Annotated[Category | None, typer.Option(case_sensitive=False, show_default=False)] = None,
    measured: Annotated[
        bool | None, typer.Option("--measured/--native", help="Measured here, or by Microsoft's score only.")
    ] = None,
    folder: Folder = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List the actions, with the points of today."""
    catalog, today = load_catalog(folder), _today()
    _refuse_unknown_service(catalog, service)
    actions = [
        action
        for action in catalog.actions.values()
        if (service is None or action.service.casefold() == service.casefold())
        and (category is None or action.category_on(today) is category)
        and (measured is None or action.measured is measured)
    ]
    if output_format is Format.JSON:
        _answer(catalog_version=catalog.version, actions=[_row_as_json(action, today) for action in actions])
    else:
        out().print(
            _listing(actions, today), plain(f"{len(actions)} actions, catalog {catalog.version}", "dim")
        )


@app.command()
def show(
    action_id: Annotated[str, typer.Argument(metavar="ID", help="The id, in any case.", show_default=False)],
    language: Annotated[Language, typer.Option(help="The language of the texts.")] = Language.EN,
    folder: Folder = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show one action: what it is worth, how it is measured, what to do."""
    catalog = load_catalog(folder)
    action = catalog.get(action_id)
    if action is None:
        raise CatalogError(f"there is no action {action_id!r}; `securescore catalog list` names them all")
    if output_format is Format.JSON:
        _answer(catalog_version=catalog.version, action=_action_as_json(action, language, _today()))
    else:
        out().print(*_sheet(action, catalog, language), sep="\n")


@app.command()
def new(
    action_id: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, such as custom.my_rule.", show_default=False)
    ],
    service: Annotated[str, typer.Option(help="The service code, such as AzureAD.", show_default=False)],
    folder: Folder = SHIPPED,
) -> None:
    """Start a new action: a form, a query and its cases to fill in."""
    files = write_new(action_id, service, folder)
    typer.echo("Written:")
    for file in files:
        typer.echo(f"  {harmless(str(file))}")
    typer.echo(
        "Next: fill in the form, write the query, and add a protected and an exposed case.\n"
        "Then run `securescore catalog check`; it names what is still missing.\n"
        "When the texts are there in English and Dutch, set lifecycle to experimental."
    )


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The content folder before.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The content folder after.", show_default=False)] = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Compare two content folders: which actions came, went, or changed, and how."""
    before, after = load_catalog(old), load_catalog(new)
    changes = compare(before, after)
    if output_format is Format.JSON:
        rows = [_difference_as_json(change) for change in changes]
        _answer(old_version=before.version, new_version=after.version, changes=rows)
    elif changes:
        out().print(_differences(changes), plain(f"{before.version} -> {after.version}", "dim"))
    else:
        typer.echo(f"No difference: both are catalog {after.version}.")


def _today() -> date:
    return datetime.now(UTC).date()


def _relations() -> Mapping[str, Collection[str]]:
    """Columns of every table and fact that a query may read."""
    from securescore.evidence import TABLES  # noqa: PLC0415 - only `check` pays for these
    from securescore.facts import load_facts  # noqa: PLC0415

    tables = {name: table.columns for name, table in TABLES.items()}
    facts = {name: fact.columns for name, fact in load_facts().items()}
    return {name: [column.name for column in columns] for name, columns in (tables | facts).items()}


def _refuse_unknown_service(catalog: Catalog, service: str | None) -> None:
    known = {code.casefold() for code in catalog.services}
    if service is not None and service.casefold() not in known:
        raise CatalogError(f"{service!r} is no service code; known are {', '.join(catalog.services)}")


def _answer(**parts: Any) -> None:
    print_json({"schema_version": SCHEMA_VERSION, **parts})


def _points_on(action: Action, day: date) -> str:
    maximum = action.maximum_on(day)
    return "" if maximum is None else f"{maximum / MICRO:g}"


def _measured_by(action: Action) -> str:
    return "query" if action.measured else "native"


def _listing(actions: Iterable[Action], today: date) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Action", ratio=1, overflow="fold")
    table.add_column("Service", no_wrap=True)
    table.add_column("Category", no_wrap=True)
    table.add_column("Points", justify="right")
    table.add_column("By", no_wrap=True)
    for action in actions:
        name = Text.assemble(plain(action.title), "\n", plain(action.id, "dim"))
        cells = (action.service, action.category_on(today), _points_on(action, today), _measured_by(action))
        table.add_row(name, *(plain(cell) for cell in cells))
    return table


def _sheet(action: Action, catalog: Catalog, language: Language) -> Iterable[RenderableType]:
    texts = action.text(language)
    yield plain(texts.title, "bold")
    yield plain(f"{action.id} · {action.product} · {action.lifecycle}", "dim")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(ratio=1, overflow="fold")
    for name, value in _facts_of(action, catalog):
        if value:
            facts.add_row(name, plain(value))
    yield Padding(facts, (1, 0))
    yield from _told(texts)


def _facts_of(action: Action, catalog: Catalog) -> Iterable[tuple[str, str]]:
    yield "Category", _dated_in_words(action.category)
    yield "Points", points_in_words(action.points)
    yield "Scoring", (action.scoring or "").replace("_", " ")
    yield "Measured by", _measurement_in_words(action)
    yield "When empty", (action.when_empty or "").replace("_", " ")
    yield "Licence", _licence_in_words(action, catalog)
    yield "Tier", (action.tier or "").replace("_", " ")
    yield "Cost", action.cost or ""
    yield "User impact", action.user_impact or ""
    yield "Protects from", ", ".join(threat.replace("_", " ") for threat in action.threats)
    yield "Do first", ", ".join(action.after)
    yield "Frameworks", "; ".join(f"{name} {', '.join(parts)}" for name, parts in action.frameworks.items())
    yield "Link", action.link or ""


def _dated_in_words(values: Iterable[Dated[Category]]) -> str:
    return ", ".join(f"{dated.value} from {dated.start}" if dated.start else dated.value for dated in values)


def _measurement_in_words(action: Action) -> str:
    if not action.measured:
        return "Microsoft's own score"
    return f"a query for each {action.entity} over {', '.join(action.evidence)} ({action.confidence})"


def _licence_in_words(action: Action, catalog: Catalog) -> str:
    if action.licence is None:
        return ""
    plans = " or ".join(catalog.plans.get(plan, plan) for plan in action.licence.plans) or "none needed"
    note = action.licence.note
    return plans if note in {None, "none", plans} else f"{plans} ({note})"


def _told(texts: Texts) -> Iterable[RenderableType]:
    if texts.why:
        yield _paragraphs(texts.why)
    for heading, items in (("What to do", texts.do), ("The result can be wrong when", texts.wrong_when)):
        if items:
            yield Padding(Group(plain(heading, "bold"), _numbered(items)), (1, 0, 0, 0))
    for heading, text in (
        ("What people will notice", texts.users_notice),
        ("Needed first", texts.prerequisites),
    ):
        if text:
            yield Padding(Group(plain(heading, "bold"), _paragraphs(text)), (1, 0, 0, 0))


def _paragraphs(text: str) -> Text:
    return Text("\n").join(plain(line) for line in text.splitlines())


def _numbered(items: Iterable[str]) -> Table:
    steps = Table.grid(padding=(0, 1))
    steps.add_column(justify="right")
    steps.add_column(ratio=1, overflow="fold")
    for number, item in enumerate(items, 1):
        steps.add_row(f"{number}.", _paragraphs(item))
    return steps


def _differences(changes: Iterable[Difference]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Change", no_wrap=True)
    table.add_column("Action", overflow="fold")
    table.add_column("Before", overflow="fold")
    table.add_column("After", overflow="fold")
    for change in changes:
        cells = (change.change.replace("_", " "), change.action.id, change.before or "", change.after or "")
        table.add_row(*(plain(cell) for cell in cells))
    return table


def _difference_as_json(change: Difference) -> dict[str, Any]:
    return {"change": change.change, "id": change.action.id, "before": change.before, "after": change.after}


def _row_as_json(action: Action, today: date) -> dict[str, Any]:
    maximum = action.maximum_on(today)
    return {
        "id": action.id,
        "service": action.service,
        "product": action.product,
        "category": action.category_on(today),
        "kind": action.kind,
        "lifecycle": action.lifecycle,
        "points": None if maximum is None else maximum / MICRO,
        "scoring": action.scoring,
        "measured": action.measured,
        "title": action.title,
    }


def _action_as_json(action: Action, language: Language, today: date) -> dict[str, Any]:
    texts = action.text(language)
    return _row_as_json(action, today) | {
        "title": texts.title,
        "point_history": [
            {"value": point.value / MICRO, "from": point.start and point.start.isoformat()}
            for point in action.points
        ],
        "entity": action.entity,
        "when_empty": action.when_empty,
        "confidence": action.confidence,
        "evidence": action.evidence,
        "licence": action.licence and {"plans": action.licence.plans, "note": action.licence.note},
        "tier": action.tier,
        "cost": action.cost,
        "user_impact": action.user_impact,
        "threats": action.threats,
        "after": action.after,
        "aliases": action.aliases,
        "frameworks": action.frameworks,
        "link": action.link,
        "why": texts.why,
        "do": texts.do,
        "users_notice": texts.users_notice,
        "prerequisites": texts.prerequisites,
        "wrong_when": texts.wrong_when,
        "details": texts.details,
        "content_hash": action.content_hash,
    }
