"""Old runs go; what kept runs need of them stays, wherever the removal is interrupted."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.desk import TENANT, moment

from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder, Run, retention
from securescore.evidence.files import replace_file
from securescore.evidence.tables import TABLES
from securescore.model import Reason

USERS, DOMAINS = TABLES["users"], TABLES["domains"]
Content = dict[str, str]


def publish(folder: EvidenceFolder, hour: int, domains: str | None, users: str | None = None) -> Run:
    """A run with these tables; None is a table that could not be read."""
    with folder.begin(TENANT, moment(hour), "test") as run:
        for table, value in ((DOMAINS, domains), (USERS, users)):
            if value is None:
                run.missing(table, reason=Reason.NO_PERMISSION, error="refused")
                continue
            with run.table(table) as writer:
                writer.write_rows([_row(table.name, value)])
        return run.publish(moment(hour))


def _row(table: str, value: str) -> dict[str, Any]:
    if table == "domains":
        return {"domain": value}
    return {"user_id": f"{int(value):08d}-0000-4000-8000-000000000000"}


def content(folder: EvidenceFolder) -> dict[str, Content]:
    """The checksum of every table of every run, each file read and proven."""
    found = {}
    for run in folder.runs():
        tables = {name: record for name, record in run.manifest.tables.items() if record.state == "collected"}
        for name in tables:
            run.table_path(name)
        found[run.id] = {name: record.sha256 or "" for name, record in tables.items()}
    return found


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def test_nothing_of_a_young_folder_goes(folder: EvidenceFolder) -> None:
    publish(folder, 0, "a.example")
    publish(folder, 24, "b.example")
    assert folder.retire(moment(0)) == []
    assert len(folder.runs()) == 2


def test_an_old_run_goes_and_its_unchanged_tables_stay(folder: EvidenceFolder) -> None:
    old = publish(folder, 0, "same.example", "1")
    publish(folder, 24, "same.example", "2")
    publish(folder, 48, "same.example", "3")
    before = content(folder)
    assert folder.retire(moment(20)) == [old.id]
    assert not old.path.exists()
    del before[old.id]
    assert content(folder) == before
    # and the next run points to where it is now
    newest = publish(folder, 72, "same.example", "3")
    assert newest.manifest.tables["domains"].file is not None
    assert content(folder)[newest.id]["domains"] == before[max(before)]["domains"]


def test_the_newest_run_of_each_table_stays(folder: EvidenceFolder) -> None:
    with_users = publish(folder, 0, "a.example", "1")
    publish(folder, 24, "b.example", None)
    publish(folder, 48, "c.example", None)
    assert with_users.id not in folder.retire(moment(40))
    assert {run.id for run in folder.runs()} >= {with_users.id}


def test_tables_read_together_are_kept_together(folder: EvidenceFolder) -> None:
    together = publish(folder, 0, "a.example", "1")
    publish(folder, 24, None, "2")
    publish(folder, 48, "c.example", None)
    folder.retire(moment(100), together=[{"users", "domains"}])
    assert together.id in {run.id for run in folder.runs()}
    assert folder.retire(moment(100)) == [together.id]


def test_a_pinned_run_stays(folder: EvidenceFolder) -> None:
    pinned = publish(folder, 0, "a.example", "1")
    gone = publish(folder, 24, "b.example", "2")
    publish(folder, 48, "c.example", "3")
    assert folder.retire(moment(40), pinned=[pinned.id]) == [gone.id]


def test_while_a_run_is_written_nothing_goes(folder: EvidenceFolder) -> None:
    publish(folder, 0, "a.example")
    with folder.begin(TENANT, moment(24), "test"), pytest.raises(EvidenceError, match="being written"):
        folder.retire(moment(24))


def test_a_folder_that_is_not_there_has_nothing_to_remove(folder: EvidenceFolder) -> None:
    assert folder.retire(moment(0)) == []
    assert not folder.path.exists()


class StoppedError(OSError):
    """The machine stopped."""


@contextmanager
def stopping_after(calls: int) -> Iterator[None]:
    """Every step that changes the disk counts; after so many of them none happens any more."""
    left = [calls]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise StoppedError(5, "the machine stopped")
            return real(*arguments, **named)

        return step

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", counted(os.link))
        patch.setattr(retention, "replace_file", counted(replace_file))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        yield


_RUNS = st.lists(
    st.tuples(st.sampled_from(["a.example", "b.example", None]), st.sampled_from(["1", "2", None])),
    min_size=2,
    max_size=7,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(runs=_RUNS, keep=st.integers(1, 6), steps=st.integers(0, 25))
def test_interrupted_anywhere_what_is_kept_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[str | None, str | None]], keep: int, steps: int
) -> None:
    folder = EvidenceFolder(tmp_path_factory.mktemp("folder"))
    for number, (domains, users) in enumerate(runs):
        publish(folder, 24 * number, domains, users)
    since: datetime = moment(24 * max(len(runs) - keep, 0))
    before = content(folder)
    kept = retention.kept_runs(folder.runs(), since, (), ())
    with stopping_after(steps), suppress(EvidenceError, StoppedError):
        folder.retire(since)
    between = content(folder)
    assert {name: before[name] for name in between} == between
    assert set(between) >= kept
    folder.retire(since)
    assert content(folder) == {name: tables for name, tables in before.items() if name in kept}
    assert {path.name for path in (folder.path / "runs").iterdir()} == set(kept)
