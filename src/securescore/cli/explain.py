"""`securescore explain`: the entities of one action, each with its verdict and the reason."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.assess import AssessedAction
from securescore.assess.entities import Entity, entities_of, sentence
from securescore.catalog import LANGUAGES
from securescore.cli import numbers
from securescore.cli.assess import At, Folder, OrganisationFile, action_json, assess_folder
from securescore.cli.output import Format, FormatOption, err, out, plain, print_json
from securescore.errors import ConfigurationError
from securescore.model import Outcome, Verdict

SHOWN = 50

ActionId = Annotated[
    str, typer.Argument(metavar="ACTION", help="The id of the improvement action.", show_default=False)
]
Language = Annotated[str, typer.Option("--language", help="en or nl.")]
Every = Annotated[bool, typer.Option("--all", help=f"List every entity, not the first {SHOWN}.")]

_STYLES = {Verdict.EXPOSED: "red", Verdict.UNKNOWN: "yellow", Verdict.PROTECTED: "green"}


def explain_command(
    folder: Folder,
    action_id: ActionId,
    at: At = None,
    organisation: OrganisationFile = None,
    language: Language = "en",
    output_format: FormatOption = Format.TABLE,
    every: Every = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Name the users, devices or settings that one action is about, with verdict and reason."""
    if language not in LANGUAGES:
        raise ConfigurationError(f"--language {language!r} is none of {', '.join(LANGUAGES)}")
    action = find_action(folder, action_id, at, organisation)
    if output_format is Format.JSON:
        print_json(_as_json(action, language))
    else:
        print_explanation(out(), action, language, None if every else SHOWN)


def find_action(folder: Path, action_id: str, at: str | None, organisation: Path | None) -> AssessedAction:
    """The assessed action of that id. Raises ConfigurationError when there is none."""
    action = assess_folder(folder, at, organisation).get(action_id)
    if action is None:
        raise ConfigurationError(
            f"no improvement action is called {action_id!r}: securescore catalog list names them"
        )
    return action


def _as_json(action: AssessedAction, language: str) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "action": action_json(action),
        "entities": [
            {
                "id": entity.id,
                "name": entity.name,
                "verdict": entity.verdict,
                "excluded": entity.excluded,
                "resolved": entity.credited is not entity.verdict,
                "detail": {"code": entity.code, **entity.values} if entity.code else None,
                "text": sentence(action, entity, language),
            }
            for entity in entities_of(action)
        ],
    }


def print_explanation(console: Console, action: AssessedAction, language: str, most: int | None) -> None:
    """One action and its entities, for people."""
    text = action.action.text(language) if action.action else None
    console.print(plain(text.title if text else action.title, style="bold"))
    console.print(plain(f"{action.id} - {action.product} - {action.category}", style="dim"))
    console.print(_points_line(action))
    if text and text.why:
        console.print(Text("\n") + plain(text.why.strip()))
    if action.coverage is None:
        console.print(_without_entities(action))
        return
    shown = list(islice(entities_of(action), most))
    console.print(_entities_table(action, shown, language))
    if action.coverage.total + action.coverage.excluded > len(shown):
        hidden = action.coverage.total + action.coverage.excluded - len(shown)
        err().print(f"{hidden} more entities; --all lists every one, --format json gives them to programs.")


def _points_line(action: AssessedAction) -> Text:
    parts = []
    if action.maximum is None:
        parts.append("[Not scored]")
    elif action.outcome is Outcome.NOT_APPLICABLE:
        parts.append("not applicable: nobody is concerned")
    else:
        parts.append(f"{numbers.points(action.points)} of {numbers.points(action.maximum)} points")
    if not action.counted and action.maximum is not None:
        parts.append(f"outside the total ({str(action.scope).replace('_', ' ')})")
    if coverage := action.coverage:
        parts.append(f"{coverage.protected} of {coverage.total} protected, {coverage.exposed} exposed")
        parts += [f"{coverage.unknown} unknown"] * bool(coverage.unknown)
        parts += [f"{coverage.excluded} excluded"] * bool(coverage.excluded)
        parts += [f"{action.resolved} resolved otherwise"] * bool(action.resolved)
    if action.stale and action.as_of:
        parts.append(f"stale, measured {action.as_of:%Y-%m-%d}")
    return Text("; ".join(parts))


def _without_entities(action: AssessedAction) -> Text:
    if action.native is not None:
        told = f"Microsoft says: {action.native.text}" if action.native.text else "Microsoft gives no reason."
        return Text("\nMicrosoft's own score; it names no entities. ") + plain(told)
    reason = str(action.reason or action.scope).replace("_", " ")
    return Text(f"\nNot assessed: {reason}. securescore permissions says what would change that.")


def _entities_table(action: AssessedAction, entities: list[Entity], language: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Verdict", no_wrap=True)
    table.add_column((action.action.entity if action.action else None) or "Entity", overflow="fold")
    table.add_column("Because", overflow="fold")
    for entity in entities:
        verdict = "excluded" if entity.excluded else str(entity.verdict)
        because = sentence(action, entity, language)
        if entity.credited is not entity.verdict and not entity.excluded:
            because = f"resolved otherwise; {because}" if because else "resolved otherwise"
        style = "dim" if entity.excluded else _STYLES[entity.verdict]
        table.add_row(Text(verdict, style=style), plain(entity.name or entity.id), plain(because))
    return table
