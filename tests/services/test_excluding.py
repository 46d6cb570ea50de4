"""Exclusions and account classes: they move credited points, never verified ones, and leave a trace of everything."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.services.deciding_people import STRANGER, exposed_of, reader, writer
from tests.services.tenancy import Record

from securescore.errors import ConfigurationError, NotAllowedError, UnknownError
from securescore.model import AccountClass
from securescore.scoring.change import Cause, Trigger
from securescore.services.decisions.asked import Excluded
from securescore.services.decisions.excluding import (
    add_exclusion,
    declare_accounts,
    end_exclusion,
    list_accounts,
    list_exclusions,
    take_back_accounts,
)

ACTION = "MFARegistrationV2"


def wanted(*entities: str, **more: Any) -> Excluded:
    given: dict[str, Any] = {"actions": frozenset({ACTION.lower()}), "reason": "Nobody sits there"} | more
    return Excluded(entities=frozenset(entities), **given)


def exclude(record: Record, what: Excluded) -> tuple[int, bool]:
    made = add_exclusion(record.here, record.actor, record.tenant_id, what)
    assert made.row is not None
    return made.row.number, made.changed


def test_excluding_every_exposed_user_leaves_verified_unchanged(record: Record) -> None:
    before, totals = record.action(ACTION), record.standing.snapshot.totals
    assert before.coverage is not None
    exposed = exposed_of(record, ACTION)
    number, audited = record.standing.snapshot.number, len(record.audited())
    assert exclude(record, wanted(*exposed)) == (1, True)
    after = record.action(ACTION)
    assert after.coverage is not None
    assert (after.points or 0) > (before.points or 0)
    assert (after.verified, after.measured) == (before.verified, before.measured)
    assert (after.coverage.excluded, after.coverage.exposed) == (len(exposed), 0)
    assert record.standing.snapshot.totals.verified == totals.verified
    # one snapshot, activity and audit entry
    assert (record.standing.snapshot.number, record.standing.snapshot.trigger) == (
        number + 1,
        Trigger.EXCLUSION,
    )
    (activity,) = record.activities(after=number)
    assert activity.about is not None
    assert (activity.about["actions"], activity.about["reason"]) == ([ACTION], "Nobody sits there")
    assert {effect.cause for effect in activity.effects.credited} == {Cause.EXCLUSION}
    assert activity.effects.verified == ()
    (entry,) = record.audited()[audited:]
    assert (entry.act, entry.target) == ("exclusion.add", "1")
    # the same again is nothing new, whatever the case of letters
    assert exclude(record, wanted(*(one.upper() for one in exposed), actions=frozenset({ACTION}))) == (
        1,
        False,
    )
    assert len(record.audited()) == audited + 1
    # ended, everybody counts again
    end_exclusion(record.here, record.actor, record.tenant_id, 1)
    assert record.standing.snapshot.totals == totals
    assert list_exclusions(record.here, record.actor, record.tenant_id) == []
    assert record.audited()[-1].act == "exclusion.end"
    with pytest.raises(UnknownError, match="has ended already"):
        end_exclusion(record.here, record.actor, record.tenant_id, 1)


def test_from_every_action_until_it_expires(record: Record) -> None:
    someone = exposed_of(record, ACTION)[0]
    verified = record.standing.snapshot.totals.verified
    what = wanted(someone, actions=frozenset({"*", ACTION}), expires=date(2026, 3, 12), owner="ada")
    exclude(record, what)
    (row,) = list_exclusions(record.here, record.actor, record.tenant_id)
    assert row.actions == ("*",)
    coverage = record.action(ACTION).coverage
    assert coverage is not None
    assert coverage.excluded == 1
    assert record.standing.snapshot.totals.verified == verified
    record.later(days=10)
    taken = record.take()
    assert [one.trigger for one in taken] == [Trigger.EXPIRY, Trigger.SYNC]
    coverage = record.action(ACTION).coverage
    assert coverage is not None
    assert coverage.excluded == 0


def test_accounts_of_a_class(record: Record) -> None:
    exposed, totals = exposed_of(record, ACTION)[:2], record.standing.snapshot.totals
    one = AccountClass.SERVICE

    def declare(*names: str, note: str | None = None) -> list[str]:
        return list(declare_accounts(record.here, record.actor, record.tenant_id, one, names, note).names)

    number = record.standing.snapshot.number
    assert declare(*exposed, note="for the scanner") == exposed
    assert declare(exposed[0].upper()) == []
    snapshot = record.standing.snapshot
    assert (snapshot.number, snapshot.trigger) == (number + 1, Trigger.EXCLUSION)
    assert snapshot.totals.verified == totals.verified
    assert {(row.name, row.note) for row in list_accounts(record.here, record.actor, record.tenant_id)} == {
        (name, "for the scanner") for name in exposed
    }
    assert declare(exposed[0], note="for the printer") == exposed[:1]
    gone = take_back_accounts(
        record.here, record.actor, record.tenant_id, one, [exposed[0].upper(), exposed[1], "x"]
    )
    assert sorted(gone) == exposed
    assert take_back_accounts(record.here, record.actor, record.tenant_id, one, exposed) == []
    assert list_accounts(record.here, record.actor, record.tenant_id) == []
    assert record.standing.snapshot.totals == totals
    assert [entry.act for entry in record.audited()][-3:] == [
        "account.declare",
        "account.declare",
        "account.take_back",
    ]


def test_what_cannot_be_excluded_or_declared(record: Record) -> None:
    number = record.standing.snapshot.number
    cases: list[tuple[Excluded, type[Exception], str]] = [
        (wanted("a", reason=" "), ConfigurationError, "needs a reason"),
        (wanted(), ConfigurationError, "at least one"),
        (wanted(" "), ConfigurationError, "empty name"),
        (wanted("a\0b"), ConfigurationError, "cannot be kept"),
        (wanted("a", reason="half \ud83d"), ConfigurationError, "cannot be kept"),
        (wanted("a", actions=frozenset({"NoSuch"})), UnknownError, "no action 'NoSuch'"),
        (wanted("a", expires=record.moment.date()), ConfigurationError, "not after today"),
    ]
    for what, error, sentence in cases:
        with pytest.raises(error, match=sentence):
            exclude(record, what)
    with pytest.raises(ConfigurationError, match="the directory itself says which accounts are guest"):
        declare_accounts(record.here, record.actor, record.tenant_id, AccountClass.GUEST, ["a"])
    for actor, refused in ((reader(record), NotAllowedError), (STRANGER, UnknownError)):
        with pytest.raises(refused):
            add_exclusion(record.here, actor, record.tenant_id, wanted("a"))
        with pytest.raises(refused):
            end_exclusion(record.here, actor, record.tenant_id, 1)
        with pytest.raises(refused):
            declare_accounts(record.here, actor, record.tenant_id, AccountClass.TEST, ["a"])
        with pytest.raises(refused):
            take_back_accounts(record.here, actor, record.tenant_id, AccountClass.TEST, ["a"])
    assert list_exclusions(record.here, reader(record), record.tenant_id) == []
    for ask in (list_exclusions, list_accounts):
        with pytest.raises(UnknownError):
            ask(record.here, STRANGER, record.tenant_id)
    assert record.standing.snapshot.number == number


def test_a_writer_excludes(record: Record) -> None:
    expires = (record.moment + timedelta(days=400)).date()
    row = add_exclusion(record.here, writer(record), record.tenant_id, wanted("a", expires=expires)).row
    assert row is not None
    assert row.declared_by == "ada@westerkade.example"
