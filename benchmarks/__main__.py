"""`make bench`: runs every benchmark, prints a table and writes `build/benchmarks.json`."""

import argparse
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.assessment import measure_assessment
from benchmarks.collection import measure_collection
from benchmarks.devices import measure_devices
from benchmarks.process import Figure
from benchmarks.record import measure_record
from benchmarks.syncing import measure_syncing
from benchmarks.values import Value, percentile

_REPORT = Path("build/benchmarks.json")
_BENCHMARKS: dict[str, Callable[[Path, int], Iterable[Figure | Value]]] = {
    "collection": measure_collection,
    "devices": measure_devices,
    "assessment": measure_assessment,
    "record": measure_record,
    "syncing": measure_syncing,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--only", choices=tuple(_BENCHMARKS), help="one of them")
    options = parser.parse_args()
    figures: list[Figure | Value] = []
    with tempfile.TemporaryDirectory(prefix="securescore-bench-") as folder:
        for name in [options.only] if options.only else _BENCHMARKS:
            figures += _BENCHMARKS[name](_new(folder, name), options.runs)
            shutil.rmtree(Path(folder) / name)
    _print(figures)
    _REPORT.parent.mkdir(exist_ok=True)
    _REPORT.write_text(json.dumps(_report(figures), indent=2) + "\n")
    print(f"\nwritten to {_REPORT}")


def _new(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def _print(figures: list[Figure | Value]) -> None:
    commands = [one for one in figures if isinstance(one, Figure)]
    values = [one for one in figures if isinstance(one, Value)]
    if commands:
        runs = f"median of {len(commands[0].samples)} runs"
        print(f"{runs:40} {'wall s':>9} {'cpu s':>9} {'peak MiB':>9}")
    for figure in commands:
        print(
            f"{figure.name:40} {figure.median('wall'):9.2f} {figure.median('cpu'):9.2f} {figure.median('memory'):9.0f}"
        )
    if values:
        print(f"{'':64} {'median':>11} {'95th':>11}")
    for value in values:
        most = percentile(value.samples, 95)
        print(f"{value.name:64} {value.median:11,.2f} {most:11,.2f} {value.unit:11} {value.beside}")


def _report(figures: list[Figure | Value]) -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processors": len(os.sched_getaffinity(0)),
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
            "load": os.getloadavg(),
        },
        "figures": [figure.as_json() for figure in figures],
    }


if __name__ == "__main__":
    main()
