"""A table equal to an earlier run's is pointed to, not written again."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.evidence.desk import TENANT, collect, moment, read

from securescore.evidence import EvidenceFolder, Run, Table
from securescore.evidence.manifest import TableRecord
from securescore.evidence.parquet import write_parquet
from securescore.evidence.tables.entra_id import DOMAINS
from securescore.model import Reason


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def files(run: Run) -> list[str]:
    return sorted(path.name for path in run.path.iterdir())


def domains(run: Run) -> list[str]:
    return [row[0] for row in read(run.table_path("domains"))]


def collect_nothing(folder: EvidenceFolder, hours: int) -> None:
    with folder.begin(TENANT, moment(hours), "test") as run:
        run.missing(DOMAINS, reason=Reason.COLLECTION_FAILED, error="it failed")
        run.publish(moment(hours + 1))


def test_the_same_table_is_not_written_again(folder: EvidenceFolder) -> None:
    first = collect(folder, "a.example", "b.example", hours=0)
    second = collect(folder, "b.example", "a.example", hours=24)
    record = second.manifest.tables["domains"]
    assert files(second) == ["manifest.json"]
    assert record.file == f"../{first.id}/domains.parquet"
    assert record.sha256 == first.manifest.tables["domains"].sha256
    assert (record.rows, record.state) == (2, "collected")
    assert second.table_path("domains") == first.table_path("domains")
    assert domains(second) == ["a.example", "b.example"]


def test_a_chain_points_to_the_original(folder: EvidenceFolder) -> None:
    first = collect(folder, "a.example", hours=0)
    runs = [collect(folder, "a.example", hours=hours) for hours in (24, 48, 72)]
    assert {run.manifest.tables["domains"].file for run in runs} == {f"../{first.id}/domains.parquet"}


def test_a_table_that_changed_is_written(folder: EvidenceFolder) -> None:
    collect(folder, "a.example", hours=0)
    second = collect(folder, "a.example", "b.example", hours=24)
    third = collect(folder, "a.example", hours=48)
    assert second.manifest.tables["domains"].file == "domains.parquet"
    assert third.manifest.tables["domains"].file == "domains.parquet"
    assert [domains(run) for run in folder.runs()] == [
        ["a.example"],
        ["a.example", "b.example"],
        ["a.example"],
    ]


def test_runs_without_the_table_in_between(folder: EvidenceFolder) -> None:
    """Such as an import of Microsoft's own score between two collections."""
    first = collect(folder, "a.example", hours=0)
    collect_nothing(folder, 24)
    third = collect(folder, "a.example", hours=48)
    assert third.manifest.tables["domains"].file == f"../{first.id}/domains.parquet"


def test_a_copy_of_the_folder_stands_alone(folder: EvidenceFolder, tmp_path: Path) -> None:
    for hours in (0, 24, 48):
        collect(folder, "a.example", hours=hours)
    shutil.copytree(folder.path, tmp_path / "elsewhere" / "copy")
    shutil.rmtree(folder.path)
    copy = EvidenceFolder(tmp_path / "elsewhere" / "copy")
    assert [domains(run) for run in copy.runs()] == [["a.example"]] * 3
    again = collect(copy, "a.example", hours=72)
    assert again.manifest.tables["domains"].file == f"../{copy.runs()[-1].id}/domains.parquet"


def test_a_folder_reached_through_a_link_or_from_within(
    folder: EvidenceFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(folder, "a.example", hours=0)
    (tmp_path / "link").symlink_to(folder.path)
    through = collect(EvidenceFolder(tmp_path / "link"), "a.example", hours=24)
    monkeypatch.chdir(folder.path)
    within = collect(EvidenceFolder(Path()), "a.example", hours=48)
    assert files(through) == files(within) == ["manifest.json"]
    assert [domains(run) for run in EvidenceFolder(Path()).runs()] == [["a.example"]] * 3


@pytest.mark.parametrize("harm", ["damaged", "gone", "led elsewhere"])
def test_an_earlier_file_that_is_not_whole_is_not_pointed_to(
    folder: EvidenceFolder, tmp_path: Path, harm: str
) -> None:
    original = collect(folder, "a.example", hours=0).table_path("domains")
    if harm == "damaged":
        content = bytearray(original.read_bytes())
        content[20] ^= 1
        original.write_bytes(content)
    else:
        original.rename(tmp_path / "domains.parquet")
    if harm == "led elsewhere":
        original.symlink_to(tmp_path / "domains.parquet")
    second = collect(folder, "a.example", hours=24)
    assert second.manifest.tables["domains"].file == "domains.parquet"
    assert domains(second) == ["a.example"]


def shaped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that are shaped from now on."""
    names: list[str] = []

    def counted(cursor: object, table: Table, *more: object) -> object:
        names.append(table.name)
        return write_parquet(cursor, table, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("securescore.evidence.writer.write_parquet", counted)
    return names


def told(run: Run) -> TableRecord:
    """The record, but for what differs from run to run."""
    return replace(run.manifest.tables["domains"], file=None, started=None, ended=None)


def test_the_same_objects_are_not_shaped_again(
    folder: EvidenceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = shaped(monkeypatch)
    first = collect(folder, "a.example", "a.example", hours=0)
    second = collect(folder, "a.example", "a.example", hours=24)
    assert again == ["domains"]
    assert told(second) == told(first)
    assert told(second).repeated == 1
    assert domains(second) == ["a.example"]
    collect(folder, "b.example", hours=48)
    collect(folder, hours=72)
    assert again == ["domains"] * 3
    assert domains(collect(folder, hours=96)) == []
    assert again == ["domains"] * 3


@pytest.mark.parametrize("what", ["WRITING_VERSION", "_SMALL"])
def test_written_otherwise_or_too_large_they_are(
    folder: EvidenceFolder, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    again = shaped(monkeypatch)
    collect(folder, "a.example", hours=0)
    monkeypatch.setattr(f"securescore.evidence.writer.{what}", {"_SMALL": 1}.get(what, "another"))
    second = collect(folder, "a.example", hours=24)
    assert again == ["domains"] * 2
    assert files(second) == ["manifest.json"], "the file that came of them is the same all the same"
