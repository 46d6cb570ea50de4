"""`securescore catalog`: look at the improvement actions, check and compare them, start a new one."""

import shlex
import textwrap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from securescore.catalog import Action, Service, load_catalog
from securescore.catalog.coverage import coverage_page
from securescore.catalog.diff import Difference, compare
from securescore.catalog.loader import SHIPPED, read_content, read_services
from securescore.catalog.new import write_new
from securescore.cli.catalog_sheet import sheet
from securescore.cli.output import Format, FormatOption, harmless, out, plain, print_json
from securescore.cli.suggest import Command, did_you_mean, nearest
from securescore.errors import CatalogError
from securescore.model import MICRO, Category

app = typer.Typer(
    name="catalog",
    help="The improvement actions: look at them, check and compare them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

SCHEMA_VERSION = 1

_FIGURES: tuple[tuple[str, JustifyMethod], ...] = (
    ("Service", "left"),
    ("Category", "left"),
    ("Points", "right"),
    ("By", "left"),
)


class Language(StrEnum):
    EN = "en"
    NL = "nl"


Folder = Annotated[
    Path,
    typer.Option(
        "--folder", metavar="FOLDER", help="A content folder other than the shipped one.", show_default=False
    ),
]


@app.command(cls=Command)
def check(
    path: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The content folder.", show_default=False)
    ] = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Run every rule over the content. Exit code 1 when something is wrong."""
    from securescore.catalog.check import check_content, read_exemptions  # noqa: PLC0415 - the parser is slow to load
    from securescore.catalog.controls import read_controls  # noqa: PLC0415 - only `check` reads them

    content = read_content(path)
    controls = read_controls() if path == SHIPPED else None
    findings = check_content(content, _relations(), read_exemptions(), controls)
    if output_format is Format.JSON:
        _answer(findings=[asdict(finding) for finding in findings])
    else:
        width = out().width
        for finding in findings:
            typer.echo(_wrapped(harmless(str(finding)), width))
        measured = sum(action.measured for action in content.actions)
        summary = f"{_counted(content.actions)}, {measured} measured, catalog {content.version}"
        typer.echo(f"{summary}: {len(findings) or 'nothing'} wrong", err=bool(findings))
    raise typer.Exit(1 if findings else 0)


@app.command("list", cls=Command)
def list_actions(
    service: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="A service code in any case, such as EXO.", show_default=False),
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
    wanted = None if service is None else _service(service, catalog.services)
    actions = [
        action
        for action in catalog.actions.values()
        if (wanted is None or action.service == wanted.code)
        and (category is None or action.category_on(today) is category)
        and (measured is None or action.measured is measured)
    ]
    if output_format is Format.JSON:
        _answer(catalog_version=catalog.version, actions=[_row_as_json(action, today) for action in actions])
    else:
        summary = plain(f"{_counted(actions)}, catalog {catalog.version}", "dim")
        out().print(*_listing(actions, today), summary, sep="\n")


@app.command(cls=Command, short_help="Show one action: worth, measurement, what to do.")
def show(
    action_id: Annotated[str, typer.Argument(metavar="ID", help="The id, in any case.", show_default=False)],
    language: Annotated[
        Language, typer.Option(case_sensitive=False, help="The language of the texts.")
    ] = Language.EN,
    folder: Folder = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show one action: what it is worth, how it is measured, what to do."""
    catalog = load_catalog(folder)
    action = catalog.get(action_id)
    if action is None:
        raise CatalogError(
            f"there is no action {action_id!r}.{did_you_mean(action_id, catalog.actions)} "
            "`securescore catalog list` names them all"
        )
    if output_format is Format.JSON:
        _answer(catalog_version=catalog.version, action=_action_as_json(action, language, _today()))
    else:
        out().print(*sheet(action, catalog, language), sep="\n")


@app.command(cls=Command, short_help="Print what is measured, and why the rest is not.")
def coverage(folder: Folder = SHIPPED) -> None:
    """Print which actions are measured and why the others are not, as Markdown."""
    typer.echo(coverage_page(load_catalog(folder)), nl=False)


@app.command(cls=Command)
def new(
    action_id: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, such as custom.my_rule.", show_default=False)
    ],
    service: Annotated[
        str,
        typer.Option(metavar="CODE", help="The service code in any case, such as EXO.", show_default=False),
    ],
    folder: Folder = SHIPPED,
) -> None:
    """Start a new action: a form, a query and its cases to fill in."""
    services, _ = read_services()
    files = write_new(action_id, _service(service, services), folder)
    checked = "" if folder == SHIPPED else f" {harmless(shlex.quote(str(folder)))}"
    typer.echo(f"Written in {harmless(folder)}:")
    for file in files:
        typer.echo(f"  {harmless(file.relative_to(folder))}")
    typer.echo(
        "Next: fill in the form, write the query, add a protected and an exposed case.\n"
        "Then run this; it names what is still missing:\n"
        f"  securescore catalog check{checked}\n"
        "When the texts are there in English and Dutch, set lifecycle to experimental."
    )


