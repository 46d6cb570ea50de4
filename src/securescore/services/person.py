"""What is known about one person, and how it is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConflictError
from securescore.evidence import Run
from securescore.evidence.searching import mentions, rows_naming
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.store import people_rows
from securescore.store.people_rows import Mention

_NAMES = ("user_id", "user_name")


@dataclass(frozen=True)
class Person:
    """Everything that names somebody in one tenant.

    Attributes:
        names: the ids and names that were looked for.
        evidence: run, table and row.
        verdicts: run, action's file and row.
        record: rows of the database.
    """

    names: tuple[str, ...]
    evidence: tuple[tuple[str, str, dict[str, Any]], ...]
    verdicts: tuple[tuple[str, str, dict[str, Any]], ...]
    record: tuple[Mention, ...]


@dataclass(frozen=True)
class Forgotten:
    """What was done.

    Attributes:
        runs: ids of the runs whose evidence was removed.
        rows: how many rows of the record were changed or removed.
        stays: rows that cannot be changed: the audit log, and who decided what.
    """

    runs: tuple[str, ...]
    rows: int
    stays: tuple[Mention, ...]


def export_person(here: Installation, actor: Actor, tenant_id: UUID, name: str) -> Person:
    """Everything that names somebody, by id or user principal name.

    Raises:
        EvidenceError: evidence cannot be read.
    """
    actor.require(Right.MANAGE, tenant_id)
    runs = here.evidence(tenant_id).runs()
    names = _names(runs, name)
    with here.database.tenant(tenant_id) as connection:
        found = tuple(people_rows.mentions(connection, names))
        _write(connection, actor, tenant_id, "person.export", {"rows": len(found)})
    evidence = tuple((run.id, table, row) for run in runs for table, row in mentions(run, names))
    return Person(names, evidence, tuple(_verdicts(runs, names)), found)


def erase_person(here: Installation, actor: Actor, tenant_id: UUID, name: str) -> Forgotten:
    """Forgets somebody who is not in the directory any more: runs that name them go, and declarations lose the name.

    Raises:
        ConflictError: the newest run still names them, so the next synchronisation would bring them back.
    """
    actor.require(Right.MANAGE, tenant_id)
    folder = here.evidence(tenant_id)
    runs = folder.runs()
    names = _names(runs, name)
    naming = [run.id for run in runs if next(mentions(run, names), None) is not None]
    if runs and runs[0].id in naming:
        raise ConflictError(
            f"{name} is named in the newest evidence, so the next reading would bring them back: remove the account at "
            "Microsoft first, then read the tenant again (securescore sync)"
        )
    removed = folder.remove(naming)
    with here.database.changing(tenant_id) as connection:
        rows = people_rows.erase(connection, names)
        _write(connection, actor, tenant_id, "person.erase", {"runs": removed, "rows": rows})
        stays = tuple(people_rows.mentions(connection, names))
    return Forgotten(tuple(removed), rows, stays)


def _names(runs: list[Run], name: str) -> tuple[str, ...]:
    """The name, and the id and user principal name that belong to it wherever the list of users says so."""
    wanted = {name.strip()}
    for run in runs:
        if run.has("users"):
            for row in rows_naming(run.table_path("users"), wanted):
                wanted |= {str(row[key]) for key in _NAMES if row.get(key)}
    return tuple(sorted(wanted))


def _verdicts(runs: list[Run], names: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for run in runs:
        for file in sorted(run.path.glob("verdicts/**/*.parquet")):
            for row in rows_naming(file, names):
                yield run.id, _action(file), row


def _action(file: Path) -> str:
    return file.stem


def _write(connection: Connection, actor: Actor, tenant_id: UUID, act: str, after: dict[str, Any]) -> None:
    """Without the name: what is to be forgotten does not go into the log that forgets nothing."""
    write_down(
        connection,
        actor,
        tenant_id,
        act,
        "a person",
        after=after,
    )
