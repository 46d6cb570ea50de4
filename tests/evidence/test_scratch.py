"""What a killed process left of its work in a run goes with the next run; what is in use stays."""

from pathlib import Path

import pytest
from tests.evidence.desk import child, collect

from securescore.evidence import EvidenceFolder
from securescore.evidence.scratch import remove_abandoned, scratch

WORKS = """
import sys
from pathlib import Path
from securescore.evidence.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "draft.parquet").write_text("somebody@contoso.example")
    print(folder, flush=True)
    sys.stdin.readline()
"""


def test_a_folder_is_private_and_gone_at_the_end(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "inside").touch()
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), scratch(tmp_path):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_removes_what_a_killed_process_left_and_nothing_that_is_in_use(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    run = collect(folder, "a.example")
    with child(WORKS, run.path) as killed, child(WORKS, run.path) as working:
        assert killed.stdout is not None
        assert working.stdout is not None
        abandoned, used = Path(killed.stdout.readline().strip()), Path(working.stdout.readline().strip())
        killed.kill()
        killed.wait()
        assert abandoned.exists()
        collect(folder, "b.example", hours=24)
        assert not abandoned.exists()
        assert (used / "draft.parquet").exists()
        working.communicate("\n")
    assert not used.exists()


def test_several_work_side_by_side(tmp_path: Path) -> None:
    with scratch(tmp_path) as one, scratch(tmp_path) as other:
        remove_abandoned(tmp_path)
        assert one != other
        assert one.exists()
        assert other.exists()
