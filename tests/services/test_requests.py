"""What a tenant asks of decisions, and decisions that wait for somebody else."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.deciding_people import STRANGER, exposed_of, reader, writer
from tests.services.tenancy import Record

from securescore.assess.organisation import parse_organisation
from securescore.errors import (
    ConfigurationError,
    ConflictError,
    NotAllowedError,
    SecureScoreError,
    UnknownError,
)
from securescore.model import AccountClass, Status
from securescore.scoring.change import Trigger
from securescore.services.decisions.approving import approve
from securescore.services.decisions.asked import (
    Accounts,
    Asked,
    Excluded,
    Wanted,
    from_json,
    to_json,
    wanted_of,
)
from securescore.services.decisions.deciding import Decided, decide, list_decisions, withdraw
from securescore.services.decisions.excluding import (
    add_exclusion,
    declare_accounts,
    end_exclusion,
    list_accounts,
    take_back_accounts,
)
from securescore.services.decisions.organisation_files import import_organisation
from securescore.services.decisions.policy import Policy, get_policy, set_policy
from securescore.services.decisions.reminders import expiring
from securescore.services.decisions.requesting import list_requests, refuse
from securescore.services.record import recording
from securescore.store.declarations import DecisionRow

ACTION = "MFARegistrationV2"
BOB = "bob@westerkade.example"


def ask_for(record: Record, **what: Any) -> None:
    assert set_policy(record.here, record.actor, record.tenant_id, Policy(**what))


def decided(record: Record, status: Status = Status.THIRD_PARTY, **more: Any) -> Decided:
    return decide(record.here, writer(record), record.tenant_id, Asked(ACTION, status, **more))


def standing(record: Record) -> list[DecisionRow]:
    return list_decisions(record.here, record.actor, record.tenant_id)


def test_a_policy_says_what_is_missing(record: Record) -> None:
    audited = len(record.audited())
    ask_for(record, owner=True, evidence=True, expiry=True)
    assert not set_policy(
        record.here, record.actor, record.tenant_id, get_policy(record.here, record.actor, record.tenant_id)
    )
    (entry,) = record.audited()[audited:]
    assert entry.act == "policy.change"
    number = record.standing.snapshot.number
    for status in (Status.THIRD_PARTY, Status.ALTERNATE_MITIGATION, Status.RISK_ACCEPTED):
        with pytest.raises(
            ConfigurationError, match=r"an owner, evidence and an expiry \(such as 2027-03-02\)"
        ):
            decided(record, status)
    with pytest.raises(ConfigurationError, match="asks an owner of every decision 'risk accepted'"):
        decided(record, Status.RISK_ACCEPTED, owner=" ", evidence="wiki", expires=date(2027, 1, 1))
    assert record.standing.snapshot.number == number
    assert decided(record, Status.PLANNED).changed
    given: dict[str, Any] = {"owner": "ada", "evidence": "wiki", "expires": date(2027, 1, 1)}
    assert decided(record, Status.THIRD_PARTY, **given).changed
    assert decided(record, Status.TO_ADDRESS).changed


def test_a_policy_about_other_statuses(record: Record) -> None:
    ask_for(record, owner=True, statuses=frozenset({Status.PLANNED}))
    with pytest.raises(ConfigurationError, match="'planned'"):
        decided(record, Status.PLANNED)
    assert decided(record).changed
    for wrong in (
        Policy(months=0),
        Policy(statuses=frozenset()),
        Policy(statuses=frozenset({Status.COMPLETED})),
    ):
        with pytest.raises(ConfigurationError):
            set_policy(record.here, record.actor, record.tenant_id, wrong)
    for actor, error in (
        (writer(record), NotAllowedError),
        (reader(record), NotAllowedError),
        (STRANGER, UnknownError),
    ):
        with pytest.raises(error):
            set_policy(record.here, actor, record.tenant_id, Policy())


def test_a_request_has_no_effect_until_somebody_else_approves(record: Record) -> None:
    ask_for(record, approval=True)
    before, number = record.standing.snapshot.totals, record.standing.snapshot.number
    made = decided(record, note="our gateway")
    assert made.request is not None
    assert (made.decision, made.changed, made.request.requested_by) == (None, True, "ada@westerkade.example")
    again = decided(record, note="our gateway")
    assert (again.changed, again.request) == (False, made.request)
    assert (record.standing.snapshot.number, standing(record)) == (number, [])
    (waiting,) = list_requests(record.here, reader(record), record.tenant_id)
    assert isinstance(waiting.asked, Asked)
    assert (waiting.asked.status, waiting.asked.action) == (Status.THIRD_PARTY, ACTION)
    assert not waiting.lapsed
    with pytest.raises(NotAllowedError, match="somebody else"):
        approve(record.here, writer(record), record.tenant_id, 1)
    with pytest.raises(NotAllowedError):
        approve(record.here, reader(record), record.tenant_id, 1)
    with pytest.raises(UnknownError):
        approve(record.here, STRANGER, record.tenant_id, 1)
    row = approve(record.here, writer(record, BOB), record.tenant_id, 1).decision
    assert row is not None
    assert (row.decided_by, row.approved_by, row.note) == ("ada@westerkade.example", BOB, "our gateway")
    assert standing(record) == [row]
    snapshot = record.standing.snapshot
    assert (snapshot.number, snapshot.trigger) == (number + 1, Trigger.DECISION)
    assert snapshot.totals.points > before.points
    assert snapshot.totals.verified == before.verified
    (activity,) = record.activities(after=number)
    assert (activity.author, (activity.about or {})["request"]) == (BOB, 1)
    assert [entry.act for entry in record.audited()][-3:] == [
        "request.make",
        "decision.make",
        "request.approved",
    ]
    with pytest.raises(UnknownError, match="settled it already"):
        approve(record.here, writer(record, BOB), record.tenant_id, 1)
    # taking it back needs nobody
    withdraw(record.here, writer(record), record.tenant_id, row.number)
    assert record.standing.snapshot.totals == before


def test_nobody_gets_around_approval_by_excluding_or_declaring(record: Record) -> None:
    ask_for(record, approval=True)
    some = exposed_of(record, ACTION)[:2]
    before, number = record.standing.snapshot.totals, record.standing.snapshot.number
    excluded = Excluded(frozenset({ACTION.lower()}), frozenset(some), "Nobody sits there")
    made = add_exclusion(record.here, writer(record), record.tenant_id, excluded)
    assert (made.row, made.changed, made.request and made.request.number) == (None, True, 1)
    assert not add_exclusion(record.here, writer(record), record.tenant_id, excluded).changed
    of = (record.here, writer(record), record.tenant_id, AccountClass.SERVICE)
    declared = declare_accounts(*of, some, "Runs the scanner")
    assert (declared.names, declared.request and declared.request.number) == ((), 2)
    assert record.standing.snapshot.number == number
    assert [one.asked for one in list_requests(record.here, reader(record), record.tenant_id)] == [
        replace(excluded, actions=frozenset({ACTION})),
        Accounts(AccountClass.SERVICE, tuple(sorted(some)), "Runs the scanner"),
    ]
    for waiting in (1, 2):
        with pytest.raises(NotAllowedError, match="somebody else"):
            approve(record.here, writer(record), record.tenant_id, waiting)
    row = approve(record.here, writer(record, BOB), record.tenant_id, 1).exclusion
    assert row is not None
    assert (row.declared_by, row.reason) == ("ada@westerkade.example", "Nobody sits there")
    assert approve(record.here, writer(record, BOB), record.tenant_id, 2).accounts is not None
    assert {one.declared_by for one in list_accounts(record.here, record.actor, record.tenant_id)} == {
        "ada@westerkade.example"
    }
    after = record.standing.snapshot.totals
    assert after.points > before.points
    assert after.verified == before.verified
    told = [one.about or {} for one in record.activities(after=number)]
    assert [(one["request"], one["approved_by"]) for one in told] == [(1, BOB), (2, BOB)]
    assert list_requests(record.here, record.actor, record.tenant_id) == []
    # taking them back needs nobody, and the same once more is nothing new
    assert declare_accounts(*of, some, "Runs the scanner").request is None
    end_exclusion(record.here, writer(record), record.tenant_id, row.number)
    assert take_back_accounts(*of, some)
    assert record.standing.snapshot.totals.points == before.points


def test_a_policy_asks_the_same_of_exclusions(record: Record) -> None:
    ask_for(record, owner=True, expiry=True, evidence=True)
    wanted = Excluded(frozenset({ACTION}), frozenset({"a@b.example"}), "why")
    with pytest.raises(
        ConfigurationError, match=r"asks an owner and an expiry \(such as 2027-03-02\) of every excl"
    ):
        add_exclusion(record.here, writer(record), record.tenant_id, wanted)
    text = '[[exclusion]]\nactions = ["*"]\nentities = ["a"]\nreason = "why"\n'
    with pytest.raises(ConfigurationError, match="of every exclusion"):
        import_organisation(record.here, record.actor, record.tenant_id, parse_organisation(text, "file"))
    whole = replace(wanted, owner="ada", expires=date(2026, 12, 31))
    assert add_exclusion(record.here, writer(record), record.tenant_id, whole).changed


@pytest.mark.parametrize(
    "text",
    [
        f'[[decision]]\naction = "{ACTION}"\nstatus = "third_party"\n',
        '[[exclusion]]\nactions = ["*"]\nentities = ["a"]\nreason = "why"\n',
        '[[account]]\nclass = "service"\nusers = ["a"]\n',
    ],
)
def test_a_file_gets_around_nobody_either(record: Record, text: str) -> None:
    ask_for(record, approval=True)
    number = record.standing.snapshot.number
    with pytest.raises(ConflictError, match="needs somebody who approves it"):
        import_organisation(record.here, record.actor, record.tenant_id, parse_organisation(text, "file"))
    assert record.standing.snapshot.number == number


def test_what_is_asked_meanwhile_holds(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody decides, and before that is written the tenant begins to ask for an approver."""
    assess = recording.Recorder.declared

    def while_somebody_asks_for_more(recorder: Any, *declarations: Any) -> Any:
        if not get_policy(record.here, record.actor, record.tenant_id).approval:
            ask_for(record, approval=True)
        return assess(recorder, *declarations)

    monkeypatch.setattr(recording.Recorder, "declared", while_somebody_asks_for_more)
    number = record.standing.snapshot.number
    assert decided(record).request is not None
    wanted = Excluded(frozenset({ACTION}), frozenset({"a@b.example"}), "why")
    assert set_policy(record.here, record.actor, record.tenant_id, Policy())
    assert add_exclusion(record.here, writer(record), record.tenant_id, wanted).request is not None
    assert record.standing.snapshot.number == number


