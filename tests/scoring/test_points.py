"""What an action earns, and how points are rounded."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from securescore.model import MICRO, Coverage, Scoring, WhenEmpty
from securescore.scoring.points import (
    apportion,
    displayed_parts,
    earned,
    earned_when_empty,
    exact,
    exact_points,
    maximum_of,
    micropoints,
    scaled_native,
    to_points,
    two_decimals,
)

counts = st.integers(0, 2_000_000)
coverages = st.builds(Coverage, protected=counts, exposed=counts, unknown=counts, excluded=counts).filter(
    lambda coverage: coverage.total > 0
)
maxima = st.integers(1, 10 * MICRO)
scorings = st.sampled_from(Scoring)
parts = st.lists(st.fractions(-1000, 1000, max_denominator=997), max_size=8)


def test_half_of_the_users_earn_half_of_the_points() -> None:
    assert earned(Scoring.PROPORTIONAL, Coverage(protected=50, exposed=50), 10 * MICRO) == 5 * MICRO


def test_all_or_nothing_earns_nothing_for_half() -> None:
    half, whole = Coverage(protected=50, exposed=50), Coverage(protected=100)
    assert earned(Scoring.ALL_OR_NOTHING, half, 10 * MICRO) == 0
    assert earned(Scoring.ALL_OR_NOTHING, whole, 10 * MICRO) == 10 * MICRO


def test_25_of_52_users_of_nine_points_show_4_33() -> None:
    micro = earned(Scoring.PROPORTIONAL, Coverage(protected=25, exposed=27), 9 * MICRO)
    assert micro == 4_326_923
    assert to_points(micro) == 4.326923
    assert two_decimals(exact_points(micro)) == Decimal("4.33")


def test_unknown_entities_stay_in_the_total() -> None:
    assert earned(Scoring.PROPORTIONAL, Coverage(protected=1, unknown=3), 8 * MICRO) == 2 * MICRO
    assert earned(Scoring.ALL_OR_NOTHING, Coverage(protected=3, unknown=1), 8 * MICRO) == 0


def test_excluded_entities_are_counted_apart() -> None:
    assert earned(Scoring.PROPORTIONAL, Coverage(protected=1, exposed=1, excluded=98), 8 * MICRO) == 4 * MICRO


@pytest.mark.parametrize(("protected", "micro"), [(1, 0), (3, 2), (5, 2), (7, 4)])
def test_a_half_micropoint_goes_to_the_even_one(protected: int, micro: int) -> None:
    assert earned(Scoring.PROPORTIONAL, Coverage(protected=protected, exposed=8 - protected), 4) == micro


def test_nobody_concerned_is_a_question_for_when_empty() -> None:
    with pytest.raises(ValueError, match="earned_when_empty"):
        earned(Scoring.PROPORTIONAL, Coverage(excluded=4), MICRO)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        earned(Scoring.PROPORTIONAL, Coverage(protected=3, exposed=-1), MICRO)


def test_when_empty() -> None:
    assert earned_when_empty(WhenEmpty.FULL, 7) == 7
    assert earned_when_empty(WhenEmpty.NONE, 7) == 0
    assert earned_when_empty(WhenEmpty.NOT_APPLICABLE, 7) is None


def test_decimals_are_what_was_written() -> None:
    assert exact(0.1) == Fraction(1, 10)
    assert exact(1e-7) == Fraction(1, 10_000_000)
    assert exact("4.33") == exact(Decimal("4.33")) == Fraction(433, 100)
    assert micropoints(4.33) == 4_330_000


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "many"])
def test_what_is_no_number_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match=r"number|literal"):
        exact(value)


@pytest.mark.parametrize(("points", "maximum"), [(10, 10 * MICRO), (0.5, 500_000), ("7", 7 * MICRO)])
def test_a_maximum(points: float | str, maximum: int) -> None:
    assert maximum_of(points) == maximum


@pytest.mark.parametrize("points", [None, 0, -1, 10.000001, 50, 1e-7])
def test_what_cannot_be_a_maximum(points: float | None) -> None:
    assert maximum_of(points) is None


def test_a_native_score_is_scaled_to_our_maximum() -> None:
    assert scaled_native(4.5, 9, 8 * MICRO) == 4 * MICRO
    assert scaled_native(30.0, 50, 10 * MICRO) == 6 * MICRO
    assert scaled_native(11, 10, 8 * MICRO) == 8 * MICRO
    assert scaled_native(-2, 10, 8 * MICRO) == 0
    with pytest.raises(ValueError, match="above 0"):
        scaled_native(1, 0, MICRO)


@given(coverages, maxima, scorings)
def test_nothing_below_zero_or_beyond_the_maximum(coverage: Coverage, maximum: int, scoring: Scoring) -> None:
    assert 0 <= earned(scoring, coverage, maximum) <= maximum


@given(coverages, maxima)
def test_proportional_agrees_with_integers_alone(coverage: Coverage, maximum: int) -> None:
    whole, rest = divmod(maximum * coverage.protected, coverage.total)
    up = 2 * rest > coverage.total or (2 * rest == coverage.total and whole % 2 == 1)
    assert earned(Scoring.PROPORTIONAL, coverage, maximum) == whole + up


@given(coverages, maxima, scorings)
def test_knowing_less_never_gains(coverage: Coverage, maximum: int, scoring: Scoring) -> None:
    now = earned(scoring, coverage, maximum)
    protected, exposed, unknown = coverage.protected, coverage.exposed, coverage.unknown
    if protected:
        assert earned(scoring, Coverage(protected - 1, exposed, unknown + 1), maximum) <= now
        assert earned(scoring, Coverage(protected - 1, exposed + 1, unknown), maximum) <= now
    if exposed:
        assert earned(scoring, Coverage(protected, exposed - 1, unknown + 1), maximum) == now


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-6, 1e6), maxima)
def test_a_scaled_native_score_stays_in_bounds(points: float, native_maximum: float, maximum: int) -> None:
    assert 0 <= scaled_native(points, native_maximum, maximum) <= maximum


@given(st.integers(0, 10 * MICRO))
def test_the_plain_number_says_every_micropoint(micro: int) -> None:
    assert micropoints(to_points(micro)) == micro


@given(parts, st.integers(0, 3))
def test_displayed_parts_sum_to_the_displayed_total(exact_parts: list[Fraction], places: int) -> None:
    shown = displayed_parts(exact_parts, places)
    step = Decimal(1).scaleb(-places)
    assert sum(shown, Decimal(0)) == round(sum(exact_parts, Fraction()) * 10**places) * step
    for part, figure in zip(exact_parts, shown, strict=True):
        assert abs(Fraction(figure) - part) < Fraction(step) * Fraction(3, 2)
        assert part or not figure


@given(parts, st.integers(-1, 1))
def test_apportioning_sums_and_turns_with_the_sign(exact_parts: list[Fraction], off: int) -> None:
    assume(off == 0 or any(exact_parts))
    total = round(sum(exact_parts, Fraction())) + off
    assume(abs(total - sum(exact_parts, Fraction())) <= 1)
    units = apportion(exact_parts, total)
    assert sum(units) == total
    assert apportion([-part for part in exact_parts], -total) == [-unit for unit in units]


def test_the_largest_remainder_gets_the_missing_unit() -> None:
    assert apportion([Fraction(14, 10), Fraction(13, 10), Fraction(3, 10)], 3) == [2, 1, 0]
    assert apportion([Fraction(16, 10), Fraction(17, 10), Fraction(17, 10)], 5) == [1, 2, 2]
    assert apportion([Fraction(1, 3)] * 3, 1) == [1, 0, 0]


def test_a_total_that_is_no_rounding_of_the_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        apportion([Fraction(1, 2)], 9)
    with pytest.raises(ValueError, match="do not add up"):
        apportion([], 1)
