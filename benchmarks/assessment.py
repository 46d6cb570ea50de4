"""Assessment of very large and of ordinary invented tenants, with nothing kept from an earlier run."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.process import Figure, measure, python

_TENANTS = {
    "1,000,000 users": "benchmarks.large_evidence",
    "100,000 mailboxes": "benchmarks.large_mail",
    "50,000 devices": "benchmarks.large_fleet",
    "1,000 people, all products": "benchmarks.small_tenant",
}
"""What is assessed, and the module that makes its evidence."""


def measure_assessment(folder: Path, runs: int) -> Iterator[Figure]:
    """The whole command on each tenant with all evidence to be judged, and again when everything was kept."""
    for name, module in _TENANTS.items():
        evidence = folder / module / "evidence"
        evidence.parent.mkdir()
        # in a process of its own: a child's peak memory begins with that of the process it was forked from
        subprocess.run(python("-m", module, str(evidence)), check=True)
        yield from _measured(name, evidence, runs)
        shutil.rmtree(evidence.parent)


def _measured(name: str, evidence: Path, runs: int) -> Iterator[Figure]:
    command = python("-m", "securescore.cli.main", "assess", str(evidence), "--format", "json")

    def forget() -> None:
        for run in (evidence / "runs").iterdir():
            shutil.rmtree(run / "verdicts", ignore_errors=True)
            (run / "results.json").unlink(missing_ok=True)

    yield measure(f"assess, {name}", command, runs, before=forget)
    yield measure(f"assess again, {name}", command, runs)
