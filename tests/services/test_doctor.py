"""The doctor finds what is wrong, says what to do, and works when the database does not."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text, update
from tests.services.tenancy import Record
from tests.store.databases import Server, engine

from securescore.services import doctor
from securescore.services.actor import operator
from securescore.services.doctor import Finding, Verdict, examine
from securescore.services.installation import Installation
from securescore.settings import Settings
from securescore.store import tenants
from securescore.store.schema import connection as connections
from securescore.store.tenants import Health

ME = operator("tester")


def found(settings: Settings) -> dict[str, Finding]:
    return {one.check: one for one in examine(settings, ME)}


def problems(settings: Settings) -> dict[str, str]:
    return {name: one.text for name, one in found(settings).items() if one.verdict is Verdict.PROBLEM}


def heartbeat(here: Installation) -> None:
    with here.database.installation() as connection:
        connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))


def test_a_healthy_one(record: Record) -> None:
    heartbeat(record.installation)
    told = found(record.installation.settings)
    assert {name: one.text for name, one in told.items() if one.verdict is Verdict.PROBLEM} == {}
    assert [name for name, one in told.items() if one.verdict is not Verdict.OK] == ["tenants"][:0]
    assert list(told) == [
        "data folder",
        "free space",
        "marker",
        "key file",
        "time zones",
        "database",
        "clock",
        "key in use",
        "secrets",
        "audit log",
        "evidence",
        "worker",
        "tenants",
    ]


def test_without_a_database_it_says_so_and_checks_the_rest(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr("postgresql://app:hunter2@127.0.0.1:1/securescore")
    )
    told = found(settings)
    assert "cannot be reached" in told["database"].text
    assert "was not checked" in told["the rest"].text
    assert told["free space"].verdict is Verdict.OK
    assert "hunter2" not in str(told)


def test_where_nothing_is_yet_nothing_is_made(tmp_path: Path) -> None:
    told = found(Settings(data_dir=tmp_path / "data"))
    assert {one.verdict for one in told.values()} == {Verdict.OK, Verdict.WARNING}
    assert not (tmp_path / "data").exists()


def test_a_key_file_that_others_may_read(here: Installation) -> None:
    here.sealer()
    here.settings.key_path.chmod(0o644)
    assert "chmod 600" in problems(here.settings)["key file"]
    here.settings.key_path.unlink()
    assert "is missing" in problems(here.settings)["key in use"]


def test_a_folder_that_others_may_look_into(here: Installation) -> None:
    here.settings.data_dir.chmod(0o755)
    told = found(here.settings)["data folder"]
    assert (told.verdict, "chmod go-rw" in told.text) == (Verdict.WARNING, True)


def test_a_damaged_marker(here: Installation) -> None:
    (here.settings.data_dir / "installation").write_text("nonsense")
    assert {"marker", "database"} <= problems(here.settings).keys()


def test_a_full_disk(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_NONE_LEFT", 1 << 62)
    assert "make room" in problems(here.settings)["free space"]


def test_secrets_that_cannot_be_opened(record: Record) -> None:
    with record.installation.database.changing(record.tenant_id) as connection:
        strange = record.installation.sealer().seal(b"x", tenant="other", name="connection")
        connection.execute(update(connections).values(sealed_secret=strange))
    assert "Westerkade" in problems(record.installation.settings)["secrets"]


def test_an_audit_log_that_was_changed(record: Record, databases: Server) -> None:
    name = record.installation.database.url.database
    with engine(databases.superuser.set(database=name)) as superuser, superuser.begin() as connection:
        connection.execute(
            text("UPDATE audit_entry SET actor = 'x' WHERE tenant_id = :id"), {"id": record.tenant_id}
        )
    assert "Westerkade (entry 1)" in problems(record.installation.settings)["audit log"]


def test_evidence_that_is_missing_and_evidence_of_nobody(record: Record) -> None:
    here = record.installation
    (here.settings.evidence / "somebody").mkdir()
    here.evidence_path(record.tenant_id).rename(here.settings.evidence / "elsewhere")
    told = found(here.settings)["evidence"]
    assert told.verdict is Verdict.WARNING
    assert "elsewhere, somebody" in told.text
    assert "newest snapshot of Westerkade" in told.text


def test_tenants_that_fail_and_a_worker_that_is_gone(record: Record) -> None:
    with record.installation.database.changing(record.tenant_id) as connection:
        tenants.summarise(connection, health=Health.FAILING, problem="no")
    told = found(record.installation.settings)
    assert "Westerkade (never read) cannot be read" in told["tenants"].text
    assert "no worker" in told["worker"].text


def test_clocks_that_are_apart(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_WRONG_CLOCK", -doctor._WRONG_CLOCK)
    assert "NTP" in problems(here.settings)["clock"]


def test_a_rotation_that_was_interrupted(here: Installation) -> None:
    from securescore.store.key_file import rotate  # noqa: PLC0415

    here.sealer()
    rotate(here.settings.key_path)
    assert "securescore key rotate" in found(here.settings)["key in use"].text
