"""Every case beside every shipped action, over a real DuckDB."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.assess.hand_made import SHIPPED

from securescore.assess.cases import run_case
from securescore.catalog import Action, Case
from securescore.facts import Fact
from securescore.model import Outcome

TODAY = datetime.now(UTC)
MEASURED = [pytest.param(action, id=action.id) for action in SHIPPED.actions.values() if action.measured]
CASES = [
    pytest.param(action, case, id=f"{action.id}: {case.name}")
    for action in SHIPPED.actions.values()
    if action.measured
    for case in action.cases
]


@pytest.mark.parametrize(("action", "case"), CASES)
def test_case(action: Action, case: Case, facts: Mapping[str, Fact]) -> None:
    assert run_case(action, case, facts, TODAY) == []


@pytest.mark.parametrize("action", MEASURED)
def test_there_is_a_case_of_each_kind(action: Action) -> None:
    expected = [case.expect for case in action.cases]
    assert any(one.protected for one in expected), "nobody is protected in any case"
    assert any(one.exposed for one in expected), "nobody is exposed in any case"
    assert any(one.unknown for one in expected), "nothing is unknown in any case"
    assert any(_nobody(one.protected, one.exposed, one.unknown) for one in expected), "no case is empty"


def _nobody(*verdicts: tuple[str, ...]) -> bool:
    return not any(verdicts)


@pytest.mark.parametrize("action", MEASURED)
def test_names_of_cases_are_unique(action: Action) -> None:
    names = [case.name for case in action.cases]
    assert len(set(names)) == len(names)


def test_a_case_that_does_not_hold_is_told(facts: Mapping[str, Fact]) -> None:
    """The runner itself can fail: a wrong verdict, detail, outcome and number of points."""
    action = SHIPPED.actions["MFARegistrationV2"]
    case = next(one for one in action.cases if one.expect.protected and one.expect.exposed)
    swapped = _changed(case, protected=case.expect.exposed, exposed=case.expect.protected)
    assert "instead of" in run_case(action, swapped, facts, TODAY)[0]
    assert (
        "says" in run_case(action, _changed(case, details={case.expect.exposed[0]: "other"}), facts, TODAY)[0]
    )
    assert "outcome" in run_case(action, _changed(case, outcome=Outcome.NOT_APPLICABLE), facts, TODAY)[0]
    assert "micropoints" in run_case(action, _changed(case, points=1), facts, TODAY)[0]


def _changed(case: Case, **expect: object) -> Case:
    return replace(case, expect=replace(case.expect, **expect))  # type: ignore[arg-type]
