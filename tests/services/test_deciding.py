"""The table of statuses (reference 5.2), and what a decision does to points, views, list, activity and audit log."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.services.conftest import copied_record, open_here
from tests.services.tenancy import Record
from tests.store.databases import Server

from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, UnknownError
from securescore.model import RESOLVED, Status
from securescore.scoring.change import Cause, Trigger
from securescore.services.actor import Actor, Right
from securescore.services.decisions.deciding import Asked, decide, list_decisions, withdraw

PARTIAL = "MFARegistrationV2"
USER_STATUSES = [status for status in Status if status is not Status.COMPLETED]


def asked(status: Status, action: str = PARTIAL, **more: Any) -> Asked:
    return Asked(action, status, **more)


@pytest.fixture(scope="module")
def same(databases: Server, read_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """One tenant for all tests that leave nothing behind but a decision about the same action."""
    folder = tmp_path_factory.mktemp("same")
    with databases.database() as fresh, open_here(fresh, folder / "data") as here:
        yield copied_record(here, read_once, folder / "connection")


def reset(record: Record) -> None:
    """Takes back what was decided."""
    for decision in list_decisions(record.here, record.actor, record.tenant_id):
        withdraw(record.here, record.actor, record.tenant_id, decision.number)


def completed(record: Record) -> str:
    return next(
        action.id
        for action in record.standing.actions
        if action.status is Status.COMPLETED and action.counted
    )


def partial(record: Record) -> tuple[int, int]:
    """Points and maximum of an action that is neither nothing nor everything."""
    action = record.action(PARTIAL)
    assert action.points is not None
    assert action.maximum is not None
    assert 0 < action.points < action.maximum
    return action.points, action.maximum


@pytest.mark.parametrize(("before", "after"), list(product(USER_STATUSES, USER_STATUSES)))
def test_every_user_status_leads_to_every_other(same: Record, before: Status, after: Status) -> None:
    record = same
    reset(record)
    measured, maximum = partial(record)
    decide(record.here, record.actor, record.tenant_id, asked(before))
    result = decide(record.here, record.actor, record.tenant_id, asked(after))
    action = record.action(PARTIAL)
    assert action.status is after
    assert action.verified == measured
    assert action.points == (maximum if after in RESOLVED else measured)
    assert result.changed is (before is not after)
    standing = list_decisions(record.here, record.actor, record.tenant_id)
    assert [one.status for one in standing] == ([] if before is after is Status.TO_ADDRESS else [after])


@pytest.mark.parametrize("status", list(Status))
def test_nobody_chooses_a_status_of_a_completed_action(same: Record, status: Status) -> None:
    record = same
    action, number = completed(record), record.standing.snapshot.number
    if status is Status.TO_ADDRESS:
        assert not decide(record.here, record.actor, record.tenant_id, asked(status, action)).changed
    else:
        with pytest.raises(ConflictError, match="follows from the measurement"):
            decide(record.here, record.actor, record.tenant_id, asked(status, action))
    assert record.action(action).status is Status.COMPLETED
    assert record.standing.snapshot.number == number


@pytest.mark.parametrize("status", USER_STATUSES)
def test_nobody_chooses_completed(same: Record, status: Status) -> None:
    record = same
    decide(record.here, record.actor, record.tenant_id, asked(status))
    with pytest.raises(ConflictError, match="cannot be chosen"):
        decide(record.here, record.actor, record.tenant_id, asked(Status.COMPLETED))
    assert record.action(PARTIAL).status is status


@pytest.mark.parametrize("status", USER_STATUSES)
def test_effect_on_points_views_and_total(same: Record, status: Status) -> None:
    record = same
    reset(record)
    measured, maximum = partial(record)
    before = record.standing.snapshot.totals
    decide(record.here, record.actor, record.tenant_id, asked(status))
    after = record.standing.snapshot.totals
    left = maximum - measured
    gained = left if status in RESOLVED else 0
    assert after.points - before.points == gained
    assert (after.verified, after.maximum, after.scope_maximum, after.assessed) == (
        before.verified,
        before.maximum,
        before.scope_maximum,
        before.assessed,
    )
    planned, licence, achievable = (_difference(after.views, before.views, place) for place in range(3))
    assert planned == (left if status in {Status.PLANNED, *RESOLVED} else 0)
    assert licence == 0
    assert achievable == (-left if status is Status.RISK_ACCEPTED else 0)


def _difference(after: tuple[int | None, ...], before: tuple[int | None, ...], place: int) -> int:
    new, old = after[place], before[place]
    assert new is not None
    assert old is not None
    return new - old


def test_one_decision_is_one_snapshot_activity_and_audit_entry(record: Record) -> None:
    measured, maximum = partial(record)
    number, audited = record.standing.snapshot.number, len(record.audited())
    wanted = asked(
        Status.THIRD_PARTY,
        note="Our gateway does this",
        plan="none",
        owner="m.devries@westerkade.example",
        due=date(2026, 4, 1),
        evidence="https://wiki.example/gateway",
        expires=date(2027, 3, 1),
    )
    decide(record.here, record.actor, record.tenant_id, wanted)
    snapshot = record.standing.snapshot
    assert (snapshot.number, snapshot.trigger) == (number + 1, Trigger.DECISION)
    (activity,) = record.activities(after=number)
    assert activity.author == "operator:tester"
    assert activity.about is not None
    assert {key: activity.about[key] for key in ("action", "status", "was", "note")} == {
        "action": PARTIAL,
        "status": "resolved_through_third_party",
        "was": "to_address",
        "note": "Our gateway does this",
    }
    (effect,) = activity.effects.credited
    assert (effect.cause, effect.achieved) == (Cause.DECISION, maximum - measured)
    assert activity.effects.verified == ()
    (entry,) = record.audited()[audited:]
    assert (entry.act, entry.target, entry.actor) == ("decision.make", PARTIAL, "operator:tester")
    assert "2027-03-01" in (entry.after or "")


def test_the_same_decision_twice_is_one(record: Record) -> None:
    wanted = asked(Status.PLANNED, note="in May", owner="it@westerkade.example")
    first = decide(record.here, record.actor, record.tenant_id, wanted)
    audited = len(record.audited())
    second = decide(record.here, record.actor, record.tenant_id, wanted)
    assert (second.changed, second.snapshot, second.decision) == (False, first.snapshot, first.decision)
    assert len(record.audited()) == audited


def test_another_note_is_another_decision(record: Record) -> None:
    decide(record.here, record.actor, record.tenant_id, asked(Status.PLANNED, note="in May"))
    assert decide(record.here, record.actor, record.tenant_id, asked(Status.PLANNED, note="in June")).changed
    (standing,) = list_decisions(record.here, record.actor, record.tenant_id)
    assert standing.note == "in June"


def test_a_decision_about_some_entities(record: Record) -> None:
    before = record.action(PARTIAL)
    assert before.coverage is not None
    exposed = exposed_of(record, 2)
    decide(
        record.here, record.actor, record.tenant_id, asked(Status.THIRD_PARTY, entities=frozenset(exposed))
    )
    after = record.action(PARTIAL)
    assert after.coverage is not None
    assert after.coverage.protected == before.coverage.protected + 2
    assert (after.resolved, after.measured, after.verified) == (2, before.measured, before.verified)
    assert after.status is Status.TO_ADDRESS
    # a newer decision about one of them wins for it
    decide(
        record.here,
        record.actor,
        record.tenant_id,
        asked(Status.RISK_ACCEPTED, entities=frozenset(exposed[:1])),
    )
    assert record.action(PARTIAL).resolved == 1
    # a newer decision about the whole takes the place of both
    decide(record.here, record.actor, record.tenant_id, asked(Status.PLANNED))
    whole = record.action(PARTIAL)
    assert (whole.resolved, whole.status, whole.points) == (0, Status.PLANNED, before.points)
    assert len(list_decisions(record.here, record.actor, record.tenant_id)) == 1


def exposed_of(record: Record, number: int) -> list[str]:
    """Ids of entities that the action finds exposed."""
    folder = record.here.evidence_path(record.tenant_id)
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT entity_id FROM read_parquet($files) WHERE verdict = 'exposed' ORDER BY 1 LIMIT $number",
            {"files": [str(path) for path in folder.rglob(f"*{PARTIAL}*.parquet")], "number": number},
        ).fetchall()
    assert len(rows) == number
    return [row[0] for row in rows]


def test_a_decision_is_withdrawn(record: Record) -> None:
    before = record.standing.snapshot.totals
    made = decide(record.here, record.actor, record.tenant_id, asked(Status.ALTERNATE_MITIGATION)).decision
    assert made is not None
    withdraw(record.here, record.actor, record.tenant_id, made.number)
    assert record.standing.snapshot.totals == before
    assert record.action(PARTIAL).status is Status.TO_ADDRESS
    assert record.audited()[-1].act == "decision.withdraw"
    with pytest.raises(UnknownError, match="has ended already"):
        withdraw(record.here, record.actor, record.tenant_id, made.number)


def test_a_decision_expires_by_itself(record: Record) -> None:
    expires = (record.moment + timedelta(days=10)).date()
    before = record.standing.snapshot.totals.points
    decide(record.here, record.actor, record.tenant_id, asked(Status.THIRD_PARTY, expires=expires))
    number = record.standing.snapshot.number
    record.later(days=7)
    assert {one.trigger for one in record.take()} == {Trigger.SYNC}
    record.later(days=5)
    taken = record.take()
    assert [one.trigger for one in taken] == [Trigger.EXPIRY, Trigger.SYNC]
    assert taken[0].totals.points == before
    expiry = next(one for one in record.activities(after=number) if one.snapshot == taken[0].number)
    assert {effect.cause for effect in expiry.effects.credited} == {Cause.EXPIRY}


def test_a_decision_that_the_measurement_has_overtaken_can_be_taken_back(record: Record) -> None:
    action = completed(record)
    decide(record.here, record.actor, record.tenant_id, asked(Status.TO_ADDRESS, action))
    assert record.action(action).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        (asked(Status.PLANNED, "NoSuchAction"), UnknownError, "no action 'NoSuchAction'"),
        (asked(Status.PLANNED, expires=date(2026, 3, 2)), ConfigurationError, "not after today"),
        (asked(Status.PLANNED, entities=frozenset()), ConfigurationError, "at least one"),
        (asked(Status.PLANNED, entities=frozenset({" "})), ConfigurationError, "empty name"),
        (asked(Status.PLANNED, note="x" * 20_000), ConfigurationError, "longer than"),
    ],
)
def test_decisions_that_cannot_be(record: Record, wanted: Asked, error: type[Exception], words: str) -> None:
    number = record.standing.snapshot.number
    with pytest.raises(error, match=words):
        decide(record.here, record.actor, record.tenant_id, wanted)
    assert record.standing.snapshot.number == number


def test_a_reader_decides_nothing_and_a_stranger_sees_nothing(record: Record) -> None:
    reader = Actor(
        "a@b.example", "192.0.2.1", "a@b.example", within={record.tenant_id: frozenset({Right.READ})}
    )
    stranger = Actor("c@d.example", "192.0.2.1", "c@d.example")
    for actor, error in ((reader, NotAllowedError), (stranger, UnknownError)):
        with pytest.raises(error):
            decide(record.here, actor, record.tenant_id, asked(Status.PLANNED))
    assert list_decisions(record.here, reader, record.tenant_id) == []
    with pytest.raises(UnknownError):
        list_decisions(record.here, stranger, record.tenant_id)


def test_ids_are_found_in_any_case_and_kept_as_given(record: Record) -> None:
    decide(record.here, record.actor, record.tenant_id, asked(Status.PLANNED, PARTIAL.lower()))
    assert list_decisions(record.here, record.actor, record.tenant_id)[0].action == PARTIAL
