"""Addresses and sockets, whatever the folder is called."""

import os
import string
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url
from tests.store.embedded.place import processes

from securescore.store.embedded import EmbeddedServer, Login
from securescore.store.embedded.layout import Layout

NAMES = st.text(
    st.characters(blacklist_characters="/\x00", blacklist_categories=["Cs"]), min_size=1, max_size=60
)


class TestAddresses:
    @given(folder=NAMES, password=st.text(string.printable, min_size=1))
    def test_say_the_same_to_all_who_read_them(self, folder: str, password: str) -> None:
        login = Login(Path("/run") / folder, "securescore", "securescore_app", password)
        url = make_url(login.url)
        assert (url.drivername, url.username, url.password, url.database) == (
            "postgresql+psycopg",
            "securescore_app",
            password,
            "securescore",
        )
        assert url.query == {"host": f"/run/{folder}"}
        assert conninfo_to_dict(login.conninfo) == login.parameters


class TestSocketFolders:
    @given(folder=NAMES)
    def test_always_suit_a_socket(self, folder: str) -> None:
        layout = Layout(Path("/srv") / folder)
        path = str(layout.socket)
        assert len(os.fsencode(path)) <= 107
        assert path.isprintable()
        assert "," not in path
        assert layout.socket_folder.parent == layout.folder or layout.socket_folder.name.startswith(
            "securescore-"
        )

    def test_a_long_path_has_a_short_one_of_its_own(self, place: Path) -> None:
        folder = place / ("long" * 25) / "postgres"
        short = Layout(folder).socket_folder
        with EmbeddedServer(folder) as server:
            assert not short.is_relative_to(place)
            assert short.stat().st_mode & 0o077 == 0
            with psycopg.connect(server.start().application.conninfo) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert Layout(place / "other" / folder.relative_to(place)).socket_folder != short
        assert processes(place) == []
        assert not short.exists()

    def test_a_short_one_that_somebody_else_made_is_refused(self, place: Path) -> None:
        folder = place / ("long" * 25) / "postgres"
        short = Layout(folder).socket_folder
        short.symlink_to(place)
        try:
            with pytest.raises(Exception, match="is no private folder of the database server"):
                EmbeddedServer(folder).start()
        finally:
            short.unlink()
