"""Reads the cases beside a query."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from securescore.catalog.form import Form
from securescore.catalog.model import Case, Expectation
from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError
from securescore.model import Outcome

_VERDICTS = ("protected", "exposed", "unknown")


ACTION = "{action}"
"""What stands for the id of the action in cases that several actions share."""


def read_cases(path: Path, action_id: str) -> tuple[Case, ...]:
    """The cases of one file, in its order; none when there is no file. Raises CatalogError."""
    if not path.exists():
        return ()
    items = read_yaml(path.read_text("utf-8").replace(ACTION, action_id), path.name)
    if not isinstance(items, list):
        raise CatalogError(f"{path.name}: a list of cases is expected")
    return tuple(_case(item, f"{path.name}, case {number}") for number, item in enumerate(items, 1))


def _case(item: object, name: str) -> Case:
    form = Form(item, name, ("name", "given", "as_of", "expect"))
    return Case(form.text("name"), _given(form), _expectation(form), form.moment("as_of"))


def _given(form: Form) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    given = form.raw("given")
    if not isinstance(given, dict):
        raise form.error("given", "must map each relation to its rows")
    for relation, rows in given.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise form.error("given", f"{relation} must be a list of rows")
    return {relation: tuple(rows) for relation, rows in given.items()}


def _expectation(form: Form) -> Expectation:
    expect = Form(form.raw("expect"), f"{form.name}, expect", (*_VERDICTS, "points", "outcome", "details"))
    if not any(key in expect for key in (*_VERDICTS, "outcome")):
        raise form.error("expect", "must name entities by verdict, or an outcome")
    return Expectation(
        outcome=expect.optional_choice("outcome", Outcome) or Outcome.ASSESSED,
        protected=expect.texts("protected"),
        exposed=expect.texts("exposed"),
        unknown=expect.texts("unknown"),
        points=expect.micropoints("points", expect.raw("points")) if "points" in expect else None,
        details=expect.text_map("details"),
    )
