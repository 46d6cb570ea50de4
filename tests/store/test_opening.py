"""Opening an installation: what does not go together is said in a sentence, and nothing is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import URL
from tests.store import rows
from tests.store.databases import Server, TestDatabase, engine
from tests.store.embedded.place import server_place

from securescore.errors import ConfigurationError, SecureScoreError, StoreError
from securescore.settings import Settings, load_settings
from securescore.store import opening
from securescore.store.opening import open_database
from securescore.store.tenants import list_summaries


def secret(url: URL) -> SecretStr:
    return SecretStr(url.render_as_string(hide_password=False))


@pytest.fixture
def empty(databases: Server) -> Iterator[TestDatabase]:
    with databases.database(template="template0") as one:
        with engine(one.superuser) as superuser, superuser.begin() as connection:
            connection.execute(text("ALTER SCHEMA public OWNER TO securescore_owner"))
        yield one


def settings_of(folder: Path, database: TestDatabase, **given: Any) -> Settings:
    urls = {"database_url": secret(database.application), "migration_url": secret(database.owner)}
    return Settings(data_dir=folder, **urls | given)


@contextmanager
def refused(*words: str, error: type[SecureScoreError] = ConfigurationError) -> Iterator[None]:
    with pytest.raises(error) as told:
        yield
    sentence = str(told.value)
    assert [word for word in words if word not in sentence] == []
    assert "\n" not in sentence


def test_the_embedded_database_is_made_and_found_again() -> None:
    with server_place() as place:
        settings = Settings(data_dir=place)
        with open_database(settings) as database:
            tenant_id = rows.add_tenant(database)
        with open_database(settings) as database, database.reader("operator") as connection:
            assert [one.tenant_id for one in list_summaries(connection)] == [tenant_id]


def test_an_external_database_is_brought_up_to_date_where_its_owner_is_known(
    tmp_path: Path, empty: TestDatabase
) -> None:
    with open_database(settings_of(tmp_path / "data", empty)) as database:
        rows.add_tenant(database)
    with open_database(settings_of(tmp_path / "data", empty, migration_url=None)) as database:
        assert list_of(database) == 1


def list_of(database: Any) -> int:
    with database.reader("operator") as connection:
        return len(list_summaries(connection))


def test_without_the_owner_an_empty_database_is_not_touched(tmp_path: Path, empty: TestDatabase) -> None:
    settings = settings_of(tmp_path, empty, migration_url=None)
    with (
        refused("schema version none", "securescore database migrate", error=StoreError),
        open_database(settings),
    ):
        pass


def test_a_database_that_does_not_answer(tmp_path: Path, databases: Server) -> None:
    with databases.database() as gone:
        settings = settings_of(tmp_path, gone)
    with refused("there is no database of that name", error=StoreError), open_database(settings):
        pass
    nowhere = Settings(data_dir=tmp_path, database_url=SecretStr("postgresql://app@127.0.0.1:1/securescore"))
    with refused("cannot be reached", error=StoreError), open_database(nowhere):
        pass


def test_a_wrong_password_is_said_and_not_shown(tmp_path: Path, fresh: TestDatabase) -> None:
    settings = settings_of(
        tmp_path, fresh, database_url=secret(fresh.application.set(password="hunter2-wrong"))
    )
    with refused("does not accept the password", error=StoreError) as _, open_database(settings):
        pass
    assert "hunter2" not in repr(settings)


def test_a_server_that_is_too_old(
    tmp_path: Path, fresh: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "OLDEST_SERVER", 99)
    with refused("needs 99 or newer", error=StoreError), open_database(settings_of(tmp_path, fresh)):
        pass


@pytest.mark.parametrize(
    ("role", "words"),
    [("superuser", "may ignore row level security"), ("owner", "owns tables")],
)
def test_a_role_above_row_level_security_is_refused(
    tmp_path: Path, fresh: TestDatabase, role: str, words: str
) -> None:
    settings = settings_of(tmp_path, fresh, database_url=secret(getattr(fresh, role)), migration_url=None)
    with refused(words, "neither superuser nor owner"), open_database(settings):
        pass


def test_one_role_for_both_is_refused(tmp_path: Path, fresh: TestDatabase) -> None:
    settings = settings_of(tmp_path, fresh, migration_url=secret(fresh.application))
    with refused("both name the role 'securescore_app'"), open_database(settings):
        pass


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"database_url": "mysql://a@b/c"}, "PostgreSQL only"),
        ({"database_url": "nonsense"}, "is no address"),
        ({"database_url": "postgresql://host/database"}, "names no role"),
        ({"migration_url": "postgresql://a@b/c"}, "SECURESCORE_DATABASE_URL is not"),
    ],
)
def test_addresses_that_cannot_be(tmp_path: Path, given: dict[str, str], words: str) -> None:
    settings = Settings(data_dir=tmp_path, **_secrets(given))
    with refused(words), open_database(settings):
        pass


def _secrets(given: dict[str, str]) -> dict[str, Any]:
    return {name: SecretStr(url) for name, url in given.items()}


class TestFolderAndDatabase:
    """Both hold the id of the installation."""

    def test_a_folder_of_another_installation(self, tmp_path: Path, databases: Server) -> None:
        with databases.database() as one, databases.database() as other:
            with (
                open_database(settings_of(tmp_path / "other", other)),
                open_database(settings_of(tmp_path, one)),
            ):
                pass
            with refused("belongs to another installation"), open_database(settings_of(tmp_path, other)):
                pass

    def test_a_folder_that_is_not_the_one_of_the_database(self, tmp_path: Path, fresh: TestDatabase) -> None:
        with open_database(settings_of(tmp_path / "first", fresh)):
            pass
        strange = settings_of(tmp_path / "second", fresh)
        with refused("has no marker", "adopt-folder"), open_database(strange):
            pass
        with open_database(strange, adopt_folder=True):
            pass
        with open_database(strange):
            pass

    def test_evidence_with_an_empty_database(
        self, tmp_path: Path, fresh: TestDatabase, empty: TestDatabase
    ) -> None:
        with open_database(settings_of(tmp_path, fresh)):
            (tmp_path / "evidence" / "somebody").mkdir(parents=True)
        with refused("holds the evidence of an installation"), open_database(settings_of(tmp_path, empty)):
            pass

    def test_a_damaged_marker(self, tmp_path: Path, fresh: TestDatabase) -> None:
        (tmp_path / "installation").write_text("nonsense")
        with refused("marker", "cannot be read"), open_database(settings_of(tmp_path, fresh)):
            pass


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECURESCORE_DATABASE_URL", "")
    monkeypatch.setenv("SECURESCORE_DATA_DIR", str(tmp_path))
    settings = load_settings()
    assert (settings.database_url, settings.data_dir) == (None, tmp_path)
    assert settings.key_path == tmp_path / "secret.key"
