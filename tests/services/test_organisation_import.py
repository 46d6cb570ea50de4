"""The organisation file of a tenant: exported, imported, and the same again changes nothing."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from tests.services.deciding_people import STRANGER, exposed_of, reader, writer
from tests.services.tenancy import Record

from securescore.assess import Organisation
from securescore.assess.organisation import parse_organisation
from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, StoreError, UnknownError
from securescore.model import AccountClass, Status
from securescore.scoring.change import Trigger
from securescore.services.decisions.asked import Asked, Excluded
from securescore.services.decisions.deciding import decide, list_decisions
from securescore.services.decisions.excluding import add_exclusion, declare_accounts
from securescore.services.decisions.organisation_files import (
    Import,
    export_organisation,
    import_organisation,
    preview_import,
)
from securescore.services.decisions.policy import Policy, set_policy
from securescore.services.tenants import get_tenant

ACTION = "MFARegistrationV2"
FILE = """
[[account]]
class = "emergency_access"
users = ["noodtoegang1@westerkade.example", "Noodtoegang2@westerkade.example"]
note = "in the safe"

[[account]]
class = "kiosk"
users = ["kiosk@westerkade.example"]

[[exclusion]]
actions = ["mfaregistrationv2", "NotOfThisTenant"]
entities = ["kiosk@westerkade.example"]
reason = "Shared workstation"
owner = "ada"
expires = 2027-01-01

[[decision]]
action = "MFARegistrationV2"
status = "third_party"
decided = 2026-01-10
class = "service"
users = ["ada@westerkade.example"]

[[decision]]
action = "signinriskpolicy"
status = "planned"
plan = "in May"

[[decision]]
action = "SigninRiskPolicy"
status = "risk_accepted"
decided = 2026-02-10

[[decision]]
action = "NoSuchAction"
status = "planned"

