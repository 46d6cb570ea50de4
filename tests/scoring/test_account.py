"""Why a score moved, over many actions and many steps."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.model import MICRO, Category
from securescore.scoring.account import Account, account, account_by_category, percent_effect
from securescore.scoring.change import Basis, Cause, Change, Effect, Side, Trigger
from securescore.scoring.explain import explain
from securescore.scoring.flows import Flow, Flows
from securescore.scoring.points import displayed, displayed_parts
from securescore.scoring.totals import Pair

ID, DATA = Category.IDENTITY, Category.DATA
TEN = 10 * MICRO


def example() -> tuple[Pair, Pair, list[Effect]]:
    """Three actions in two steps: the catalog adds one, then a sync moves the first."""
    before = Side(Pair(8 * MICRO, TEN), Basis.EVIDENCE, ID, protected=8, total=10)
    after = Side(Pair(8_888_889, TEN), Basis.EVIDENCE, ID, protected=8, total=9)
    steady = Pair(8 * MICRO, 8 * MICRO)
    flows = Flows(left=Flow(-1, -2), joined=Flow(0, 1), configuration=Flow(1, 0))
    added = Change(
        "Third",
        Trigger.CATALOG,
        Side(Pair(), Basis.NONE, DATA),
        Side(Pair(0, 5 * MICRO), Basis.EVIDENCE, DATA, protected=0, total=4),
    )
    sync = Change("AdminMFAV2", Trigger.SYNC, before, after, flows=flows)
    effects = [*explain(added), *explain(sync)]
    return before.pair + steady, after.pair + steady + Pair(0, 5 * MICRO), effects


def shown(percent: Fraction | None, places: int) -> str:
    assert percent is not None
    return f"{displayed(percent, places):+}"


def test_the_example_of_the_design() -> None:
    before, after, effects = example()
    found = account(before, after, effects)
    assert (shown(before.percent, 2), shown(after.percent, 2)) == ("+88.89", "+73.43")
    assert found.percents is not None
    assert {cause.value: shown(percent, 3) for cause, percent in found.percents.items()} == {
        "added": "-19.860",
        "left": "+3.576",
        "joined": "-4.402",
        "configuration": "+5.227",
    }
    assert shown(found.percent, 3) == "-15.459"
    assert sum(found.percents.values()) == found.percent
    assert sum(displayed_parts(list(found.percents.values()), 3)) == Decimal("-15.459")
    assert list(found.parts) == [Cause.ADDED, Cause.LEFT, Cause.JOINED, Cause.CONFIGURATION]


def test_by_category_with_its_own_pairs() -> None:
    before, after, effects = example()
    third = Pair(0, 5 * MICRO)
    found = account_by_category({ID: before}, {ID: after - third, DATA: third}, effects)
    assert list(found) == list(Category)
    identity, data = found[ID], found[DATA]
    assert identity.percents is not None
    assert sum(identity.percents.values()) == identity.percent == Fraction(100 * 888_889, 18 * MICRO)
    assert data.parts == {Cause.ADDED: third}
    assert data.percents is None
    assert data.percent is None
    assert found[Category.DEVICE] == Account(Pair(), Pair(), {})


def test_a_missing_step_is_noticed() -> None:
    before, after, effects = example()
    with pytest.raises(ValueError, match="every step"):
        account(before, after, effects[1:])
    with pytest.raises(ValueError, match="every step"):
        account(before, after, [*effects, effects[0]])


def test_without_a_maximum_there_is_no_percentage() -> None:
    assert percent_effect(Pair(), Pair(1, 2), Pair(1, 2)) is None
    assert percent_effect(Pair(1, 2), Pair(), Pair(-1, -2)) is None
    assert account(Pair(), Pair(), []).percents is None


pairs = st.integers(1, TEN).flatmap(lambda top: st.builds(Pair, st.integers(0, top), st.just(top)))
sides = st.builds(
    Side,
    st.just(Pair()) | pairs,
    st.sampled_from([Basis.NATIVE, Basis.LOST]),
    st.sampled_from(Category),
)
histories = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(sides, min_size=size, max_size=size), min_size=2, max_size=5)
)


def total_of(snapshot: list[Side], category: Category | None = None) -> Pair:
    return sum((side.pair for side in snapshot if category in (None, side.category)), Pair())


def steps(history: list[list[Side]]) -> list[Effect]:
    """The effects of every action in every step."""
    return [
        effect
        for number, (earlier, later) in enumerate(pairwise(history))
        for name, (before, after) in enumerate(zip(earlier, later, strict=True))
        for effect in explain(Change(f"action{name}", list(Trigger)[number % 6], before, after))
    ]


@given(histories)
def test_many_steps_sum_exactly_over_actions_and_categories(history: list[list[Side]]) -> None:
    effects, first, last = steps(history), history[0], history[-1]
    whole = account(total_of(first), total_of(last), effects)
    assert sum(whole.parts.values(), Pair()) == whole.difference
    categories = account_by_category(
        {category: total_of(first, category) for category in Category},
        {category: total_of(last, category) for category in Category},
        effects,
    )
    for found in (whole, *categories.values()):
        if found.percents is not None:
            assert found.after.percent is not None
            assert found.before.percent is not None
            assert sum(found.percents.values()) == found.after.percent - found.before.percent == found.percent
    for cause in Cause:
        parts = [found.parts.get(cause, Pair()) for found in categories.values()]
        assert sum(parts, Pair()) == whole.parts.get(cause, Pair())


@given(histories)
def test_the_account_changes_sign_with_time(history: list[list[Side]]) -> None:
    effects = steps(history)
    there = account(total_of(history[0]), total_of(history[-1]), effects)
    back = account(there.after, there.before, [effect.reversed for effect in effects])
    assert back.parts == {cause.reversed: -part for cause, part in there.parts.items()}
    if there.percents is not None:
        assert back.percents == {cause.reversed: -percent for cause, percent in there.percents.items()}
