"""A list of customers becomes tenants: once, whole, and with every bad line named."""

import codecs
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.services.applications import CLIENT, SECRET, application
from tests.services.tenancy import ME

from securescore.connectors.tenant_file import Application
from securescore.errors import ConfigurationError, NotAllowedError, StoreError
from securescore.services.actor import Actor, Right
from securescore.services.customer_list import CustomerList, read_customers
from securescore.services.groups import list_groups, list_members
from securescore.services.importing import Effect, ImportReport, import_customers
from securescore.services.installation import Installation
from securescore.services.tenants import (
    About,
    change_tenant,
    connect_tenant,
    describe_tenant,
    find_tenant,
    get_tenant,
    list_tenants,
)
from securescore.store import audit
from securescore.store import tenants as tenant_rows
from securescore.store.schema import INSTALLATION

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000001" for letter in "abc")
HEADER = "tenant_id,name,time_zone,industry,seats,region,group"
TWO = f"{HEADER}\n{A},Albert Bakkers,Europe/Amsterdam,food,120,NL,bakers; big\n{B},Bé & Zn,,,,,bakers\n"

Listed = Callable[[str | bytes], CustomerList]


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    def write(content: str | bytes) -> CustomerList:
        path = tmp_path / "customers.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_customers(path)

    return write


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return application(tmp_path / "app")


def audited(here: Installation) -> dict[uuid.UUID, int]:
    """How many audit entries there are of each tenant and of the installation."""
    ids = [INSTALLATION, *(one.tenant_id for one in list_tenants(here, ME))]
    counts = {}
    for one in ids:
        with here.database.tenant(one) as connection:
            assert audit.first_break(connection) is None
            counts[one] = len(list(audit.entries(connection)))
    return counts


def counts(report: ImportReport) -> tuple[int, ...]:
    return tuple(len(report.of(effect)) for effect in Effect)


def test_what_is_missing_is_added_with_all_that_is_told(
    here: Installation, listed: Listed, app: Application
) -> None:
    report = import_customers(here, ME, app, listed(TWO))
    assert counts(report) == (2, 0, 0)
    assert report.new_groups == ("bakers", "big")
    found = find_tenant(here, ME, A)
    tenant, connection = describe_tenant(here, ME, found.tenant_id)
    told = (tenant.name, tenant.time_zone, tenant.industry, tenant.seats, tenant.region)
    assert told == ("Albert Bakkers", "Europe/Amsterdam", "food", 120, "NL")
    assert connection is not None
    assert (connection.client_id, connection.credential_kind) == (CLIENT, "client_secret")
    assert {group.name: count for group, count in list_groups(here, ME).items()} == {"bakers": 2, "big": 1}
    assert [one.name for one in list_members(here, ME, "BAKERS")] == ["Albert Bakkers", "Bé & Zn"]


def test_each_tenant_has_its_own_sealed_copy_of_the_secret(
    here: Installation, listed: Listed, app: Application
) -> None:
    import_customers(here, ME, app, listed(TWO))
    sealed = set()
    for one in list_tenants(here, ME):
        with here.database.tenant(one.tenant_id) as connection:
            row = tenant_rows.get_connection(connection)
        assert row is not None
        assert row.sealed_secret is not None
        sealed.add(row.sealed_secret)
        opened = here.sealer().open(row.sealed_secret, tenant=str(one.tenant_id), name="connection")
        assert opened.decode() == SECRET
        with here.database.tenant(one.tenant_id) as connection:
            assert SECRET not in str(list(audit.entries(connection)))
    assert len(sealed) == 2


def test_the_second_time_nothing_happens(here: Installation, listed: Listed, app: Application) -> None:
    import_customers(here, ME, app, listed(TWO))
    before = audited(here)
    again = import_customers(here, ME, app, listed(TWO), reconnect=True)
    assert counts(again) == (0, 0, 2)
    assert again.new_groups == ()
    assert audited(here) == before


def test_a_preview_says_the_same_and_does_nothing(
    here: Installation, listed: Listed, app: Application
) -> None:
    preview = import_customers(here, ME, app, listed(TWO), dry_run=True)
    assert not preview.written
    assert list_tenants(here, ME) == []
    assert list_groups(here, ME) == {}
    done = import_customers(here, ME, app, listed(TWO))
    assert (preview.outcomes, preview.new_groups) == (done.outcomes, done.new_groups)
    before = audited(here)
    changed = f"{HEADER}\n{A},Albert,,,,,new\n{C},Carla,,,,,\n"
    preview = import_customers(here, ME, app, listed(changed), dry_run=True)
    assert counts(preview) == (1, 1, 0)
    assert preview.of(Effect.CHANGED)[0].changes == {
        "name": ("Albert Bakkers", "Albert"),
        "group": (None, "new"),
    }
    assert audited(here) == before
    assert counts(import_customers(here, ME, app, listed(changed))) == (1, 1, 0)
    assert counts(import_customers(here, ME, app, listed(changed))) == (0, 0, 2)


