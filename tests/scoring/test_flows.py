"""The movements of entities, as counts."""

from hypothesis import given
from hypothesis import strategies as st

from securescore.model import Verdict
from securescore.scoring.credit import credited_verdicts
from securescore.scoring.flows import Flow, Flows, flows_of

P, E, U = Verdict.PROTECTED, Verdict.EXPOSED, Verdict.UNKNOWN

maps = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.sampled_from(Verdict), max_size=12)


def test_each_movement() -> None:
    before = {"a": P, "b": E, "c": U, "d": P, "e": E, "f": U, "g": P, "h": E, "i": U, "same": P}
    after = {"d": E, "e": P, "f": P, "g": U, "h": U, "i": E, "j": P, "k": E, "l": U, "same": P}
    assert flows_of(before, after) == Flows(
        left=Flow(-1, -3), joined=Flow(1, 3), evidence=Flow(0, 0), configuration=Flow(0, 0)
    )
    assert flows_of({"a": U, "b": E}, {"a": P, "b": P}) == Flows(evidence=Flow(1), configuration=Flow(1))
    assert flows_of({"a": P, "b": P}, {"a": U, "b": E}) == Flows(evidence=Flow(-1), configuration=Flow(-1))


def test_to_and_from_unknown_without_protection_moves_no_count() -> None:
    assert flows_of({"a": E, "b": U}, {"a": U, "b": E}) == Flows()


def test_an_excluded_entity_is_gone_from_the_credited_flows() -> None:
    before, after = {"a": E, "b": P}, {"a": E, "b": P}
    credited = flows_of(
        credited_verdicts(before, resolved={"a"}), credited_verdicts(after, resolved={"a"}, excluded={"b"})
    )
    assert credited == Flows(left=Flow(-1, -1))


@given(maps, maps)
def test_flows_lead_from_one_count_to_the_other(
    before: dict[str, Verdict], after: dict[str, Verdict]
) -> None:
    protected = list(after.values()).count(P) - list(before.values()).count(P)
    assert flows_of(before, after).sum == Flow(protected, len(after) - len(before))


@given(maps, maps)
def test_backwards_is_the_reverse(before: dict[str, Verdict], after: dict[str, Verdict]) -> None:
    assert flows_of(after, before) == flows_of(before, after).reversed
    assert flows_of(before, after).reversed.reversed == flows_of(before, after)


@given(maps)
def test_nothing_moves_nothing(verdicts: dict[str, Verdict]) -> None:
    assert flows_of(verdicts, dict(verdicts)) == Flows()
