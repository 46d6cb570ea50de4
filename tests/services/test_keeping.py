"""Evidence goes when its time has come; what was recorded stays."""

import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.services.tenancy import Record

from securescore.errors import NotAllowedError, UnknownError
from securescore.evidence import manifest as manifests
from securescore.services.actor import Actor, Right
from securescore.services.history import read_changes, read_standing
from securescore.services.keeping import list_runs, pin_run, retire_evidence, unpin_run
from securescore.services.native_history import read_native_history
from securescore.services.tenants import About, change_tenant


def read_again(record: Record, days: int) -> None:
    """Lets days pass, and has a run at the end of them that says the same as the newest."""
    record.later(days=days)
    newest = record.here.evidence(record.tenant_id).newest()
    number = int(newest.id.rpartition("-")[2]) + 1
    name = f"{record.moment:%Y%m%dT%H%M%SZ}-{number:04d}"
    copied: Path = newest.path.with_name(name)
    shutil.copytree(newest.path, copied)
    manifest = msgspec.structs.replace(
        newest.manifest, run_id=name, started=record.moment, ended=record.moment
    )
    (copied / manifests.NAME).write_bytes(manifests.encode(manifest))
    record.take()


def ids(record: Record) -> list[str]:
    return [run.run_id for run in list_runs(record.here, record.actor, record.tenant_id)]


def test_runs_go_after_the_days_that_the_tenant_keeps_them(record: Record) -> None:
    (first,) = ids(record)
    read_again(record, 20)
    second = ids(record)[0]
    read_again(record, 20)
    assert retire_evidence(record.here, record.actor, record.tenant_id) == [first]
    change_tenant(record.here, record.actor, record.tenant_id, About(evidence_days=10))
    assert retire_evidence(record.here, record.actor, record.tenant_id) == [second]
    assert len(ids(record)) == 1


def test_a_score_stays_when_its_evidence_has_gone(record: Record) -> None:
    then = record.standing
    moment = record.moment + timedelta(hours=1)
    read_again(record, 40)
    retire_evidence(record.here, record.actor, record.tenant_id)
    assert len(ids(record)) == 1
    assert read_standing(record.here, record.actor, record.tenant_id, moment) == then
    changes = read_changes(record.here, record.actor, record.tenant_id, moment, record.moment)
    assert changes.before == then.snapshot
    (again,) = record.take()
    assert again.totals == record.standing.snapshot.totals


def test_removing_evidence_moves_no_score(record: Record) -> None:
    read_again(record, 40)
    before = record.standing.snapshot.totals
    retire_evidence(record.here, record.actor, record.tenant_id)
    taken = record.take()
    assert [one.trigger for one in taken] == ["sync"]
    assert taken[0].totals == before


def test_pinned_runs_stay_until_they_are_not(record: Record) -> None:
    (first,) = ids(record)
    pin_run(record.here, record.actor, record.tenant_id, first, "audit of the first quarter")
    pin_run(record.here, record.actor, record.tenant_id, first, "again")
    read_again(record, 60)
    assert retire_evidence(record.here, record.actor, record.tenant_id) == []
    (_, pinned) = list_runs(record.here, record.actor, record.tenant_id)
    assert pinned.pinned is not None
    assert (pinned.pinned.reason, pinned.goes, pinned.ends_quarter) == (
        "audit of the first quarter",
        None,
        True,
    )
    unpin_run(record.here, record.actor, record.tenant_id, first)
    assert retire_evidence(record.here, record.actor, record.tenant_id) == [first]
    acts = [entry.act for entry in record.audited()]
    assert acts.count("evidence.pin") == acts.count("evidence.unpin") == 1


def test_only_what_is_here_can_be_pinned(record: Record) -> None:
    with pytest.raises(UnknownError, match="is not here"):
        pin_run(record.here, record.actor, record.tenant_id, "20200101T000000Z-0001", "why")
    with pytest.raises(UnknownError, match="is not pinned"):
        unpin_run(record.here, record.actor, record.tenant_id, ids(record)[0])


def test_a_reader_keeps_nothing(record: Record) -> None:
    reader = Actor(
        "a@b.example", "192.0.2.1", "a@b.example", within={record.tenant_id: frozenset({Right.READ})}
    )
    with pytest.raises(NotAllowedError):
        pin_run(record.here, reader, record.tenant_id, ids(record)[0], "why")
    with pytest.raises(NotAllowedError):
        retire_evidence(record.here, reader, record.tenant_id)


def test_nothing_of_microsoft_is_known_before_it_was_read(record: Record) -> None:
    """Snapshots alone bring no day of Microsoft's: a synchronisation does (test_sync)."""
    assert read_native_history(record.here, record.actor, record.tenant_id) == []
