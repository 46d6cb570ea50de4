"""Microsoft gives averages in points, in percent or as -1, and does not say which."""

from datetime import UTC, datetime
from typing import Any

import pytest

from securescore.connectors.native_score.averages import averages_of

DAY = datetime(2026, 1, 15, tzinfo=UTC)


def rows_of(**average: Any) -> list[dict[str, Any]]:
    return list(averages_of([{"basis": "AllTenants"} | average], DAY))


def units_of(**average: Any) -> dict[str | None, str | None]:
    return {row["category"]: row["unit"] for row in rows_of(**average)}


def test_categories_that_add_up_prove_points() -> None:
    units = units_of(averageScore=43.1, identityScore=14.2, dataScore=1.9, deviceScore=11.0, appsScore=16.0)
    assert units == {
        None: "points",
        "Identity": "points",
        "Data": "points",
        "Device": "points",
        "Apps": "points",
    }


def test_with_maxima_and_another_sum_the_average_is_percent_and_the_categories_points() -> None:
    units = units_of(
        averageScore=54.65, identityScore=36.02, identityScoreMax=59.42, appsScore=29, appsScoreMax=79
    )
    assert units == {None: "percent", "Identity": "points", "Apps": "points"}


def test_more_than_a_hundred_is_points_at_any_rate() -> None:
    assert units_of(averageScore="107.5", identityScore="20")[None] == "points"


def test_without_maxima_and_another_sum_nothing_is_proven() -> None:
    assert units_of(averageScore=37, identityScore=12) == {None: None, "Identity": None}


def test_alone_an_average_proves_nothing() -> None:
    assert units_of(averageScore=47.6) == {None: None}


def test_zeros_prove_nothing() -> None:
    assert units_of(averageScore=0, identityScore=0, identityScoreMax=0)[None] is None


def test_a_category_above_its_maximum_is_not_points() -> None:
    assert units_of(averageScore=50, identityScore=70, identityScoreMax=60)["Identity"] is None


@pytest.mark.parametrize("nothing", [-1, "-1", -1.0, "-1.0", None, ""])
def test_missing_averages_give_no_row(nothing: object) -> None:
    assert rows_of(averageScore=nothing, identityScore=nothing, dataScore=nothing) == []


def test_another_negative_average_is_kept_as_a_misfit_to_be_counted() -> None:
    (row,) = rows_of(averageScore=-5)
    assert (row["average"], row["unit"]) == ("not usable: -5", None)


@pytest.mark.parametrize(
    ("given", "band"),
    [
        ({"SeatSizeRangeLowerValue": "1", "SeatSizeRangeUpperValue": "100"}, "1-100"),
        ({"seatSizeRangeLowerValue": 10001, "seatSizeRangeUpperValue": -1}, "10001+"),
        ({"categoryValue": "engineering,technology"}, "engineering,technology"),
        ({"categoryValue": "-1"}, None),
        ({}, None),
    ],
)
def test_the_band_of_the_peers(given: dict[str, Any], band: str | None) -> None:
    (row,) = rows_of(averageScore=47.6, **given)
    assert row["band"] == band


def test_rows_of_one_basis_are_numbered_on_and_the_given_object_is_kept() -> None:
    entries = [
        {"basis": "IndustryTypes", "averageScore": 1, "novel": "x"},
        {"basis": "IndustryTypes", "averageScore": 2},
    ]
    rows = list(averages_of(entries, DAY))
    assert [(row["basis"], row["ordinal"]) for row in rows] == [("IndustryTypes", 1), ("IndustryTypes", 2)]
    assert rows[0]["raw"] == entries[0]
