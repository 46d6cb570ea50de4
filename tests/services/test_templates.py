"""Templates: the same decisions for many tenants, with a preview that tells exactly what applying does."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.services.deciding_people import STRANGER, reader, writer
from tests.services.tenancy import Record

from securescore.errors import ConfigurationError, NotAllowedError, UnknownError
from securescore.model import RESOLVED, AccountClass, Status
from securescore.scoring.change import Trigger
from securescore.services.decisions.asked import Asked
from securescore.services.decisions.deciding import decide, list_decisions
from securescore.services.decisions.policy import Policy, set_policy
from securescore.services.decisions.requesting import list_requests
from securescore.services.decisions.templates import (
    Outcome,
    Template,
    apply_template,
    chosen_tenants,
    get_template,
    list_templates,
    preview_template,
    remove_template,
    save_template,
)
from securescore.services.groups import add_group, put_into_group
from securescore.services.tenants import About, add_tenant, find_tenant
from securescore.store import audit
from securescore.store.tenants import Summary

ACTION = "MFARegistrationV2"


def asked(action: str = ACTION, status: Status = Status.THIRD_PARTY, **more: Any) -> Asked:
    return Asked(action, status, **more)


def save(record: Record, *wanted: Asked, name: str = "Gateway") -> bool:
    return save_template(record.here, record.actor, name, wanted)


def partial(record: Record, count: int) -> list[str]:
    """Actions in the total with something left to gain."""
    found = [
        one.id
        for one in record.standing.actions
        if one.counted and one.status is Status.TO_ADDRESS and (one.points or 0) < (one.maximum or 0)
    ]
    return found[:count]


def completed(record: Record) -> str:
    return next(one.id for one in record.standing.actions if one.status is Status.COMPLETED and one.counted)


def both(record: Record) -> list[Summary]:
    """The tenant with evidence, and another that was never read."""
    from securescore.connectors import load_tenant  # noqa: PLC0415

    file = record.here.settings.data_dir.parent / "connection" / "tenant.toml"
    other = file.with_name("other.toml")
    known = next(line for line in file.read_text().splitlines() if line.startswith("tenant_id"))
    other.write_text(file.read_text().replace(known, 'tenant_id = "99999999-0000-4000-8000-000000000009"'))
    add_tenant(record.here, record.actor, load_tenant(other), About(name="Nieuw"))
    add_group(record.here, record.actor, "clients")
    for name in ("Westerkade", "Nieuw"):
        found = find_tenant(record.here, record.actor, name)
        put_into_group(record.here, record.actor, found.tenant_id, "clients")
    return chosen_tenants(record.here, record.actor, ["westerkade"], "CLIENTS")


def test_a_preview_is_what_applying_does(record: Record) -> None:
    tenants = both(record)
    assert [one.name for one in tenants] == ["Westerkade", "Nieuw"]
    actions, full = partial(record, 4), completed(record)
    decide(record.here, record.actor, record.tenant_id, asked(actions[0], note="by hand"))
    wanted = [asked(one) for one in actions[1:]] + [asked(actions[0], note="by hand")]
    assert save(record, *wanted, asked(full), asked("NoSuchAction"))
    number, before = record.standing.snapshot.number, record.standing.snapshot.totals
    foreseen, unread = preview_template(record.here, record.actor, "gateway", tenants)
    assert (record.standing.snapshot.number, record.standing.snapshot.totals) == (number, before)
    assert [row.action for row in foreseen.made] == actions[1:]
    assert {one.action: one.why for one in foreseen.skipped} == {
        actions[0]: "held already (decision 1)",
        full: "completed",
        "NoSuchAction": "not in the score",
    }
    assert foreseen.before == before
    assert foreseen.gained > 0
    assert unread.problem is not None
    assert "has no score yet" in unread.problem

    done, failed = apply_template(record.here, record.actor, "gateway", tenants)
    assert (done.before, done.after, done.skipped) == (foreseen.before, foreseen.after, foreseen.skipped)
    assert failed.problem == unread.problem
    snapshot = record.standing.snapshot
    assert (snapshot.number, snapshot.trigger, snapshot.totals) == (
        number + 1,
        Trigger.DECISION,
        foreseen.after,
    )
    assert snapshot.totals.verified == before.verified
    (activity,) = record.activities(after=number)
    assert activity.about == {"template": "Gateway", "decisions": [2, 3, 4]}
    assert {effect.action_id for effect in activity.effects.credited} == set(actions[1:])

    again, _ = apply_template(record.here, record.actor, "gateway", tenants)
    assert (again.made, again.gained) == ((), 0)
    assert {one.why.partition(" (")[0] for one in again.skipped} == {
        "held already",
        "completed",
        "not in the score",
    }
    assert record.standing.snapshot == snapshot


def test_applying_keeps_to_the_policy_of_the_tenant(record: Record) -> None:
    one, two = partial(record, 2)
    ask_for = Policy(expiry=True, owner=True)
    set_policy(record.here, record.actor, record.tenant_id, ask_for)
    save(record, asked(one, owner="ada"), asked(two))
    tenants = chosen_tenants(record.here, record.actor, ["Westerkade"])
    (outcome,) = apply_template(record.here, record.actor, "Gateway", tenants)
    (row,) = outcome.made
    assert (row.action, row.expires, row.owner) == (one, ask_for.proposed(record.moment.date()), "ada")
    (skipped,) = outcome.skipped
    assert "asks an owner of every decision" in skipped.why
    # on another day the same template changes nothing, although it would propose another expiry
    record.later(days=3)
    assert apply_template(record.here, record.actor, "Gateway", tenants)[0].made == ()


def test_what_needs_somebody_else_is_requested(record: Record) -> None:
    (one,) = partial(record, 1)
    set_policy(record.here, record.actor, record.tenant_id, Policy(approval=True))
    save(record, asked(one))
    tenants = chosen_tenants(record.here, record.actor, ["Westerkade"])
    number = record.standing.snapshot.number
    (foreseen,) = preview_template(record.here, record.actor, "Gateway", tenants)
    assert ([each.action for each in foreseen.requested], foreseen.gained) == ([one], 0)
    assert list_requests(record.here, record.actor, record.tenant_id) == []
    for _ in range(2):
        assert not apply_template(record.here, record.actor, "Gateway", tenants)[0].made
        assert len(list_requests(record.here, record.actor, record.tenant_id)) == 1
    assert record.standing.snapshot.number == number


def test_templates_are_made_replaced_and_removed(record: Record) -> None:
    first = asked(ACTION.upper(), note="a", account_class=AccountClass.SERVICE)
    assert save(record, first)
    assert not save(record, first)
    assert save(record, asked(note="b"), name="gateway")
    assert list_templates(record.here, writer(record)) == [Template("gateway", (asked(note="b"),))]
    assert get_template(record.here, writer(record), " GATEWAY ").name == "gateway"
    remove_template(record.here, record.actor, "Gateway")
    for gone in (get_template, remove_template):
        with pytest.raises(UnknownError, match="no template 'Gateway'"):
            gone(record.here, record.actor, "Gateway")
    with record.here.database.installation() as connection:
        acts = [entry.act for entry in audit.entries(connection)]
        assert audit.first_break(connection) is None
    assert acts[-3:] == ["template.save", "template.save", "template.remove"]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ([], "1 to 500 decisions"),
        ([asked(entities=frozenset({"a"}))], "belong to one tenant"),
        ([asked(), asked(ACTION.lower(), Status.PLANNED)], "about the same"),
        ([asked(account_class=AccountClass.TEST), asked()], "about the same"),
        ([asked(account_class=AccountClass.GUEST)], "the directory itself"),
    ],
)
def test_what_no_template_holds(record: Record, wanted: list[Asked], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        save(record, *wanted)


def test_a_template_is_for_who_may_write_everywhere(record: Record) -> None:
    save(record, asked())
    tenants = chosen_tenants(record.here, record.actor, ["Westerkade"])
    for actor in (writer(record), reader(record), STRANGER):
        with pytest.raises(NotAllowedError):
            save_template(record.here, actor, "Mine", [asked()])
        with pytest.raises(NotAllowedError):
            remove_template(record.here, actor, "Gateway")
    for actor in (reader(record), STRANGER):
        with pytest.raises(NotAllowedError):
            preview_template(record.here, actor, "Gateway", tenants)
    with pytest.raises(UnknownError):
        chosen_tenants(record.here, STRANGER, ["Westerkade"])
    with pytest.raises(ConfigurationError, match="no tenant was chosen"):
        chosen_tenants(record.here, record.actor)
    for name in ("", " ", "x" * 101, "a\nb"):
        with pytest.raises(ConfigurationError, match="name of a template"):
            save(record, asked(), name=name)


def test_a_tenant_that_one_may_only_read_is_reported(record: Record) -> None:
    save(record, asked())
    mine, other = both(record)
    outcomes: list[Outcome] = apply_template(record.here, writer(record), "Gateway", [other, mine])
    assert outcomes[0].problem is not None
    assert "that ada@westerkade.example may see" in outcomes[0].problem
    assert [row.status in RESOLVED for row in outcomes[1].made] == [True]
    assert list_decisions(record.here, record.actor, record.tenant_id)[0].decided_by == writer(record).name


def test_evidence_that_cannot_be_read_stops_one_tenant_only(record: Record, tmp_path: Path) -> None:
    save(record, asked())
    tenants = chosen_tenants(record.here, record.actor, ["Westerkade"])
    folder = record.here.evidence_path(record.tenant_id)
    shutil.move(folder, tmp_path / "elsewhere")
    (outcome,) = apply_template(record.here, record.actor, "Gateway", tenants)
    assert outcome.problem is not None
    shutil.move(tmp_path / "elsewhere", folder)
    assert apply_template(record.here, record.actor, "Gateway", tenants)[0].made
