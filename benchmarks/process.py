"""Runs a command as a process of its own, several times, and takes the operating system's account of it."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A user's Python keeps what it compiled; one that may not would compile every module in every run."""


@dataclass(frozen=True)
class Sample:
    """One run: seconds on the clock, seconds of processor (user and system), peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """Several runs of one command."""

    name: str
    samples: tuple[Sample, ...]

    def median(self, what: str) -> float:
        return float(statistics.median(getattr(sample, what) for sample in self.samples))

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "runs": len(self.samples),
            **{
                what: {
                    "median": round(self.median(what), 3),
                    "min": round(min(getattr(sample, what) for sample in self.samples), 3),
                    "max": round(max(getattr(sample, what) for sample in self.samples), 3),
                }
                for what in ("wall", "cpu", "memory")
            },
        }


def python(*arguments: str) -> list[str]:
    """A command of this environment's Python."""
    return [sys.executable, *arguments]


def measure(
    name: str, command: Sequence[str], runs: int, before: Callable[[], None] = lambda: None
) -> Figure:
    """The command `runs` times, after one run that does not count.

    Args:
        before: called before every run, outside the measured time.
    """
    samples = []
    for number in range(runs + 1):
        before()
        sample = _run(command)
        if number:
            samples.append(sample)
    return Figure(name, tuple(samples))


def _run(command: Sequence[str]) -> Sample:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} left with {process.returncode}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