def test_requests_are_refused_withdrawn_and_lapse(record: Record) -> None:
    ask_for(record, approval=True)
    decided(record)
    refuse(record.here, writer(record, BOB), record.tenant_id, 1, "show me")
    decided(record)
    refuse(record.here, writer(record), record.tenant_id, 2)
    acts = [(entry.act, entry.actor) for entry in record.audited()]
    assert acts[-1] == ("request.withdrawn", "ada@westerkade.example")
    assert ("request.refused", BOB) in acts
    with pytest.raises(UnknownError):
        refuse(record.here, writer(record, BOB), record.tenant_id, 2)
    with pytest.raises(NotAllowedError):
        refuse(record.here, reader(record), record.tenant_id, 2)
    decided(record)
    record.later(days=30)
    (waiting,) = list_requests(record.here, record.actor, record.tenant_id)
    assert waiting.lapsed
    with pytest.raises(ConflictError, match="could be approved until 2026-04-01"):
        approve(record.here, writer(record, BOB), record.tenant_id, 3)
    assert decided(record).request is not None
    assert len(list_requests(record.here, record.actor, record.tenant_id)) == 2
    assert standing(record) == []


def test_what_became_of_the_tenant_meanwhile(record: Record) -> None:
    ask_for(record, approval=True)
    decided(record)
    ask_for(record, approval=True, owner=True)
    with pytest.raises(ConfigurationError, match="an owner"):
        approve(record.here, writer(record, BOB), record.tenant_id, 1)
    ask_for(record, owner=False)
    made = decided(record)
    number = record.standing.snapshot.number
    assert made.decision is not None
    assert approve(record.here, writer(record, BOB), record.tenant_id, 1).decision == made.decision
    assert record.standing.snapshot.number == number
    assert list_requests(record.here, record.actor, record.tenant_id) == []