def test_an_empty_cell_leaves_what_is_there(here: Installation, listed: Listed, app: Application) -> None:
    import_customers(here, ME, app, listed(TWO))
    import_customers(here, ME, app, listed(f"tenant_id,name\n{A},Albert\n"))
    tenant = get_tenant(here, ME, find_tenant(here, ME, A).tenant_id)
    assert (tenant.name, tenant.seats, tenant.region) == ("Albert", 120, "NL")
    assert len(list_members(here, ME, "bakers")) == 2, "a group that the list does not name is not left"


def test_only_what_differs_is_written_down(here: Installation, listed: Listed, app: Application) -> None:
    import_customers(here, ME, app, listed(TWO))
    tenant_id = find_tenant(here, ME, A).tenant_id
    import_customers(here, ME, app, listed(f"tenant_id,name,group\n{A},Albert,bakers;big;new\n"))
    with here.database.tenant(tenant_id) as connection:
        acts = [one.act for one in audit.entries(connection)]
    assert acts == ["tenant.add", "group.join", "group.join", "tenant.change", "group.join"]


def test_how_a_tenant_is_read_stays_unless_it_is_asked_for(
    here: Installation, listed: Listed, app: Application, tmp_path: Path
) -> None:
    import_customers(here, ME, app, listed(TWO))
    tenant_id = find_tenant(here, ME, A).tenant_id
    own = application(tmp_path / "own", "its own secret")
    connect_tenant(here, ME, tenant_id, own.within(A))
    assert counts(import_customers(here, ME, app, listed(TWO))) == (0, 0, 2)
    report = import_customers(here, ME, app, listed(TWO), reconnect=True)
    assert [one.customer.directory_id for one in report.of(Effect.CHANGED)] == [A]
    assert counts(import_customers(here, ME, app, listed(TWO), reconnect=True)) == (0, 0, 2)
    with here.database.tenant(tenant_id) as connection:
        assert "its own secret" not in str(list(audit.entries(connection)))


def test_a_bad_line_stops_everything_and_every_one_is_named(
    here: Installation, listed: Listed, app: Application
) -> None:
    bad = listed(f"{HEADER}\n{A},Good,,,,,\nnot-an-id,Bad,,,,,\n{B},,,,,,\n")
    with pytest.raises(ConfigurationError) as refused:
        import_customers(here, ME, app, bad)
    assert "line 3: tenant_id 'not-an-id'" in str(refused.value)
    assert "line 4: name is empty" in str(refused.value)
    assert list_tenants(here, ME) == []
    report = import_customers(here, ME, app, bad, skip_bad=True)
    assert counts(report) == (1, 0, 0)


def test_only_who_manages_may_import(here: Installation, listed: Listed, app: Application) -> None:
    writer = Actor("somebody", "here", "operator", frozenset({Right.READ, Right.WRITE}))
    with pytest.raises(NotAllowedError):
        import_customers(here, writer, app, listed(TWO))
    assert list_tenants(here, ME) == []


