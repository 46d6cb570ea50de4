"""A run is there whole or not at all."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from stat import S_IMODE

import pytest
from tests.evidence.desk import START, TENANT, collect, domain, moment, read, write_domains

from securescore import __version__
from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder, Table
from securescore.evidence.tables.entra_id import DOMAINS, GROUPS, ORGANIZATION, USERS
from securescore.model import Reason


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def runs_on_disk(folder: EvidenceFolder) -> list[str]:
    return sorted(path.name for path in (folder.path / "runs").iterdir())


class TestBecomingVisible:
    def test_nothing_is_there_before_publishing(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            write_domains(run, "a.example")
            assert folder.runs() == []
            published = run.publish(moment(1))
            assert [found.id for found in folder.runs()] == [published.id]
        assert folder.newest().manifest == published.manifest

    def test_a_folder_that_is_not_there_has_no_runs(self, folder: EvidenceFolder) -> None:
        assert folder.runs() == []
        assert not folder.path.exists()

    def test_why_there_is_no_newest_run(self, folder: EvidenceFolder) -> None:
        with pytest.raises(EvidenceError, match="does not exist: name the folder that securescore collect"):
            folder.newest()
        collect(EvidenceFolder(folder.path / "acme"), "a.example")
        with pytest.raises(
            EvidenceError, match=rf"holds no published run; did you mean {folder.path}/acme\?"
        ):
            folder.newest()
        with folder.begin(TENANT, START, "test"):
            pass
        with pytest.raises(EvidenceError, match="holds no published run: collect first"):
            EvidenceFolder(folder.path / "runs").newest()
        with pytest.raises(EvidenceError, match="is a file, not an evidence folder"):
            EvidenceFolder(folder.path / ".lock").newest()

    def test_without_publishing_nothing_is_kept(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            write_domains(run, "a.example")
        assert runs_on_disk(folder) == []

    def test_an_exception_in_the_run_removes_its_folder(self, folder: EvidenceFolder) -> None:
        first = collect(folder, "a.example")

        def fail() -> None:
            with folder.begin(TENANT, moment(5), "test") as run:
                write_domains(run, "b.example")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fail()
        assert runs_on_disk(folder) == [first.id]

    def test_an_exception_after_publishing_takes_nothing_back(self, folder: EvidenceFolder) -> None:
        def fail() -> None:
            with folder.begin(TENANT, START, "test") as run:
                write_domains(run, "a.example")
                run.publish(moment(1))
                raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            fail()
        assert folder.newest().has("domains")

    def test_a_published_run_takes_nothing_more(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            write_domains(run, "a.example")
            run.publish(moment(1))
            with pytest.raises(EvidenceError, match="is published: begin another one"):
                write_domains(run, "b.example")
            with pytest.raises(EvidenceError, match="is published"):
                run.missing(USERS, reason=Reason.NO_PERMISSION, error="refused")
            with pytest.raises(EvidenceError, match="is published"):
                run.publish(moment(2))
        assert sorted(path.name for path in folder.newest().path.iterdir()) == [
            "domains.parquet",
            "manifest.json",
        ]


class TestTables:
    def test_an_exception_in_one_leaves_no_file_and_does_not_stop_others(
        self, folder: EvidenceFolder
    ) -> None:
        def fail() -> None:
            with run.table(USERS) as writer:
                writer.write_objects([json.dumps({"id": TENANT}).encode()])
                raise ConnectionResetError

        with folder.begin(TENANT, START, "test") as run:
            with pytest.raises(ConnectionResetError):
                fail()
            assert list(run.path.iterdir()) == []
            write_domains(run, "a.example")
            assert run.record(USERS) is None
            published = run.publish(moment(1))
        assert published.has("domains")
        assert not published.has("domains", "users")
        assert published.record("users") is None

    def test_one_that_failed_can_be_written_again(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            with pytest.raises(EvidenceError, match="usable domain"), run.table(DOMAINS) as writer:
                writer.write_objects([b"{}"])
            run.missing(DOMAINS, reason=Reason.COLLECTION_FAILED, error="it failed")
            write_domains(run, "a.example")
            published = run.publish(moment(1))
        assert [row[0] for row in read(published.table_path("domains"))] == ["a.example"]

    def test_each_is_taken_once(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            write_domains(run, "a.example")
            with pytest.raises(EvidenceError, match="'domains' is there already"):
                write_domains(run, "b.example")
            with pytest.raises(EvidenceError, match="'domains' is there already"):
                run.missing(DOMAINS, reason=Reason.NO_PERMISSION, error="refused")
            published = run.publish(moment(1))
        assert [row[0] for row in read(published.table_path("domains"))] == ["a.example"]

    def test_two_writers_of_one_table(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run, run.table(DOMAINS) as writer:
            with pytest.raises(EvidenceError, match="File exists"):
                write_domains(run, "b.example")
            writer.write_objects([json.dumps(domain("a.example")).encode()])
            assert run.record(DOMAINS) is None

    def test_several_threads(self, folder: EvidenceFolder) -> None:
        """Four tables that are all open at the same time."""
        together = threading.Barrier(4, timeout=30)
        ids = [f"00000000-0000-0000-0000-{n:012d}" for n in range(20_000)]

        with folder.begin(TENANT, START, "test") as run:

            def fill(table: Table) -> None:
                with run.table(table) as writer:
                    together.wait()
                    writer.write_objects(json.dumps({"id": id_}).encode() for id_ in ids)

            with ThreadPoolExecutor(4) as pool:
                list(pool.map(fill, [USERS, GROUPS, DOMAINS, ORGANIZATION]))
            published = run.publish(moment(1))
        for name in ("users", "groups", "domains", "organization"):
            assert [str(row[0]) for row in read(published.table_path(name))] == ids

    def test_a_folder_called_like_a_column_changes_no_column(self, tmp_path: Path) -> None:
        folder = EvidenceFolder(tmp_path / "domain=other.example" / "it's")
        with folder.begin(TENANT, START, "test") as run:
            write_domains(run, "a.example")
            published = run.publish(moment(1))
        assert [row[0] for row in read(published.table_path("domains"))] == ["a.example"]

    @pytest.mark.parametrize("name", ["ab*", "a?c", "a[b]c"])
    def test_a_folder_called_like_a_pattern_is_refused(self, tmp_path: Path, name: str) -> None:
        collect(EvidenceFolder(tmp_path / "abc"), "a.example")
        with pytest.raises(EvidenceError, match="reads as a pattern that other files match"):
            collect(EvidenceFolder(tmp_path / name), "b.example")
        with pytest.raises(EvidenceError, match="reads as a pattern"):
            EvidenceFolder(tmp_path / name / "sub").runs()


class TestManifest:
    def test_says_what_was_collected(self, folder: EvidenceFolder) -> None:
        before = datetime.now(UTC)
        with folder.begin(TENANT, START, "test") as run:
            with run.table(DOMAINS) as writer:
                writer.write_objects(
                    json.dumps(x).encode()
                    for x in [domain("a.example", isRoot="yes"), domain("a.example"), domain("b.example")]
                )
            run.publish(moment(1), partial=True)
        published = EvidenceFolder(folder.path).newest()
        manifest = published.manifest
        assert (manifest.format, manifest.run_id) == ("securescore-evidence/1", published.path.name)
        assert (manifest.tenant_id, manifest.source, manifest.partial) == (TENANT, "test", True)
        assert manifest.program == f"securescore {__version__}"
        assert (manifest.started, manifest.ended) == (START, moment(1))
        record = manifest.tables["domains"]
        assert (record.state, record.rows, record.repeated) == ("collected", 2, 1)
        assert record.rejections == {"is_root": 1}
        assert (record.permission, record.schema_version) == ("Domain.Read.All", 1)
        assert (record.file, record.reason, record.error, record.code) == (
            "domains.parquet",
            None,
            None,
            None,
        )
        assert record.started is not None
        assert record.ended is not None
        assert before <= record.started <= record.ended <= datetime.now(UTC)

    def test_says_what_is_missing_and_why(self, folder: EvidenceFolder) -> None:
        with folder.begin(TENANT, START, "test") as run:
            run.missing(
                USERS, reason=Reason.NO_PERMISSION, error="User.Read.All is not granted", code="Forbidden"
            )
            run.publish(moment(1))
        published = folder.newest()
        record = published.manifest.tables["users"]
        assert (record.state, record.reason, record.code) == ("missing", Reason.NO_PERMISSION, "Forbidden")
        assert record.error == "User.Read.All is not granted"
        assert (record.permission, record.rows, record.file, record.sha256) == (
            "User.Read.All",
            None,
            None,
            None,
        )
        assert not published.has("users")
        for table in ("users", "groups"):
            with pytest.raises(EvidenceError, match=f"did not collect the table '{table}'"):
                published.table_path(table)

    def test_is_json_that_people_can_read(self, folder: EvidenceFolder) -> None:
        text = (collect(folder, "a.example").path / "manifest.json").read_text()
        assert json.loads(text)["tables"]["domains"]["rows"] == 1
        assert len(text.splitlines()) > 10

    def test_times_are_utc_whatever_the_zone_given(self, folder: EvidenceFolder) -> None:
        amsterdam = timezone(timedelta(hours=2))
        with folder.begin(TENANT, datetime(2026, 7, 1, 1, 30, tzinfo=amsterdam), "test") as run:
            published = run.publish(datetime(2026, 7, 1, 2, 0, tzinfo=amsterdam))
        assert published.id == "20260630T233000Z-0001"
        assert folder.newest().ended == datetime(2026, 7, 1, 0, 0, tzinfo=UTC)


class TestOrder:
    def test_newest_first_is_by_the_end(self, folder: EvidenceFolder) -> None:
        late = collect(folder, "a.example", hours=48)
        early = collect(folder, "b.example", hours=0)
        middle = collect(folder, "c.example", hours=24)
        assert [run.id for run in folder.runs()] == [late.id, middle.id, early.id]
        assert folder.newest().id == late.id

    def test_of_equal_ends_the_later_written_is_newer(self, folder: EvidenceFolder) -> None:
        first = collect(folder, "a.example")
        (folder.path / "runs" / first.id).rename(folder.path / "runs" / "20260301T060000Z-9999")
        manifest = folder.path / "runs" / "20260301T060000Z-9999" / "manifest.json"
        manifest.write_text(manifest.read_text().replace(first.id, "20260301T060000Z-9999"))
        ids = [collect(folder, "a.example").id for _ in range(2)]
        assert ids == ["20260301T060000Z-10000", "20260301T060000Z-10001"]
        assert [run.id for run in folder.runs()] == [*reversed(ids), "20260301T060000Z-9999"]

    def test_other_things_in_the_folder_are_no_runs(self, folder: EvidenceFolder) -> None:
        only = collect(folder, "a.example")
        for name in ("notes", "20260301T060000Z-0001.bak", "20260301T060000Z-x"):
            (folder.path / "runs" / name).mkdir()
            (folder.path / "runs" / name / "manifest.json").write_text("{}")
        (folder.path / "runs" / "20260301T060000Z-0005").write_text("a file")
        assert [run.id for run in folder.runs()] == [only.id]
        collect(folder, "a.example")
        assert {"notes", "20260301T060000Z-x"} < set(runs_on_disk(folder))


class TestTenants:
    def test_another_tenant_is_refused(self, folder: EvidenceFolder) -> None:
        collect(folder, "a.example")
        with (
            pytest.raises(
                EvidenceError, match=rf"holds evidence of tenant {TENANT}, not of other: give each tenant"
            ),
            folder.begin("other", moment(9), "test"),
        ):
            pass
        assert len(runs_on_disk(folder)) == 1

    def test_tenants_are_compared_without_case(self, folder: EvidenceFolder) -> None:
        collect(folder, "a.example")
        with folder.begin(TENANT.upper(), moment(9), "test") as run:
            run.publish(moment(10))
        assert [run.manifest.tenant_id for run in folder.runs()] == [TENANT.upper(), TENANT]

    def test_a_mixed_folder_is_refused(self, folder: EvidenceFolder) -> None:
        collect(folder, "a.example")
        manifest = collect(folder, "a.example").path / "manifest.json"
        manifest.write_text(manifest.read_text().replace(TENANT, "another-tenant"))
        sentence = rf"several tenants \({TENANT}, another-tenant\): an evidence folder takes one tenant only"
        with pytest.raises(EvidenceError, match=sentence):
            folder.runs()
        with pytest.raises(EvidenceError, match=sentence):
            collect(folder, "a.example")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = EvidenceFolder(tmp_path / "above" / "evidence")
        collect(folder, "a.example")
        with folder.begin(TENANT, moment(5), "test") as run, run.table(DOMAINS) as writer:
            writer.write_objects(b'{"id": "%d.example"}' % n for n in range(60_000))
            on_the_way = list(run.path.rglob("*"))
            assert {S_IMODE(path.stat().st_mode) for path in on_the_way if path.is_file()} == {0o600}
            assert {S_IMODE(path.stat().st_mode) for path in on_the_way if path.is_dir()} == {0o700}
    finally:
        os.umask(before)
    below = list((tmp_path / "above").rglob("*"))
    assert {S_IMODE(path.stat().st_mode) for path in below if path.is_file()} == {0o600}
    assert {S_IMODE(path.stat().st_mode) for path in [tmp_path / "above", *below] if path.is_dir()} == {0o700}
    assert {path.name for path in below if path.is_file()} == {".lock", "manifest.json", "domains.parquet"}


def test_a_folder_that_others_use_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    collect(EvidenceFolder(tmp_path), "a.example")
    assert S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert S_IMODE((tmp_path / "runs").stat().st_mode) == 0o700


def test_runs_that_others_could_enter_are_closed(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir(mode=0o755)
    collect(EvidenceFolder(tmp_path), "a.example")
    assert S_IMODE((tmp_path / "runs").stat().st_mode) == 0o700


def test_everything_is_on_the_disk_before_what_names_it(
    folder: EvidenceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of what is flushed and renamed; the calls themselves are made."""
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        events.append("flush " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def noted_rename(source: Path, target: Path) -> None:
        events.append("rename to " + Path(target).name)
        rename(source, target)

    with folder.begin(TENANT, START, "test") as run:
        monkeypatch.setattr(os, "fsync", noted_fsync)
        monkeypatch.setattr(os, "rename", noted_rename)
        write_domains(run, "a.example")
        published = run.publish(moment(1))
    assert events == [
        "flush domains.parquet",
        f"flush {published.id}",
        "flush .manifest.json.new",
        "rename to manifest.json",
        f"flush {published.id}",
        "flush runs",
    ]
