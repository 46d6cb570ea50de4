"""Adds a run to an evidence folder from a settings export of ScubaGear."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from securescore.connectors.scuba_export import domains, entra_id, mail, workloads
from securescore.connectors.scuba_export.documents import Export, is_command_list, read_export
from securescore.connectors.scuba_export.fillings import Filling, NotThereError
from securescore.connectors.scuba_export.keys import COMMANDS, UNUSED
from securescore.connectors.scuba_export.powershell import NotUsableError
from securescore.errors import CollectionError, EvidenceError, ImportedFileError
from securescore.evidence import TABLES, EvidenceFolder, Run, RunWriter, Table
from securescore.evidence.manifest import NOT_ASKED, TableRecord
from securescore.evidence.tables import native_score
from securescore.model import Reason

SOURCE = "scuba_export"
"""What the manifest says the run was read from."""

FILLINGS: tuple[Filling, ...] = (
    *entra_id.FILLINGS,
    *mail.FILLINGS,
    *domains.FILLINGS,
    *workloads.FILLINGS,
)

NEVER_HELD: tuple[Table, ...] = tuple(
    table
    for table in TABLES.values()
    if table not in {filling.table for filling in FILLINGS} and table not in native_score.TABLES
)
"""Tables that no export holds. Microsoft's own score is left out: other files and services tell of it."""

_NEVER = "a settings export never holds it"


@dataclass(frozen=True)
class ImportReport:
    """What an import added.

    Attributes:
        version: of ScubaGear; None where the export does not tell.
        used: for each top-level key that became evidence, the tables.
        unused: for each key that is known and fills no table of this run, why.
        unknown: keys that this program does not know.
    """

    run: Run
    tenant_id: str
    version: str | None
    used: Mapping[str, tuple[str, ...]]
    unused: Mapping[str, str]
    unknown: tuple[str, ...]

    @property
    def tables(self) -> Mapping[str, TableRecord]:
        """Every table, as in the manifest."""
        return self.run.manifest.tables

    @property
    def collected(self) -> Mapping[str, int]:
        """The tables that are there, with their rows."""
        return {name: one.rows or 0 for name, one in self.tables.items() if one.state == "collected"}

    @property
    def missing(self) -> Mapping[str, TableRecord]:
        """The tables that the export does not hold whole."""
        return {name: one for name, one in self.tables.items() if one.state == "missing"}

    @property
    def rejections(self) -> Mapping[str, Mapping[str, int]]:
        """For each table and column, the values that were there and not usable."""
        return {name: one.rejections for name, one in self.tables.items() if one.rejections}


def import_scuba(path: Path, folder: EvidenceFolder) -> ImportReport:
    """Adds one run with every table that the export holds whole. Its time is when the export was made.

    Every other table is missing, and the run says why. It did not ask for those that an export does not hold, such as
    users and mailboxes, so results of a collection that did are not stale for it.

    Raises:
        ImportedFileError: the file is no settings export, or fills no table.
        EvidenceError: the folder belongs to another tenant or cannot be written.
    """
    export = read_export(path)
    with folder.begin(export.tenant_id, export.moment, SOURCE) as run:
        for filling in FILLINGS:
            _fill(run, filling, export)
        for table in NEVER_HELD:
            run.missing(table, reason=Reason.NOT_COLLECTED, error=_NEVER, code=NOT_ASKED)
        _refuse_nothing(run, path)
        return _report(export, run.publish(export.moment, partial=True))


def _fill(run: RunWriter, filling: Filling, export: Export) -> None:
    """Fills one table, or says why not. A table that cannot be filled stops no other."""
    try:
        with run.table(filling.table) as writer:
            filling.write(export, writer)
    except NotThereError as error:
        code = NOT_ASKED if error.reason is Reason.NOT_COLLECTED else None
        run.missing(filling.table, reason=error.reason, error=str(error), code=code)
    except NotUsableError as error:
        run.missing(filling.table, reason=Reason.COLLECTION_FAILED, error=f"the export {error}")
    except (EvidenceError, CollectionError) as error:
        run.missing(
            filling.table, reason=Reason.COLLECTION_FAILED, error=f"the export cannot be read ({error})"
        )


def _refuse_nothing(run: RunWriter, path: Path) -> None:
    records = [run.record(filling.table) for filling in FILLINGS]
    if any(record is not None and record.state == "collected" for record in records):
        return
    first = next(
        (record.error for record in records if record and record.reason is Reason.COLLECTION_FAILED), None
    )
    raise ImportedFileError(
        f"{path} fills no table ({first or 'it holds none of the settings that are read'}): export again with ScubaGear"
    )


def _report(export: Export, run: Run) -> ImportReport:
    filled: dict[str, list[str]] = {}
    waiting: dict[str, str] = {}
    for filling in FILLINGS:
        record = run.manifest.tables[filling.table.name]
        for key in export.content.keys() & set(filling.keys):
            if record.state == "collected":
                filled.setdefault(key, []).append(filling.table.name)
            else:
                waiting[key] = f"{filling.table.name}: {record.error}"
    unused = {key: why for key in export.content if key not in filled and (why := _why(key, waiting))}
    known = filled.keys() | unused.keys()
    return ImportReport(
        run=run,
        tenant_id=export.tenant_id,
        version=export.version,
        used={key: tuple(filled[key]) for key in export.content if key in filled},
        unused=unused,
        unknown=tuple(key for key in export.content if key not in known),
    )


def _why(key: str, waiting: Mapping[str, str]) -> str | None:
    return waiting.get(key) or UNUSED.get(key) or (COMMANDS if is_command_list(key) else None)
