"""What is backed up is all there again afterwards, and nothing of the key is in the file."""

import json
import signal
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from tests.services.backup.installations import ME, RUN, Place, everything, rights
from tests.store import rows
from tests.store.databases import Server, TestDatabase, engine
from tests.worker.tenants import wait_until

from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, StoreError
from securescore.services.actor import Actor
from securescore.services.audit_log import verify_chains
from securescore.services.backup import making, restoring
from securescore.services.backup.making import make_backup
from securescore.services.backup.manifest import BackupError
from securescore.services.backup.restoring import restore_backup
from securescore.services.installation import Installation, open_installation
from securescore.settings import Settings
from securescore.store import audit, copying, tenants
from securescore.store.incomplete import begin_restore, is_incomplete
from securescore.store.marker import marker_of
from securescore.store.opening import open_database


def database_of(here: Installation, databases: Server) -> TestDatabase:
    name = here.database.url.database
    return TestDatabase(
        databases.owner.set(database=name),
        databases.application.set(database=name),
        databases.superuser.set(database=name),
    )


@pytest.fixture
def backup(filled: Installation, tmp_path: Path) -> Path:
    return make_backup(filled, ME, tmp_path / "backup.tar", with_evidence=True).path


def test_everything_is_there_again(
    filled: Installation, databases: Server, place: Place, tmp_path: Path
) -> None:
    made = make_backup(filled, ME, tmp_path / "backup.tar", with_evidence=True)
    before = everything(database_of(filled, databases))
    report = restore_backup(place.settings, ME, made.path)
    after = everything(place.database)
    told = after["audit_entry"]
    after["audit_entry"] = [row for row in told if "installation.restore" not in row]
    assert after == before
    assert len(told) == len(before["audit_entry"]) + 1
    assert all(before[name] for name in copying.TABLES if name in _FILLED)
    assert (report.rows, report.chains, report.runs) == (made.rows, 4, 2)
    with open_installation(place.settings) as here:
        assert all(one.broken is None for one in verify_chains(here, ME))
        tenant_id = rows.add_tenant(here.database, "81111111-2222-4333-8444-555555555555")
        rows.fill(here.database, tenant_id)
        with here.database.reader("operator") as connection:
            assert len(tenants.list_summaries(connection)) == 3


_FILLED = {
    "installation",
    "tenant",
    "connection",
    "tenant_summary",
    "access_grant",
    "account",
    "exclusion",
    "decision",
    "snapshot",
    "activity",
    "audit_entry",
}


def test_the_roles_have_the_rights_they_had(
    filled: Installation, databases: Server, place: Place, backup: Path
) -> None:
    restore_backup(place.settings, ME, backup)
    assert rights(place.database) == rights(database_of(filled, databases))


def test_the_evidence_is_where_it_belongs(filled: Installation, place: Place, backup: Path) -> None:
    restore_backup(place.settings, ME, backup)
    before, after = filled.settings.evidence, place.settings.evidence
    with filled.database.reader("operator") as connection:
        known = [str(one.tenant_id) for one in tenants.list_summaries(connection)]
    assert {one.name for one in after.iterdir()} == set(known)
    for tenant_id in known:
        file = Path(tenant_id) / RUN / "users.parquet"
        assert (after / file).read_bytes() == (before / file).read_bytes()
        assert (after / file).stat().st_mode & 0o777 == 0o600
        assert (after / file).parent.stat().st_mode & 0o777 == 0o700


def test_the_key_is_not_in_it_and_that_is_said(filled: Installation, place: Place, backup: Path) -> None:
    key = filled.settings.key_path.read_bytes().split()[-1]
    with tarfile.open(backup) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert key not in backup.read_bytes()
    assert not any("key" in name or "password" in name for name in names)
    assert "the key file" in manifest["left_out"]
    assert manifest["key_fingerprint"] == filled.sealer().fingerprint()
    assert "secret.key is missing" in (restore_backup(place.settings, ME, backup).key or "")
    (place.folder / "secret.key").write_bytes(filled.settings.key_path.read_bytes())
    (place.folder / "secret.key").chmod(0o600)
    with open_installation(place.settings) as here:
        assert here.sealer().fingerprint() == manifest["key_fingerprint"]


