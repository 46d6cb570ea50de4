"""Queries that several actions share: one SELECT that answers with `action_id` too, and what its actions inherit.

A shared query is three files with one stem beside the actions: `<name>.query.yaml` (the form), `<name>.query.sql`
and, where one set of cases fits every action, `<name>.query.cases.yaml` with `{action}` for the action's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securescore.catalog.form import Form
from securescore.catalog.sql_parts import read_sql, read_text
from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError

FORM = ".query.yaml"
"""How the name of a shared query's form ends."""

INHERITED = ("scoring", "entity", "when_empty", "evidence", "reads_clock", "uniform", "leaves_out")
"""What an action takes from its shared query unless it says otherwise."""

_TEXTS = ("wrong_when", "details")


@dataclass(frozen=True)
class SharedQuery:
    """One shared query.

    Attributes:
        values: what its actions inherit, as it stands in the form.
        texts: language -> what is true of every action: `details`, and `wrong_when` to follow the action's own.
    """

    name: str
    path: Path
    sql: str
    values: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]]

    def merged(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The form of an action with everything it inherits."""
        own = {key: value for key, value in form.items() if key not in self.texts}
        texts = {
            language: _merged_texts(form[language], self.texts[language])
            for language in self.texts
            if isinstance(form.get(language), dict)
        }
        return {**self.values, **own, **texts}


def read_queries(folder: Path, languages: tuple[str, ...]) -> Mapping[tuple[str, str], SharedQuery]:
    """The shared queries of a content folder, by product folder and name. Raises CatalogError."""
    files = sorted(folder.glob(f"*/*{FORM}"))
    return {(file.parent.name, file.name.removesuffix(FORM)): _read(file, languages) for file in files}


def _read(file: Path, languages: tuple[str, ...]) -> SharedQuery:
    name = f"{file.parent.name}/{file.name}"
    form = Form(read_yaml(read_text(file), name), name, (*INHERITED, *languages))
    sql = file.with_name(file.name.removesuffix(".yaml") + ".sql")
    if not sql.is_file():
        raise CatalogError(f"{name}: there is no {sql.name}; write the query beside its form")
    return SharedQuery(
        name=file.name.removesuffix(FORM),
        path=file,
        sql=read_sql(sql),
        values={key: form.raw(key) for key in INHERITED if key in form},
        texts={language: _texts(form, language) for language in languages if language in form},
    )


def _texts(form: Form, language: str) -> Mapping[str, Any]:
    texts = Form(form.raw(language), f"{form.name}: {language}", _TEXTS)
    return {"wrong_when": list(texts.texts("wrong_when")), "details": texts.text_map("details")}


def _merged_texts(own: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The action's texts; what the query says of every action follows where the action says anything at all."""
    merged = {**own, "details": {**shared["details"], **(own.get("details") or {})}}
    if "why" in own:
        merged["wrong_when"] = [*(own.get("wrong_when") or ()), *shared["wrong_when"]]
    return merged
