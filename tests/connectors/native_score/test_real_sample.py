"""A real response of Microsoft Graph, of one day in 2024."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from securescore.connectors.native_score import ImportReport, import_native_score
from securescore.evidence import EvidenceFolder


@pytest.fixture
def report(shared: Path, tmp_path: Path) -> ImportReport:
    files = sorted((shared / "data" / "graph-sample").glob("*.json"))
    return import_native_score(files, EvidenceFolder(tmp_path / "evidence"))


def test_the_score_is_the_sum_of_its_controls(report: ImportReport) -> None:
    path = report.run.table_path("native_controls")
    total, rows = duckdb.execute(f"SELECT sum(points), count(*) FROM '{path}'").fetchall()[0]
    assert (total, rows) == (128, 68)
    assert (report.points, report.maximum, report.controls, report.profiles) == (128, 274, 68, 200)


def test_the_three_shapes_of_a_row(report: ImportReport) -> None:
    path = report.run.table_path("native_controls")
    query = f"SELECT count IS NOT NULL, total IS NOT NULL, switched_on IS NOT NULL FROM '{path}'"
    assert Counter(duckdb.execute(query).fetchall()) == {
        (True, True, False): 43,
        (True, False, False): 2,
        (False, False, True): 16,
        (False, False, False): 7,
    }


def test_nothing_was_rejected_and_the_list_of_profiles_is_known_to_be_cut(report: ImportReport) -> None:
    assert report.rejections == {}
    assert report.partial
    assert len(report.without_profile) == 27
    assert report.tenant_id == "12345678-1234-1234-1234-1234567890abcd"


def test_the_averages_tell_their_units(report: ImportReport) -> None:
    path = report.run.table_path("native_averages")
    query = f"SELECT basis, average, unit, band FROM '{path}' WHERE category IS NULL ORDER BY basis"
    assert duckdb.execute(query).fetchall() == [
        ("AllTenants", 54.65, "percent", None),
        ("TotalSeats", 48.98, "percent", "1-100"),
    ]
    units = duckdb.execute(f"SELECT DISTINCT unit FROM '{path}' WHERE category IS NOT NULL").fetchall()
    assert units == [("points",)]


def test_no_markup_is_left_in_the_reasons(report: ImportReport) -> None:
    path = report.run.table_path("native_controls")
    assert (
        duckdb.execute(f"SELECT text FROM '{path}' WHERE text LIKE '%<%' OR text LIKE '%&nbsp%'").fetchall()
        == []
    )
    wanted = "100% of users are affected by policies that are configured securely; Default - 1 users (100%)"
    assert duckdb.execute(f"SELECT text FROM '{path}' WHERE control_id = 'mdo_zapspam'").fetchall() == [
        (wanted,)
    ]
