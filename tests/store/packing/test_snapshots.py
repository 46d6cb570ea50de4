"""What was packed comes back exactly, whatever it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.packing.invented import AT, NEXT, in_order, many, next_snapshots, snapshots, usual

from securescore.model import MICRO, Coverage, Scoring
from securescore.scoring.points import earned
from securescore.store.packing import (
    ActionTable,
    RecordError,
    StoredAction,
    apply_changes,
    pack_changes,
    pack_full,
    replay,
    unpack_full,
)
from securescore.store.packing.rows import ALL_OR_NOTHING, SHARE, points_of
from securescore.store.packing.table import order_of

wild = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@wild
@given(snapshots())
def test_a_full_snapshot_comes_back_exactly(snapshot: tuple[StoredAction, ...]) -> None:
    assert unpack_full(pack_full(snapshot, AT), AT) == snapshot


@wild
@given(st.data())
def test_changes_lead_exactly_to_the_next_snapshot(data: st.DataObject) -> None:
    before = data.draw(snapshots())
    after = data.draw(next_snapshots(before))
    packed = pack_changes(before, after, AT, NEXT)
    assert apply_changes(before, packed, AT, NEXT) == after


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(snapshots(), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_a_chain_of_thirty_comes_back_whole(some: list[tuple[StoredAction, ...]], dice: Random) -> None:
    """Consecutive snapshots mix the actions of three, so that any may come, go and change."""
    chain = [_mixed(some, dice) for _ in range(30)]
    rows = list(_rows(chain))
    assert [tuple(table) for table in replay(rows)] == chain
    current = unpack_full(*rows[0])
    for (_, before_at), (packed, after_at), expected in zip(rows, rows[1:], chain[1:], strict=False):
        current = apply_changes(current, packed, before_at, after_at)
        assert current == expected


def _mixed(some: list[tuple[StoredAction, ...]], dice: Random) -> tuple[StoredAction, ...]:
    chosen = {action.id.casefold(): action for actions in some for action in actions if dice.random() < 0.7}
    return in_order(list(chosen.values()))


def _rows(chain: list[tuple[StoredAction, ...]]) -> Iterator[tuple[bytes, datetime]]:
    for number, actions in enumerate(chain):
        at = AT + timedelta(days=number)
        if number == 0:
            yield pack_full(actions, at), at
        else:
            yield pack_changes(chain[number - 1], actions, at - timedelta(days=1), at), at


def test_a_second_full_snapshot_starts_again() -> None:
    first, second = many(5), many(9)
    rows = [(pack_full(first, AT), AT), (pack_full(second, NEXT), NEXT)]
    assert [tuple(table) for table in replay(rows)] == [first, second]


def test_a_table_packs_as_its_actions_do() -> None:
    before, after = many(20), many(30)
    tables = ActionTable.of(before, AT), ActionTable.of(after, NEXT)
    assert pack_changes(*tables, AT, NEXT) == pack_changes(before, after, AT, NEXT)
    assert tables[1][2:4] == after[2:4]
    assert tables[1][-1] == after[-1]


def test_a_table_of_another_moment_is_read_as_of_its_own() -> None:
    before = ActionTable.of(many(3), AT)
    packed = pack_changes(before, before, NEXT, NEXT)
    assert apply_changes(many(3), packed, NEXT, NEXT) == many(3)


def test_actions_come_back_in_the_order_of_their_ids_without_case() -> None:
    given_ids = ["scid_10", "Beta", "alpha", "SCID_2", "émile", "custom.x"]
    back = unpack_full(pack_full([usual(one) for one in given_ids], AT), AT)
    assert [action.id for action in back] == ["alpha", "Beta", "custom.x", "scid_10", "SCID_2", "émile"]
    assert [action.id for action in back] == sorted(given_ids, key=str.casefold)


def test_another_case_of_an_id_is_kept_as_given() -> None:
    before, after = (usual("AdminMFAV2"),), (usual("adminmfav2"),)
    assert apply_changes(before, pack_changes(before, after, AT, AT), AT, AT) == after


def test_an_action_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="1 actions come twice"):
        pack_full([usual("AdminMFAV2"), usual("adminmfav2")], AT)


def test_an_unchanged_action_costs_nothing_although_the_day_moved() -> None:
    today = many(300)
    tomorrow = tuple(replace(action, measured_at=NEXT) for action in today)
    assert len(pack_changes(today, tomorrow, AT, NEXT)) < 40


def test_points_that_follow_from_counts_are_not_stored() -> None:
    before = many(300)
    after = tuple(replace(usual(action.id, 9), measured_at=AT) for action in before)
    odd = tuple(
        replace(action, points=(action.points or 0) + 7919 * place) for place, action in enumerate(after)
    )
    assert len(pack_changes(before, after, AT, AT)) + 500 < len(pack_changes(before, odd, AT, AT))


@pytest.mark.parametrize(
    "huge",
    [
        replace(usual("A"), resolved=2**70),
        replace(usual("A"), points=2**70),
        replace(usual("A"), verified=-(2**70)),
        replace(usual("A"), coverage=Coverage(2**70)),
    ],
)
def test_a_number_beyond_64_bits_is_refused(huge: StoredAction) -> None:
    with pytest.raises(ValueError, match="too large"):
        pack_full([huge], AT)


def test_the_largest_numbers_that_a_difference_allows() -> None:
    edge = 2**62 - 1
    before = (replace(usual("A"), coverage=Coverage(edge), measured=Coverage(-edge), points=edge),)
    after = (replace(usual("A"), coverage=Coverage(), measured=Coverage(edge), points=-edge),)
    assert apply_changes(before, pack_changes(before, after, AT, AT), AT, AT) == after


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    local = AT.astimezone(timezone(timedelta(hours=2)))
    (back,) = unpack_full(pack_full([replace(usual("A"), measured_at=local)], NEXT), NEXT)
    assert back.measured_at == AT


def test_changes_never_lead_on_from_a_wrong_snapshot() -> None:
    before, other = many(20), tuple(replace(action, maximum=5 * MICRO) for action in many(20))
    packed = pack_changes(before, in_order([*many(19), usual("B")]), AT, NEXT)
    for wrong in (other, many(19), many(21), ()):
        with pytest.raises(RecordError, match="restore"):
            apply_changes(wrong, packed, AT, NEXT)


def test_a_history_that_starts_in_the_middle_is_refused() -> None:
    with pytest.raises(RecordError, match="full snapshot"):
        list(replay([(pack_changes(many(2), many(3), AT, NEXT), NEXT)]))


def test_a_kind_where_another_belongs_is_refused() -> None:
    with pytest.raises(RecordError, match="changes where full belongs"):
        unpack_full(pack_changes((), many(2), AT, AT), AT)
    with pytest.raises(RecordError, match="full where changes belongs"):
        apply_changes((), pack_full(many(2), AT), AT, AT)


@given(st.integers(1, 10 * MICRO), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_arithmetic_of_format_1_is_todays_of_scoring(maximum: int, protected: int, exposed: int) -> None:
    """When scoring changes its formula, this test goes and the format stays: points then cost a few bytes more."""
    coverage = Coverage(protected, exposed)
    if coverage.total:
        rules = {SHARE: Scoring.PROPORTIONAL, ALL_OR_NOTHING: Scoring.ALL_OR_NOTHING}
        for rule, scoring in rules.items():
            expected = earned(scoring, coverage, maximum)
            assert points_of(rule, 0, maximum, protected, coverage.total) == expected


@given(st.text(), st.text())
def test_the_order_is_that_of_lower_case_for_the_letters_of_ids(one: str, other: str) -> None:
    one, other = (text.encode("ascii", "ignore").decode() for text in (one, other))
    if one.casefold() != other.casefold():
        assert (order_of(one) < order_of(other)) == (one.casefold() < other.casefold())
