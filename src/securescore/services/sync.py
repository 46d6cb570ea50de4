"""Reads a tenant again, and records what its score is now and why it moved."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection as DatabaseConnection

from securescore.connectors import CollectionReport, Progress
from securescore.connectors import Tenant as Readable
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.permissions import tables_read
from securescore.connectors.progress import silent
from securescore.connectors.runner import collect
from securescore.connectors.stored_connection import CredentialKind, StoredConnection, restored
from securescore.errors import (
    ConfigurationError,
    ConflictError,
    ConnectionRefusedByServiceError,
    EvidenceError,
    SecureScoreError,
    StoreError,
    UnknownError,
)
from securescore.evidence.files import make_private_folder, writing
from securescore.evidence.tables.native_score import NATIVE_CONTROLS, NATIVE_PROFILES
from securescore.services.actor import Actor, Right
from securescore.services.installation import Installation
from securescore.services.keeping import retire_evidence
from securescore.services.native_history import days_wanted, native_days
from securescore.services.record.recording import record_evidence
from securescore.services.tenants import SECRET
from securescore.store import tenants as rows
from securescore.store.kept_evidence import add_native_days
from securescore.store.snapshots import Snapshot
from securescore.store.tenants import ConnectionRow, Health, Tenant, TenantState

_LONGEST_PROBLEM = 500
_MAY_PASS = (ConnectionRefusedByServiceError, EvidenceError, StoreError)
_NATIVE = (NATIVE_CONTROLS.name, NATIVE_PROFILES.name)


@dataclass(frozen=True)
class SyncReport:
    """What a synchronisation brought.

    Attributes:
        collection: None when nothing could be read.
        problem: why something is missing, in one sentence; None when nothing is.
        snapshots: those that were taken, oldest first.
    """

    collection: CollectionReport | None
    problem: str | None
    snapshots: tuple[Snapshot, ...]


class _Collected(NamedTuple):
    """What could be read, the sentence about what could not, and whether to try that again soon."""

    report: CollectionReport | None
    problem: str | None
    may_pass: bool = False


def sync_tenant(
    here: Installation, actor: Actor, tenant_id: UUID, *, progress: Progress = silent
) -> SyncReport:
    """Reads everything of a tenant and takes a snapshot.

    What cannot be read moves the score by the rules of missing evidence, so a snapshot is taken all the same.

    Raises:
        ConflictError: the tenant is paused.
        UnknownError: it was removed, perhaps meanwhile.
        StoppedError: the clock was stopped; nothing was recorded.
        SecureScoreError: nothing was ever read of it, and nothing can be.
    """
    actor.require(Right.WRITE, tenant_id)
    tenant = _active(here, tenant_id)
    with here.database.changing(tenant_id) as transaction:
        rows.begin_attempt(transaction, here.now())
    with _nothing_left_of_removed(here, tenant_id):
        collected = _collected(here, tenant, progress)
        if collected.report is None and not here.evidence(tenant_id).runs():
            note_failure(here, tenant_id, collected.problem, may_pass=collected.may_pass)
            raise ConfigurationError(f"{tenant.name} could not be read, and never was: {collected.problem}")
        about = _about(collected.report, collected.problem)
        days = native_days(here.evidence(tenant_id).runs())

        def also(transaction: DatabaseConnection) -> None:
            add_native_days(transaction, tenant_id, days)
            _summarise(transaction, here, collected)

        taken = record_evidence(here, actor, tenant_id, about, also)
        retire_evidence(here, actor, tenant_id)
    return SyncReport(collected.report, collected.problem, tuple(taken))


def check_again(
    here: Installation, actor: Actor, tenant_id: UUID, action: str, *, progress: Progress = silent
) -> tuple[Snapshot, ...]:
    """Reads only the tables that one action is measured with, and takes a snapshot.

    It is no synchronisation: when the tenant was last read as a whole, and how that went, stays as it is.

    Raises:
        ConflictError: the tenant is paused, or was never read as a whole.
        UnknownError: there is no such action, or the tenant was removed.
        SecureScoreError: nothing of it could be read; nothing was recorded.
    """
    actor.require(Right.WRITE, tenant_id)
    tenant = _active(here, tenant_id)
    tables = _tables_of(here, action)
    if not here.evidence(tenant_id).runs():
        raise ConflictError(f"{tenant.name} was never read as a whole: do that first (securescore sync)")
    with _nothing_left_of_removed(here, tenant_id):
        report = _read(here, tenant, progress, tables)
        about = _about(report, _missing(report)) | {"checked": action}
        return tuple(record_evidence(here, actor, tenant_id, about))


def note_failure(here: Installation, tenant_id: UUID, problem: str | None, *, may_pass: bool) -> None:
    """Writes that an attempt to read a tenant failed.

    Args:
        may_pass: another attempt soon may end otherwise.
    """
    with here.database.changing(tenant_id) as transaction:
        rows.summarise(transaction, health=Health.FAILING, problem=problem, **_attempts(ended=not may_pass))


@contextmanager
def _nothing_left_of_removed(here: Installation, tenant_id: UUID) -> Iterator[None]:
    """Evidence that was still written while its tenant was removed goes too."""
    try:
        yield
    finally:
        if not _is_there(here, tenant_id):
            shutil.rmtree(here.evidence_path(tenant_id), ignore_errors=True)


def _is_there(here: Installation, tenant_id: UUID) -> bool:
    try:
        with here.database.tenant(tenant_id) as transaction:
            rows.get(transaction)
    except UnknownError:
        return False
    return True


def _tables_of(here: Installation, action_id: str) -> frozenset[str]:
    """What is read to measure an action; one that nothing of ours measures stands on Microsoft's own score."""
    content = here.content()
    action = content.catalog.get(action_id)
    if action is None:
        raise UnknownError(
            f"there is no action {action_id!r}: securescore catalog list names those there are"
        )
    return frozenset(tables_read(action.evidence, content.facts)) or frozenset(_NATIVE)


