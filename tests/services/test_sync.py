"""A tenant is read over https and its score recorded, on a real database."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.services.tenancy import Tenancy, nowhere

from securescore.assess import assess
from securescore.demo import AccountKind
from securescore.errors import ConflictError
from securescore.model import MICRO
from securescore.scoring.change import Cause, Trigger
from securescore.services.native_history import read_native_history
from securescore.services.record.standing import stored_actions, totals_of
from securescore.services.tenants import connect_tenant, list_tenants, pause_tenant
from securescore.store import snapshots
from securescore.store.tenants import Health


def test_the_first_reading_begins_the_record(tenancy: Tenancy) -> None:
    report = tenancy.sync()
    assert [one.trigger for one in report.snapshots] == [Trigger.SYNC]
    assert report.problem is None
    content = tenancy.here.content()
    assessment = assess(
        tenancy.here.evidence(tenancy.tenant_id), content.catalog, content.facts, as_of=tenancy.moment
    )
    totals, standing = assessment.score.total, tenancy.standing
    assert standing.actions == stored_actions(assessment)
    assert (standing.snapshot.totals.points, standing.snapshot.totals.maximum) == (
        totals.points,
        totals.maximum,
    )
    assert standing.snapshot.totals.scope_maximum == assessment.scope_maximum
    assert standing.snapshot.totals.assessed_share == pytest.approx(
        float(assessment.assessed_share or 0), abs=1e-6
    )
    assert totals_of(standing.actions) == standing.snapshot.totals
    # and Microsoft's own days are beside it, as Microsoft told them
    native = tenancy.organisation.native.scores
    days = read_native_history(tenancy.here, tenancy.actor, tenancy.tenant_id)
    told = [(one["createdDateTime"][:10], one["currentScore"], one["maxScore"]) for one in reversed(native)]
    assert [(str(one.day), one.points / MICRO, one.maximum / MICRO) for one in days] == told
    assert all(abs(sum(one.categories) - one.points) <= MICRO for one in days)


def test_afterwards_only_days_of_microsoft_that_are_not_known_yet_are_read(tenancy: Tenancy) -> None:
    tenancy.sync()
    tenancy.later(days=3)
    report = tenancy.sync()
    assert report.collection is not None
    assert 4 <= (report.collection.tables["native_scores"].rows or 0) <= 10
    days = [one.day for one in read_native_history(tenancy.here, tenancy.actor, tenancy.tenant_id)]
    newest = tenancy.organisation.native.scores[0]["createdDateTime"]
    assert days[-1] == date.fromisoformat(newest[:10])
    assert days[-1] - days[0] == timedelta(days=len(days) - 1)


def test_a_day_on_which_nothing_happens_is_recorded_too(tenancy: Tenancy) -> None:
    first = tenancy.sync().snapshots[-1]
    tenancy.later(days=1)
    (second,) = tenancy.sync().snapshots
    assert (second.number, second.trigger) == (2, Trigger.SYNC)
    assert second.totals.points == first.totals.points
    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        (activity,) = snapshots.list_activities(connection, after=1, until=2)
    assert activity.effects.credited == ()


def test_what_happened_is_named_and_sums_exactly(tenancy: Tenancy) -> None:
    before = tenancy.sync().snapshots[-1].totals
    tenancy.organisation.disable(tenancy.organisation.of_kind(AccountKind.STAFF)[-1]["userPrincipalName"])
    tenancy.organisation.change_policy("CA003 Verouderde aanmelding blokkeren", state="enabled")
    tenancy.later(days=1)
    after = tenancy.sync().snapshots[-1].totals
    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        (activity,) = snapshots.list_activities(connection, after=1, until=2)
    credited, verified = activity.effects.credited, activity.effects.verified
    assert {effect.cause for effect in credited} >= {Cause.CONFIGURATION, Cause.LEFT}
    assert sum(effect.achieved for effect in credited) == after.points - before.points
    assert sum(effect.achieved for effect in verified) == after.verified - before.verified
    assert sum(effect.maximum for effect in credited) == after.maximum - before.maximum


def test_a_tenant_that_cannot_be_read_keeps_its_score_for_a_while_and_says_why(
    tenancy: Tenancy, tmp_path: Path
) -> None:
    first = tenancy.sync().snapshots[-1].totals
    broken = nowhere(tmp_path / "nowhere", tenancy.organisation.tenant_id)
    connect_tenant(tenancy.here, tenancy.actor, tenancy.tenant_id, broken)
    tenancy.later(days=1)
    report = tenancy.sync()
    assert report.collection is None
    assert "no token could be had" in (report.problem or "")
    assert report.snapshots[-1].totals.points == first.points
    tenancy.later(days=20)
    lost = tenancy.sync().snapshots[-1].totals
    assert lost.assessed == 0
    assert lost.points < first.points
    (summary,) = list_tenants(tenancy.here, tenancy.actor)
    assert summary.health is Health.FAILING
    assert "no token could be had" in (summary.problem or "")


def test_a_paused_tenant_is_left_alone(tenancy: Tenancy) -> None:
    pause_tenant(tenancy.here, tenancy.actor, tenancy.tenant_id, paused=True)
    with pytest.raises(ConflictError, match="is paused"):
        tenancy.sync()
    assert list_tenants(tenancy.here, tenancy.actor)[0].health is Health.PAUSED
    pause_tenant(tenancy.here, tenancy.actor, tenancy.tenant_id, paused=False)
    tenancy.sync()