[settings]
device_days = 45
"""


def parsed(text: str) -> Organisation:
    return parse_organisation(text, "file")


def exported(record: Record) -> str:
    return export_organisation(record.here, record.actor, record.tenant_id)


def imported(record: Record, text: str) -> Import:
    return import_organisation(record.here, record.actor, record.tenant_id, parsed(text))


def counts(done: Import) -> dict[str, tuple[int, int, int]]:
    return {name: (one.added, one.ended, one.unchanged) for name, one in done.kinds.items()}


def test_an_import_is_foreseen_made_and_then_changes_nothing(record: Record) -> None:
    number, before = record.standing.snapshot.number, record.standing.snapshot.totals
    foreseen = preview_import(record.here, record.actor, record.tenant_id, parsed(FILE))
    assert record.standing.snapshot.number == number
    assert counts(foreseen) == {
        "accounts": (3, 0, 0),
        "exclusions": (1, 0, 0),
        "decisions": (4, 0, 0),
        "attestations": (0, 0, 0),
    }
    assert (foreseen.unknown, foreseen.device_days) == (("nosuchaction",), (30, 45))
    done = imported(record, FILE)
    assert done == foreseen
    assert (done.before, done.after) == (before, record.standing.snapshot.totals)
    assert record.standing.snapshot.number == number + 2
    taken = record.activities(after=number)
    assert [activity.snapshot for activity in taken] == [number + 1, number + 2]
    assert taken[0].about == {
        "imported": {"accounts": {"added": 3, "ended": 0}, "exclusions": {"added": 1, "ended": 0}}
    }
    assert record.standing.snapshot.trigger is Trigger.DECISION
    assert get_tenant(record.here, record.actor, record.tenant_id).device_days == 45
    # the undated decision of the file is older than the dated one about the same action
    by_status = {row.status: row for row in list_decisions(record.here, record.actor, record.tenant_id)}
    assert by_status[Status.PLANNED].decided == by_status[Status.RISK_ACCEPTED].decided
    assert by_status[Status.PLANNED].number < by_status[Status.RISK_ACCEPTED].number
    assert record.action("SigninRiskPolicy").status is Status.RISK_ACCEPTED

    snapshot, audited = record.standing.snapshot, len(record.audited())
    for text in (FILE, exported(record)):
        again = imported(record, text)
        assert not again.changed
        assert counts(again)["decisions"] == (0, 0, 4)
    assert (record.standing.snapshot, len(record.audited())) == (snapshot, audited)
    assert 'note = "in the safe"' in exported(record)
    assert 'action = "SigninRiskPolicy"' in exported(record)

    gone = imported(record, "")
    assert counts(gone)["decisions"] == (0, 4, 0)
    assert gone.device_days == (45, 30)
    assert exported(record) == ""
    assert record.standing.snapshot.totals == before


def test_what_was_decided_here_is_exported_and_stays(record: Record) -> None:
    one, two = exposed_of(record, ACTION)[:2]
    expires = (record.moment + timedelta(days=5)).date()
    decided = [
        Asked(ACTION, Status.THIRD_PARTY, note='a "quoted"\nline', expires=expires),
        Asked(ACTION, Status.RISK_ACCEPTED, frozenset({one, two})),
        Asked(ACTION, Status.PLANNED, frozenset({two})),
    ]
    for asked in decided:
        decide(record.here, record.actor, record.tenant_id, asked)
    what = Excluded(frozenset({ACTION}), frozenset({one}), "why")
    add_exclusion(record.here, record.actor, record.tenant_id, what)
    declare_accounts(record.here, record.actor, record.tenant_id, AccountClass.TEST, ["a", "b"], "n")
    record.later(days=10)
    snapshot, text = record.standing.snapshot, exported(record)
    assert not preview_import(record.here, record.actor, record.tenant_id, parsed(text)).changed
    assert not imported(record, text).changed
    assert record.standing.snapshot == snapshot
    # a change of one thing ends and adds that one thing
    done = imported(record, text.replace('reason = "why"', 'reason = "because"').replace('"b"', '"c"'))
    assert counts(done) == {
        "accounts": (1, 1, 1),
        "exclusions": (1, 1, 0),
        "decisions": (0, 0, 3),
        "attestations": (0, 0, 0),
    }
    assert record.standing.snapshot.trigger is Trigger.EXCLUSION


def test_the_order_of_one_day_is_that_of_the_file(record: Record) -> None:
    statuses = ("planned", "risk_accepted", "third_party")
    for order in permutations(statuses):
        text = "".join(
            f'[[decision]]\naction = "{ACTION}"\nstatus = "{status}"\ndecided = 2026-01-10\n'
            for status in order
        )
        imported(record, text)
        assert exported(record) == exported(record)
        held = [row.status for row in list_decisions(record.here, record.actor, record.tenant_id)]
        assert [status.removeprefix("resolved_through_") for status in held] == list(order)
        assert not imported(record, text).changed


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ('[[account]]\nclass = "guest"\nusers = ["a"]', ConfigurationError, "the directory itself"),
        (
            f'[[decision]]\naction = "{ACTION}"\nstatus = "planned"\nnote = "a\\u0000b"',
            ConfigurationError,
            "cannot be kept",
        ),
        (f'[[decision]]\naction = "{ACTION}"\nstatus = "third_party"', ConfigurationError, "asks an owner"),
        (
            f'[[decision]]\naction = "{ACTION}"\nstatus = "third_party"\nowner = "ada"',
            ConflictError,
            "needs somebody who approves",
        ),
    ],
)
def test_a_file_that_cannot_be_is_refused_whole(
    record: Record, text: str, error: type[Exception], sentence: str
) -> None:
    approval = error is ConflictError
    set_policy(record.here, record.actor, record.tenant_id, Policy(owner=True, approval=approval))
    number = record.standing.snapshot.number
    with pytest.raises(error, match=sentence):
        imported(record, '[[account]]\nclass = "test"\nusers = ["t"]\n' + text)
    assert (record.standing.snapshot.number, exported(record)) == (number, "")


def test_what_fails_in_the_middle_leaves_nothing(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    number, audited = record.standing.snapshot.number, len(record.audited())
    with monkeypatch.context() as patch:
        patch.setattr(
            "securescore.store.declarations.add_decision",
            lambda *_: (_ for _ in ()).throw(StoreError("gone")),
        )
        with pytest.raises(StoreError, match="gone"):
            imported(record, FILE)
    assert (record.standing.snapshot.number, len(record.audited()), exported(record)) == (number, audited, "")
    assert get_tenant(record.here, record.actor, record.tenant_id).device_days == 30
    assert imported(record, FILE).changed


def test_a_former_id_is_the_same_action(record: Record) -> None:
    content = record.here.content()
    actions = content.catalog.actions
    renamed = replace(actions[ACTION], aliases=("OldId",))
    known = replace(content, catalog=replace(content.catalog, actions={**actions, ACTION: renamed}))
    record.installation = replace(record.installation, content=lambda: known)
    text = """
        [[exclusion]]
        actions = ["OldId"]
        entities = ["a"]
        reason = "why"
        [[decision]]
        action = "oldid"
        status = "planned"
    """
    assert imported(record, text).changed
    assert not imported(record, text).changed
    assert list_decisions(record.here, record.actor, record.tenant_id)[0].action == ACTION


def test_who_may_do_what(record: Record) -> None:
    plain = parsed('[[account]]\nclass = "test"\nusers = ["t"]')
    days = parsed("[settings]\ndevice_days = 9")
    assert import_organisation(record.here, writer(record), record.tenant_id, plain).changed
    with pytest.raises(NotAllowedError):
        import_organisation(record.here, writer(record), record.tenant_id, days)
    for actor, error in ((reader(record), NotAllowedError), (STRANGER, UnknownError)):
        with pytest.raises(error):
            import_organisation(record.here, actor, record.tenant_id, plain)
        with pytest.raises(error):
            preview_import(record.here, actor, record.tenant_id, plain)
    assert export_organisation(record.here, reader(record), record.tenant_id)
    with pytest.raises(UnknownError):
        export_organisation(record.here, STRANGER, record.tenant_id)