def test_an_import_that_broke_off_is_finished_by_the_next(
    here: Installation, listed: Listed, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "tenant_id,name,group\n" + "".join(f"{uuid.UUID(int=n + 1)},N{n},g\n" for n in range(10))
    add, calls = tenant_rows.add, iter(range(100))

    def failing(*arguments: object) -> None:
        if next(calls) == 6:
            raise StoreError("the database cannot be used: it is being shut down")
        add(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tenant_rows, "add", failing)
    with pytest.raises(StoreError, match="stopped at line 8: the database cannot be used"):
        import_customers(here, ME, app, listed(many))
    assert len(list_tenants(here, ME)) == len(list_members(here, ME, "g")) == 6
    assert counts(import_customers(here, ME, app, listed(many))) == (4, 0, 6)
    assert len(list_members(here, ME, "g")) == 10


def test_a_change_made_meanwhile_is_seen(here: Installation, listed: Listed, app: Application) -> None:
    import_customers(here, ME, app, listed(TWO))
    change_tenant(here, ME, find_tenant(here, ME, A).tenant_id, About(name="Renamed"))
    assert counts(import_customers(here, ME, app, listed(TWO))) == (0, 1, 1)


@pytest.mark.parametrize(
    "content",
    [
        TWO,
        TWO.replace("\n", "\r\n"),
        codecs.BOM_UTF8 + TWO.encode(),
        f'tenant_id;name;seats;group\n{A};Albert Bakkers;120;"bakers; big"\n{B};Bé & Zn;;bakers\n',
        TWO.replace("tenant_id", " Tenant_ID ").replace(A, A.upper()).rstrip("\n"),
        TWO + ",,,,,,\n\n",
    ],
    ids=["plain", "windows", "bom", "semicolons", "upper case", "empty lines"],
)
def test_a_list_may_be_written_in_several_ways(listed: Listed, content: str | bytes) -> None:
    found = listed(content)
    assert found.bad == ()
    first, second = found.customers
    assert (first.directory_id, first.about.name, first.about.seats) == (A, "Albert Bakkers", 120)
    assert first.groups == ("bakers", "big")
    assert (second.directory_id, second.about.name, second.about.seats) == (B, "Bé & Zn", None)


BAD_LINES = {
    "no id": ("x,Name", "is not Microsoft's id"),
    "the id of nobody": (f"{uuid.UUID(int=0)},Name", "is not Microsoft's id"),
    "an id in braces": (f"{{{A}}},Name", "is not Microsoft's id"),
    "no name": (f"{A},  ", "name is empty"),
    "a formula": (f'{A},"=HYPERLINK(""https://x"")"', "takes for a formula"),
    "a formula with at": (f"{A},@SUM(1)", "takes for a formula"),
    "a formula as region": (f"{A},Name,,,,+1", "takes for a formula"),
    "a formula as group": (f"{A},Name,,,,,ok;=1", "takes for a formula"),
    "a zero byte": (f"{A},Na\0me", "cannot be shown"),
    "turned writing": (f"{A},Na\u202eme", "cannot be shown"),
    "a long name": (f"{A},{'n' * 201}", "longer than 200"),
    "a long line": (f"{A},{'n' * 1_000_000}", "longer than 10000 bytes"),
    "many cells": (f"{A},Name,,,,,,,,", "has 10 cells"),
    "an open quotation": (f'{A},"Name', "quotation mark"),
    "no number": (f"{A},Name,,,many", "no whole number"),
    "a huge number": (f"{A},Name,,,{'9' * 150}", "no whole number"),
    "a number with letters": (f"{A},Name,,,1.250", "no whole number"),
    "other digits": (f"{A},Name,,,\u0661\u0662", "no whole number"),
    "nobody": (f"{A},Name,,,0", "no whole number"),
    "no time zone": (f"{A},Name,Mars/Olympus", "time_zone"),
    "a path as time zone": (f"{A},Name,../../etc/passwd", "time_zone"),
    "a folder as time zone": (f"{A},Name,Europe", "time_zone"),
    "a long group": (f"{A},Name,,,,,{'g' * 101}", "longer than 100"),
    "very many groups": (f"{A},Name,,,,,{';'.join(map(str, range(60)))}", "more than 50 groups"),
    "a line break": (f"{A},Na\rme", "line break"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_and_takes_no_other_with_it(listed: Listed, line: str, reason: str) -> None:
    found = listed(f"{HEADER}\n{B},Before,,,,,\n{line}\n{C},After,,,,,\n")
    assert [one.about.name for one in found.customers] == ["Before", "After"]
    (bad,) = found.bad
    assert bad.line == 3
    assert reason in bad.reason
    assert len(bad.reason) < 300


def test_a_line_in_another_encoding_is_named(listed: Listed) -> None:
    found = listed(f"{HEADER}\n{A},Bé,,,,,\n".encode("latin-1") + f"{B},Good\n".encode())
    assert [one.about.name for one in found.customers] == ["Good"]
    assert [str(one) for one in found.bad] == ["line 2: it is not UTF-8: save the file as 'CSV UTF-8'"]


def test_a_tenant_that_is_listed_twice_is_named_with_both_lines(listed: Listed) -> None:
    found = listed(f"tenant_id,name\n{A},One\n{B},Two\n{A.upper()},Three\n")
    assert [one.about.name for one in found.customers] == ["One", "Two"]
    assert [str(one) for one in found.bad] == [f"line 4: it repeats the tenant {A} of line 2"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column tenant_id"),
        ("name\nAlbert\n", "no column tenant_id"),
        (f"tenant_id\n{A}\n", "no column name"),
        ("tenant_id,name,zeats\n", "did you mean seats"),
        ("tenant_id,name,wat-is-dit\n", "known are"),
        ("tenant_id,name,name\n", "names a column twice"),
        (TWO.encode("utf-16"), "UTF-16"),
        (b"\xff" * 100, "not UTF-8"),
        (b"x" * 100_000, "longer than"),
    ],
)
def test_a_file_that_is_no_list_is_refused(listed: Listed, content: str | bytes, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as refused:
        listed(content)
    assert "customers.csv" in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_customers(tmp_path / "customers.csv")
    with pytest.raises(ConfigurationError, match="Is a directory"):
        read_customers(tmp_path)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda one: f"{HEADER}\n{one}".encode()))
def test_any_file_gives_a_list_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        found = read_customers(path)
    except ConfigurationError:
        return
    assert len(found.customers) + len(found.bad) <= content.count(b"\n") + 1


@pytest.mark.slow
def test_two_thousand_customers(here: Installation, listed: Listed, app: Application) -> None:
    ids = [uuid.UUID(int=(number + 1) << 64 | number) for number in range(2_000)]
    many = listed(HEADER + "\n" + "".join(f"{one},Customer {one},,,{10},NL,all\n" for one in ids))
    began = time.monotonic()
    report = import_customers(here, ME, app, many)
    added = time.monotonic() - began
    assert counts(report) == (2_000, 0, 0)
    began = time.monotonic()
    assert counts(import_customers(here, ME, app, many)) == (0, 0, 2_000)
    again = time.monotonic() - began
    with here.database.installation() as connection:
        assert connection.execute(text("SELECT count(*) FROM tenant_group")).scalar_one() == 1
    assert added < 120
    assert again < 60
