"""What somebody is told to do so that an action that is not assessed becomes one that is."""

import pytest
from tests.assess.hand_made import Evidence, action, catalog_of, day, people

from securescore.assess.next_step import next_step
from securescore.catalog import Action
from securescore.model import Reason

ANY = "SELECT 'x' AS entity_id, 'x' AS entity_name, 'unknown' AS verdict, NULL AS detail FROM {table}"
NO_PERMISSION, NO_LICENCE = Reason.NO_PERMISSION, Reason.NO_LICENCE
FAILED, NOT_COLLECTED = Reason.COLLECTION_FAILED, Reason.NOT_COLLECTED

EXCHANGE = "Exchange.ManageAsApp of Office 365 Exchange Online (with the directory role Global Reader)"
STEPS = [
    ("domains", NO_PERMISSION, "grant Domain.Read.All of Microsoft Graph and collect again"),
    ("machines", NO_PERMISSION, "grant Machine.Read.All of WindowsDefenderATP and collect again"),
    (
        "owa_policies",
        NO_PERMISSION,
        f"grant {EXCHANGE} and collect again",
    ),
    ("domains", FAILED, "collect again; domains could not be read"),
    (
        "domains",
        NOT_COLLECTED,
        "collect with an application that may read domains: Domain.Read.All of Microsoft Graph",
    ),
    (
        "mail_domain_records",
        NOT_COLLECTED,
        "import a settings export (securescore import scuba) that holds mail_domain_records, or collect again",
    ),
]


def reading(table: str) -> Action:
    return action(sql=ANY.format(table=table), evidence=(table,))


def step(evidence: Evidence, one: Action) -> str | None:
    found = evidence.assess(catalog_of(one)).get(one.id)
    assert found is not None
    return next_step(found)


@pytest.mark.parametrize(("table", "reason", "wanted"), STEPS, ids=lambda value: str(value)[:30])
def test_the_step_fits_the_reason(evidence: Evidence, table: str, reason: Reason, wanted: str) -> None:
    evidence.run(day(0), {"users": people(ada=True)}, missing={table: reason})
    assert step(evidence, reading(table)) == wanted


def test_a_licence_is_named_by_its_plans(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)}, missing={"machines": NO_LICENCE})
    told = step(evidence, reading("machines"))
    assert told is not None
    assert told.startswith("it takes a licence with ")
    assert "WINDEFATP" in told


def test_what_only_microsoft_measures_takes_its_score(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    told = step(evidence, action(sql=None))
    assert told is not None
    assert "SecurityEvents.Read.All" in told
    assert "securescore import native-score" in told


def test_points_that_nobody_knows_take_the_profiles(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    told = step(evidence, action(points=None))
    assert (
        told
        == "grant SecurityEvents.Read.All and collect again: Microsoft's control profiles tell what it is worth"
    )


def test_nothing_is_to_be_done_about_what_is_assessed(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    assert step(evidence, action()) is None
