"""Where a population was not collected: what holds for everybody alike is said, and nothing else."""

from dataclasses import replace
from typing import Any

from tests.assess.hand_made import Evidence, action, catalog_of, day, people, uid

from securescore.assess import AssessedAction
from securescore.assess.entities import entities_of
from securescore.catalog import Action
from securescore.cli.assess import action_json
from securescore.evidence.schema import EVERYONE_ID
from securescore.model import Outcome, Reason, Source

BY_POLICY = """
    SELECT u.user_id::VARCHAR AS entity_id, u.user_name AS entity_name, d.verdict, '{"code":"seen"}' AS detail
    FROM users u
    CROSS JOIN (
        SELECT CASE WHEN bool_and(verified) THEN 'protected' WHEN NOT bool_or(verified) THEN 'exposed' ELSE 'unknown' END AS verdict
        FROM domains
    ) d
"""
"""Everybody has the verdict of all domains together."""


def uniform(name: str = "Sample", sql: str = BY_POLICY) -> Action:
    return replace(action(name, sql, evidence=("users", "domains")), uniform=True)


def domains(**verified: bool | None) -> list[dict[str, Any]]:
    return [{"domain": f"{name}.example", "verified": state} for name, state in verified.items()]


def assessed(evidence: Evidence, one: Action) -> AssessedAction:
    found = evidence.assess(catalog_of(one)).get(one.id)
    assert found is not None
    return found


def test_what_every_policy_says_is_said_of_everyone(evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": domains(north=True, south=True)})
    found = assessed(evidence, uniform())
    assert (found.outcome, found.source, found.uniform, found.points) == (
        Outcome.ASSESSED,
        Source.EVIDENCE,
        True,
        10_000_000,
    )
    assert [(one.id, one.verdict) for one in entities_of(found)] == [(EVERYONE_ID, "protected")]
    assert action_json(found)["uniform"] is True


def test_what_differs_is_not_assessed(evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": domains(north=True, south=False)})
    found = assessed(evidence, uniform())
    assert (found.outcome, found.reason, found.points) == (Outcome.NOT_ASSESSED, Reason.NOT_COLLECTED, None)
    assert "users: User.Read.All of Microsoft Graph" in str(action_json(found)["step"])


def test_it_takes_an_action_that_knows_of_it(evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": domains(north=True)})
    found = assessed(evidence, replace(uniform(), uniform=False))
    assert found.outcome is Outcome.NOT_ASSESSED


def test_a_table_that_nothing_stands_in_for_is_still_needed(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)}, missing={"domains": Reason.NO_PERMISSION})
    found = assessed(evidence, uniform())
    assert (found.outcome, found.reason) == (Outcome.NOT_ASSESSED, Reason.NO_PERMISSION)


def test_more_than_the_one_who_stands_for_all_is_no_answer(evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": domains(north=True)})
    sql = f"{BY_POLICY} UNION ALL SELECT '{uid('x')}', 'x', 'protected', NULL FROM users"
    assert assessed(evidence, uniform(sql=sql)).outcome is Outcome.NOT_ASSESSED
    other = BY_POLICY.replace("u.user_id::VARCHAR AS entity_id", f"'{uid('x')}' AS entity_id")
    assert assessed(evidence, uniform(sql=other)).outcome is Outcome.NOT_ASSESSED


def test_people_who_were_told_apart_stand_before_everyone(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True, bo=True), "domains": domains(north=False)})
    evidence.run(day(1), {"domains": domains(north=True)})
    found = assessed(evidence, uniform())
    assert (found.uniform, found.points, found.coverage and found.coverage.total) == (False, 0, 2)


def test_after_two_weeks_everyone_is_better_than_nothing(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True, bo=True), "domains": domains(north=False)})
    evidence.run(day(20), {"domains": domains(north=True)})
    found = assessed(evidence, uniform())
    assert (found.uniform, found.points, found.stale) == (True, 10_000_000, False)


def test_a_newer_run_that_was_refused_makes_it_stale(evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": domains(north=True)})
    evidence.run(day(1), {}, missing={"users": Reason.NO_PERMISSION, "domains": Reason.NO_PERMISSION})
    found = assessed(evidence, uniform())
    assert (found.uniform, found.stale) == (True, True)