@app.command(cls=Command, short_help="Compare two content folders: what changed, and how.")
def diff(
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="The content folder before.", show_default=False)
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="The content folder after.", show_default=False)
    ] = SHIPPED,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Compare two content folders: what came, went or changed, and how."""
    before, after = load_catalog(old), load_catalog(new)
    changes = compare(before, after)
    if output_format is Format.JSON:
        rows = [_difference_as_json(change) for change in changes]
        _answer(old_version=before.version, new_version=after.version, changes=rows)
    elif changes:
        versions = plain(f"{before.version} -> {after.version}", "dim")
        out().print(*_differences(changes), versions, sep="\n")
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


def _service(wanted: str, services: Mapping[str, Service]) -> Service:
    """The service of that code in any case. Raises CatalogError that names the nearest, then every code."""
    by_code = {code.casefold(): service for code, service in services.items()}
    if wanted.casefold() in by_code:
        return by_code[wanted.casefold()]
    codes = {service.product: code for code, service in services.items()} | {code: code for code in services}
    near = nearest(wanted, services) or nearest(wanted, codes)
    meant = f" Did you mean {codes[near]!r}?" if near else ""
    listed = ", ".join(f"{code} ({service.product})" for code, service in services.items())
    raise CatalogError(f"{wanted!r} is no service code.{meant} The codes are {listed}")


def _answer(**parts: Any) -> None:
    print_json({"schema_version": SCHEMA_VERSION, **parts})


def _points_on(action: Action, day: date) -> str:
    maximum = action.maximum_on(day)
    return "" if maximum is None else f"{maximum / MICRO:g}"


def _measured_by(action: Action) -> str:
    return "query" if action.measured else "native"


def _counted(actions: Collection[Action]) -> str:
    return f"{len(actions)} {'action' if len(actions) == 1 else 'actions'}"


def _wrapped(line: str, width: int) -> str:
    return textwrap.fill(line, width, subsequent_indent="  ", break_on_hyphens=False)


def _listing(actions: Iterable[Action], today: date) -> Iterable[RenderableType]:
    """For each action its figures beside the title, then the id on a line of its own: ids are long."""
    rows = [
        (
            action,
            (action.service, action.category_on(today), _points_on(action, today), _measured_by(action)),
        )
        for action in actions
    ]
    heads = [head for head, _ in _FIGURES]
    widths = [max(map(len, column)) for column in zip(heads, *(cells for _, cells in rows), strict=True)]
    yield _row(plain("Action", "bold"), [plain(head, "bold") for head in heads], widths)
    for action, cells in rows:
        yield _row(plain(action.title), [plain(cell) for cell in cells], widths)
        yield plain(action.id, "dim")


def _row(title: Text, cells: Iterable[Text], widths: Iterable[int]) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(ratio=1, overflow="fold")
    for width, (_, justify) in zip(widths, _FIGURES, strict=True):
        row.add_column(width=width, justify=justify, no_wrap=True)
    row.add_row(title, *cells)
    return row


def _differences(changes: Iterable[Difference]) -> Iterable[RenderableType]:
    for kind, group in groupby(changes, key=lambda change: change.change):
        yield plain(kind.replace("_", " "), "bold")
        for change in group:
            yield Padding(plain(change.action.id), (0, 0, 0, 2))
            values = " -> ".join(value for value in (change.before, change.after) if value)
            if values:
                yield Padding(plain(values, "dim"), (0, 0, 0, 4))


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
        "our_judgement": action.our_judgement,
        "native_because": action.native_because,
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
