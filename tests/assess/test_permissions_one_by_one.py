"""Permissions granted and withdrawn one by one: the score moves under a named cause only, and never up by withdrawing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import SHIPPED

from securescore.assess import Assessment, assess
from securescore.assess.changes import Explanation, Step, explain_steps
from securescore.demo import AS_OF, InventedCloud, Organisation
from securescore.demo.all_hosts import ALL_PERMISSIONS
from securescore.evidence import EvidenceFolder
from securescore.facts import Fact
from securescore.model import Source
from securescore.scoring.change import Cause, Trigger
from securescore.scoring.totals import Pair

FIRST = "SecurityEvents.Read.All"
OTHERS = sorted(set(ALL_PERMISSIONS) - {FIRST})
ONLY_IN_AN_EXPORT = {"teams_meeting_policies"}
GAINED = {Cause.EVIDENCE_GAINED, Cause.SOURCE_CHANGED, Cause.SCOPE}


class Watched:
    """A cloud whose permissions change, collected from again and again into one folder."""

    def __init__(self, cloud: InventedCloud, folder: EvidenceFolder, facts: Mapping[str, Fact]) -> None:
        self.cloud = cloud
        self._folder = folder
        self._facts = facts

    def collect(self, hours: float) -> Assessment:
        collect(self.cloud, self._folder, AS_OF + timedelta(hours=hours))
        return self.at(None)

    def at(self, moment: datetime | None) -> Assessment:
        return assess(self._folder, SHIPPED, self._facts, as_of=moment)


@pytest.fixture
def watched(tmp_path: Path, facts: Mapping[str, Fact]) -> Watched:
    cloud = InventedCloud(Organisation.build(people=120), granted={FIRST})
    return Watched(cloud, EvidenceFolder(tmp_path / "evidence"), facts)


def explained(before: Assessment, after: Assessment) -> Explanation:
    """The explanation, once its effects are seen to sum exactly to the difference in both readings."""
    explanation = explain_steps([Step(Trigger.SYNC, before, after)])
    sides = (
        (explanation.credited_effects, before.score.total.credited_pair, after.score.total.credited_pair),
        (explanation.verified_effects, before.score.total.verified_pair, after.score.total.verified_pair),
    )
    for effects, first, last in sides:
        assert sum((effect.pair for effect in effects), Pair()) == last - first
    return explanation


def causes(explanation: Explanation) -> set[Cause]:
    return {one.cause for one in (*explanation.credited_effects, *explanation.verified_effects)}


def percent(assessment: Assessment) -> Fraction:
    return assessment.score.total.percent or Fraction(0)


def measured(assessment: Assessment) -> set[str]:
    return {one.id for one in assessment.actions if one.source is Source.EVIDENCE}


@pytest.mark.slow
def test_granted_one_by_one(watched: Watched) -> None:
    with watched.cloud:
        before = watched.collect(0)
        assert len(before.counted) > 100, "with Microsoft's score alone the whole list is there"
        assert measured(before) == set()
        for hour, permission in enumerate(OTHERS, 1):
            watched.cloud.granted.add(permission)
            after = watched.collect(hour)
            assert causes(explained(before, after)) <= GAINED, permission
            assert measured(before) <= measured(after), permission
            before = after
        answerable = {
            one.id
            for one in SHIPPED.actions.values()
            if one.measured and not ONLY_IN_AN_EXPORT & {*one.evidence}
        }
        assert measured(before) == answerable, "with everything granted everything is measured"


@pytest.mark.slow
def test_withdrawn_again(watched: Watched) -> None:
    """For fourteen days the last results stand; after them what is missing is booked as lost."""
    with watched.cloud:
        watched.cloud.granted.update(OTHERS)
        full = before = watched.collect(0)
        withdrawn = sorted({FIRST, *OTHERS} - {"Domain.Read.All"})
        for hour, some in enumerate((withdrawn[:1], withdrawn[1:6], withdrawn[6:12], withdrawn[12:]), 1):
            watched.cloud.granted.difference_update(some)
            after = watched.collect(hour)
            assert causes(explained(before, after)) == set(), some
            before = after
        assert percent(before) == percent(full)
        assert before.assessed_share is not None
        assert full.assessed_share is not None
        assert before.assessed_share < full.assessed_share
        within, beyond = watched.at(AS_OF + timedelta(days=13)), watched.at(AS_OF + timedelta(days=15))
    assert percent(within) == percent(full)
    assert causes(explained(within, beyond)) == {Cause.EVIDENCE_LOST}
    assert percent(beyond) < percent(full)
    assert beyond.score.total.maximum == full.score.total.maximum
