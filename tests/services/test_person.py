"""What is known about one person is found, whole, and can be forgotten once they have left."""

import pytest
from tests.services.tenancy import Tenancy

from securescore.demo import AccountKind
from securescore.errors import ConflictError, NotAllowedError
from securescore.model import Status
from securescore.services.actor import Actor, Right
from securescore.services.decisions.deciding import Asked, decide
from securescore.services.person import erase_person, export_person


@pytest.mark.slow
def test_somebody_is_found_exported_and_forgotten(tenancy: Tenancy) -> None:
    tenancy.sync()
    person = tenancy.organisation.of_kind(AccountKind.STAFF)[3]
    name, user_id = person["userPrincipalName"], person["id"]
    decide(
        tenancy.here,
        tenancy.actor,
        tenancy.tenant_id,
        Asked(
            "MFARegistrationV2",
            Status.RISK_ACCEPTED,
            entities=frozenset({name, "other@x.example"}),
            owner=name,
        ),
    )
    found = export_person(tenancy.here, tenancy.actor, tenancy.tenant_id, name.upper())
    assert {name, user_id} <= set(found.names)
    assert {"users", "registration_details", "mailboxes"} <= {table for _, table, _ in found.evidence}
    assert any(action.startswith("MFARegistrationV2") for _, action, _ in found.verdicts)
    assert {"decision", "audit_entry"} <= {one.table for one in found.record}
    # who has a name that only begins alike is somebody else
    assert not export_person(tenancy.here, tenancy.actor, tenancy.tenant_id, name[:-1]).evidence

    with pytest.raises(ConflictError, match="would bring them back"):
        erase_person(tenancy.here, tenancy.actor, tenancy.tenant_id, name)
    tenancy.organisation.delete(name)
    tenancy.organisation.mail["Recipient"] = [
        one for one in tenancy.organisation.mail.get("Recipient", []) if user_id not in str(one)
    ]
    tenancy.later(days=1)
    tenancy.sync()
    before = tenancy.standing.snapshot
    done = erase_person(tenancy.here, tenancy.actor, tenancy.tenant_id, name)
    assert len(done.runs) == 1
    assert done.rows >= 1
    assert {one.table for one in done.stays} <= {"audit_entry", "activity"}
    again = export_person(tenancy.here, tenancy.actor, tenancy.tenant_id, user_id)
    assert (again.evidence, again.verdicts) == ((), ())
    assert not [one for one in again.record if one.table == "decision"]
    assert tenancy.standing.snapshot == before
    assert name not in str([entry.after for entry in tenancy.audited() if entry.act.startswith("person.")])
    tenancy.later(days=1)
    tenancy.sync()


def test_it_takes_the_right_to_manage(tenancy: Tenancy) -> None:
    rights = frozenset({Right.READ, Right.WRITE})
    writer = Actor("a@b.example", "x", "a@b.example", within={tenancy.tenant_id: rights})
    for act in (export_person, erase_person):
        with pytest.raises(NotAllowedError):
            act(tenancy.here, writer, tenancy.tenant_id, "somebody")
