"""Which result stands when evidence is missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.scoring.standing import Rung, Standing, standing

NOW = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    as_of: datetime

    def __bool__(self) -> bool:
        """A result that says nothing good is a result all the same."""
        return False


def aged(days: float) -> Result:
    return Result(NOW - timedelta(days=days))


def of(
    fresh: Result | None = None,
    earlier: Result | None = None,
    native: Result | None = None,
    *,
    was_in_total: bool = True,
) -> Standing[Result]:
    return standing(fresh=fresh, earlier=earlier, native=native, was_in_total=was_in_total, as_of=NOW)


def test_the_ladder_rung_by_rung() -> None:
    fresh, earlier, native = aged(0), aged(3), aged(1)
    assert of(fresh, earlier, native) == Standing(Rung.FRESH, fresh)
    assert of(None, earlier, native) == Standing(Rung.STALE, earlier)
    assert of(None, None, native) == Standing(Rung.NATIVE, native)
    assert of() == Standing(Rung.LOST)
    assert of(was_in_total=False) == Standing(Rung.UNSEEN)


def test_too_old_results_do_not_stand() -> None:
    assert of(None, aged(14.001), aged(1)).rung is Rung.NATIVE
    assert of(None, aged(14.001), aged(14.001)).rung is Rung.LOST
    assert of(None, aged(15), aged(15), was_in_total=False).rung is Rung.UNSEEN


def test_fourteen_days_to_the_second_still_stand() -> None:
    assert of(None, aged(14)).rung is Rung.STALE
    assert of(None, None, aged(14)).rung is Rung.NATIVE


def test_the_newest_run_has_no_age_limit() -> None:
    assert of(aged(60)).rung is Rung.FRESH


def test_the_limit_is_an_argument() -> None:
    week = timedelta(days=7)
    found = standing(
        fresh=None, earlier=aged(8), native=aged(7), was_in_total=True, as_of=NOW, stale_after=week
    )
    assert found == Standing(Rung.NATIVE, aged(7))


@pytest.mark.parametrize("rung", Rung)
def test_only_what_was_never_seen_leaves_the_total(rung: Rung) -> None:
    assert Standing[Result](rung).in_total == (rung is not Rung.UNSEEN)


ages = st.none() | st.integers(0, 30).map(aged)


@given(fresh=ages, earlier=ages, native=ages, was_in_total=st.booleans())
def test_the_first_that_applies(
    fresh: Result | None, earlier: Result | None, native: Result | None, *, was_in_total: bool
) -> None:
    recent = [one if one is not None and (NOW - one.as_of).days <= 14 else None for one in (earlier, native)]
    rungs = zip((Rung.FRESH, Rung.STALE, Rung.NATIVE), (fresh, *recent), strict=True)
    expected = next(
        (Standing(rung, one) for rung, one in rungs if one is not None),
        Standing[Result](Rung.LOST if was_in_total else Rung.UNSEEN),
    )
    assert of(fresh, earlier, native, was_in_total=was_in_total) == expected


@given(earlier=ages, native=ages, collected=st.booleans())
def test_withdrawing_a_permission_never_takes_an_action_out_of_the_total(
    earlier: Result | None, native: Result | None, *, collected: bool
) -> None:
    before = of(aged(0) if collected else None, earlier, native, was_in_total=True)
    assert before.in_total
    assert of(None, earlier, native, was_in_total=before.in_total).in_total
