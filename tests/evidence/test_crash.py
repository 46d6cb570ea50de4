"""Processes that die, disks that are full, and two that write at once."""

from pathlib import Path

import pytest
from tests.evidence.desk import START, TENANT, child, collect, moment, read

from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder

WRITER = """
import json, sys, time
from pathlib import Path
from securescore.evidence import EvidenceFolder
from securescore.evidence.tables.entra_id import USERS
from tests.evidence.desk import TENANT, moment, write_domains

where, folder = sys.argv[1], EvidenceFolder(Path(sys.argv[2]))

def reach(place):
    if place == where:
        print("there", flush=True)
        sys.stdin.read()

def users(count):
    for n in range(count):
        yield json.dumps({"id": f"00000000-0000-0000-0000-{n:012d}"}).encode()
        if n == count // 2:
            reach("inside a table")

rename = Path.rename
Path.rename = lambda source, target: (reach("before the rename"), rename(source, target))[1]

with folder.begin(TENANT, moment(24), "test") as run:
    reach("at the start")
    write_domains(run, "b.example")
    reach("after a table")
    with run.table(USERS) as writer:
        writer.write_objects(users(50_000))
    run.publish(moment(25))
    reach("after publishing")
"""

PLACES = ["at the start", "after a table", "inside a table", "before the rename"]


def domains(folder: EvidenceFolder) -> list[list[str]]:
    return [[row[0] for row in read(run.table_path("domains"))] for run in folder.runs()]


def leftovers(folder: EvidenceFolder) -> set[str]:
    return {path.name for path in (folder.path / "runs").iterdir()} - {run.id for run in folder.runs()}


@pytest.mark.parametrize("place", PLACES)
def test_a_process_killed_in_the_middle_leaves_nothing_readable(tmp_path: Path, place: str) -> None:
    folder = EvidenceFolder(tmp_path)
    collect(folder, "a.example")
    with child(WRITER, place, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.kill()
    assert domains(folder) == [["a.example"]]
    assert len(leftovers(folder)) == 1
    collect(folder, "c.example", hours=48)
    assert domains(folder) == [["c.example"], ["a.example"]]
    assert leftovers(folder) == set()


def test_a_process_killed_after_publishing_has_published(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    with child(WRITER, "after publishing", tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.kill()
    assert domains(folder) == [["b.example"]]
    assert len(read(folder.newest().table_path("users"))) == 50_000
    assert {path.name for path in folder.newest().path.iterdir()} == {
        "domains.parquet",
        "manifest.json",
        "users.parquet",
    }


class TestTwoWriters:
    def test_in_one_process(self, tmp_path: Path) -> None:
        folder = EvidenceFolder(tmp_path)
        with folder.begin(TENANT, START, "test") as run:
            with pytest.raises(
                EvidenceError, match=r"another run is being written to .*: wait until it has ended"
            ):
                collect(EvidenceFolder(tmp_path), "b.example")
            run.publish(moment(1))
        collect(folder, "c.example", hours=24)
        assert [run.has("domains") for run in folder.runs()] == [True, False]

    def test_in_two_processes(self, tmp_path: Path) -> None:
        folder = EvidenceFolder(tmp_path)
        with child(WRITER, "inside a table", tmp_path) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == "there\n"
            with pytest.raises(EvidenceError, match="another run is being written"):
                collect(folder, "c.example")
            process.stdin.close()
            assert process.wait(60) == 0
        assert domains(folder) == [["b.example"]]

    def test_readers_are_not_kept_out(self, tmp_path: Path) -> None:
        folder = EvidenceFolder(tmp_path)
        collect(folder, "a.example")
        with folder.begin(TENANT, moment(24), "test"):
            assert domains(EvidenceFolder(tmp_path)) == [["a.example"]]

    def test_the_folder_is_free_again_after_a_failure(self, tmp_path: Path) -> None:
        folder = EvidenceFolder(tmp_path)
        with pytest.raises(ZeroDivisionError), folder.begin(TENANT, START, "test"):
            raise ZeroDivisionError
        collect(folder, "a.example")
        assert domains(folder) == [["a.example"]]


FULL_DISK = """
import os, resource, sys
from pathlib import Path
from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder
from securescore.evidence.tables.entra_id import ORGANIZATION
from tests.evidence.desk import TENANT, fill, moment, write_domains

largest, count = map(int, sys.argv[2:])
resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
with EvidenceFolder(Path(sys.argv[1])).begin(TENANT, moment(0), "test") as run:
    try:
        fill(run, ORGANIZATION, [b'{"id": "%s"}' % os.urandom(16).hex().encode() for _ in range(count)])
    except EvidenceError as error:
        print(error)
    assert run.record(ORGANIZATION) is None
    assert list(run.path.glob("*organization*")) == []
    write_domains(run, "a.example")
    run.publish(moment(1))
"""


@pytest.mark.parametrize(
    ("largest", "count", "sentence"),
    [
        (300_000, 100_000, ".ndjson cannot be written (File too large): see to the disk's space"),
        (300_000, 20_000, ".ndjson cannot be written (File too large): see to the disk's space"),
        (1_200_000, 100_000, "the table 'organization' cannot be written ("),
    ],
    ids=["while writing", "at the end", "by the engine"],
)
def test_a_full_disk_is_one_clear_error(tmp_path: Path, largest: int, count: int, sentence: str) -> None:
    """The largest file that the process may write stands in for the disk."""
    process = child(FULL_DISK, tmp_path, largest, count)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    (line,) = output.splitlines()
    assert sentence in line
    assert domains(EvidenceFolder(tmp_path)) == [["a.example"]]
