"""What an earlier run measured of the same input is not measured again, and is the same as if it were."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from tests.assess.hand_made import Evidence, action, catalog_of, day, people

from securescore.assess.measure import VERDICTS
from securescore.evidence import Run
from securescore.evidence.files import file_sha256

HALF = people(ada=True, bo=False)
PLAIN, DATED = action("Plain"), action("Dated", reads_clock=True)
BOTH = catalog_of(PLAIN, DATED)


def verdicts(run: Run, action_id: str) -> Path:
    (file,) = (run.path / VERDICTS).glob(f"{action_id}-*.parquet")
    return file


def measured(evidence: Evidence) -> list[str]:
    told: list[str] = []
    evidence.assess(BOTH, measured=told)
    return told


def test_only_what_changed_or_reads_the_clock_is_measured_again(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": HALF})
    assert measured(evidence) == ["Plain", "Dated"]
    evidence.run(day(1), {"users": HALF})
    assert measured(evidence) == ["Dated"]
    assert measured(evidence) == []
    evidence.run(day(2), {"users": people(ada=True, bo=True)})
    assert measured(evidence) == ["Plain", "Dated"]


def test_it_is_what_measuring_again_would_give(evidence: Evidence) -> None:
    first = evidence.run(day(0), {"users": HALF})
    evidence.assess(BOTH)
    second = evidence.run(day(1), {"users": HALF})
    taken = evidence.assess(BOTH)
    digest = file_sha256(verdicts(second, "Plain"))
    for run in (first, second):
        shutil.rmtree(run.path / VERDICTS)
    again = evidence.assess(BOTH)
    assert [(one.id, one.points, one.coverage) for one in again.actions] == [
        (one.id, one.points, one.coverage) for one in taken.actions
    ]
    assert file_sha256(verdicts(second, "Plain")) == digest


def test_it_outlives_the_run_it_came_from(evidence: Evidence) -> None:
    first = evidence.run(day(0), {"users": HALF})
    evidence.assess(BOTH)
    second = evidence.run(day(1), {"users": HALF})
    evidence.assess(BOTH)
    assert verdicts(first, "Plain").samefile(verdicts(second, "Plain"))
    shutil.rmtree(first.path / VERDICTS)
    assert verdicts(second, "Plain").stat().st_mode & 0o777 == 0o600
    assert measured(evidence) == []


def test_what_is_no_longer_there_is_measured_again(evidence: Evidence) -> None:
    first = evidence.run(day(0), {"users": HALF})
    evidence.assess(BOTH)
    evidence.run(day(1), {"users": HALF})
    verdicts(first, "Plain").unlink()
    assert measured(evidence) == ["Plain", "Dated"]


def test_what_cannot_be_linked_is_measured_again(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have no links."""
    evidence.run(day(0), {"users": HALF})
    evidence.assess(BOTH)
    evidence.run(day(1), {"users": HALF})

    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert measured(evidence) == ["Plain", "Dated"]
