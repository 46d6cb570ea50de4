from datetime import UTC, datetime
from typing import Any

import pytest

from securescore.connectors.native_score import shape
from securescore.connectors.native_score.values import fold

DAY = datetime(2026, 1, 15, tzinfo=UTC)


def control(**entry: Any) -> dict[str, Any]:
    """The row of one control score."""
    (row,) = shape.control_rows(fold({"controlScores": [{"controlName": "AdminMFAV2"} | entry]}), DAY)
    return row


def profile(**item: Any) -> dict[str, Any]:
    return shape.profile_row({"id": "AdminMFAV2"} | item)


def test_a_proportional_row_counts_what_is_covered() -> None:
    row = control(controlCategory="Identity", score=8.2, count="164", total="180", scoreInPercentage=91.11)
    assert (row["points"], row["percent"], row["count"], row["total"]) == (8.2, 91.11, 164, 180)
    assert row["counts_at_risk"] is False
    assert row["switched_on"] is None


def test_a_switch_row_is_on_or_off_and_counts_nothing() -> None:
    row = control(score=0, on="False")
    assert row["switched_on"] is False
    assert (row["count"], row["total"], row["counts_at_risk"]) == (None, None, None)


def test_a_row_with_neither_keeps_score_and_reason() -> None:
    row = control(score=1, scoreInPercentage=100.0, implementationStatus="Done.")
    assert (row["points"], row["percent"], row["text"]) == (1, 100.0, "Done.")
    assert (row["count"], row["switched_on"]) == (None, None)


@pytest.mark.parametrize(
    "entry",
    [
        {"controlName": "scid_2010", "controlCategory": "Device"},
        {"controlName": "SCID-2010"},
        {"controlName": "novel", "controlCategory": "Device", "implementationStatus": "1/1 at risk"},
    ],
)
def test_device_rows_count_devices_at_risk(entry: dict[str, Any]) -> None:
    assert control(count="1", total="1", score=0, **entry)["counts_at_risk"] is True


def test_a_device_row_that_does_not_say_what_it_counts_is_not_guessed() -> None:
    assert control(count="1", total="3", controlCategory="Device")["counts_at_risk"] is None


def test_users_at_risk_in_a_reason_do_not_invert_a_user_row() -> None:
    row = control(count="3", total="4", implementationStatus="1 of 4 users at risk have no policy.")
    assert row["counts_at_risk"] is False


@pytest.mark.parametrize(
    ("name", "value"), [("score", -1), ("score", 10.01), ("count", "-3"), ("total", "many")]
)
def test_impossible_numbers_become_misfits(name: str, value: object) -> None:
    column = {"score": "points"}.get(name, name)
    assert str(control(**{name: value})[column]).startswith("not usable: ")


def test_what_nobody_declared_stays_in_raw_as_given() -> None:
    row = control(
        score=1, IsApplicable="true", description="x", novel={"a": [1]}, implementationStatus="Done."
    )
    assert row["raw"] == {"IsApplicable": "true", "description": "x", "novel": {"a": [1]}}


def test_a_reason_with_markup_is_text_and_its_original_stays() -> None:
    row = control(implementationStatus="<p>Off</p>")
    assert row["text"] == "Off"
    assert row["raw"] == {"implementationStatus": "<p>Off</p>"}


def test_a_control_named_twice_counts_once_in_any_case() -> None:
    scores = [{"controlName": "AdminMFAV2", "score": 1}, {"controlName": "adminmfav2", "score": 2}]
    rows = list(shape.control_rows(fold({"controlScores": scores}), DAY))
    assert [(row["control_id"], row["points"]) for row in rows] == [("adminmfav2", 2)]


def test_not_scored_is_a_mark_of_the_row() -> None:
    assert control(NotScored="true")["not_scored"] is True


@pytest.mark.parametrize("controls", [[{"score": 1}], ["text"], {"a": 1}, [{"controlName": "  "}]])
def test_what_is_no_control_score_is_an_error(controls: object) -> None:
    with pytest.raises(ValueError, match="control"):
        list(shape.control_rows(fold({"controlScores": controls}), DAY))


@pytest.mark.parametrize("controls", [None, []])
def test_a_day_without_controls_is_a_day(controls: object) -> None:
    assert list(shape.control_rows(fold({"controlScores": controls}), DAY)) == []


@pytest.mark.parametrize(
    ("score", "day"),
    [
        ({"createdDateTime": "2026-01-15T00:00:00Z"}, DAY),
        ({"id": "t_2026-01-15"}, DAY),
        ({"id": "t_2026-01-15", "createdDateTime": "soon"}, DAY),
        ({"id": "t"}, None),
    ],
)
def test_the_day_of_a_score(score: dict[str, Any], day: datetime | None) -> None:
    assert shape.day_of(fold(score)) == day


