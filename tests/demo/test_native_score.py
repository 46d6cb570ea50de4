"""The native score of the invented organisation has the shapes of real answers and adds up."""

import pytest

from securescore.catalog import load_catalog
from securescore.demo import Organisation
from securescore.demo.frame import Json


@pytest.fixture(scope="module")
def today(noordhaven: Organisation) -> dict[str, Json]:
    return {row["controlName"]: row for row in noordhaven.native.scores[0]["controlScores"]}


def test_there_is_a_score_a_day_newest_first(noordhaven: Organisation) -> None:
    days = [one["createdDateTime"] for one in noordhaven.native.scores]
    assert (len(days), days[0], days[-1]) == (30, "2026-01-15T00:00:00Z", "2025-12-17T00:00:00Z")
    assert days == sorted(days, reverse=True)
    assert noordhaven.native.scores[0]["id"] == f"{noordhaven.tenant_id}_2026-01-15"


def test_each_day_is_the_sum_of_its_rows(noordhaven: Organisation) -> None:
    maxima = {one["id"]: one["maxScore"] for one in noordhaven.native.profiles}
    for score in noordhaven.native.scores:
        scored = [row for row in score["controlScores"] if "NotScored" not in row]
        assert score["currentScore"] == pytest.approx(sum(row["score"] for row in scored))
        assert score["maxScore"] == pytest.approx(sum(maxima[row["controlName"]] for row in scored))


def test_the_score_rises_through_the_month(noordhaven: Organisation) -> None:
    points = [one["currentScore"] for one in noordhaven.native.scores]
    assert points[0] > points[15] > points[-1]


def test_every_row_is_worth_its_share(noordhaven: Organisation, today: dict[str, Json]) -> None:
    maxima = {one["id"]: one["maxScore"] for one in noordhaven.native.profiles}
    for name, row in today.items():
        if "NotScored" not in row:
            assert row["score"] == pytest.approx(maxima[name] * row["scoreInPercentage"] / 100, abs=0.011)


def test_rows_have_the_four_shapes(today: dict[str, Json]) -> None:
    def shape(name: str) -> tuple[str, ...]:
        return tuple(key for key in ("count", "total", "on") if key in today[name])

    assert shape("MFARegistrationV2") == ("count", "total")
    assert shape("IntegratedApps") == ("on",)
    assert shape("OneAdmin") == ("count",)
    assert shape("PWAgePolicyNew") == ()
    assert all(
        isinstance(row[key], str) for row in today.values() for key in ("count", "total", "on") if key in row
    )


def test_device_rows_count_devices_at_risk(today: dict[str, Json]) -> None:
    devices = [row for name, row in today.items() if name.startswith("scid_")]
    assert len(devices) > 20
    for row in devices:
        risk, total = int(row["count"]), int(row["total"])
        assert row["scoreInPercentage"] == pytest.approx(100 * (total - risk) / total, abs=0.01)
        assert row["implementationStatus"] == f"{risk}/{total} at risk"


def test_one_control_is_known_to_nobody(noordhaven: Organisation, today: dict[str, Json]) -> None:
    profiles = {one["id"] for one in noordhaven.native.profiles}
    known = {action.lower() for action in load_catalog().actions}
    assert set(today) <= profiles
    assert {one for one in profiles if one.lower() not in known} == {"NoordhavenPreviewControl"}


def test_averages_have_a_basis_with_missing_figures(noordhaven: Organisation) -> None:
    averages = {one["basis"]: one for one in noordhaven.native.scores[0]["averageComparativeScores"]}
    assert set(averages) == {"AllTenants", "TotalSeats", "IndustryTypes"}
    assert averages["IndustryTypes"]["averageScore"] == -1
    assert averages["TotalSeats"]["SeatSizeRangeLowerValue"] == "1001"


def test_declared_states_stand_at_the_end_of_their_history(noordhaven: Organisation) -> None:
    updates = {one["id"]: one["controlStateUpdates"] for one in noordhaven.native.profiles}
    assert [one["state"] for one in updates["McasFirewallLogUpload"]] == ["Default", "ThirdParty"]
    assert [one["state"] for one in updates["AdminMFAV2"]] == ["Default"]
