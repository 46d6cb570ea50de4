"""Effects come back exactly, credited and verified."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.packing.invented import (
    AT,
    NEXT,
    effects,
    in_order_of_causes,
    many,
    next_snapshots,
    snapshots,
    usual,
)

from securescore.model import MICRO, Category
from securescore.scoring.change import Cause
from securescore.store.packing import (
    ActionTable,
    RecordError,
    StoredAction,
    StoredEffect,
    pack_effects,
    unpack_effects,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_effects_come_back_exactly(data: st.DataObject) -> None:
    before = data.draw(snapshots())
    after = data.draw(next_snapshots(before))
    ids = sorted({action.id for action in (*before, *after)})
    credited = data.draw(effects(ids))
    verified = data.draw(
        st.just(credited) | effects(ids) | effects(ids).map(lambda more: credited[:2] or more)
    )
    packed = pack_effects(credited, verified, before, after)
    expected = in_order_of_causes(credited), in_order_of_causes(verified)
    assert unpack_effects(packed, before, after) == expected
    assert unpack_effects(packed, ActionTable.of(before, AT), ActionTable.of(after, NEXT)) == expected


def test_the_same_effect_twice_stays_two() -> None:
    effect = StoredEffect("A", Cause.LEFT, Category.IDENTITY, 5, 0)
    before = after = (usual("A"),)
    assert unpack_effects(pack_effects([effect, effect], [], before, after), before, after) == (
        (effect, effect),
        (),
    )


def _moved_days() -> tuple[tuple[StoredAction, ...], tuple[StoredAction, ...], list[StoredEffect]]:
    before = many(200)
    after = tuple(usual(action.id, 9, maximum=9 * MICRO + 37) for action in before)
    moved = [
        StoredEffect(
            old.id, Cause.CONFIGURATION, old.category, (new.points or 0) - (old.points or 0), 37 - MICRO
        )
        for old, new in zip(before, after, strict=True)
    ]
    return before, after, moved


def test_what_follows_from_the_points_is_not_stored() -> None:
    before, after, moved = _moved_days()
    other = [replace(effect, achieved=effect.achieved + 7919 * place) for place, effect in enumerate(moved)]
    assert len(pack_effects(moved, moved, before, after)) < 100
    assert len(pack_effects(other, other, before, after)) > 500


def test_verified_effects_that_are_the_credited_ones_cost_nothing() -> None:
    before, after, moved = _moved_days()
    other = [replace(effect, achieved=effect.achieved + 7919 * place) for place, effect in enumerate(moved)]
    alike = len(pack_effects(moved, moved, before, after))
    assert len(pack_effects(moved, other, before, after)) > alike + 500


def test_effects_between_two_other_snapshots_are_refused() -> None:
    before, after, moved = _moved_days()
    packed = pack_effects(moved, moved, before, after)
    wrong = (usual("scid_0", 1), *after[1:])
    for pair in ((before, wrong), (after, before), (before[1:], after[1:]), ((), ())):
        with pytest.raises(RecordError, match="restore"):
            unpack_effects(packed, *pair)


def test_an_effect_of_an_unknown_action_is_refused() -> None:
    effect = StoredEffect("gone", Cause.LEFT, Category.IDENTITY, 5, 0)
    with pytest.raises(ValueError, match="gone has an effect but is in neither snapshot"):
        pack_effects([effect], [], many(2), many(2))


def test_a_number_beyond_64_bits_is_refused() -> None:
    effect = StoredEffect("scid_0", Cause.LEFT, Category.IDENTITY, 2**70, 0)
    with pytest.raises(ValueError, match="too large"):
        pack_effects([effect], [effect], many(2), many(2))
