"""Full disks, clocks that jump, keys that are gone, folders that are shared by mistake: one clear sentence, nothing lost."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.services.conftest import open_here
from tests.services.deciding_people import writer
from tests.services.killing import Nursery, Order
from tests.services.tenancy import ME, Record, Tenancy, begin_tenancy
from tests.services.test_kill import FEW, Victim
from tests.services.whole_record import Books
from tests.store.databases import Server, TestDatabase, engine

from securescore.connectors.http.clock import utc_now
from securescore.connectors.progress import Event
from securescore.errors import (
    ConfigurationError,
    ConflictError,
    EvidenceError,
    NotAllowedError,
    SecureScoreError,
    StoreError,
    UnknownError,
)
from securescore.evidence import files
from securescore.model import Status
from securescore.services.decisions.deciding import Asked, decide
from securescore.services.history import read_changes, read_history
from securescore.services.installation import Installation
from securescore.services.setting_clock import set_clock_right
from securescore.services.sync import SyncReport, sync_tenant
from securescore.services.tenants import list_tenants, remove_tenant
from securescore.settings import Settings
from securescore.store.opening import open_database
from securescore.store.tenants import Health
from securescore.worker.schedule import due

pytestmark = pytest.mark.slow

ACTION = "MFARegistrationV2"
SAYS = Asked(ACTION, Status.THIRD_PARTY, note="ours")


@dataclass(frozen=True)
class Day:
    """A tenant that was read once, with its database."""

    tenancy: Tenancy
    database: TestDatabase

    @property
    def number(self) -> int:
        return self.tenancy.standing.snapshot.number

    def books(self) -> Books:
        return Books(self.tenancy.here, self.tenancy.tenant_id)

    def prove(self) -> Books:
        """Nothing is lost, and the next reading goes on as if nothing had been."""
        self.books().prove()
        self.tenancy.later(days=1)
        report = self.tenancy.sync()
        assert report.problem is None or "could not be read" in report.problem
        books = self.books()
        books.prove()
        books.prove_no_leftovers()
        return books


@pytest.fixture
def day(databases: Server, tmp_path: Path) -> Iterator[Day]:
    with (
        databases.database() as fresh,
        open_here(fresh, tmp_path / "data") as here,
        begin_tenancy(here, tmp_path / "connection") as tenancy,
    ):
        tenancy.cloud.granted.clear()
        tenancy.cloud.granted |= FEW
        tenancy.sync()
        tenancy.later(days=1)
        yield Day(tenancy, fresh)


def one_sentence(error: BaseException | str) -> str:
    """What people are told: no traceback, no name of a class, one line."""
    said = str(error)
    assert said
    assert "\n" not in said
    assert "Traceback" not in said
    assert "psycopg" not in said
    assert "sqlalchemy" not in said.casefold()
    return said


@pytest.mark.parametrize("largest", [0, 3_000, 20_000])
def test_a_disk_that_fills_up_while_a_tenant_is_read(day: Day, tmp_path: Path, largest: int) -> None:
    """A process of its own in which no file can grow: the kernel refuses as a full disk does."""
    tenancy, number = day.tenancy, day.number
    runs = {run.id for run in tenancy.here.evidence(tenancy.tenant_id).runs()}
    url = day.database.application.render_as_string(hide_password=False)
    told = tmp_path / "told"
    tenancy.organisation.pass_time(tenancy.moment)
    ahead = (tenancy.moment - utc_now()).total_seconds()
    data = str(tenancy.here.settings.data_dir)
    order = Order(
        "sync_once", str(told), 1, data, str(tenancy.tenant_id), ahead, database_url=url, largest=largest
    )
    # what it says goes through a pipe, which has no size
    os.mkfifo(told)
    with Nursery.open(tmp_path) as nursery:
        pid = nursery.start(order)
        with told.open() as pipe:
            lines = pipe.read().splitlines()
        assert nursery.wait(pid) == 0
    victim = Victim(pid, tmp_path / "lines")
    victim.told.write_text("\n".join(lines))
    (last,) = [line for line in victim.lines() if "ready" not in line]
    assert "traceback" not in last, last["traceback"]
    assert "cannot be written" in one_sentence(last["problem"])
    assert {run.id for run in tenancy.here.evidence(tenancy.tenant_id).runs()} >= runs
    assert day.number == last.get("snapshot", number)
    assert list_tenants(tenancy.here, ME)[0].health is Health.FAILING
    day.prove()


@pytest.mark.parametrize("place", range(0, 60, 12))
def test_a_disk_that_is_full_at_any_place(day: Day, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    tenancy, number = day.tenancy, day.number
    flush, left = files.flush, [place]

    def full(path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(path)

    with monkeypatch.context() as patched:
        for module in ("files", "writer", "table_writer", "retention"):
            patched.setattr(f"securescore.evidence.{module}.flush", full, raising=False)
        report, error = attempt(tenancy.sync)
    if left[0] < 0:
        said = one_sentence(error or (report and report.problem) or "")
        assert "No space left" in said
    assert day.number >= number
    day.prove()


def attempt(sync: Callable[[], SyncReport]) -> tuple[SyncReport | None, SecureScoreError | None]:
    try:
        return sync(), None
    except SecureScoreError as error:
        return None, error


@contextmanager
def full_database(database: TestDatabase, table: str) -> Iterator[None]:
    """The database has no room for another row of a table, and says so as it does when its disk is full."""
    raising = (
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
    )
    trigger = (
        f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
    )
    with engine(database.superuser) as superuser:
        with superuser.begin() as connection:
            connection.execute(text(raising))
            connection.execute(text(trigger))
        yield
        with superuser.begin() as connection:
            connection.execute(text("DROP FUNCTION no_room CASCADE"))


@pytest.mark.parametrize("table", ["snapshot", "activity", "decision", "audit_entry", "tenant_summary"])
def test_a_database_whose_disk_is_full(day: Day, table: str) -> None:
    tenancy, before = day.tenancy, day.books()
    with full_database(day.database, table):
        with pytest.raises(StoreError, match="its disk is full: make room") as raised:
            decide(tenancy.here, ME, tenancy.tenant_id, SAYS)
        one_sentence(raised.value)
        if table not in {"decision", "audit_entry"}:
            with pytest.raises(StoreError, match="its disk is full"):
                tenancy.sync()
    after = day.books()
    assert (after.taken, after.entries, after.standing) == (before.taken, before.entries, before.standing)
    assert decide(tenancy.here, ME, tenancy.tenant_id, SAYS).changed
    day.prove()


def test_a_clock_that_lags_a_little_is_put_up_with(record: Record) -> None:
    first = record.standing.snapshot
    record.later(minutes=-4)
    assert decide(record.here, ME, record.tenant_id, SAYS).snapshot.taken_at >= first.taken_at
    record.take()
    Books(record.here, record.tenant_id)
    record.later(minutes=10)
    Books(record.here, record.tenant_id).prove()


def test_a_clock_that_jumps_far_back_records_nothing(record: Record) -> None:
    number, audited = record.standing.snapshot.number, len(record.audited())
    record.later(days=-30)
    for use in (record.take, lambda: decide(record.here, ME, record.tenant_id, SAYS)):
        with pytest.raises(ConfigurationError, match="set the clock right; nothing was recorded") as raised:
            use()
        one_sentence(raised.value)
    record.later(days=30, minutes=1)
    assert (record.standing.snapshot.number, len(record.audited())) == (number, audited)
    assert decide(record.here, ME, record.tenant_id, SAYS).changed
    Books(record.here, record.tenant_id).prove()


def test_a_clock_that_jumps_back_before_a_reading_loses_no_evidence(day: Day) -> None:
    tenancy, number = day.tenancy, day.number
    tenancy.later(days=-30)
    with pytest.raises(ConfigurationError, match="set the clock right"):
        tenancy.sync()
    assert day.number == number
    tenancy.later(days=31)
    day.prove()


def ahead_and_back(record: Record) -> None:
    """The clock was years ahead while something was recorded, and was corrected."""
    record.later(days=1500)
    record.take()
    record.later(days=-1499)


def test_a_clock_that_was_ahead_leaves_what_was_recorded_readable(record: Record) -> None:
    moment = record.standing.snapshot.taken_at
    ahead_and_back(record)
    assert len(read_history(record.here, ME, record.tenant_id, until=record.moment)) == 1
    changes = read_changes(record.here, ME, record.tenant_id, moment, moment + timedelta(days=2000))
    assert changes.after.number == record.standing.snapshot.number


def test_after_a_clock_that_was_ahead_was_corrected_the_record_waits_and_says_why(record: Record) -> None:
    """Nobody can tell which of the two moments is wrong, so nothing is recorded before what is there."""
    ahead_and_back(record)
    number = record.standing.snapshot.number
    for use in (record.take, lambda: decide(record.here, ME, record.tenant_id, SAYS)):
        with pytest.raises(ConfigurationError, match="but something was recorded at"):
            use()
    assert record.standing.snapshot.number == number
    Books(record.here, record.tenant_id).prove()


def test_once_somebody_says_that_the_clock_is_right_the_record_goes_on(day: Day) -> None:
    """What was recorded stays; the evidence of the future goes, so that the newest is that of today."""
    tenancy = day.tenancy
    with pytest.raises(ConflictError, match="nothing was recorded of later than"):
        set_clock_right(tenancy.here, ME, tenancy.tenant_id)
    before, first_day = day.number, tenancy.moment
    tenancy.later(days=1500)
    tenancy.sync()
    ahead = tenancy.here.evidence(tenancy.tenant_id).newest().id
    tenancy.later(days=-1499)
    stored = day.books().taken
    with pytest.raises(ConfigurationError, match="say so: securescore tenant clock"):
        tenancy.sync()
    with pytest.raises(NotAllowedError):
        set_clock_right(tenancy.here, writer(tenancy), tenancy.tenant_id)
    done = set_clock_right(tenancy.here, ME, tenancy.tenant_id)
    assert ahead in done.runs
    assert tenancy.audited()[-1].act == "tenant.clock"
    # what is decided before the next reading stands on the evidence that is left
    made = decide(tenancy.here, ME, tenancy.tenant_id, SAYS)
    assert made.snapshot.taken_at - tenancy.moment < timedelta(minutes=1)
    tenancy.sync()
    books = day.books()
    assert books.taken[: len(stored)] == stored
    assert books.taken[-1].taken_at - tenancy.moment < timedelta(minutes=1)
    day.prove()
    days = read_history(tenancy.here, ME, tenancy.tenant_id)
    assert len(days) == 4, "the day in the future is none of the record's"
    soon = tenancy.moment + timedelta(minutes=1)
    changes = read_changes(tenancy.here, ME, tenancy.tenant_id, first_day, soon)
    assert (changes.before.number, changes.after.number) == (before, day.number)
    with pytest.raises(ConflictError, match="nothing to set right"):
        set_clock_right(tenancy.here, ME, tenancy.tenant_id)
    tenancy.later(days=-30)
    with pytest.raises(ConfigurationError, match="set the clock right"):
        tenancy.sync()


def test_after_a_clock_that_was_ahead_was_corrected_a_tenant_is_due(record: Record) -> None:
    tried = record.moment + timedelta(days=1500)
    assert due(record.tenant_id, "Europe/Amsterdam", tried, 0, record.moment + timedelta(days=2))


@contextmanager
def key_file(here: Installation, change: Callable[[Path], Any]) -> Iterator[None]:
    """The key file is changed, and put back."""
    path = here.settings.key_path
    kept = path.with_name("kept.key")
    shutil.copy2(path, kept)
    change(path)
    try:
        yield
    finally:
        shutil.copy2(kept, path)


def _another_key(path: Path) -> None:
    path.write_text(f"deadbeef {'A' * 43}\n")


BAD_KEYS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "of another installation": (_another_key, "does not hold the key that sealed"),
    "gone": (Path.unlink, "key file .* (is not there|is missing|cannot be read|does not exist)"),
    "empty": (lambda path: path.write_text(""), "key file .* is empty"),
    "noise": (lambda path: path.write_bytes(os.urandom(100)), "key file .* is malformed"),
    "of everybody": (lambda path: path.chmod(0o644), "key file"),
}


@pytest.mark.parametrize("bad", sorted(BAD_KEYS))
def test_a_key_file_that_is_no_use(day: Day, bad: str) -> None:
    """The tenant cannot be read and says why; its score stands, people go on deciding, and no new key is made."""
    change, words = BAD_KEYS[bad]
    tenancy, number, points = day.tenancy, day.number, day.tenancy.standing.snapshot.totals.points
    with key_file(tenancy.here, change):
        report = tenancy.sync()
        assert report.collection is None
        assert report.problem is not None
        one_sentence(report.problem)
        with pytest.raises(ConfigurationError, match=words):
            tenancy.here.sealer()
        assert report.snapshots[-1].totals.points == points
        assert decide(tenancy.here, ME, tenancy.tenant_id, SAYS).changed
        assert list_tenants(tenancy.here, ME)[0].health is Health.FAILING
        if bad == "gone":
            assert not tenancy.here.settings.key_path.exists()
    assert day.number > number
    day.prove()


def test_two_installations_on_one_data_folder(day: Day, databases: Server, tmp_path: Path) -> None:
    here = day.tenancy.here
    marker = (here.settings.data_dir / "installation").read_bytes()
    with databases.database() as second, open_here(second, tmp_path / "second"):
        for data, words in (
            (here.settings.data_dir, "belongs to another installation than the database"),
            (tmp_path / "third", "has no marker of this installation"),
        ):
            settings = Settings(data_dir=data, database_url=second.application_secret)
            with pytest.raises(ConfigurationError, match=words) as raised, open_database(settings):
                pass
            one_sentence(raised.value)
    with databases.database() as empty:
        settings = Settings(data_dir=here.settings.data_dir, database_url=empty.application_secret)
        with (
            pytest.raises(ConfigurationError, match="holds the evidence of an installation"),
            open_database(settings),
        ):
            pass
    assert (here.settings.data_dir / "installation").read_bytes() == marker
    day.prove()


@pytest.mark.parametrize("table", ["users", "conditional_access_policies", "native_scores"])
def test_a_tenant_that_is_removed_while_it_is_read(day: Day, table: str) -> None:
    tenancy = day.tenancy
    folder = tenancy.here.evidence_path(tenancy.tenant_id)
    removed: list[str] = []

    def progress(event: Event) -> None:
        if not removed and (event.table == table or event.state == "missing"):
            removed.append(event.table)
            remove_tenant(tenancy.here, ME, tenancy.tenant_id)

    tenancy.organisation.pass_time(tenancy.moment)
    with pytest.raises((UnknownError, EvidenceError, ConfigurationError)) as raised:
        sync_tenant(tenancy.here, ME, tenancy.tenant_id, progress=progress)
    one_sentence(raised.value)
    assert removed
    assert not folder.exists()
    left = rows_of(day)
    assert {name for name, rows in left.items() if rows} == {"audit_entry"}
    assert len(left["audit_entry"]) > 0
    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        acts = connection.execute(text("SELECT act FROM audit_entry ORDER BY number")).scalars().all()
    assert "tenant.add" in acts


def rows_of(day: Day) -> dict[str, list[str]]:
    """What any table holds that names the tenant."""
    tables = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%%'"
    )
    mark = str(day.tenancy.tenant_id)
    with engine(day.database.superuser) as superuser, superuser.begin() as connection:
        names = connection.exec_driver_sql(tables).scalars().all()
        return {
            name: [
                row
                for row in connection.exec_driver_sql(f"SELECT t::text FROM {name} AS t").scalars()
                if mark in row and '"act": "tenant.remove"' not in row
            ]
            for name in names
        }
