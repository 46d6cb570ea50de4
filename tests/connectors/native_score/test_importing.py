import itertools
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from securescore.connectors.native_score import ImportReport, import_native_score
from securescore.errors import EvidenceError, ImportedFileError
from securescore.evidence import EvidenceFolder
from securescore.model import Reason

TENANT = "t-1"


def score(day: str, points: float = 1, *controls: dict[str, Any], time: str = "00:00:00") -> dict[str, Any]:
    return {
        "id": f"{TENANT}_{day}",
        "azureTenantId": TENANT,
        "createdDateTime": f"{day}T{time}Z",
        "currentScore": points,
        "maxScore": 20,
        "controlScores": list(controls)
        or [{"controlName": "A", "score": points, "count": "1", "total": "2"}],
        "averageComparativeScores": [{"basis": "AllTenants", "averageScore": -1}],
    }


def profile(identity: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "azureTenantId": TENANT, "maxScore": 10, "service": "AzureAD"} | more


class Desk:
    """Writes saved files, imports them, and reads back what became of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = EvidenceFolder(path / "evidence")
        self._numbers = itertools.count()

    def save(self, items: Any, *, more: bool = False) -> Path:
        page = {"value": items} | ({"@odata.nextLink": "https://graph.example/next"} if more else {})
        file = self.path / f"{next(self._numbers)}.json"
        file.write_text(json.dumps(page), encoding="utf-8")
        return file

    def imported(self, *files: Path) -> ImportReport:
        return import_native_score(files, self.folder)

    def read(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        path = self.folder.newest().table_path(table)
        return duckdb.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY ALL").fetchall()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_every_day_and_every_control_is_kept(desk: Desk) -> None:
    controls = [{"controlName": "A", "score": 1}, {"controlName": "Nobody knows this yet", "score": 2}]
    scores = desk.save([score("2026-01-15", 3, *controls), score("2026-01-14", 1, *controls[:1])])
    report = desk.imported(scores, desk.save([profile("a"), profile("nobody KNOWS this yet")]))
    assert (report.days, report.first_day, report.last_day) == (2, date(2026, 1, 14), date(2026, 1, 15))
    assert (report.points, report.maximum, report.controls, report.profiles) == (3, 20, 2, 2)
    assert (report.partial, report.without_profile, report.rejections) == (False, (), {})
    rows = desk.read("native_controls", "CAST(day AS DATE), control_id, points")
    assert [(str(day), control, points) for day, control, points in rows] == [
        ("2026-01-14", "A", 1),
        ("2026-01-15", "A", 1),
        ("2026-01-15", "Nobody knows this yet", 2),
    ]


def test_the_run_ends_when_the_newest_score_was_made(desk: Desk) -> None:
    desk.imported(desk.save([score("2026-01-14"), score("2026-01-15", time="06:30:00")]))
    run = desk.folder.newest()
    assert run.manifest.ended == datetime(2026, 1, 15, 6, 30, tzinfo=UTC)
    assert (run.manifest.tenant_id, run.manifest.source) == (TENANT, "native_score_files")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_files_does_not_matter(desk: Desk, order: tuple[int, ...]) -> None:
    files = [
        desk.save([score("2026-01-14", 1)]),
        desk.save([score("2026-01-15", 2)]),
        desk.save([profile("A")]),
    ]
    report = desk.imported(*(files[i] for i in order))
    assert (report.days, report.points, report.partial) == (2, 2, False)


def test_of_a_day_given_twice_the_newer_wins_whatever_the_order(desk: Desk) -> None:
    early, late = desk.save([score("2026-01-15", 1)]), desk.save([score("2026-01-15", 2, time="09:00:00")])
    assert desk.imported(early, late).points == 2
    assert desk.imported(late, early).points == 2
    assert desk.read("native_scores", "points") == [(2.0,)]
    assert desk.read("native_controls", "points") == [(2.0,)]


def test_of_two_scores_of_one_moment_the_later_file_wins(desk: Desk) -> None:
    assert desk.imported(desk.save([score("2026-01-15", 1)]), desk.save([score("2026-01-15", 2)])).points == 2


def test_text_numbers_reach_the_columns_as_numbers(desk: Desk) -> None:
    entry = {
        "controlName": "A",
        "score": "6.4",
        "count": "12",
        "total": 15.0,
        "on": "true",
        "scoreInPercentage": 80,
    }
    desk.imported(desk.save([score("2026-01-15", 6.4, entry)]))
    columns = "points, count, total, switched_on, percent, counts_at_risk"
    assert desk.read("native_controls", columns) == [(6.4, 12, 15, True, 80.0, False)]


def test_what_is_not_usable_is_counted_and_not_known(desk: Desk) -> None:
    entry = {
        "controlName": "A",
        "score": -1,
        "count": "2.5",
        "total": "-7",
        "on": "perhaps",
        "lastSynced": "soon",
    }
    report = desk.imported(
        desk.save([score("2026-01-15", 1, entry)]), desk.save([profile("A", maxScore="50")])
    )
    controls = {"points": 1, "count": 1, "total": 1, "switched_on": 1, "synced": 1}
    assert report.rejections == {"native_controls": controls, "native_profiles": {"maximum": 1}}
    assert desk.read("native_controls", "points, count, total, switched_on, synced") == [(None,) * 5]


def test_missing_averages_leave_an_empty_table(desk: Desk) -> None:
    desk.imported(desk.save([score("2026-01-15")]))
    assert desk.read("native_averages", "basis") == []


def test_unknown_properties_stay(desk: Desk) -> None:
    entry = {"controlName": "A", "score": 1, "novel": {"deep": ["x"]}}
    desk.imported(
        desk.save([score("2026-01-15", 1, entry)]), desk.save([profile("A", remediation="<b>x</b>")])
    )
    assert desk.read("native_controls", "raw->>'$.novel.deep[0]'") == [("x",)]
    assert desk.read("native_profiles", "raw->>'remediation'") == [("<b>x</b>",)]


def test_a_list_of_profiles_that_ends_early_is_partial(desk: Desk) -> None:
    scores = desk.save([score("2026-01-15")])
    first, last = desk.save([profile("A")], more=True), desk.save([profile("B")])
    assert desk.imported(scores, first).partial
    assert not desk.imported(scores, last, first).partial


def test_a_scored_control_without_profile_is_named_and_makes_it_partial(desk: Desk) -> None:
    report = desk.imported(desk.save([score("2026-01-15")]), desk.save([profile("B")]))
    assert (report.partial, report.without_profile) == (True, ("A",))
    assert desk.folder.newest().manifest.partial


def test_a_control_that_is_scored_no_more_needs_no_profile(desk: Desk) -> None:
    retired = score("2025-11-01", 1, {"controlName": "Retired", "score": 1})
    assert not desk.imported(desk.save([score("2026-01-15"), retired]), desk.save([profile("A")])).partial


def test_scores_alone_leave_the_profiles_missing(desk: Desk) -> None:
    report = desk.imported(desk.save([score("2026-01-15")]))
    record = desk.folder.newest().manifest.tables["native_profiles"]
    assert report.partial
    assert (record.state, record.reason) == ("missing", Reason.NOT_COLLECTED)
    assert "secureScoreControlProfiles" in str(record.error)


def test_profiles_alone_are_no_score(desk: Desk) -> None:
    with pytest.raises(ImportedFileError, match="none of the files holds a score"):
        desk.imported(desk.save([profile("A")]))
    assert desk.folder.runs() == []


@pytest.mark.parametrize(
    "other", [score("2026-01-14") | {"azureTenantId": "t-2"}, profile("A", azureTenantId="t-2")]
)
def test_files_of_two_tenants_are_refused(desk: Desk, other: dict[str, Any]) -> None:
    with pytest.raises(ImportedFileError, match=r"several tenants \(t-1, t-2\)"):
        desk.imported(desk.save([score("2026-01-15")]), desk.save([other]))
    assert desk.folder.runs() == []


def test_a_folder_of_another_tenant_is_refused(desk: Desk) -> None:
    desk.imported(desk.save([score("2026-01-15")]))
    with pytest.raises(EvidenceError, match="t-2"):
        desk.imported(desk.save([score("2026-01-16") | {"azureTenantId": "t-2"}]))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            score("2026-01-15") | {"controlScores": [{"score": 1}]},
            "holds a control score without controlName",
        ),
        (
            score("2026-01-15") | {"controlScores": ["@{a=1}"]},
            "holds a score whose controlScores is no list of objects",
        ),
        (score("soon") | {"id": "x"}, "holds a score without a createdDateTime"),
        (score("2026-01-15") | {"azureTenantId": None, "id": "x"}, "holds a score without azureTenantId"),
        ({"maxScore": 1, "service": "x"}, "holds a control profile without id"),
    ],
)
def test_a_broken_object_names_its_file(desk: Desk, broken: dict[str, Any], words: str) -> None:
    file = desk.save([broken])
    with pytest.raises(ImportedFileError, match=words) as caught:
        desk.imported(desk.save([score("2026-01-14")]), file)
    assert str(caught.value).startswith(f"{file} is no native score")
    assert desk.folder.runs() == []


def test_the_same_files_again_add_a_run_and_no_second_copy(desk: Desk) -> None:
    files = desk.save([score("2026-01-15")]), desk.save([profile("A")])
    desk.imported(*files)
    again = desk.imported(*files)
    assert len(desk.folder.runs()) == 2
    assert [path.name for path in again.run.path.iterdir()] == ["manifest.json"]


def test_hostile_names_come_through_as_they_are(desk: Desk) -> None:
    name = "'; DROP TABLE x; --\x1b[31m</script>\u202e\nzoë"
    desk.imported(desk.save([score("2026-01-15", 1, {"controlName": name, "score": 1})]))
    assert desk.read("native_controls", "control_id") == [(name,)]
