"""Which runs are kept, and how the others are removed without a reader ever meeting half a folder.

A table that did not change is not written again: later runs point to the file of an earlier one. Before a run goes, each
file that a kept run still needs moves into the first of them, and every manifest that named it is replaced.
"""

import os
import shutil
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from securescore.evidence import manifest as manifests
from securescore.evidence.files import flush, replace_file, writing
from securescore.evidence.run import Run


def kept_runs(
    runs: Sequence[Run], since: datetime, pinned: Collection[str], together: Iterable[Collection[str]]
) -> frozenset[str]:
    """Ids of the runs to keep.

    Args:
        runs: newest first.
        since: runs that ended then or later are kept.
        pinned: ids of runs that somebody wants to keep.
        together: sets of tables that are read together; of each the newest run that has all of them is kept, and of
            every single table the newest run that has it.
    """
    kept = {run.id for run in runs if run.ended >= since or run.id in pinned}
    single = {name for run in runs for name in run.manifest.tables}
    for tables in [*([name] for name in sorted(single)), *together]:
        newest = next((run for run in runs if run.has(*tables)), None)
        if newest is not None:
            kept.add(newest.id)
    return frozenset(kept | {run.id for run in runs[:1]})


def remove_runs(runs: Sequence[Run], gone: Collection[str]) -> None:
    """Removes runs of a folder that is locked. Interrupted at any point, everything kept can be read.

    Args:
        runs: every run of the folder.
        gone: ids of those to remove.

    Raises:
        EvidenceError: the disk refuses.
    """
    kept = sorted((run for run in runs if run.id not in gone), key=lambda run: run.path.name)
    tables = {run.id: dict(run.manifest.tables) for run in kept}
    for name in sorted({name for records in tables.values() for name in records}):
        _move_table(name, kept, tables, gone)
    for run in kept:
        if tables[run.id] != run.manifest.tables:
            changed = msgspec.structs.replace(run.manifest, tables=tables[run.id])
            replace_file(run.path / manifests.NAME, manifests.encode(changed))
    for run in runs:
        if run.id in gone:
            _remove(run.path)


def _move_table(
    name: str, kept: Sequence[Run], tables: dict[str, dict[str, manifests.TableRecord]], gone: Collection[str]
) -> None:
    """Gives the files of one table, as far as they lie in runs that go, to the first kept run that names each."""
    homes: dict[str, str] = {}
    for run in kept:
        record = tables[run.id].get(name)
        home = Path(record.file or "").parent.name if record else ""
        if record is None or home not in gone:
            continue
        if home not in homes:
            homes[home] = run.id
            _link(run.path / (record.file or ""), run.path / f"{name}.parquet")
            file = f"{name}.parquet"
        else:
            file = f"../{homes[home]}/{name}.parquet"
        tables[run.id][name] = msgspec.structs.replace(record, file=file)


def _link(file: Path, place: Path) -> None:
    with writing(place):
        place.unlink(missing_ok=True)  # of an attempt that was interrupted: the manifest does not name it yet
        os.link(file, place)
        flush(place.parent)


def _remove(path: Path) -> None:
    """The manifest first: from then on the run is not there for readers, and the next run would clear up."""
    with writing(path):
        (path / manifests.NAME).unlink(missing_ok=True)
        flush(path)
        shutil.rmtree(path)
        flush(path.parent)
