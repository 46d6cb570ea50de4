"""Assessment of every Entra action over a very large invented tenant, with nothing kept from an earlier run."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.process import Figure, measure, python


def measure_assessment(folder: Path, runs: int) -> tuple[Figure, Figure]:
    """The whole command with all evidence to be judged, and again when everything was kept."""
    evidence = folder / "evidence"
    # in a process of its own: a child's peak memory begins with that of the process it was forked from
    subprocess.run(python("-m", "benchmarks.large_evidence", str(evidence)), check=True)
    command = python("-m", "securescore.cli.main", "assess", str(evidence), "--format", "json")

    def forget() -> None:
        for run in (evidence / "runs").iterdir():
            shutil.rmtree(run / "verdicts", ignore_errors=True)
            (run / "results.json").unlink(missing_ok=True)

    first = measure("securescore assess, first time", command, runs, before=forget)
    again = measure("securescore assess, nothing changed", command, runs)
    return first, again
