"""Reads the facts of a folder: `<name>.yaml` (what it is) beside `<name>.sql` (how it is derived)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError
from securescore.evidence.schema import Column
from securescore.evidence.tables import TABLES

FOLDER = Path(__file__).parent

_KEYS: dict[str, type] = {"about": str, "evidence": list, "reads_clock": bool, "columns": dict}
_KIND_NAMES: dict[type, str] = {str: "text", list: "a list", bool: "true or false", dict: "a mapping"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One derived table.

    Attributes:
        name: as in SQL and in the `evidence` of an action.
        about: one line for people.
        evidence: the tables and earlier facts that the SQL reads.
        sql: one SELECT in DuckDB's dialect.
        reads_clock: true when the SQL uses the variable `as_of`.
        columns: what the SELECT returns, in order.
        content_hash: changes when the answer could change for the same evidence; the content of the facts
            read is part of it, the cases are not.
    """

    name: str
    about: str
    evidence: tuple[str, ...]
    sql: str
    reads_clock: bool
    columns: tuple[Column, ...]
    content_hash: str


def load_facts(folder: Path = FOLDER) -> Mapping[str, Fact]:
    """Every fact by name, each after those it reads. Raises CatalogError when one breaks its contract."""
    forms = {path.stem: _form(path) for path in _forms_in(folder)}
    facts: dict[str, Fact] = {}
    for name in _order(forms):
        facts[name] = _fact(name, forms[name], folder / f"{name}.sql", facts)
    return facts


def _forms_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(".cases.yaml"))


def _form(path: Path) -> dict[str, Any]:
    form = read_yaml(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(form, dict) or tuple(form) != tuple(_KEYS):
        raise CatalogError(f"{path.name} must hold exactly {', '.join(_KEYS)}, in this order")
    for key, kind in _KEYS.items():
        if not isinstance(form[key], kind):
            raise CatalogError(f"{path.name}: {key} must be {_KIND_NAMES[kind]}, not {form[key]!r}")
    return form


def _order(forms: Mapping[str, Mapping[str, Any]]) -> list[str]:
    graph = {name: [read for read in form["evidence"] if read in forms] for name, form in forms.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise CatalogError(f"facts read each other in a circle: {' -> '.join(error.args[1])}") from None


def _fact(name: str, form: Mapping[str, Any], sql_path: Path, earlier: Mapping[str, Fact]) -> Fact:
    evidence = tuple(form["evidence"])
    _check_evidence(name, evidence, earlier)
    sql = _sql(sql_path)
    columns = tuple(Column(column, kind) for column, kind in form["columns"].items())
    return Fact(
        name=name,
        about=form["about"],
        evidence=evidence,
        sql=sql,
        reads_clock=form["reads_clock"],
        columns=columns,
        content_hash=_hash(sql, form, [earlier[read] for read in evidence if read in earlier]),
    )


def _check_evidence(name: str, evidence: tuple[str, ...], earlier: Mapping[str, Fact]) -> None:
    if name in TABLES:
        raise CatalogError(f"fact {name} has the name of a table of evidence: rename the fact")
    unknown = [read for read in evidence if read not in TABLES and read not in earlier]
    if unknown:
        raise CatalogError(f"fact {name} reads {', '.join(unknown)}, which is neither a table nor a fact")


def _sql(path: Path) -> str:
    if not path.is_file():
        raise CatalogError(f"fact {path.stem} has no {path.name}: write the SELECT beside its form")
    return path.read_text(encoding="utf-8")


def _hash(sql: str, form: Mapping[str, Any], read: list[Fact]) -> str:
    parts = [sql, repr(form["evidence"]), repr(form["columns"]), repr(form["reads_clock"])]
    return hashlib.sha256("\0".join([*parts, *(fact.content_hash for fact in read)]).encode()).hexdigest()
