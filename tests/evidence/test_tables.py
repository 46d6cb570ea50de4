"""The tables that this version declares."""

import re
from pathlib import Path

import duckdb
import pytest
from tests.evidence.desk import START, TENANT, moment, read

from securescore.errors import EvidenceError
from securescore.evidence import TABLES, EvidenceFolder, Table, table_named
from securescore.evidence.schema import Api
from securescore.evidence.tables.microsoft_365.exchange_online import MANAGE_AS_APP

declared = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
READS_ONLY = re.compile(r"[A-Za-z-]+\.[Rr]ead(\.[A-Za-z]+)*")


@declared
def test_names_are_snake_case(table: Table) -> None:
    for name in (table.name, *(column.name for column in table.columns)):
        assert SNAKE_CASE.fullmatch(name), name
    assert len({column.name for column in table.columns}) == len(table.columns)


@declared
def test_permission_reads_only(table: Table) -> None:
    if table.api is Api.EXCHANGE:  # it has none that only reads: the directory role decides what may be read
        assert table.permission == MANAGE_AS_APP
    elif table.permission is not None:
        assert READS_ONLY.fullmatch(table.permission)
        assert not re.search("write|fullcontrol|manage(?!ment|d)", table.permission, re.IGNORECASE)


def test_few_tables_need_no_permission() -> None:
    without = {table.name for table in TABLES.values() if table.permission is None}
    assert without == {"mail_domain_records", "teams_meeting_policies"}


@declared
def test_asks_for_what_it_reads(table: Table) -> None:
    roots = {re.split(r"[.\[]", column.path)[0] for column in table.columns if column.path}
    assert set(table.select) == roots
    assert len(table.select) == len(roots)


@declared
def test_when_null_is_a_value_of_the_type(table: Table) -> None:
    for column in table.columns:
        if column.when_null is not None:
            (value,) = duckdb.execute(f"SELECT {column.when_null}::{column.type}").fetchone() or (None,)
            assert value is not None, column.name


@declared
def test_about_is_one_line(table: Table) -> None:
    assert table.about
    assert "\n" not in table.about
    assert not table.about.endswith(".")


def test_every_table_can_be_written_and_read_while_empty(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    with folder.begin(TENANT, START, "test") as run:
        for table in TABLES.values():
            with run.table(table) as writer:
                writer.write_rows([])
        run.publish(moment(1))
    published = folder.newest()
    assert published.has(*TABLES)
    for table in TABLES.values():
        described = duckdb.execute(
            "DESCRIBE SELECT * FROM read_parquet(?)", [str(published.table_path(table.name))]
        ).fetchall()
        assert [row[:2] for row in described] == [(column.name, column.type) for column in table.columns]
        assert read(published.table_path(table.name)) == []


def test_names_are_the_tables() -> None:
    assert [table.name for table in TABLES.values()] == list(TABLES)
    assert table_named("users") is TABLES["users"]


def test_a_table_that_is_not_there() -> None:
    with pytest.raises(
        EvidenceError, match="no table of evidence is called 'user'; known are: organization, "
    ):
        table_named("user")
