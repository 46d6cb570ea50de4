"""What is told about a tenant, and what of it moves the score."""

from tests.services.tenancy import Record

from securescore.scoring.change import Cause, Trigger
from securescore.services.tenants import About, change_tenant, get_tenant


def test_which_devices_count_is_a_snapshot_of_its_own(record: Record) -> None:
    before = record.standing.snapshot
    change_tenant(record.here, record.actor, record.tenant_id, About(device_days=1, region="Zeeland"))
    assert get_tenant(record.here, record.actor, record.tenant_id).device_days == 1
    assert get_tenant(record.here, record.actor, record.tenant_id).region == "Zeeland"
    (activity,) = record.activities(after=before.number)
    assert record.standing.snapshot.trigger is Trigger.EXCLUSION
    assert {effect.cause for effect in activity.effects.credited} == {Cause.EXCLUSION}
    assert record.audited()[-1].act == "tenant.change"
    # nothing is left for the next reading to explain
    record.later(days=1)
    assert [one.trigger for one in record.take()] == [Trigger.SYNC]


def test_a_name_is_no_snapshot(record: Record) -> None:
    before = record.standing.snapshot
    assert change_tenant(record.here, record.actor, record.tenant_id, About(name="Other")).name == "Other"
    assert record.standing.snapshot == before
    audited = len(record.audited())
    change_tenant(record.here, record.actor, record.tenant_id, About(name="Other"))
    assert len(record.audited()) == audited
