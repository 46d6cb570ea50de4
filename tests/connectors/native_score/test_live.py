"""The native score through the real runner, from the invented cloud."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from securescore.connectors import CollectionReport, collect, load_tenant
from securescore.connectors.http.retry import RetrySettings
from securescore.connectors.native_score import import_native_score
from securescore.connectors.native_score.live import PROFILES, SCORES, SOURCES
from securescore.demo import AS_OF, Fault, InventedCloud, Organisation, write_tenant_file
from securescore.evidence import EvidenceFolder, Run
from securescore.model import Reason

FROM_SCORES = ("native_averages", "native_controls", "native_scores")
READ_ONLY = "SecurityEvents.Read.All"
HASTY = RetrySettings(attempts=2, seconds=5, first_wait=0.01)


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation.build(people=150)


@pytest.fixture
def cloud(organisation: Organisation) -> Iterator[InventedCloud]:
    with InventedCloud(organisation, granted={READ_ONLY}) as running:
        yield running


def read(cloud: InventedCloud, folder: Path) -> CollectionReport:
    tenant = load_tenant(write_tenant_file(cloud, folder / "tenant"))
    return collect(tenant, EvidenceFolder(folder / "evidence"), sources=SOURCES, retry=HASTY)


def rows(run: Run, table: str, query: str) -> list[tuple[Any, ...]]:
    return duckdb.execute(query.replace("$", f"read_parquet('{run.table_path(table)}')")).fetchall()


def test_every_day_is_read_with_one_read_only_permission(cloud: InventedCloud, tmp_path: Path) -> None:
    report = read(cloud, tmp_path)
    assert report.complete
    assert sorted(report.tables) == sorted((*FROM_SCORES, "native_profiles"))
    days = rows(
        report.run, "native_scores", "SELECT count(*), count(DISTINCT CAST(day AS DATE)), max(day) FROM $"
    )
    assert days == [(30, 30, AS_OF.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None))]


def test_each_day_is_the_sum_of_its_controls(cloud: InventedCloud, tmp_path: Path) -> None:
    run = read(cloud, tmp_path).run
    scores = rows(run, "native_scores", "SELECT day, round(points, 2) FROM $ ORDER BY day")
    assert scores == rows(
        run, "native_controls", "SELECT day, round(sum(points), 2) FROM $ GROUP BY day ORDER BY day"
    )


def test_ninety_days_are_asked_for(cloud: InventedCloud, tmp_path: Path) -> None:
    read(cloud, tmp_path)
    (asked,) = [call for call in cloud.log if "securescores" in call.path.lower()]
    assert "$top=90" in asked.query.replace("%24", "$")


@pytest.mark.parametrize(
    ("path", "missing"),
    [(SCORES, set(FROM_SCORES)), (PROFILES, {"native_profiles"})],
    ids=["scores", "profiles"],
)
def test_scores_and_profiles_stand_by_themselves(
    cloud: InventedCloud, tmp_path: Path, path: str, missing: set[str]
) -> None:
    cloud.faults.append(Fault.failing(f"*{path}", times=None))
    report = read(cloud, tmp_path)
    assert {name for name, record in report.tables.items() if record.state == "missing"} == missing
    assert {record.reason for record in report.tables.values()} == {None, Reason.COLLECTION_FAILED}
    assert report.run.manifest.partial


def test_a_score_without_a_time_fails_its_tables_and_no_others(
    cloud: InventedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_refused(cloud, tmp_path, monkeypatch, {"controlScores": []}, "createdDateTime")


def test_a_control_without_name_fails_its_tables_and_no_others(
    cloud: InventedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = {"createdDateTime": "2026-01-15T00:00:00Z", "controlScores": [{"score": 1}]}
    assert_refused(cloud, tmp_path, monkeypatch, score, "controlName")


def assert_refused(
    cloud: InventedCloud, folder: Path, monkeypatch: pytest.MonkeyPatch, score: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(cloud.organisation, "_native", replace(cloud.organisation.native, scores=[score]))
    tables = read(cloud, folder).tables
    assert words in str(tables["native_controls"].error)
    assert {name for name, record in tables.items() if record.state == "missing"} == set(FROM_SCORES)


def test_live_and_from_files_give_the_same_rows(cloud: InventedCloud, tmp_path: Path) -> None:
    live = read(cloud, tmp_path).run
    native = cloud.organisation.native
    files = [tmp_path / "scores.json", tmp_path / "profiles.json"]
    for file, items in zip(files, (native.scores, native.profiles), strict=True):
        file.write_text(json.dumps({"value": items}), encoding="utf-8")
    saved = import_native_score(files, EvidenceFolder(tmp_path / "saved")).run
    for table in (*FROM_SCORES, "native_profiles"):
        everything = "SELECT * FROM $ ORDER BY ALL"
        assert rows(live, table, everything) == rows(saved, table, everything)
