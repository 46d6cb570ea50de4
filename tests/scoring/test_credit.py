"""Verified and credited of one action, and the status that is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.model import MICRO, RESOLVED, Coverage, Scoring, Status, Verdict, WhenEmpty
from securescore.scoring.credit import Credit, coverage_of, credit, credited_verdicts, settle

TEN = 10 * MICRO
DECLARED = [status for status in Status if status is not Status.COMPLETED]
HALF = Coverage(protected=5, exposed=5)

entities = st.text("abcdefgh", min_size=1, max_size=2)
verdict_maps = st.dictionaries(entities, st.sampled_from(Verdict), max_size=12)
chosen = st.frozensets(entities, max_size=6)
declared = st.sampled_from([None, *DECLARED])


def of(
    verified: Coverage,
    credited: Coverage | None = None,
    status: Status | None = None,
    when_empty: WhenEmpty = WhenEmpty.NOT_APPLICABLE,
    scoring: Scoring = Scoring.PROPORTIONAL,
) -> Credit | None:
    return credit(
        scoring=scoring,
        when_empty=when_empty,
        maximum=TEN,
        verified=verified,
        credited=credited or verified,
        status=status,
    )


@pytest.mark.parametrize(
    ("status", "credited"),
    [
        (None, 5),
        (Status.TO_ADDRESS, 5),
        (Status.PLANNED, 5),
        (Status.RISK_ACCEPTED, 5),
        (Status.THIRD_PARTY, 10),
        (Status.ALTERNATE_MITIGATION, 10),
    ],
)
def test_what_each_status_credits(status: Status | None, credited: int) -> None:
    assert of(HALF, status=status) == Credit(
        5 * MICRO, credited * MICRO, status or Status.TO_ADDRESS, overtaken=False
    )


@pytest.mark.parametrize("status", DECLARED)
def test_full_measurement_completes_and_locks(status: Status) -> None:
    result = of(Coverage(protected=4), status=status)
    assert result == Credit(TEN, TEN, Status.COMPLETED, overtaken=status is not Status.TO_ADDRESS)
    assert result is not None
    assert result.locked


def test_claiming_everything_does_not_complete() -> None:
    result = of(HALF, credited=Coverage(protected=10))
    assert result == Credit(5 * MICRO, TEN, Status.TO_ADDRESS, overtaken=False)
    assert result is not None
    assert not result.locked


def test_completed_is_never_declared() -> None:
    with pytest.raises(ValueError, match="derived"):
        of(HALF, status=Status.COMPLETED)


def test_all_excluded_earns_nothing_of_the_maximum() -> None:
    assert of(HALF, credited=Coverage(excluded=10), when_empty=WhenEmpty.FULL) == Credit(
        5 * MICRO, 0, Status.TO_ADDRESS, overtaken=False
    )


def test_all_unknown_is_not_empty() -> None:
    assert of(Coverage(unknown=3), when_empty=WhenEmpty.FULL) == Credit(
        0, 0, Status.TO_ADDRESS, overtaken=False
    )


def test_nobody_concerned() -> None:
    nobody = Coverage()
    assert of(nobody) is None
    assert of(nobody, status=Status.THIRD_PARTY) is None
    full, none = of(nobody, when_empty=WhenEmpty.FULL), of(nobody, when_empty=WhenEmpty.NONE)
    assert full == Credit(TEN, TEN, Status.COMPLETED, overtaken=False)
    assert none == Credit(0, 0, Status.TO_ADDRESS, overtaken=False)


def test_more_credited_than_concerned_is_refused() -> None:
    with pytest.raises(ValueError, match="only 10 are concerned"):
        of(HALF, credited=Coverage(protected=11))


@pytest.mark.parametrize(("verified", "credited"), [(-1, 0), (0, TEN + 1), (TEN + 1, 0)])
def test_points_outside_the_maximum_are_refused(verified: int, credited: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        settle(maximum=TEN, verified=verified, credited=credited)


def test_an_attested_task_is_credited_and_never_verified() -> None:
    task = settle(maximum=TEN, verified=0, credited=TEN)
    assert task == Credit(0, TEN, Status.TO_ADDRESS, overtaken=False)


def test_exclusions_and_decisions_are_a_union() -> None:
    verdicts = {"ada": Verdict.EXPOSED, "bo": Verdict.UNKNOWN, "cy": Verdict.EXPOSED, "di": Verdict.PROTECTED}
    credited = credited_verdicts(
        verdicts, excluded={"cy", "gone"}, resolved=frozenset({"ada", "cy", "di", "gone"})
    )
    assert credited == {"ada": Verdict.PROTECTED, "bo": Verdict.UNKNOWN, "di": Verdict.PROTECTED}
    assert coverage_of(credited, excluded=1) == Coverage(protected=2, unknown=1, excluded=1)


@given(
    verdicts=verdict_maps,
    excluded=chosen,
    resolved=chosen,
    status=declared,
    scoring=st.sampled_from(Scoring),
    when_empty=st.sampled_from(WhenEmpty),
)
def test_declarations_never_move_the_verified_points(
    *,
    verdicts: dict[str, Verdict],
    excluded: frozenset[str],
    resolved: frozenset[str],
    status: Status | None,
    scoring: Scoring,
    when_empty: WhenEmpty,
) -> None:
    credited = coverage_of(credited_verdicts(verdicts, excluded=excluded, resolved=resolved))
    verified = coverage_of(verdicts)
    plain = of(verified, scoring=scoring, when_empty=when_empty)
    with_words = of(verified, credited, status, when_empty, scoring)
    assert (plain is None) == (with_words is None)
    if plain is not None and with_words is not None:
        assert with_words.verified == plain.verified
        assert 0 <= with_words.credited <= TEN
        assert with_words.locked == (with_words.verified == TEN) == plain.locked
        if status in RESOLVED or with_words.locked:
            assert with_words.credited == TEN


@given(verdict_maps, st.sampled_from(Scoring))
def test_excluding_every_exposed_user_leaves_verified_unchanged(
    verdicts: dict[str, Verdict], scoring: Scoring
) -> None:
    exposed = frozenset(entity for entity, verdict in verdicts.items() if verdict is Verdict.EXPOSED)
    before = of(coverage_of(verdicts), scoring=scoring)
    after = of(
        coverage_of(verdicts), coverage_of(credited_verdicts(verdicts, excluded=exposed)), scoring=scoring
    )
    assert (before and before.verified) == (after and after.verified)
    assert (before and before.status) == (after and after.status)
