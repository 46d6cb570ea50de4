"""Totals, categories and views, with the published vectors."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.model import MICRO, Category, Coverage, Status
from securescore.scoring.points import displayed_parts, exact_points, micropoints, two_decimals
from securescore.scoring.totals import (
    Pair,
    Score,
    ScoredAction,
    Views,
    known_share,
    score_impact,
    score_of,
    scored_action,
    tally,
)


def action(
    name: str,
    maximum: float,
    credited: float,
    *,
    status: Status = Status.TO_ADDRESS,
    licensed: bool | None = True,
    verified: float | None = None,
    category: Category = Category.IDENTITY,
    share: Fraction = Fraction(1),
) -> ScoredAction:
    return ScoredAction(
        name,
        "AzureAD",
        category,
        micropoints(maximum),
        micropoints(credited),
        micropoints(credited if verified is None else verified),
        status,
        licensed,
        share,
    )


def shown(percent: Fraction | None) -> str:
    assert percent is not None
    return str(two_decimals(percent))


def test_the_published_tenant() -> None:
    maxima = [10, 9, 8, 8, 7, 7, 4, 1, 1, 1]
    achieved = [10, 4.5, 8, 8, 0, 0, 4, 1, 0, 1]
    actions = [action(str(i), *both) for i, both in enumerate(zip(maxima, achieved, strict=True))]
    total = score_of(actions).total
    assert (total.points, total.maximum) == (36_500_000, 56_000_000)
    assert shown(total.percent) == "65.18"
    impacts = [shown(score_impact(each.maximum, total.maximum)) for each in actions]
    assert impacts == ["17.86", "16.07", "14.29", "14.29", "12.50", "12.50", "7.14", "1.79", "1.79", "1.79"]


VIEWS = [
    action("a", 10, 10, status=Status.COMPLETED),
    action("b", 9, 4.5, status=Status.PLANNED),
    action("c", 7, 0, status=Status.RISK_ACCEPTED),
    action("d", 8, 8, status=Status.THIRD_PARTY, verified=0),
    action("e", 6, 0, licensed=False),
    action("f", 10, 2.5, status=Status.RISK_ACCEPTED),
    action("g", 5, 0),
]


def figures(views: Views) -> list[tuple[float, str]]:
    assert views.current_licence is not None
    assert views.achievable is not None
    listed = (views.current, views.planned, views.current_licence, views.achievable)
    return [(view.points / MICRO, shown(view.percent)) for view in listed]


def test_the_views_of_the_vector() -> None:
    total = score_of(VIEWS).total
    assert total.maximum == 55 * MICRO
    assert figures(total.views) == [(25, "45.45"), (29.5, "53.64"), (49, "89.09"), (34.5, "62.73")]


def test_the_views_of_the_vector_as_verified() -> None:
    total = score_of(VIEWS).total
    assert total.verified_points == 17 * MICRO
    assert figures(total.verified_views) == [(17, "30.91"), (21.5, "39.09"), (49, "89.09"), (34.5, "62.73")]


def test_without_licences_two_views_are_unknown() -> None:
    views = score_of([*VIEWS, action("h", 1, 0, licensed=None, category=Category.DATA)])
    assert views.total.views.current_licence is None
    assert views.total.views.achievable is None
    assert views.total.views.planned.points == 29_500_000
    assert views.categories[Category.IDENTITY].views.current_licence is not None
    assert views.categories[Category.DATA].verified_views.achievable is None


def test_all_five_categories_are_always_there() -> None:
    empty = score_of([])
    assert list(empty.categories) == list(Category)
    assert empty.total.percent is None
    assert empty.total.verified_percent is None
    assert empty.total.assessed_share is None
    assert empty.categories[Category.INFRASTRUCTURE].views.planned.percent is None


def test_the_assessed_share() -> None:
    share = known_share(Coverage(protected=2, exposed=1, unknown=1))
    assert share == Fraction(3, 4)
    assert known_share(Coverage()) == 1
    actions = [action("a", 8, 2, share=share), action("b", 4, 0, share=Fraction(0))]
    assert score_of(actions).total.assessed_share == Fraction(6, 12)


def test_the_pairs_of_a_tally() -> None:
    total = score_of(VIEWS).total
    assert total.credited_pair == Pair(25 * MICRO, 55 * MICRO)
    assert total.verified_pair == Pair(17 * MICRO, 55 * MICRO)
    assert total.credited_pair.percent == total.percent
    assert score_impact(1, 0) is None


def test_an_action_counts_once() -> None:
    with pytest.raises(ValueError, match="come twice"):
        score_of([action("AdminMFAV2", 10, 0), action("adminmfav2", 10, 0)])


@pytest.mark.parametrize(
    ("maximum", "credited", "verified", "share"),
    [
        (0, 0, 0, 1),
        (10.000001, 0, 0, 1),
        (5, 6, 0, 1),
        (5, 0, 6, 1),
        (5, -1, 0, 1),
        (5, 0, -1, 1),
        (5, 0, 0, 2),
    ],
)
def test_figures_out_of_bounds_are_refused(
    maximum: float, credited: float, verified: float, share: int
) -> None:
    with pytest.raises(ValueError, match=r"maximum|earns|share"):
        action("x", maximum, credited, verified=verified, share=Fraction(share))


@st.composite
def scored_actions(draw: st.DrawFn) -> list[ScoredAction]:
    size = draw(st.integers(0, 12))
    actions = []
    for number in range(size):
        maximum = draw(st.integers(1, 10 * MICRO))
        actions.append(
            ScoredAction(
                f"action{number}",
                draw(st.sampled_from(["AzureAD", "EXO"])),
                draw(st.sampled_from(Category)),
                maximum,
                draw(st.integers(0, maximum)),
                draw(st.integers(0, maximum)),
                draw(st.sampled_from(Status)),
                draw(st.booleans()),
                draw(st.fractions(0, 1, max_denominator=50)),
            )
        )
    return actions


@given(scored_actions())
def test_categories_sum_to_the_total(actions: list[ScoredAction]) -> None:
    score = score_of(actions)
    parts = list(score.categories.values())
    assert sum(part.points for part in parts) == score.total.points
    assert sum(part.verified_points for part in parts) == score.total.verified_points
    assert sum(part.maximum for part in parts) == score.total.maximum
    assert sum(part.views.planned.points for part in parts) == score.total.views.planned.points
    displayed = displayed_parts([exact_points(part.points) for part in parts])
    assert sum(displayed) == two_decimals(exact_points(score.total.points))


@given(scored_actions())
def test_the_views_agree_with_the_formulas(actions: list[ScoredAction]) -> None:
    total = score_of(actions).total
    for views, name in ((total.views, "credited"), (total.verified_views, "verified")):
        achieved = {each.id: getattr(each, name) for each in actions}
        left = {each.id: each.maximum - achieved[each.id] for each in actions}
        a = sum(achieved.values())
        planned = a + sum(left[each.id] for each in actions if each.status is Status.PLANNED)
        ceiling = sum(each.maximum if each.licensed else achieved[each.id] for each in actions)
        accepted = sum(
            left[each.id] for each in actions if each.licensed and each.status is Status.RISK_ACCEPTED
        )
        assert views.current_licence is not None
        assert views.achievable is not None
        assert [views.current.points, views.planned.points] == [a, planned]
        assert [views.current_licence.points, views.achievable.points] == [ceiling, ceiling - accepted]
        assert a <= ceiling - accepted <= ceiling <= total.maximum
        assert a <= planned <= total.maximum


@given(scored_actions(), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(actions: list[ScoredAction], chance: random.Random) -> None:
    shuffled = list(actions)
    chance.shuffle(shuffled)
    assert score_of(shuffled) == score_of(actions)


@given(scored_actions())
def test_percentages_lie_between_0_and_100(actions: list[ScoredAction]) -> None:
    total = score_of(actions).total
    for percent in (total.percent, total.verified_percent):
        assert percent is None if not actions else percent is not None and 0 <= percent <= 100
    assert total.assessed_share is None or 0 <= total.assessed_share <= 1


def unscored(name: str, maximum: int | None) -> ScoredAction | None:
    return scored_action(
        id=name,
        service="AzureAD",
        category=Category.DATA,
        maximum=maximum,
        credited=0,
        verified=0,
        status=Status.TO_ADDRESS,
        licensed=None,
        known_share=Fraction(0),
    )


@given(scored_actions(), st.integers(1, 3))
def test_informational_actions_move_nothing(actions: list[ScoredAction], informational: int) -> None:
    candidates = [*actions, *(unscored(f"info{number}", None) for number in range(informational))]
    score: Score = score_of(one for one in candidates if one is not None)
    assert score == score_of(actions)
    assert unscored("scored", MICRO) is not None


def test_any_set_of_actions_can_be_tallied() -> None:
    services = [action("a", 4, 1), action("b", 6, 6)]
    assert tally(services).percent == 70
