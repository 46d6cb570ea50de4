"""The entities of one action: who or what it is about, each with its verdict and the reason."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from securescore.assess.crediting import credited_parameters, credited_verdicts
from securescore.assess.result import AssessedAction
from securescore.errors import CatalogError, EvidenceError, first_line
from securescore.evidence.schema import EVERYONE, EVERYONE_ID
from securescore.model import Verdict

_PAGE = 10_000
_ORDER = "excluded, CASE credited WHEN 'exposed' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, lower(entity_name), entity_id"


@dataclass(frozen=True)
class Entity:
    """One thing an action is about.

    Attributes:
        verdict: as measured.
        credited: as credited; differs from the verdict where somebody resolved it.
        excluded: whether the action is not about it, because the organisation said so.
        code: why, as a word of the action's texts; None where the verdict says it all.
        values: the named values of that word.
    """

    id: str
    name: str | None
    verdict: Verdict
    credited: Verdict
    excluded: bool
    code: str | None
    values: dict[str, Any]


def entities_of(action: AssessedAction) -> Iterator[Entity]:
    """The entities, the exposed first, then the unknown, the protected, and last what is excluded.

    They are read as they are asked for: a million need no more memory than a few. Empty where the result is
    not ours.

    Raises:
        EvidenceError: the verdicts cannot be read.
    """
    measurement = action.reading.measurement
    if measurement is None:
        return
    rows = credited_verdicts(measurement.verdicts)
    with duckdb.connect(":memory:") as connection:
        try:
            found = connection.execute(
                f"SELECT entity_id, entity_name, verdict, credited, excluded, detail FROM ({rows}) ORDER BY {_ORDER}",
                credited_parameters(action.declared),
            )
        except duckdb.Error as error:
            raise EvidenceError(
                f"the verdicts {measurement.verdicts} cannot be read ({first_line(error)}): delete the file and "
                "assess again"
            ) from error
        while page := found.fetchmany(_PAGE):
            yield from map(_entity, page)


def _entity(row: tuple[Any, ...]) -> Entity:
    entity_id, name, verdict, credited, excluded, detail = row
    values = _values(detail)
    code = values.pop("code", None)
    name = EVERYONE if entity_id == EVERYONE_ID else name
    return Entity(entity_id, name, Verdict(verdict), Verdict(credited), excluded, code, values)


def _values(detail: str | None) -> dict[str, Any]:
    try:
        values = json.loads(detail) if detail else {}
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise CatalogError(
            f"the detail {detail!r:.60} of a verdict is no JSON object: correct the query of the action"
        )
    return values


def sentence(action: AssessedAction, entity: Entity, language: str = "en") -> str:
    """Why the entity has its verdict, in words of the action's own texts; the bare code where there are none."""
    if entity.code is None:
        return ""
    template = action.action.text(language).details.get(entity.code) if action.action else None
    if template is None:
        return entity.code.replace("_", " ")
    return template.format_map(_Named(entity.values))


class _Named(dict[str, Any]):
    """Values for a template; one that is not known shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "-"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key) if key in self else None
        return "-" if value is None else value