def test_of_two_who_approve_at_once_one_does(record: Record) -> None:
    ask_for(record, approval=True)
    decided(record)
    number = record.standing.snapshot.number
    results: list[object] = []

    def settle(name: str) -> None:
        try:
            results.append(approve(record.here, writer(record, name), record.tenant_id, 1).decision)
        except SecureScoreError as error:
            results.append(error)

    threads = [threading.Thread(target=settle, args=(name,)) for name in ("b@x.example", "c@x.example")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = standing(record)
    assert [one for one in results if not isinstance(one, SecureScoreError)] == [row]
    assert [type(one) for one in results if isinstance(one, SecureScoreError)] == [UnknownError]
    assert record.standing.snapshot.number == number + 1


@given(day=st.dates(date(2020, 1, 1), date(2090, 1, 1)), months=st.integers(1, 120))
def test_the_proposed_expiry_is_so_many_months_away(day: date, months: int) -> None:
    found = Policy(months=months).proposed(day)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


def row(number: int, expires: date | None) -> DecisionRow:
    from tests.store.rows import decision_row  # noqa: PLC0415

    values = vars(decision_row(number)) | {"expires": expires}
    return DecisionRow(**values)


@given(st.lists(st.none() | st.integers(-5, 60), max_size=8))
def test_reminders_are_of_what_expires_soon(days: list[int | None]) -> None:
    today = date(2026, 3, 2)
    rows = [
        row(place, None if one is None else today + timedelta(days=one)) for place, one in enumerate(days)
    ]
    found = expiring(rows, today)
    assert sorted(one.decision.number for one in found) == [
        place for place, one in enumerate(days) if one is not None and 0 < one <= 30
    ]
    assert [one.days for one in found] == sorted(one.days for one in found)
    assert all(one.within == (7 if one.days <= 7 else 30) for one in found)


def test_what_is_asked_survives_json() -> None:
    whole = Asked(
        "A",
        Status.PLANNED,
        frozenset({"b", "a"}),
        None,
        "n",
        "p",
        "o",
        date(2026, 1, 1),
        "e",
        date(2027, 1, 1),
    )
    assert from_json(to_json(whole)) == whole
    assert to_json(whole)["entities"] == ["a", "b"]
    wanted: list[Wanted] = [
        whole,
        Excluded(frozenset({"A"}), frozenset({"b"}), "r", "o", date(2027, 1, 1)),
        Accounts(AccountClass.KIOSK, ("a", "b"), "n"),
    ]
    assert [wanted_of(to_json(one)) for one in wanted] == wanted