@pytest.mark.parametrize(
    ("item", "tenant"),
    [
        ({"azureTenantId": "Contoso Ltd"}, "Contoso Ltd"),
        ({"id": "a_b_2026-01-15"}, "a_b"),
        ({"id": "AdminMFAV2"}, None),
    ],
)
def test_the_tenant_is_text(item: dict[str, Any], tenant: str | None) -> None:
    assert shape.tenant_of(fold(item)) == tenant


def test_a_profile_in_the_old_beta_shape() -> None:
    row = shape.profile_row(
        {"controlName": "X", "maxScore": "9", "controlCategory": "Account", "tier": "core"}
    )
    assert (row["control_id"], row["maximum"], row["category"], row["tier"]) == ("X", 9, "Identity", "core")


def test_a_profile_with_mixed_casing() -> None:
    row = profile(
        implementationCost="medium",
        userImpact="Unknown",
        controlCategory="infrastructure",
        threats=["Account Breach", "Password cracking"],
    )
    assert (row["cost"], row["user_impact"], row["category"]) == ("moderate", None, "Infrastructure")
    assert row["threats"] == ["account_breach", "password_cracking"]


def test_deprecated_is_false_where_the_service_says_nothing() -> None:
    assert profile()["deprecated"] is False
    assert profile(deprecated="True")["deprecated"] is True


def test_a_maximum_above_ten_is_a_misfit() -> None:
    assert profile(maxScore=50)["maximum"] == "not usable: 50"


def test_prose_of_a_profile_stays_in_raw() -> None:
    row = profile(
        remediation="<p>Do it</p>", maxScore=1, complianceInformation=[{"certificationName": "ISO"}]
    )
    assert row["raw"] == {
        "remediation": "<p>Do it</p>",
        "complianceInformation": [{"certificationName": "ISO"}],
    }


def test_a_profile_without_id_is_an_error() -> None:
    with pytest.raises(ValueError, match="without id"):
        shape.profile_row({"title": "x"})


PLACEHOLDER = {"state": "Default", "updatedBy": None, "updatedDateTime": None}
IGNORED = {
    "state": "ignored",
    "comment": "no budget",
    "updatedBy": "ada@x.example",
    "updatedDateTime": "2026-01-02T00:00:00Z",
}
RESET = {"state": "Default", "updatedBy": "bo@x.example", "updatedDateTime": "2026-01-03T00:00:00Z"}


@pytest.mark.parametrize("updates", [[PLACEHOLDER, IGNORED], [IGNORED, PLACEHOLDER]])
def test_the_newest_state_counts_in_any_order(updates: list[dict[str, Any]]) -> None:
    row = profile(controlStateUpdates=updates)
    assert (row["state"], row["state_comment"], row["state_by"]) == ("Ignored", "no budget", "ada@x.example")
    assert row["state_at"] == datetime(2026, 1, 2, tzinfo=UTC)
    assert row["raw"]["controlStateUpdates"] == updates


@pytest.mark.parametrize("updates", [[IGNORED, RESET], [RESET, PLACEHOLDER, IGNORED]])
def test_a_dated_return_to_default_ends_what_was_before(updates: list[dict[str, Any]]) -> None:
    row = profile(controlStateUpdates=updates)
    assert (row["state"], row["state_by"]) == ("Default", "bo@x.example")


def test_an_undated_state_beats_the_placeholder() -> None:
    row = profile(controlStateUpdates=[{"state": "ThirdParty"}, PLACEHOLDER])
    assert row["state"] == "ThirdParty"


@pytest.mark.parametrize("updates", ["Default", 0, {}, ["Default"], [{"state": "Ignored"}, None]])
def test_a_history_that_is_none_is_left_to_be_rejected(updates: object) -> None:
    assert profile(controlStateUpdates=updates)["state"] == [updates]


@pytest.mark.parametrize("updates", [None, []])
def test_no_history_is_no_state(updates: object) -> None:
    assert profile(controlStateUpdates=updates)["state"] is None


@pytest.mark.parametrize("wrong", [{}, {"x": 1}, [], ["x"]])
def test_what_is_no_text_is_left_to_be_rejected(wrong: object) -> None:
    """No text column takes a list; as nothing it would be lost without a word."""
    given = {
        "title": "title",
        "service": "service",
        "controlCategory": "category",
        "tier": "tier",
        "implementationCost": "cost",
        "userImpact": "user_impact",
        "actionUrl": "link",
    }
    row = profile(**dict.fromkeys(given, wrong))
    assert {column: row[column] for column in given.values()} == {
        column: [wrong] for column in given.values()
    }
    assert profile(threats={"x": 1})["threats"] == {"x": 1}
    assert profile(threats=["Data Exfiltration", wrong])["threats"] == ["data_exfiltration", [wrong]]
    by = profile(controlStateUpdates=[{"state": wrong, "comment": wrong, "updatedBy": wrong}])
    assert [by[column] for column in ("state", "state_comment", "state_by")] == [[wrong]] * 3
