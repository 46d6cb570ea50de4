"""Runs every rule over a content folder and lists what is wrong."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from securescore.catalog.controls import Controls, incomplete
from securescore.catalog.essential import ESSENTIAL, Context, Rule
from securescore.catalog.form import Form
from securescore.catalog.loader import CASES, Content
from securescore.catalog.model import Action
from securescore.catalog.sql_parts import PART, parts_of
from securescore.catalog.strict_yaml import read_yaml
from securescore.catalog.validators import RULES
from securescore.errors import CatalogError

HERE = Path(__file__).parent
SCHEMA = HERE / "action.schema.json"
EXCEPTIONS = HERE / "exceptions.yaml"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        place: folder and file.
        validator: the id of the rule; `form` when a file could not be read at all.
    """

    place: str
    validator: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.validator}]"


@dataclass(frozen=True, order=True)
class Exemption:
    """A rule that one action may break, and why."""

    validator: str
    action: str
    reason: str


def check_content(
    content: Content,
    relations: Mapping[str, Collection[str]] | None,
    exemptions: Sequence[Exemption] = (),
    controls: Controls | None = None,
) -> list[Finding]:
    """Everything that is wrong, in the order of the files.

    Args:
        content: as `loader.read_content` gave it.
        relations: columns of each table and fact, by name; None leaves out the rules about them.
        exemptions: rules that single actions may break. One that is not needed is a finding.
        controls: what has to be there; None: nothing in particular.
    """
    context = replace(content.context, relations=relations)
    found = [finding for action in content.actions for finding in _findings(action, context)]
    used = {exemption for exemption in exemptions if any(_exempts(exemption, *pair) for pair in found)}
    return sorted(
        {
            *(
                finding
                for action, finding in found
                if not any(_exempts(exemption, action, finding) for exemption in used)
            ),
            *(_form_finding(problem) for problem in content.problems),
            *_strays(content.folder),
            *_idle_queries(content),
            *_incomplete(content, controls),
            *(_unneeded(exemption) for exemption in set(exemptions) - used),
        }
    )


def read_exemptions(file: Path = EXCEPTIONS) -> tuple[Exemption, ...]:
    """The list of exemptions. Raises CatalogError, also for a rule that does not exist."""
    items = read_yaml(file.read_text("utf-8"), file.name) or []
    return tuple(_exemption(item, f"{file.name}, entry {number}") for number, item in enumerate(items, 1))


def _exemption(item: object, name: str) -> Exemption:
    form = Form(item, name, ("validator", "action", "reason"))
    known = {rule.__name__ for rule in RULES} - {rule.__name__ for rule in ESSENTIAL}
    if form.text("validator") not in known:
        raise form.error("validator", f"{form.text('validator')!r} is no rule that allows exceptions")
    return Exemption(form.text("validator"), form.text("action"), form.text("reason"))


def _exempts(exemption: Exemption, action: Action, finding: Finding) -> bool:
    return (exemption.validator, exemption.action.casefold()) == (finding.validator, action.id.casefold())


def _unneeded(exemption: Exemption) -> Finding:
    return Finding(
        EXCEPTIONS.name, "exceptions_are_needed",
        f"{exemption.action} no longer breaks {exemption.validator}; remove the exception",
    )  # fmt: skip


def _findings(action: Action, context: Context) -> Iterator[tuple[Action, Finding]]:
    place = f"{action.folder}/{action.path.name}"
    rules: Iterable[Rule] = RULES
    try:
        _ = action.cases
    except CatalogError as error:
        yield action, Finding(place, "form", str(error))
        rules = ESSENTIAL
    found = [Finding(place, rule.__name__, problem) for rule in rules for problem in rule(action, context)]
    found = found or [
        Finding(place, "file_follows_schema", problem) for problem in schema_problems(action.path)
    ]
    yield from ((action, finding) for finding in found)


def schema_problems(file: Path) -> Iterator[str]:
    """What the JSON Schema has against a file, a sentence each."""
    for error in _schema().iter_errors(read_yaml(file.read_text("utf-8"), file.name)):
        where = ".".join(str(part) for part in error.absolute_path)
        yield f"{where or 'the file'}: {error.message}"


@cache
def _schema() -> Any:
    import jsonschema  # noqa: PLC0415 - only a check needs it

    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def _form_finding(problem: str) -> Finding:
    place, _, message = problem.partition(": ")
    return Finding(place, "form", message)


def _incomplete(content: Content, controls: Controls | None) -> Iterator[Finding]:
    for place, problem in incomplete(content, controls) if controls else ():
        yield Finding(place, "every_control_is_there", problem)


def _idle_queries(content: Content) -> Iterator[Finding]:
    used = {(action.folder, action.query) for action in content.actions}
    for folder, name in sorted(content.queries.keys() - used):
        yield Finding(
            f"{folder}/{name}.query.yaml", "queries_are_used", "no action names this query; remove it"
        )


def _idle_part(part: Path) -> Iterator[Finding]:
    queries = (file for file in part.parent.glob("*.sql") if not file.name.endswith(PART))
    if not any(part.name.removesuffix(PART) in parts_of(query) for query in queries):
        place = f"{part.parent.name}/{part.name}"
        yield Finding(place, "parts_are_used", "no query includes this part; remove it")


def _strays(folder: Path) -> Iterator[Finding]:
    for file in [*folder.glob("*/*.sql"), *folder.glob(f"*/*{CASES}")]:
        if file.name.endswith(PART):
            yield from _idle_part(file)
            continue
        form = file.with_name(file.name.removesuffix(CASES).removesuffix(".sql") + ".yaml")
        if not form.exists():
            place = f"{file.parent.name}/{file.name}"
            yield Finding(
                place, "files_belong_together", f"there is no {form.name} for it; add it or remove the file"
            )
