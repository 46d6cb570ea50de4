"""Runs the cases of an action: rows in, verdicts out, through the same engine queries that assess a tenant.

A case gives the tables and facts that the action declares; what it leaves out is empty. In UUID columns a
text that is no UUID is a label, and labels in `expect` stand for the same entities.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import duckdb

from securescore.assess.engine import Parameters, judging, set_parameters
from securescore.catalog import Action, Case
from securescore.catalog.sql import check_select
from securescore.errors import CatalogError, first_line
from securescore.evidence import TABLES, Column
from securescore.facts import Fact
from securescore.facts.cases import create_tables, label_to_uuid
from securescore.model import Coverage, Kind, Outcome, Verdict, WhenEmpty
from securescore.scoring.points import earned, earned_when_empty

_NO_CLOCK = datetime(2026, 1, 15, tzinfo=UTC)


def run_case(action: Action, case: Case, facts: Mapping[str, Fact], today: datetime) -> list[str]:
    """What is wrong with the case, one sentence each; nothing when it holds.

    Args:
        today: the day whose maximum the expected points are of.

    Raises:
        CatalogError: the query or the case cannot be run at all.
    """
    rows = _judged(action, case, facts)
    ids = {entity for entity, _, _ in rows}
    found = {verdict: {entity for entity, one, _ in rows if one == verdict} for verdict in Verdict}
    problems = [
        f"{verdict}: {sorted(found[verdict])} instead of {sorted(wanted)}"
        for verdict, wanted in _expected(case, ids).items()
        if found[verdict] != wanted
    ]
    codes = {entity: code for entity, _, code in rows}
    problems += [
        f"{label} says {codes.get(_entity(label, ids))!r} instead of {code!r}"
        for label, code in case.expect.details.items()
        if codes.get(_entity(label, ids)) != code
    ]
    return problems + _outcome_problems(
        action, case, Coverage(*(len(found[verdict]) for verdict in Verdict)), today
    )


def _judged(action: Action, case: Case, facts: Mapping[str, Fact]) -> list[tuple[str, str, str | None]]:
    if action.sql is None:
        raise CatalogError(f"the action {action.id} has cases but no query")
    check_select(action.sql, action.evidence)
    with duckdb.connect(":memory:") as connection:
        create_tables(connection, {name: _columns(name, facts) for name in action.evidence}, case.given)
        set_parameters(connection, Parameters(case.as_of or _NO_CLOCK))
        try:
            return connection.execute(
                f"SELECT lower(entity_id), verdict, detail ->> 'code' FROM ({judging(action)})"
            ).fetchall()
        except duckdb.Error as error:
            raise CatalogError(
                f"the case {case.name!r} of {action.id} cannot be run: {first_line(error)}"
            ) from error


def _columns(name: str, facts: Mapping[str, Fact]) -> tuple[Column, ...]:
    return TABLES[name].columns if name in TABLES else facts[name].columns


def _expected(case: Case, ids: set[str]) -> dict[Verdict, set[str]]:
    return {
        Verdict.PROTECTED: {_entity(label, ids) for label in case.expect.protected},
        Verdict.EXPOSED: {_entity(label, ids) for label in case.expect.exposed},
        Verdict.UNKNOWN: {_entity(label, ids) for label in case.expect.unknown},
    }


def _entity(label: str, ids: set[str]) -> str:
    """The entity a label stands for: one of that very id (a domain, a tenant), else the one derived from it."""
    return label.lower() if label.lower() in ids else str(label_to_uuid(label))


def _outcome_problems(action: Action, case: Case, coverage: Coverage, today: datetime) -> list[str]:
    not_applicable = coverage.total == 0 and action.when_empty is WhenEmpty.NOT_APPLICABLE
    outcome = Outcome.NOT_APPLICABLE if not_applicable else Outcome.ASSESSED
    if case.expect.outcome is not outcome:
        return [f"the outcome is {outcome} instead of {case.expect.outcome}"]
    points = _points(action, coverage, today)
    if case.expect.points is not None and points != case.expect.points:
        return [f"it earns {points} micropoints instead of {case.expect.points}"]
    return []


def _points(action: Action, coverage: Coverage, today: datetime) -> int | None:
    maximum = action.maximum_on(today.date())
    if (
        action.kind is Kind.INFORMATIONAL
        or maximum is None
        or action.scoring is None
        or action.when_empty is None
    ):
        return None
    if coverage.total == 0:
        return earned_when_empty(action.when_empty, maximum)
    return earned(action.scoring, coverage, maximum)
