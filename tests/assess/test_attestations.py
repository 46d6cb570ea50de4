"""Tasks: done by people, who attest it. Credited until the cadence is over, never verified."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.hand_made import MONDAY, Evidence, action, catalog_of, declared, native, people

from securescore.assess import Organisation
from securescore.assess.organisation import Attestation, Decision
from securescore.catalog import Catalog
from securescore.errors import ConfigurationError
from securescore.model import MICRO, Kind, Outcome, Source, Status

TASK = "custom.review"
TODAY = MONDAY.date()


def catalog(name: str = TASK) -> Catalog:
    task = action(name, sql=None, points=5, kind=Kind.TASK, cadence_days=30, aliases=["custom.old_review"])
    return catalog_of(action(), task)


def evidence(path: Path) -> Evidence:
    found = Evidence(path / "evidence")
    found.run(MONDAY, {"users": people(ada=True, bob=False)})
    return found


def attested(days_ago: int = 0, name: str = TASK, lapses: date | None = None) -> Organisation:
    return Organisation(attestations=(Attestation(name, TODAY - timedelta(days=days_ago), lapses),))


@pytest.mark.parametrize(
    ("organisation", "points"),
    [
        (Organisation(), 0),
        (attested(), 5),
        (attested(29), 5),
        (attested(30), 0),
        (attested(-1), 0),
        (attested(3, "custom.old_review"), 5),
        (attested(3, "Sample"), 0),
        (attested(3, lapses=TODAY), 0),
        (attested(3, lapses=TODAY + timedelta(days=1)), 5),
        (attested(30, lapses=TODAY + timedelta(days=900)), 0),
    ],
)
def test_it_counts_within_its_cadence(tmp_path: Path, organisation: Organisation, points: int) -> None:
    assessment = evidence(tmp_path).assess(catalog(), organisation=organisation)
    task = assessment.get(TASK)
    assert task is not None
    assert (task.outcome, task.counted, task.source) == (Outcome.ASSESSED, True, None)
    assert (task.points, task.verified, task.maximum) == (points * MICRO, 0, 5 * MICRO)
    assert assessment.score.total.maximum == 15 * MICRO
    assert assessment.score.total.verified_points == 5 * MICRO


def test_an_attestation_does_nothing_to_what_is_measured(tmp_path: Path) -> None:
    sample = evidence(tmp_path).assess(catalog(), organisation=attested(0, "sample")).get("Sample")
    assert sample is not None
    assert (sample.points, sample.verified) == (5 * MICRO, 5 * MICRO)


def test_a_decision_about_a_task_holds_beside_it(tmp_path: Path) -> None:
    decision = Decision(TASK, Status.PLANNED, 0)
    organisation = replace(attested(), decisions=(decision,))
    task = evidence(tmp_path).assess(catalog(), organisation=organisation).get(TASK)
    assert task is not None
    assert (task.status, task.points, task.verified) == (Status.PLANNED, 5 * MICRO, 0)


@pytest.mark.parametrize(("of_microsoft", "credited"), [(2, 2), (5, 5)])
def test_what_microsoft_says_of_a_task_stays(tmp_path: Path, of_microsoft: int, credited: int) -> None:
    found = Evidence(tmp_path / "evidence")
    found.run(MONDAY, {"users": people(ada=True), **native(MONDAY, {"Review": of_microsoft, "Sample": 10})})
    named = catalog("Review")
    without = found.assess(named).get("Review")
    assert without is not None
    assert (without.points, without.verified, without.source) == (
        credited * MICRO,
        credited * MICRO,
        Source.NATIVE,
    )
    with_word = found.assess(named, organisation=attested(0, "review")).get("Review")
    assert with_word is not None
    assert (with_word.points, with_word.verified) == (5 * MICRO, credited * MICRO)


@given(ago=st.integers(0, 60), cadence=st.integers(1, 60), sooner=st.none() | st.integers(1, 90))
def test_it_lapses_with_the_sooner_of_both(ago: int, cadence: int, sooner: int | None) -> None:
    done = TODAY - timedelta(days=ago)
    word = Attestation(TASK, done, None if sooner is None else done + timedelta(days=sooner))
    holds = Organisation(attestations=(word,)).attested(TASK.upper(), cadence, TODAY)
    assert holds is (ago < min(cadence, sooner or cadence))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("action = 'a'", "attestation 1: 'attested' is missing"),
        ("attested = 2026-01-01", "attestation 1: 'action' is missing"),
        (
            "action = 'a'\nattested = 2026-01-02\nlapses = 2026-01-02",
            "'lapses' must be a day after 'attested'",
        ),
        ("action = 'a'\nattested = 2026-01-02\nstatus = 'done'", "the key 'status' is not known"),
    ],
)
def test_what_no_attestation_says(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        declared(tmp_path / "o.toml", f"[[attestation]]\n{text}\n")
