"""Microsoft's score beside ours: every line, and nothing left over."""

from fractions import Fraction

import pytest
from tests.assess.hand_made import Evidence, action, catalog_of, day, native, people, profiles

from securescore.assess import Assessment
from securescore.assess.reconcile import reconcile
from securescore.errors import EvidenceError
from securescore.model import MICRO, Reason
from securescore.scoring.totals import Pair

CATALOG = catalog_of(action("Sample"), action("Native", None, points=5), action("custom.own", points=3))
USERS = {"users": people(ada=True, bo=False)}


def check(assessment: Assessment) -> dict[str | None, Pair]:
    """The difference of each line, once they are seen to sum to the whole."""
    result = reconcile(assessment)
    assert sum((line.microsoft for line in result.lines), Pair()) == result.microsoft
    assert sum((line.ours for line in result.lines), Pair()) == result.ours
    assert sum((line.difference for line in result.lines), Pair()) == result.difference
    total = assessment.score.total
    assert result.ours == Pair(total.points, total.maximum)
    if result.microsoft.percent is not None and result.ours.percent is not None:
        percents = [line.percent for line in result.lines if line.percent is not None]
        assert sum(percents, Fraction()) == result.ours.percent - result.microsoft.percent
    return {line.action.id if line.action else None: line.difference for line in result.lines}


def test_every_difference_has_a_line(evidence: Evidence) -> None:
    rows = {"Sample": 8, "Native": 5, "Unknown": {"points": 2, "percent": 50}}
    evidence.run(day(0), USERS | native(day(0), rows, maximum=19) | profiles(Unknown={"maximum": 4.0}))
    assert check(evidence.assess(CATALOG)) == {
        "Sample": Pair(-3 * MICRO, 0),
        "custom.own": Pair(1_500_000, 3 * MICRO),
        "Native": Pair(),
        "Unknown": Pair(),
    }


def test_what_the_total_holds_beyond_its_rows_is_a_line_of_its_own(evidence: Evidence) -> None:
    tables = native(day(0), {"Native": 5}, maximum=50)
    tables["native_scores"][0]["points"] = 12.5
    evidence.run(day(0), tables)
    assert check(evidence.assess(CATALOG))[None] == Pair(-7_500_000, -45 * MICRO)


def test_controls_without_profile_are_worth_what_they_are_worth_with_us(evidence: Evidence) -> None:
    """A percentage tells the scale; a control without either has the greatest maximum there can be."""
    rows = {"Native": {"points": 2, "percent": 25}, "Unknown": 3, "Sample": {"points": 9, "percent": 90}}
    evidence.run(day(0), native(day(0), rows, maximum=28))
    found = check(evidence.assess(CATALOG))
    assert found["Native"] == Pair(-750_000, -3 * MICRO), "2 of 8 points are 1.25 of our 5"
    assert found["Unknown"] == Pair(-3 * MICRO, -10 * MICRO), "its points are not known to us"
    assert None not in found


def test_lost_evidence_and_excluded_rows_reconcile_too(evidence: Evidence) -> None:
    evidence.run(day(0), USERS | native(day(0), {"Sample": 8}))
    evidence.run(day(10), {}, missing={"users": Reason.NO_PERMISSION})
    rows = {"Sample": {"points": 8, "not_scored": True}, "Native": {"points": None}}
    evidence.run(day(16), native(day(16), rows, maximum=0))
    assert check(evidence.assess(CATALOG)) == {"custom.own": Pair(0, 3 * MICRO)}


def test_a_total_of_zero_has_no_percentages(evidence: Evidence) -> None:
    evidence.run(day(0), USERS | native(day(0), {}, maximum=0))
    result = reconcile(evidence.assess(CATALOG))
    assert {line.percent for line in result.lines} == {None}


@pytest.mark.parametrize("age", [0, 15])
def test_without_a_recent_score_there_is_one_sentence(evidence: Evidence, age: int) -> None:
    evidence.run(day(0), USERS | (native(day(0), {"Sample": 8}) if age else {}))
    with pytest.raises(EvidenceError, match="no score of Microsoft to lay beside ours"):
        reconcile(evidence.assess(CATALOG, at=day(age)))
