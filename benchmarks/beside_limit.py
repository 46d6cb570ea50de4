"""A collection from a server on loopback, beside reading and parsing the same bytes and nothing else.

A benchmark of this kind is a module with three commands: `serve FOLDER` ends with its standard input and makes
the file `ready` in the folder when it answers; `collect FOLDER` is the collection; `read FOLDER` is the limit.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.process import Figure, measure, python

_START_SECONDS = 600


def measure_beside_limit(module: str, what: str, folder: Path, runs: int) -> tuple[Figure, Figure]:
    """The collection and its limit."""
    with _server(module, folder):
        limit = measure(f"{what}: read and parse only", python("-m", module, "read", str(folder)), runs)
        own = measure(
            f"{what}: securescore collect",
            python("-m", module, "collect", str(folder)),
            runs,
            before=lambda: shutil.rmtree(folder / "evidence", ignore_errors=True),
        )
    return own, limit


@contextmanager
def _server(module: str, folder: Path) -> Iterator[None]:
    process = subprocess.Popen(python("-m", module, "serve", str(folder)), stdin=subprocess.PIPE)
    try:
        until = time.monotonic() + _START_SECONDS
        while not (folder / "ready").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the server of the benchmark did not start")
            time.sleep(0.1)
        yield
    finally:
        process.communicate()