@contextmanager
def readable(here: Installation, tenant: Tenant, connection: ConnectionRow) -> Iterator[Readable]:
    """The tenant as the connectors need it, its secret opened, until the block ends.

    Raises:
        ConfigurationError: the secret cannot be opened, or is missing.
        EvidenceError: the disk refuses.
    """
    secret = None
    if connection.sealed_secret is not None:
        secret = here.sealer().open(connection.sealed_secret, tenant=str(tenant.tenant_id), name=SECRET)
    stored = StoredConnection(
        client_id=connection.client_id,
        cloud=connection.cloud,
        credential_kind=CredentialKind(connection.credential_kind),
        endpoints=connection.endpoints,
        ca_certificates=connection.ca_certificates,
        credential_path=connection.credential_path,
    )
    with ExitStack() as stack:
        with writing(Path("the folder for temporary files (TMPDIR)")):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="securescore-")))
            source = restored(tenant.directory_id, stored, secret, folder)
        yield source


def _active(here: Installation, tenant_id: UUID) -> Tenant:
    with here.database.tenant(tenant_id) as transaction:
        tenant = rows.get(transaction)
    if tenant.state is TenantState.PAUSED:
        raise ConflictError(f"{tenant.name} is paused: go on with it first (securescore tenant resume)")
    return tenant


def _connection(here: Installation, tenant: Tenant) -> ConnectionRow:
    with here.database.tenant(tenant.tenant_id) as transaction:
        connection = rows.get_connection(transaction)
    if connection is None:
        raise ConfigurationError(
            f"nobody said how to read {tenant.name}: give it a connection (securescore tenant connect)"
        )
    return connection


def _collected(here: Installation, tenant: Tenant, progress: Progress) -> _Collected:
    try:
        report = _read(here, tenant, progress)
    except StoppedError:
        raise
    except SecureScoreError as error:
        return _Collected(None, str(error)[:_LONGEST_PROBLEM], isinstance(error, _MAY_PASS))
    return _Collected(report, _missing(report))


def _read(
    here: Installation, tenant: Tenant, progress: Progress, tables: Iterable[str] | None = None
) -> CollectionReport:
    with writing(here.settings.evidence):
        make_private_folder(here.settings.evidence)
    with readable(here, tenant, _connection(here, tenant)) as source:
        folder = here.evidence(tenant.tenant_id)
        clock = here.clock()
        with here.database.tenant(tenant.tenant_id) as transaction:
            days = days_wanted(transaction, clock.now())
        return collect(source, folder, clock=clock, progress=progress, tables=tables, native_days=days)


def _missing(report: CollectionReport) -> str | None:
    if report.complete:
        return None
    names = list(report.unexpected)
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{more} could not be read: {report.tables[names[0]].error}"[:_LONGEST_PROBLEM]


def _about(collection: CollectionReport | None, problem: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"run": collection.run.id} if collection else {}
    return told | ({"problem": problem} if problem else {})


def _summarise(transaction: DatabaseConnection, here: Installation, collected: _Collected) -> None:
    values: dict[str, Any] = {"problem": collected.problem, "health": _health(collected.report)}
    if collected.report is not None:
        values["synced_at"] = here.now()
    rows.summarise(transaction, **values, **_attempts(ended=not collected.may_pass))


def _attempts(*, ended: bool) -> dict[str, int]:
    """An attempt that failed for a reason that may pass keeps its place in the count."""
    return {"attempts": 0} if ended else {}


def _health(collection: CollectionReport | None) -> Health:
    if collection is None:
        return Health.FAILING
    return Health.FINE if collection.complete else Health.INCOMPLETE
