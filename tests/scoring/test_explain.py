"""Why one action moved."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.model import MICRO, Category, Coverage, Scoring, Verdict
from securescore.scoring.change import Basis, Cause, Change, Effect, Side, Trigger
from securescore.scoring.credit import coverage_of
from securescore.scoring.explain import explain
from securescore.scoring.flows import Flow, Flows, flows_of
from securescore.scoring.points import earned
from securescore.scoring.totals import Pair

P, E, U = Verdict.PROTECTED, Verdict.EXPOSED, Verdict.UNKNOWN
TEN = 10 * MICRO
ID, DATA = Category.IDENTITY, Category.DATA
PROPORTIONAL, ALL = Scoring.PROPORTIONAL, Scoring.ALL_OR_NOTHING
ENTITY_FLOWS = {Cause.LEFT: "left", Cause.JOINED: "joined", Cause.EVIDENCE: "evidence"}


def measured(verdicts: dict[str, Verdict], maximum: int = TEN, scoring: Scoring = PROPORTIONAL) -> Side:
    coverage = coverage_of(verdicts)
    achieved = earned(scoring, coverage, maximum)
    return Side(Pair(achieved, maximum), Basis.EVIDENCE, ID, coverage.protected, coverage.total)


def native(achieved: int, maximum: int = TEN) -> Side:
    return Side(Pair(achieved, maximum), Basis.NATIVE, ID)


EMPTY_FULL = Side(Pair(TEN, TEN), Basis.EVIDENCE, ID)
NOT_APPLICABLE = Side(Pair(), Basis.EVIDENCE, ID)
LOST = Side(Pair(0, TEN), Basis.LOST, ID)
UNSEEN = Side(Pair(), Basis.NONE, ID)


def causes(
    before: Side,
    after: Side,
    trigger: Trigger = Trigger.SYNC,
    scoring: Scoring = PROPORTIONAL,
    flows: Flows | None = None,
) -> dict[Cause, tuple[int, int]]:
    effects = explain(Change("X", trigger, before, after, scoring, flows or Flows()))
    return {effect.cause: (effect.pair.achieved, effect.pair.maximum) for effect in effects}


def compared(
    before: dict[str, Verdict], after: dict[str, Verdict], maximum: int = TEN, scoring: Scoring = PROPORTIONAL
) -> dict[Cause, int]:
    sides = measured(before, maximum, scoring), measured(after, maximum, scoring)
    found = causes(*sides, scoring=scoring, flows=flows_of(before, after))
    assert all(weight == 0 for _, weight in found.values())
    return {cause: achieved for cause, (achieved, _) in found.items()}


TEN_ADMINS = {f"p{number}": P for number in range(8)} | {"e0": E, "e1": E}
NINE_ADMINS = {f"p{number}": P for number in range(7)} | {"e1": P, "new": E}


def test_the_example_of_the_design() -> None:
    found = compared(TEN_ADMINS, NINE_ADMINS)
    assert found == {Cause.LEFT: 722_222, Cause.JOINED: -888_889, Cause.CONFIGURATION: 1_055_556}
    exact = {
        Cause.LEFT: Fraction(13, 18),
        Cause.JOINED: Fraction(-8, 9),
        Cause.CONFIGURATION: Fraction(19, 18),
    }
    assert sum(exact.values()) == Fraction(8, 9)
    assert {cause: round(points * MICRO) for cause, points in exact.items()} == found
    assert sum(found.values()) == 888_889


def test_evidence_is_what_came_from_unknown() -> None:
    assert compared({"a": U, "b": E}, {"a": P, "b": P}) == {
        Cause.EVIDENCE: 5 * MICRO,
        Cause.CONFIGURATION: 5 * MICRO,
    }


def test_leaving_and_joining_may_cancel_and_are_shown() -> None:
    assert compared({"a": P, "b": E}, {"b": E, "c": P}) == {Cause.LEFT: -2_500_000, Cause.JOINED: 2_500_000}


def test_all_or_nothing_shares_the_points_among_the_exposed() -> None:
    before, after = {"a": P, "b": E, "c": E, "d": U, "e": E}, {"a": P, "b": P, "d": P, "e": P, "f": P}
    assert compared(before, after, 8 * MICRO, ALL) == {
        Cause.LEFT: 2 * MICRO,
        Cause.EVIDENCE: 2 * MICRO,
        Cause.CONFIGURATION: 4 * MICRO,
    }


def test_all_or_nothing_books_nothing_while_the_points_stay() -> None:
    assert compared({"a": E, "b": E}, {"a": P, "b": E, "c": P}, scoring=ALL) == {}
    assert compared({"a": P, "b": P}, {"a": P}, scoring=ALL) == {}


def test_a_crumb_goes_to_the_largest_remainder() -> None:
    found = compared({"a": E, "b": U, "c": E}, {"a": P, "b": P}, scoring=ALL)
    assert found == {Cause.LEFT: 3_333_333, Cause.EVIDENCE: 3_333_333, Cause.CONFIGURATION: 3_333_334}


@pytest.mark.parametrize("scoring", Scoring)
def test_an_empty_side_is_joined_or_left(scoring: Scoring) -> None:
    two = measured({"a": P, "b": E}, scoring=scoring)
    gain = two.pair.achieved
    assert causes(NOT_APPLICABLE, two, scoring=scoring) == {Cause.JOINED: (gain, TEN)}
    assert causes(two, NOT_APPLICABLE, scoring=scoring) == {Cause.LEFT: (-gain, -TEN)}
    assert causes(EMPTY_FULL, two, scoring=scoring) == {Cause.JOINED: (gain - TEN, 0)}
    assert causes(two, EMPTY_FULL, scoring=scoring) == {Cause.LEFT: (TEN - gain, 0)}


def test_with_everybody_excluded_the_population_tells_who_came() -> None:
    everybody_excluded = Side(Pair(0, TEN), Basis.EVIDENCE, ID, population=3)
    assert causes(EMPTY_FULL, everybody_excluded) == {Cause.JOINED: (-TEN, 0)}
    assert causes(everybody_excluded, EMPTY_FULL) == {Cause.LEFT: (TEN, 0)}
    completed = Side(Pair(TEN, TEN), Basis.EVIDENCE, ID, population=3)
    assert causes(everybody_excluded, completed) == {Cause.CONFIGURATION: (TEN, 0)}
    assert causes(completed, completed) == {}


def test_results_gained_lost_and_from_elsewhere() -> None:
    half = measured({"a": P, "b": E})
    five = 5 * MICRO
    assert causes(UNSEEN, half) == {Cause.EVIDENCE_GAINED: (five, TEN)}
    assert causes(half, UNSEEN) == {Cause.EVIDENCE_LOST: (-five, -TEN)}
    assert causes(LOST, half) == {Cause.EVIDENCE_GAINED: (five, 0)}
    assert causes(half, LOST) == {Cause.EVIDENCE_LOST: (-five, 0)}
    assert causes(native(four := 4 * MICRO), half) == {Cause.SOURCE_CHANGED: (five - four, 0)}
    assert causes(half, native(four)) == {Cause.SOURCE_CHANGED: (four - five, 0)}
    assert causes(native(four), native(five)) == {Cause.REPORTED_BY_MICROSOFT: (MICRO, 0)}
    assert causes(UNSEEN, native(four)) == {Cause.EVIDENCE_GAINED: (four, TEN)}
    assert causes(UNSEEN, LOST) == {Cause.EVIDENCE_GAINED: (0, TEN)}
    assert causes(LOST, UNSEEN) == {Cause.EVIDENCE_LOST: (0, -TEN)}
    assert causes(UNSEEN, UNSEEN) == causes(LOST, LOST) == {}


def test_points_that_became_known_are_a_weight() -> None:
    unweighted = Side(Pair(), Basis.EVIDENCE, ID, protected=1, total=2)
    assert causes(unweighted, measured({"a": P, "b": E})) == {Cause.RE_WEIGHTED: (5 * MICRO, TEN)}
    assert causes(EMPTY_FULL, NOT_APPLICABLE) == {Cause.RE_WEIGHTED: (-TEN, -TEN)}


def test_a_decision_about_the_whole_action_hides_the_movements() -> None:
    resolved = Side(Pair(TEN, TEN), Basis.EVIDENCE, ID, protected=1, total=2, resolved=True)
    later = Side(Pair(TEN, TEN), Basis.EVIDENCE, ID, protected=1, total=3, resolved=True)
    assert causes(resolved, later, flows=Flows(joined=Flow(0, 1))) == {}
    plain = measured({"a": P, "b": E})
    assert causes(plain, resolved) == {Cause.DECISION: (5 * MICRO, 0)}
    assert causes(LOST, Side(Pair(TEN, TEN), Basis.LOST, ID, resolved=True)) == {Cause.DECISION: (TEN, 0)}


@pytest.mark.parametrize("trigger", [Trigger.EXPIRY, Trigger.EXCLUSION, Trigger.DECISION, Trigger.SCOPE])
def test_outside_a_sync_everything_belongs_to_the_trigger(trigger: Trigger) -> None:
    half, whole = measured({"a": P, "b": E}), measured({"a": P})
    assert causes(half, whole, trigger) == {Cause(trigger.value): (5 * MICRO, 0)}
    assert causes(UNSEEN, half, trigger) == {Cause(trigger.value): (5 * MICRO, TEN)}
    assert causes(half, half, trigger) == {}


def test_catalog_changes() -> None:
    nine = measured({"a": P, "b": E}, 9 * MICRO)
    eight = measured({"a": P, "b": E}, 8 * MICRO)
    better = measured({"a": P}, 8 * MICRO)
    assert causes(UNSEEN, eight, Trigger.CATALOG) == {Cause.ADDED: (4 * MICRO, 8 * MICRO)}
    assert causes(eight, UNSEEN, Trigger.CATALOG) == {Cause.REMOVED: (-4 * MICRO, -8 * MICRO)}
    assert causes(nine, eight, Trigger.CATALOG) == {Cause.RE_WEIGHTED: (-500_000, -MICRO)}
    assert causes(eight, better, Trigger.CATALOG) == {Cause.RE_MEASURED: (4 * MICRO, 0)}
    assert causes(nine, better, Trigger.CATALOG) == {
        Cause.RE_WEIGHTED: (-750_000, -MICRO),
        Cause.RE_MEASURED: (4_250_000, 0),
    }


def test_rounding_is_not_taken_for_a_new_measurement() -> None:
    users = dict.fromkeys([f"p{number}" for number in range(25)], P) | dict.fromkeys(map(str, range(27)), E)
    nine, eight = measured(users, 9 * MICRO), measured(users, 8 * MICRO)
    assert causes(nine, eight, Trigger.CATALOG) == {Cause.RE_WEIGHTED: (3_846_154 - 4_326_923, -MICRO)}
    assert causes(native(4_326_923, 9 * MICRO), native(3_846_154, 8 * MICRO)) == {
        Cause.RE_WEIGHTED: (3_846_154 - 4_326_923, -MICRO)
    }


def test_a_third_stays_a_third_under_any_maximum() -> None:
    assert causes(native(333_333, MICRO), native(3_333_333)) == {Cause.RE_WEIGHTED: (3_000_000, 9 * MICRO)}


def test_a_maximum_that_changes_in_a_sync_is_told_apart() -> None:
    before, after = {"a": P, "b": E}, {"a": P, "b": P}
    found = causes(measured(before, 7 * MICRO), measured(after, 8 * MICRO), flows=flows_of(before, after))
    assert found == {Cause.RE_WEIGHTED: (750_000, MICRO), Cause.CONFIGURATION: (3_750_000, 0)}
    assert causes(native(7 * MICRO, 7 * MICRO), native(0, 8 * MICRO)) == {
        Cause.RE_WEIGHTED: (500_000, MICRO),
        Cause.REPORTED_BY_MICROSOFT: (-7_500_000, 0),
    }


def test_a_new_category_takes_the_pair_along() -> None:
    before = Side(Pair(4 * MICRO, 8 * MICRO), Basis.NATIVE, DATA)
    after = Side(Pair(6 * MICRO, 9 * MICRO), Basis.NATIVE, Category.APPS)
    moved, same = Change("X", Trigger.CATALOG, before, after), Change("X", Trigger.CATALOG, before, before)
    effects = explain(moved)
    assert effects[-2:] == [
        Effect("X", Cause.RECATEGORISED, DATA, Pair(-6 * MICRO, -9 * MICRO)),
        Effect("X", Cause.RECATEGORISED, Category.APPS, Pair(6 * MICRO, 9 * MICRO)),
    ]
    assert {effect.category for effect in effects[:-2]} == {DATA}
    assert explain(same) == []


def test_an_added_action_is_added_in_its_own_category() -> None:
    after = Side(Pair(MICRO, TEN), Basis.NATIVE, DATA)
    assert explain(Change("X", Trigger.CATALOG, UNSEEN, after)) == [
        Effect("X", Cause.ADDED, DATA, Pair(MICRO, TEN))
    ]


def test_contradictions_are_refused() -> None:
    half, whole = measured({"a": P, "b": E}), measured({"a": P, "b": P})
    with pytest.raises(ValueError, match="flows do not lead"):
        causes(half, whole)
    wrong = Side(Pair(MICRO, TEN), Basis.EVIDENCE, ID, protected=1, total=2)
    with pytest.raises(ValueError, match="does not follow"):
        causes(half, wrong)
    with pytest.raises(ValueError, match="achieves"):
        Side(Pair(2, 1), Basis.NATIVE, ID)
    with pytest.raises(ValueError, match="cannot be"):
        Side(Pair(1, 2), Basis.EVIDENCE, ID, protected=2, total=3, population=2)


def test_causes_of_the_catalog_are_told_apart_from_the_own_ones() -> None:
    assert [cause.value for cause in Cause if cause.from_catalog] == [
        "added",
        "removed",
        "re_weighted",
        "re_measured",
        "recategorised",
    ]
    assert Cause.JOINED.reversed is Cause.LEFT
    assert all(cause.reversed.reversed is cause for cause in Cause)


entities = st.text("abcdef", min_size=1, max_size=1)
maps = st.dictionaries(entities, st.sampled_from(Verdict), max_size=6)
filled = st.dictionaries(entities, st.sampled_from(Verdict), min_size=1, max_size=6)
maxima = st.integers(1, 9) | st.integers(1, TEN)


@dataclass(frozen=True)
class Seen:
    """A side with the entities behind it."""

    side: Side
    verdicts: dict[str, Verdict]


@st.composite
def seen(draw: st.DrawFn, scoring: Scoring) -> Seen:
    maximum, category = draw(maxima), draw(st.sampled_from([ID, DATA]))
    basis = draw(st.sampled_from([Basis.EVIDENCE, Basis.EVIDENCE, *Basis]))
    if basis is not Basis.EVIDENCE:
        achieved = {Basis.NATIVE: draw(st.integers(0, maximum))}.get(basis, 0)
        return Seen(Side(Pair(achieved, 0 if basis is Basis.NONE else maximum), basis, category), {})
    verdicts, resolved, hidden = draw(maps), draw(st.integers(0, 5)) == 0, draw(st.integers(0, 2))
    coverage = coverage_of(verdicts)
    pair = Pair(draw(st.sampled_from([0, maximum])), maximum)
    if verdicts:
        pair = Pair(earned(scoring, coverage, maximum), maximum)
    if resolved:
        pair = Pair(maximum, maximum)
    if draw(st.integers(0, 9)) == 0:
        pair = Pair()
    population = coverage.total + hidden
    return Seen(
        Side(pair, basis, category, coverage.protected, coverage.total, population, resolved), verdicts
    )


@st.composite
def changes(draw: st.DrawFn) -> Change:
    scoring, trigger = draw(st.sampled_from(Scoring)), draw(st.sampled_from([Trigger.SYNC, *Trigger]))
    before, after = draw(seen(scoring)), draw(seen(scoring))
    flows = flows_of(before.verdicts, after.verdicts)
    return Change("X", trigger, before.side, after.side, scoring, flows)


@given(changes())
def test_effects_sum_exactly_to_the_difference(change: Change) -> None:
    effects = explain(change)
    assert sum((effect.pair for effect in effects), Pair()) == change.after.pair - change.before.pair
    for category in Category:
        held = Pair()
        if change.after.category is category:
            held += change.after.pair
        if change.before.category is category:
            held -= change.before.pair
        assert sum((effect.pair for effect in effects if effect.category is category), Pair()) == held


@given(changes())
def test_effects_change_sign_when_time_is_reversed(change: Change) -> None:
    def booked(effects: list[Effect]) -> dict[tuple[Cause, Category], Pair]:
        return {(effect.cause, effect.category): effect.pair for effect in effects}

    backwards = [effect.reversed for effect in explain(change.reversed)]
    assert booked(backwards) == booked(explain(change))
    assert len(booked(backwards)) == len(backwards)


def test_a_crumb_between_left_and_joined_goes_the_same_way_backwards() -> None:
    before, after = {"a": E}, {"b": P}
    forth, back = compared(before, after, 4_999_999), compared(after, before, 4_999_999)
    assert sorted(forth.values()) == [2_499_999, 2_500_000]
    assert {cause.reversed: -points for cause, points in back.items()} == forth


def plain_effects(
    before: dict[str, Verdict], after: dict[str, Verdict], maximum: int
) -> dict[Cause, Fraction]:
    """The proportional formula again, entity by entity."""
    n, p = len(before) + len(after), [*before.values(), *after.values()].count(P)
    found = dict.fromkeys((Cause.LEFT, Cause.JOINED, Cause.EVIDENCE, Cause.CONFIGURATION), Fraction())
    for entity in before | after:
        old, new = before.get(entity), after.get(entity)
        dp, dn = (new is P) - (old is P), (new is not None) - (old is not None)
        cause = Cause.EVIDENCE if U in (old, new) else Cause.CONFIGURATION
        cause = Cause.JOINED if old is None else Cause.LEFT if new is None else cause
        found[cause] += maximum * Fraction(n * dp - p * dn, 2 * len(before) * len(after))
    return found


@given(filled, filled, maxima)
def test_proportional_effects_follow_the_formula(
    before: dict[str, Verdict], after: dict[str, Verdict], maximum: int
) -> None:
    found, exact = compared(before, after, maximum), plain_effects(before, after, maximum)
    exact_sum = maximum * (
        Fraction(list(after.values()).count(P), len(after))
        - Fraction(list(before.values()).count(P), len(before))
    )
    assert sum(exact.values()) == exact_sum
    assert all(abs(found.get(cause, 0) - effect) <= Fraction(3, 2) for cause, effect in exact.items())


@given(filled, filled, maxima)
def test_all_or_nothing_effects_follow_the_exposed(
    before: dict[str, Verdict], after: dict[str, Verdict], maximum: int
) -> None:
    found = compared(before, after, maximum, ALL)
    exposed = [sum(verdict is not P for verdict in side.values()) for side in (before, after)]
    assert bool(found) == ((exposed[0] == 0) != (exposed[1] == 0))
    if found:
        flows = flows_of(before, after)
        gain = maximum if exposed[1] == 0 else -maximum
        for cause, name in ENTITY_FLOWS.items():
            flow = getattr(flows, name)
            exact = Fraction(gain * (flow.total - flow.protected), exposed[1] - exposed[0])
            assert abs(found.get(cause, 0) - exact) <= Fraction(3, 2)


@given(filled, st.sampled_from(Scoring), maxima)
def test_nothing_moved_needs_no_explanation(
    verdicts: dict[str, Verdict], scoring: Scoring, maximum: int
) -> None:
    side = measured(verdicts, maximum, scoring)
    for trigger in Trigger:
        assert explain(Change("X", trigger, side, side, scoring)) == []


def test_a_million_entities_need_only_their_counts() -> None:
    before = Coverage(protected=600_000, exposed=400_000)
    after = Coverage(protected=700_000, exposed=350_000)
    flows = Flows(left=Flow(-10_000, -20_000), joined=Flow(30_000, 70_000), configuration=Flow(80_000))
    first, last = (
        Side(Pair(earned(PROPORTIONAL, each, TEN), TEN), Basis.EVIDENCE, ID, each.protected, each.total)
        for each in (before, after)
    )
    found = causes(first, last, flows=flows)
    assert sum(achieved for achieved, _ in found.values()) == 666_667
    assert found[Cause.CONFIGURATION] == (780_952, 0)