def test_a_backup_is_for_its_owner_only_and_never_written_over(filled: Installation, backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    content = backup.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        make_backup(filled, ME, backup)
    assert backup.read_bytes() == content
    assert [one.name for one in backup.parent.iterdir() if one.name.endswith(".new")] == []


def test_only_who_manages_may(filled: Installation, place: Place, backup: Path) -> None:
    nobody = Actor("nobody", "here", "nobody")
    with pytest.raises(NotAllowedError):
        make_backup(filled, nobody, backup.with_name("other.tar"))
    with pytest.raises(NotAllowedError):
        restore_backup(place.settings, nobody, backup)


def test_a_backup_is_of_one_moment(
    filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    """A tenant that is added while the tables are read is in none of them."""
    known = copying._tenants

    def add_meanwhile(connection: object) -> object:
        rows.add_tenant(filled.database, "91111111-2222-4333-8444-555555555555")
        return known(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_tenants", add_meanwhile)
    made = make_backup(filled, ME, tmp_path / "backup.tar")
    restore_backup(place.settings, ME, made.path)
    assert len(everything(place.database)["tenant"]) == 2


class TestWhatIsThere:
    def test_an_installation_is_not_written_over(self, place: Place, backup: Path) -> None:
        with open_database(place.settings):
            pass
        before = everything(place.database)
        with pytest.raises(ConflictError, match="--replace"):
            restore_backup(place.settings, ME, backup)
        assert everything(place.database) == before

    @pytest.mark.slow
    def test_unless_it_may_go_and_then_it_is_backed_up_first(
        self, place: Place, backup: Path, filled: Installation
    ) -> None:
        with open_installation(place.settings) as other:
            rows.add_tenant(other.database, "71111111-2222-4333-8444-555555555555")
            other.evidence_path(uuid.uuid4()).mkdir(parents=True)
            first = marker_of(place.folder)
        report = restore_backup(place.settings, ME, backup, replace=True)
        assert len(everything(place.database)["tenant"]) == 2
        assert marker_of(place.folder) == marker_of(filled.settings.data_dir) != first
        assert report.before
        assert len(list(place.settings.evidence.iterdir())) == 2
        restore_backup(place.settings, ME, report.before, replace=True)
        assert marker_of(place.folder) == first
        assert [row.count("7111") for row in everything(place.database)["tenant"]] == [2]

    def test_a_lost_database_comes_back_beside_its_folder(
        self, place: Place, backup: Path, filled: Installation
    ) -> None:
        (filled.settings.data_dir).rename(place.folder)
        newest = next(place.settings.evidence.iterdir()) / "runs" / "20260401T060000Z-0002"
        newest.mkdir()
        (newest / "manifest.json").write_text("{}")
        report = restore_backup(place.settings, ME, backup)
        assert (report.before, report.key) == (None, None)
        assert (newest / "manifest.json").exists()

    def test_while_somebody_works_nothing_is_restored(self, place: Place, backup: Path) -> None:
        with (
            open_database(place.settings) as database,
            database.installation(),
            pytest.raises(ConflictError, match="somebody works with the database"),
        ):
            restore_backup(place.settings, ME, backup, replace=True)
        assert not is_incomplete(place.folder)

    def test_the_owner_has_to_be_known(self, place: Place, backup: Path) -> None:
        settings = place.settings.model_copy(update={"migration_url": None})
        with pytest.raises(ConfigurationError, match="SECURESCORE_MIGRATION_URL"):
            restore_backup(settings, ME, backup)

    def test_one_restore_at_a_time(self, place: Place, backup: Path) -> None:
        place.folder.mkdir()
        with restoring._alone(place.folder), pytest.raises(ConflictError, match="another restore"):
            restore_backup(place.settings, ME, backup)


class TestInterrupted:
    def test_an_error_leaves_the_database_as_it_was(
        self, place: Place, backup: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(restoring, "migrate", full)
            with pytest.raises(OSError, match="No space"):
                restore_backup(place.settings, ME, backup)
        assert place.tables() == frozenset()
        assert not is_incomplete(place.folder)
        restore_backup(place.settings, ME, backup)

    @pytest.mark.slow
    @pytest.mark.parametrize("where", ["_load_table", "_proven", "_place"])
    def test_a_kill_is_recognised_and_a_second_restore_works(
        self, place: Place, backup: Path, where: str
    ) -> None:
        killed = _restore_killed(place.settings, backup, where)
        assert killed.returncode == -signal.SIGKILL
        assert is_incomplete(place.folder)
        with (
            pytest.raises(ConfigurationError, match="was begun and is not finished: run securescore restore"),
            open_database(place.settings),
        ):
            pass
        wait_until(lambda: _sessions(place) == 0, "the killed session is gone")
        report = restore_backup(place.settings, ME, backup)
        assert report.runs == 2
        assert [one.name for one in place.folder.iterdir() if one.name.endswith(".new")] == []
        with open_installation(place.settings) as here:
            assert all(one.broken is None for one in verify_chains(here, ME))

    @pytest.mark.slow
    def test_a_backup_that_was_killed_has_no_name(self, filled: Installation, tmp_path: Path) -> None:
        target = tmp_path / "killed"
        target.mkdir()
        killed = _backup_killed(filled.settings, target / "backup.tar")
        assert killed.returncode == -signal.SIGKILL
        assert not (target / "backup.tar").exists()
        made = make_backup(filled, ME, target / "backup.tar")
        assert made.path.exists()


class TestDamage:
    def test_a_newer_schema_is_refused(
        self, place: Place, filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr("securescore.services.backup.making.version_of", lambda _: "9999")
            made = make_backup(filled, ME, tmp_path / "newer.tar")
        with pytest.raises(BackupError, match="a newer securescore"):
            restore_backup(place.settings, ME, made.path)
        assert not place.folder.exists()

    def test_rows_of_another_installation_than_is_said(
        self, place: Place, filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = making._manifest
        with monkeypatch.context() as patched:
            patched.setattr(
                making,
                "_manifest",
                lambda *a, **o: msgspec.structs.replace(known(*a, **o), installation=uuid.uuid4()),
            )
            made = make_backup(filled, ME, tmp_path / "other.tar")
        with pytest.raises(BackupError, match="another installation"):
            restore_backup(place.settings, ME, made.path)
        assert place.tables() == frozenset()

    @pytest.mark.parametrize("rows_of", ["tenant", "activity"])
    def test_rows_that_do_not_fit_are_refused_without_being_shown(
        self,
        place: Place,
        filled: Installation,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        rows_of: str,
    ) -> None:
        known = copying._out

        def spoilt(cursor: Any, table: Any, to: Any) -> int:
            if table.name != rows_of:
                return known(cursor, table, to)
            to.write(b"anna@westerkade.example\n")
            return 1

        with monkeypatch.context() as patched:
            patched.setattr(copying, "_out", spoilt)
            made = make_backup(filled, ME, tmp_path / "spoilt.tar")
        with pytest.raises(StoreError, match=f"the rows of the table {rows_of}") as told:
            restore_backup(place.settings, ME, made.path)
        assert "anna" not in str(told.value)
        assert place.tables() == frozenset()

    def test_an_audit_log_that_was_changed_is_not_restored(
        self, place: Place, filled: Installation, databases: Server, tmp_path: Path
    ) -> None:
        database = database_of(filled, databases)
        with engine(database.superuser) as superuser, superuser.begin() as connection:
            connection.execute(text("UPDATE audit_entry SET actor = 'somebody else' WHERE act = 'test'"))
        made = make_backup(filled, ME, tmp_path / "changed.tar")
        with pytest.raises(BackupError, match=r"audit log .* was changed"):
            restore_backup(place.settings, ME, made.path)
        assert place.tables() == frozenset()
        assert not is_incomplete(place.folder)


def test_it_is_written_down(filled: Installation, backup: Path, place: Place) -> None:
    restore_backup(place.settings, ME, backup)
    with open_installation(place.settings) as here, here.database.installation() as connection:
        acts = [(one.act, one.actor, one.target) for one in audit.entries(connection)]
    assert acts[-2:] == [
        ("installation.backup", ME.name, "backup.tar"),
        ("installation.restore", ME.name, "backup.tar"),
    ]


def test_an_incomplete_installation_is_not_opened(tmp_path: Path) -> None:
    begin_restore(tmp_path)
    with pytest.raises(ConfigurationError, match="not finished"), open_database(Settings(data_dir=tmp_path)):
        pass
    assert not (tmp_path / "postgres").exists()


def _restore_killed(settings: Settings, backup: Path, where: str) -> subprocess.CompletedProcess[bytes]:
    code = f"""
import os, signal
from securescore.services.backup import making, restoring
restoring._Restore.{where} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
restoring.restore_backup(settings, operator("tester"), Path({str(backup)!r}))
"""
    return _run(settings, code)


def _backup_killed(settings: Settings, target: Path) -> subprocess.CompletedProcess[bytes]:
    code = f"""
import os, signal
from securescore.services.backup import archive, making
archive.Writer.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from securescore.services.installation import open_installation
with open_installation(settings) as here:
    making.make_backup(here, operator("tester"), Path({str(target)!r}))
"""
    return _run(settings, code)


def _run(settings: Settings, code: str) -> subprocess.CompletedProcess[bytes]:
    given = {
        "SECURESCORE_DATA_DIR": str(settings.data_dir),
        "SECURESCORE_DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "SECURESCORE_MIGRATION_URL": settings.migration_url.get_secret_value()
        if settings.migration_url
        else "",
    }
    start = (
        "from pathlib import Path\nfrom securescore.services.actor import operator\n"
        "from securescore.settings import load_settings\nsettings = load_settings()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", start + code], env=given, check=False, capture_output=True, timeout=60
    )


def _sessions(place: Place) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine(place.database.superuser) as superuser, superuser.begin() as connection:
        return int(connection.execute(text(query)).scalar_one())
