"""`securescore explain`: the entities of one action, each with its verdict and the reason."""

from datetime import date
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from securescore.assess import AssessedAction
from securescore.assess.entities import Entity, entities_of, sentence
from securescore.assess.next_step import next_step
from securescore.catalog import LANGUAGES
from securescore.cli import numbers
from securescore.cli.assess import At, Folder, OrganisationFile, action_json, assess_subject, why_outside
from securescore.cli.declarations import Declarations
from securescore.cli.output import Format, FormatOption, err, out, plain, print_json
from securescore.cli.subject import Subject, subject_of
from securescore.cli.suggest import did_you_mean
from securescore.errors import ConfigurationError
from securescore.model import Coverage, Outcome, Scoring, Verdict

SHOWN = 50

ActionId = Annotated[
    str, typer.Argument(metavar="ACTION", help="The id of the improvement action.", show_default=False)
]
Language = Annotated[str, typer.Option("--language", metavar="en|nl", help="Language of the action's texts.")]
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
    language = language.lower()
    if language not in LANGUAGES:
        raise ConfigurationError(f"--language {language!r} is none of {', '.join(LANGUAGES)}")
    subject = subject_of(folder, organisation)
    action, day = find_action(subject, action_id, at)
    if output_format is Format.JSON:
        print_json(_as_json(action, language))
    else:
        print_explanation(
            out(), action, Declarations(subject.organisation, action, day), language, None if every else SHOWN
        )


def find_action(subject: Subject, action_id: str, at: str | None) -> tuple[AssessedAction, date]:
    """The assessed action of that id, and the day of the score. Raises ConfigurationError when there is none."""
    assessment = assess_subject(subject, at)
    action = assessment.get(action_id)
    if action is None:
        raise ConfigurationError(
            f"no improvement action is called {action_id!r}: securescore catalog list names them."
            + did_you_mean(action_id, [one.id for one in assessment.actions])
        )
    return action, assessment.as_of.date()


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


def print_explanation(
    console: Console, action: AssessedAction, declared: Declarations, language: str, most: int | None
) -> None:
    """One action and its entities, for people."""
    text = action.action.text(language) if action.action else None
    console.print(plain(text.title if text else action.title, style="bold"))
    console.print(plain(f"{action.id} - {action.product} - {action.category}", style="dim"))
    console.print(_points_line(action))
    for line in declared.lines():
        console.print(plain(line))
    if text and text.why:
        console.print(Text("\n") + plain(text.why.strip()))
    if action.coverage is None:
        console.print(_without_entities(action))
    else:
        _print_entities(console, action, declared, language, most)
    console.print()
    if text and text.do:
        console.print(plain(f"What to do about it: securescore catalog show {action.id}"))
    elif action.action:
        console.print(plain(f"No text of ours yet; securescore catalog show {action.id} gives its link."))


def _print_entities(
    console: Console, action: AssessedAction, declared: Declarations, language: str, most: int | None
) -> None:
    coverage = action.coverage or Coverage()
    shown = list(islice(entities_of(action), most))
    console.print(Text(), _entities_table(action, shown, declared, language))
    hidden = coverage.total + coverage.excluded - len(shown)
    if hidden > 0:
        err().print(f"{hidden} more entities; --all lists every one, --format json gives them to programs.")


def _points_line(action: AssessedAction) -> Text:
    parts = []
    if action.maximum is None:
        parts.append("[Not scored]")
    elif action.outcome is Outcome.NOT_APPLICABLE:
        parts.append("not applicable: nobody is concerned")
    elif action.points is None:
        parts.append(f"worth {numbers.points(action.maximum)} points")
    else:
        parts.append(f"{numbers.points(action.points)} of {numbers.points(action.maximum)} points")
        parts += [f"verified {numbers.points(action.verified)}"] * (action.verified != action.points)
        parts += ["all or nothing"] * _all_or_nothing(action)
    if not action.counted and action.maximum is not None:
        parts.append(f"outside the total ({why_outside(action)})")
    parts += _counts(action)
    if action.evidence_lost:
        parts.append("evidence lost: it was in the total before")
    if action.stale and action.as_of:
        parts.append(f"stale, measured {action.as_of:%Y-%m-%d}")
    return Text("; ".join(parts))


def _counts(action: AssessedAction) -> list[str]:
    coverage = action.coverage
    if coverage is None:
        return []
    if action.uniform:
        return ["who is concerned was not collected, and every policy that could apply says the same"]
    return [
        f"{coverage.protected} of {coverage.total} protected, {coverage.exposed} exposed",
        *[f"{coverage.unknown} unknown"] * bool(coverage.unknown),
        *[f"{coverage.excluded} excluded"] * bool(coverage.excluded),
        *[f"{action.resolved} resolved otherwise"] * bool(action.resolved),
    ]


def _all_or_nothing(action: AssessedAction) -> bool:
    coverage = action.coverage or Coverage()
    scoring = action.action.scoring if action.action else None
    return scoring is Scoring.ALL_OR_NOTHING and coverage.total > 1


def _without_entities(action: AssessedAction) -> Text:
    if action.native is not None:
        told = f"Microsoft says: {action.native.text}" if action.native.text else "Microsoft gives no reason."
        return Text("\nMicrosoft's own score; it names no entities. ") + plain(told)
    reason = str(action.reason or action.scope).replace("_", " ")
    step = next_step(action)
    return Text(f"\nNot assessed: {reason}.") + plain(f" To change that: {step}." if step else "")


def _entities_table(
    action: AssessedAction, entities: list[Entity], declared: Declarations, language: str
) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("Verdict", no_wrap=True)
    table.add_column(_entity_word(action), overflow="fold")
    table.add_column("Because", overflow="fold")
    for entity in entities:
        verdict, style = _verdict(entity)
        because = [declared.because(entity), sentence(action, entity, language)]
        words = "; ".join(part for part in because if part)
        table.add_row(Text(verdict, style=style), plain(entity.name or entity.id), plain(words))
    return table


def _entity_word(action: AssessedAction) -> str:
    return ((action.action.entity if action.action else None) or "entity").replace("_", " ").capitalize()


def _verdict(entity: Entity) -> tuple[str, str]:
    if entity.excluded:
        return "excluded", "dim"
    if entity.credited is not entity.verdict:
        return "resolved", "green"
    return str(entity.verdict), _STYLES[entity.verdict]
