"""Actions that share a query: run once, and each of them as if it had a query of its own."""

from dataclasses import replace

import pytest
from tests.assess.hand_made import Evidence, action, catalog_of, day, people, uid

from securescore.assess import Assessment
from securescore.assess.entities import entities_of
from securescore.catalog import Action
from securescore.errors import CatalogError
from securescore.model import Outcome

SHARED = """
    SELECT 'One' AS action_id, user_id::VARCHAR AS entity_id, user_name AS entity_name,
           CASE WHEN enabled THEN 'protected' ELSE 'exposed' END AS verdict, '{"code":"seen"}' AS detail
    FROM users
    UNION ALL
    SELECT 'Two', user_id::VARCHAR, user_name, 'unknown', NULL FROM users WHERE enabled
    UNION ALL
    SELECT 'Nobody asked', user_id::VARCHAR, user_name, 'exposed', NULL FROM users
"""


def sharing(*names: str, sql: str = SHARED) -> list[Action]:
    return [replace(action(name, sql), query="together") for name in names]


def counts(assessment: Assessment, name: str) -> tuple[int, int, int]:
    found = assessment.get(name)
    assert found is not None
    assert found.coverage is not None
    return (found.coverage.protected, found.coverage.exposed, found.coverage.unknown)


def test_each_action_gets_its_own_rows(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True, bo=False, cy=False)})
    measured: list[str] = []
    assessment = evidence.assess(catalog_of(*sharing("One", "Two", "Three")), measured=measured)
    assert counts(assessment, "One") == (1, 2, 0)
    assert counts(assessment, "Two") == (0, 0, 1)
    three = assessment.get("Three")
    assert three is not None
    assert three.outcome is Outcome.NOT_APPLICABLE, "the query says nothing of it"
    assert measured == ["One"], "one query, one measurement"
    one = assessment.get("One")
    assert one is not None
    assert {entity.id for entity in entities_of(one)} == {uid("ada"), uid("bo"), uid("cy")}


def test_what_is_known_is_not_measured_again(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    evidence.assess(catalog_of(*sharing("One", "Two")))
    measured: list[str] = []
    evidence.assess(catalog_of(*sharing("One", "Two"), action("Other")), measured=measured)
    assert measured == ["Other"]


def test_many_people_and_actions_come_apart_whole(evidence: Evidence) -> None:
    names = [f"action_{n}" for n in range(150)]
    listed = ", ".join(f"('{name}')" for name in names)
    sql = (
        "SELECT a.name AS action_id, u.user_id::VARCHAR AS entity_id, u.user_name AS entity_name, "
        "CASE WHEN (hash(u.user_id::VARCHAR || a.name) % 2) = 0 THEN 'protected' ELSE 'exposed' END AS verdict, "
        f"NULL AS detail FROM users u CROSS JOIN (VALUES {listed}) a (name)"
    )
    evidence.run(day(0), {"users": people(**{f"p{n}": True for n in range(400)})})
    assessment = evidence.assess(catalog_of(*sharing(*names, sql=sql)))
    totals = [sum(counts(assessment, name)) for name in names]
    assert totals == [400] * 150
    assert len({counts(assessment, name) for name in names}) > 5, "the verdicts are those of each action"


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (SHARED.replace("user_id::VARCHAR AS", "'x' AS"), "2 entities are listed more than once"),
        (SHARED.replace("'exposed' END", "'fine' END"), "rows have a verdict that is none"),
        (SHARED.replace("FROM users\n", "FROM people\n", 1), "people, which is not declared"),
        (SHARED.replace("'One' AS action_id", "'One' AS name"), "the query together could not be assessed"),
    ],
)
def test_a_shared_query_that_breaks_its_contract_is_one_sentence(
    evidence: Evidence, sql: str, sentence: str
) -> None:
    run = evidence.run(day(0), {"users": people(ada=True, bo=False, cy=False)})
    with pytest.raises(CatalogError) as caught:
        evidence.assess(catalog_of(*sharing("One", "Two", sql=sql)))
    assert sentence in str(caught.value)
    assert not list(run.path.glob(".scratch-*"))
