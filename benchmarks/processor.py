"""Seconds of processor of running processes, as the operating system counts them."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Places after the name in /proc/PID/stat: the parent; user and system time, own and of children that ended."""


def processor_seconds(pid: int) -> float:
    """Of the process with all its children, those that ended included."""
    fields = _fields(pid)
    own = sum(map(int, fields[_TIMES])) / _TICK if fields else 0.0
    return own + sum(map(processor_seconds, _children(pid)))


def peak_memory(pid: int) -> float:
    """The most memory that the process ever held, in MiB."""
    lines = Path("/proc", str(pid), "status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def parent(pid: int) -> int:
    """The process that started it."""
    return int(_fields(pid)[_PARENT])


def _children(pid: int) -> list[int]:
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [one for one in pids if (fields := _fields(one)) and int(fields[_PARENT]) == pid]


def _fields(pid: int) -> list[str]:
    """What follows the name; nothing of a process that is gone."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
