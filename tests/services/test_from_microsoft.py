"""What was declared in Microsoft's portal becomes decisions, after a preview that says what that does."""

from tests.services.tenancy import Record

from securescore.model import Status
from securescore.services.decisions.deciding import list_decisions
from securescore.services.decisions.from_microsoft import take_over
from securescore.services.tenants import list_tenants


def test_states_become_decisions(record: Record) -> None:
    (tenant,) = list_tenants(record.here, record.actor)
    before = record.standing.snapshot
    foreseen = take_over(record.here, record.actor, tenant, apply=False)
    assert foreseen.problem is None
    assert foreseen.made
    assert record.standing.snapshot == before
    done = take_over(record.here, record.actor, tenant, apply=True)
    assert [(one.action, one.status) for one in done.made] == [
        (one.action, one.status) for one in foreseen.made
    ]
    assert done.gained == foreseen.gained
    assert done.after == record.standing.snapshot.totals
    standing = list_decisions(record.here, record.actor, record.tenant_id)
    assert {one.status for one in standing} <= {Status.THIRD_PARTY, Status.RISK_ACCEPTED}
    assert all((one.evidence or "").startswith("Set in Microsoft Secure Score by ") for one in standing)
    again = take_over(record.here, record.actor, tenant, apply=True)
    assert again.made == ()
    assert len(record.activities(after=before.number)) == 1
