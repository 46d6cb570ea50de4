"""What to do next."""

import dataclasses
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.model import MICRO, Level
from securescore.scoring.ranking import Candidate, Weights, priority, ranked

LADDER = [Level.LOW, Level.MODERATE, Level.HIGH]
TIERS = ["core", "defense_in_depth", "advanced"]

candidates = st.builds(
    Candidate,
    id=st.text("abAB", min_size=1, max_size=3),
    left=st.integers(0, 10 * MICRO),
    cost=st.none() | st.sampled_from(Level),
    user_impact=st.none() | st.sampled_from(Level),
    tier=st.none() | st.sampled_from(TIERS),
)
lists = st.lists(candidates, max_size=8, unique_by=lambda one: one.id)
weights = st.builds(
    Weights,
    base=st.integers(1, 20),
    cost=st.integers(0, 9),
    user_impact=st.integers(0, 9),
    complexity=st.integers(0, 9),
)


def test_the_documented_formula() -> None:
    easy = Candidate("easy", 3 * MICRO, Level.LOW, Level.LOW, "core")
    hard = Candidate("hard", 9 * MICRO, Level.HIGH, Level.HIGH, "advanced")
    assert priority(easy) == Fraction(3 * MICRO, 10)
    assert priority(hard) == Fraction(9 * MICRO, 30)
    middle = Candidate("middle", 6 * MICRO, Level.LOW, Level.HIGH, "defense_in_depth")
    assert priority(middle) == Fraction(6 * MICRO, 20)
    assert priority(middle, Weights(base=1, cost=0, user_impact=0, complexity=0)) == 6 * MICRO


def test_unknown_is_moderate() -> None:
    unknown = Candidate("a", 5 * MICRO)
    assert priority(unknown) == priority(
        Candidate("b", 5 * MICRO, Level.MODERATE, Level.MODERATE, "defense_in_depth")
    )


def test_many_easy_points_first_and_nothing_left_last() -> None:
    done = Candidate("done", 0, Level.LOW, Level.LOW, "core")
    easy = Candidate("easy", 8 * MICRO, Level.LOW, Level.LOW, "core")
    hard = Candidate("hard", 8 * MICRO, Level.HIGH, Level.HIGH, "advanced")
    small = Candidate("small", MICRO, Level.LOW, Level.LOW, "core")
    assert ranked([done, small, hard, easy]) == [easy, hard, small, done]


def test_equals_stand_by_id_without_case() -> None:
    one, two, three = (Candidate(name, MICRO) for name in ("adminMFAV2", "BlockLegacy", "casb"))
    assert ranked([three, two, one]) == [one, two, three]


def test_of_equal_priority_the_one_with_more_points_left_comes_first() -> None:
    more = Candidate("z", 3 * MICRO, Level.HIGH, Level.HIGH, "advanced")
    less = Candidate("a", MICRO, Level.LOW, Level.LOW, "core")
    assert priority(more) == priority(less)
    assert ranked([less, more]) == [more, less]


@pytest.mark.parametrize(
    "field", [{"base": 0}, {"cost": -1}, {"user_impact": -1}, {"complexity": -1}], ids=str
)
def test_weights_that_would_reward_effort_are_refused(field: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="effort"):
        Weights(**field)


def test_impossible_candidates_are_refused() -> None:
    with pytest.raises(ValueError, match="micropoints left"):
        Candidate("a", -1)
    with pytest.raises(ValueError, match="tier"):
        Candidate("a", 1, tier="Defense in Depth")


@given(candidates, st.integers(0, MICRO), weights)
def test_more_points_left_never_rank_lower(one: Candidate, more: int, chosen: Weights) -> None:
    richer = dataclasses.replace(one, left=one.left + more)
    assert priority(richer, chosen) >= priority(one, chosen)


def hardened(one: Candidate, field: str, step: int) -> Candidate:
    """The candidate with one effort set to the given step of its ladder."""
    if field == "tier":
        return dataclasses.replace(one, tier=TIERS[step])
    if field == "cost":
        return dataclasses.replace(one, cost=LADDER[step])
    return dataclasses.replace(one, user_impact=LADDER[step])


@given(candidates, st.sampled_from(["cost", "user_impact", "tier"]), st.integers(0, 1), weights)
def test_higher_effort_never_ranks_higher(one: Candidate, field: str, step: int, chosen: Weights) -> None:
    lower, higher = hardened(one, field, step), hardened(one, field, step + 1)
    assert priority(higher, chosen) <= priority(lower, chosen)


@given(lists, st.integers(0, 7), st.integers(1, MICRO))
def test_a_place_in_the_list_never_falls_with_more_points_left(
    all_: list[Candidate], at: int, more: int
) -> None:
    if not all_:
        return
    one = all_[at % len(all_)]
    richer = dataclasses.replace(one, left=one.left + more)
    swapped = [richer if each is one else each for each in all_]
    assert ranked(swapped).index(richer) <= ranked(all_).index(one)


@given(lists.flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_the_order_given_does_not_matter(pair: tuple[list[Candidate], list[Candidate]]) -> None:
    given_order, other_order = pair
    assert ranked(given_order) == ranked(other_order)
