from datetime import UTC, datetime

import pytest

from securescore.connectors.native_score.values import (
    flag,
    fold,
    moment,
    moment_or_misfit,
    number,
    plain,
    word,
)


@pytest.mark.parametrize(
    ("given", "read"),
    [(6.4, 6.4), ("6.4", 6.4), (0, 0), ("12", 12), (" 7 ", 7), (None, None), ("", None)],
)
def test_numbers_come_as_numbers_or_as_text(given: object, read: object) -> None:
    assert number(given, most=100) == read


@pytest.mark.parametrize(
    "given", [-1, "-0.5", 101, 10**400, "1e400", float("nan"), "NaN", "Infinity", "six", "6,4", True, [3], {}]
)
def test_what_cannot_be_a_number_stays_a_text_that_fits_none(given: object) -> None:
    assert isinstance(number(given, most=100), str)


def test_a_misfit_is_short_whatever_came() -> None:
    assert len(str(number("9" * 10_000 + "x", most=1))) < 100


@pytest.mark.parametrize(
    ("given", "read"), [("true", True), ("False", False), (True, True), ("", None), (None, None)]
)
def test_truth_comes_as_text_in_any_case(given: object, read: object) -> None:
    assert flag(given) is read


def test_a_truth_value_that_is_none_is_a_misfit() -> None:
    assert flag("perhaps") == "not usable: 'perhaps'"


@pytest.mark.parametrize(
    "given",
    [
        "2024-01-01T17:12:14Z",
        "2024-01-01T17:12:14.0000000Z",
        "2024-01-01T18:12:14+01:00",
        "2024-01-01T17:12:14",
        "/Date(1704129134000)/",
    ],
)
def test_a_time_in_every_spelling_seen(given: str) -> None:
    assert moment(given) == datetime(2024, 1, 1, 17, 12, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", ["yesterday", "", None, 5, "/Date(999999999999999)/", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_time(given: object) -> None:
    assert moment(given) is None


def test_a_time_that_was_there_and_is_none_is_a_misfit() -> None:
    assert isinstance(moment_or_misfit("yesterday"), str)
    assert moment_or_misfit(None) is None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Defense In Depth", "defense_in_depth"),
        ("Core", "core"),
        ("medium", "moderate"),
        ("Moderate", "moderate"),
        ("Unknown", None),
        ("Account breach", "account_breach"),
        (None, None),
    ],
)
def test_words_in_one_spelling(given: object, read: object) -> None:
    assert word(given) == read


def test_markup_becomes_text() -> None:
    given = "<p> All users&nbsp;are covered </p><ul><li>Default - 1 &lt;user&gt;</li><li>Custom</li></ul>"
    assert plain(given) == "All users are covered; Default - 1 <user>; Custom"
    assert plain("<p>&nbsp;</p>") is None


def test_properties_are_found_in_any_case_and_under_additional_properties() -> None:
    folded = fold({"ControlName": "a", "AdditionalProperties": {"Count": "1", "controlname": "b"}})
    assert folded == {"controlname": "a", "count": "1"}
