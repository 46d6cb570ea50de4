"""In which region a service answers, and that a token never goes where it must not."""

import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.conftest import TenantFile
from tests.connectors.exchange_online.cmdlets import (
    BANNER,
    COMPLIANCE,
    EXCHANGE,
    INVOKE,
    MODULE,
    Cmdlets,
    redirect,
)
from tests.connectors.stub import Reply, Stub, page, serving

from securescore.connectors import Clock, load_tenant
from securescore.connectors.clouds import GLOBAL, Address
from securescore.connectors.connection import connect
from securescore.connectors.exchange_online.client import ExchangeAdmin
from securescore.connectors.exchange_online.regions import region
from securescore.connectors.http.wire import Hosts
from securescore.errors import CollectionError

PS = GLOBAL.compliance
OUTLOOK = GLOBAL.exchange


def hosts_asked(stub: Stub, path: str = INVOKE) -> set[str]:
    return {seen.headers["host"] for seen in stub.requests(path)}


def run(admin: ExchangeAdmin, cmdlet: str = "Get-Label") -> int:
    return sum(len(items) for items in admin.pages(cmdlet))


def test_without_a_redirect_exchange_answers_at_its_front_door(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    run(exchange)
    assert hosts_asked(stub) == {f"{EXCHANGE}:{stub.port}"}
    assert "x-anchormailbox" in stub.requests(MODULE)[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_below_the_front_door_is_taken_as_it_is(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, status: int
) -> None:
    stub.script(MODULE, redirect(f"https://eur04.{EXCHANGE}:{stub.port}{MODULE}", status))
    run(exchange)
    assert hosts_asked(stub) == {f"eur04.{EXCHANGE}:{stub.port}"}
    assert len(stub.requests(MODULE)) == 1, "it was not followed"


def test_a_relative_redirect_stays_at_the_front_door(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    stub.script(MODULE, redirect("/somewhere/else"))
    run(exchange)
    assert hosts_asked(stub) == {f"{EXCHANGE}:{stub.port}"}
    assert stub.requests("/somewhere/else") == []


def test_a_foreign_host_is_never_contacted(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, server_tls: ssl.SSLContext
) -> None:
    with serving(server_tls) as foreign:
        stub.script(MODULE, redirect(f"https://nam12.elsewhere.localhost:{foreign.port}{MODULE}"))
        run(exchange)
        assert foreign.seen == []
    assert hosts_asked(stub) == {f"nam12.{EXCHANGE}:{stub.port}"}


def test_a_foreign_host_that_names_no_region_is_an_error(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, server_tls: ssl.SSLContext
) -> None:
    with serving(server_tls) as foreign:
        stub.script(MODULE, redirect(f"https://127.0.0.1:{foreign.port}{MODULE}"))
        with pytest.raises(
            CollectionError, match=r"names no region \(127\.0\.0\.1\); nothing was sent there"
        ):
            run(exchange)
        assert foreign.seen == []
    assert stub.requests(INVOKE) == []


def test_a_host_that_the_tenant_file_allows_is_taken_as_it_is(
    tenant_file: TenantFile, endpoints: str, clock: Clock, stub: Stub, server_tls: ssl.SSLContext
) -> None:
    with serving(server_tls) as other:
        elsewhere = Cmdlets(other)
        tenant = load_tenant(tenant_file(endpoints=f'{endpoints}\nalso = ["localhost:{other.port}"]'))
        stub.script(BANNER, redirect(f"https://localhost:{other.port}/x"))
        connection = connect(tenant, clock)
        assert run(connection._services.compliance) == 0
        connection.close()
        assert len(elsewhere.requests("Get-Label")) == 1
    assert stub.requests(INVOKE) == []


def test_compliance_uses_the_label_and_not_the_port_of_the_redirect(
    compliance: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    run(compliance)
    assert hosts_asked(stub) == {f"eur02b.{COMPLIANCE}:{stub.port}"}
    assert stub.requests(MODULE) == []


def test_compliance_asks_in_a_second_way(compliance: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub) -> None:
    stub.script(BANNER, Reply(body={"value": []}))
    stub.script(MODULE, redirect(f"https://can01.admin.localhost:446{MODULE}"))
    run(compliance)
    assert hosts_asked(stub) == {f"can01.{COMPLIANCE}:{stub.port}"}


@pytest.mark.parametrize(
    ("answer", "reason", "code", "says"),
    [
        (page(), "collection_failed", "no_region", "answers only in the tenant's region"),
        (Reply(302, b""), "collection_failed", "no_region", "did not tell which that is"),
        (redirect(f"https://{COMPLIANCE}:446/"), "collection_failed", "no_region", "front door"),
        (
            Reply(403, b""),
            "no_permission",
            "403",
            "Security & Compliance refused to tell the tenant's region with 403",
        ),
        (Reply(401, b""), "no_permission", "401", "401 and no reason"),
        (Reply(500, b""), "collection_failed", "500", "with 500"),
        (Reply(503, b""), "collection_failed", "503", "still answered 503"),
        (redirect("http://eur02b.example/"), "collection_failed", "bad_link", "an address that is none"),
        (redirect("https://[::1/"), "collection_failed", "bad_link", "an address that is none"),
        (redirect("https://e_r.example/"), "collection_failed", "other_host", "names no region"),
    ],
)
def test_compliance_without_a_region_is_an_error_that_says_so(
    compliance: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, answer: Reply, reason: str, code: str, says: str
) -> None:
    stub.script(BANNER, answer)
    stub.script(MODULE, answer)
    with pytest.raises(CollectionError, match=says) as raised:
        run(compliance)
    assert (raised.value.reason, raised.value.code) == (reason, code)
    asked = len(stub.seen)
    with pytest.raises(CollectionError, match=says):
        run(compliance, "Get-LabelPolicy")
    assert len(stub.seen) == asked, "what went wrong for one table is not tried again for the next"
    assert stub.requests(INVOKE) == []


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_exchange_that_tells_no_region_is_asked_at_its_front_door(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, status: int
) -> None:
    stub.script(MODULE, Reply(status, b""))
    cmdlets.returns("Get-Mailbox", {})
    assert run(exchange, "Get-Mailbox") == 1


def test_an_unreachable_front_door_is_told_soon(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    stub.script(MODULE, Reply(drop=True))
    with pytest.raises(CollectionError, match="did not answer in 3 attempts"):
        run(exchange)


def test_the_region_is_asked_for_once_however_many_threads_want_it(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    stub.script(MODULE, redirect(f"https://eur04.{EXCHANGE}:{stub.port}/"))
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: run(exchange), range(16)))
    assert counts == [0] * 16
    assert len(stub.requests(MODULE)) == 1
    assert hosts_asked(stub) == {f"eur04.{EXCHANGE}:{stub.port}"}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://eur02b.admin.protection.outlook.com:446/adminapi", "eur02b." + PS.host),
        ("https://EUR02B.admin.protection.outlook.com:446/", "eur02b." + PS.host),
        (f"https://eur02b.{PS.host}/x?y#z", "eur02b." + PS.host),
        (f"https://eur02b.{PS.host}.:443/", "eur02b." + PS.host),
        (f"https://eur02b.{PS.host}:446/", "eur02b." + PS.host),
        (f"https://{PS.host}/", PS.host),
        (f"https://{PS.host}:446/", None),
        (f"https://{PS.host}.elsewhere.example/", "ps." + PS.host),
        ("https://localhost/", "localhost." + PS.host),
    ],
)
def test_hosts(location: str, expected: str | None) -> None:
    found = region(location, PS, Hosts(PS), "x")
    assert (found and found.host) == expected
    assert found is None or found.port == 443


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/relative",
        "eur02b.example",
        "http://eur02b.example/",
        "https://",
        "https://203.0.113.7/",
        "https://[2001:db8::1]/",
        "https://-eur.example/",
        "https://eur-.example/",
        "https://2eur.example/",
        "https://e_r.example/",
        "https://user@eur02b.example/",
        f"https://{'e' * 64}.example/",
        "https://.example/",
        "https://\u00e9.example/",
    ],
)
def test_no_host_is_made_of_what_names_none(location: str) -> None:
    with pytest.raises(CollectionError) as raised:
        region(location, OUTLOOK, Hosts(OUTLOOK), "x")
    assert raised.value.code in {"bad_link", "other_host"}


@given(
    st.text()
    | st.builds("https://{}/".format, st.text())
    | st.from_regex(r"https?://([a-z0-9.@:_-]|\.outlook\.office365\.com){0,40}(/.*)?", fullmatch=True)
)
def test_whatever_the_redirect_the_token_stays_with_the_service(location: str) -> None:
    hosts = Hosts(OUTLOOK, (Address("also.example", 8443),))
    try:
        found = region(location, OUTLOOK, hosts, "x")
    except CollectionError:
        return
    if found is not None:
        assert hosts.check(found.url + "/adminapi", "x")
