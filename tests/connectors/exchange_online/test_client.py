"""Running cmdlets over real https: what is sent, paging, and every way in which an answer can be an error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.conftest import FakeTime
from tests.connectors.exchange_online.cmdlets import (
    COMPLIANCE,
    EXCHANGE,
    INVOKE,
    Cmdlets,
    tokens_by_audience,
)
from tests.connectors.stub import TENANT, Reply, Stub, page

from securescore.connectors.connection import Connection
from securescore.connectors.exchange_online.client import ExchangeAdmin
from securescore.connectors.exchange_online.errors import words
from securescore.connectors.http.answers import refusal_of
from securescore.errors import CollectionError

MAILBOX = "Get-Mailbox"


def run(admin: ExchangeAdmin, cmdlet: str = MAILBOX, **options: Any) -> list[bytes]:
    return [item for items in admin.pages(cmdlet, **options) for item in items]


def failing(admin: ExchangeAdmin, cmdlet: str = MAILBOX) -> CollectionError:
    with pytest.raises(CollectionError) as raised:
        run(admin, cmdlet)
    return raised.value


def refused(status: int, body: Any, **headers: str) -> Reply:
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def exchange_error(
    message: str | None = None, *, code: str | None = "NotFound", internal: str | None = None, **more: Any
) -> dict[str, Any]:
    """An error in the shape of the admin interface; what stands first in it never says anything."""
    details = [{"code": "Context", "target": "", "message": message}] if message else []
    inner = {"message": "...", "internalexception": {"message": internal}} if internal else {"message": "..."}
    body = {"code": code, "message": "Invalid Operation", "details": details, "innererror": inner}
    return {"error": {**body, **more}}


def test_what_is_sent(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.script(MAILBOX, page({"Guid": "a"}, link=cmdlets.link("2")), page({"Guid": "b"}))
    run(exchange, select=("Guid", "AuditEnabled"), parameters={"ResultSize": "Unlimited"})
    first, second = cmdlets.requests(MAILBOX)
    body = {"CmdletInput": {"CmdletName": MAILBOX, "Parameters": {"ResultSize": "Unlimited"}}}
    assert json.loads(first.body) == body
    assert second.body == first.body, "the next page is asked for with the same body"
    assert (first.query, second.query) == ({"$select": "Guid,AuditEnabled"}, {"token": "2"})
    for seen in (first, second):
        assert seen.headers["x-anchormailbox"] == (
            "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" + TENANT
        )
        assert seen.headers["prefer"] == "odata.maxpagesize=1000"
        assert seen.headers["x-responseformat"] == "json"
        assert seen.headers["x-cmdletname"] == MAILBOX
        assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


def test_items_of_all_pages_keep_their_exact_text(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    link = json.dumps(cmdlets.link("2")).encode()
    first = b'{"value": [{"Name": "a",\n "Limit": 1.10, "Limit@odata.type": "#Decimal"}], "@odata.nextLink": '
    cmdlets.script(
        MAILBOX, Reply(body=first + link + b"}"), page(link=cmdlets.link("3")), page({"Name": "b"})
    )
    assert run(exchange) == [
        b'{"Name": "a",\n "Limit": 1.10, "Limit@odata.type": "#Decimal"}',
        b'{"Name": "b"}',
    ]


def test_warnings_are_no_errors(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    body = {"value": [{"Name": "a"}], "@adminapi.warnings": ["there are more"], "@odata.context": "x"}
    cmdlets.script(MAILBOX, Reply(body=body))
    assert run(exchange) == [b'{"Name": "a"}']


def test_each_service_is_given_its_own_token(
    connection: Connection, cmdlets: Cmdlets, exchange: ExchangeAdmin, compliance: ExchangeAdmin
) -> None:
    tokens_by_audience(cmdlets.stub)
    run(exchange)
    run(compliance, "Get-Label")
    list(connection.graph.pages("/users"))
    given_to = {
        seen.headers["host"].split(":")[0]: seen.headers["authorization"]
        for seen in cmdlets.stub.seen
        if "authorization" in seen.headers
    }
    assert given_to == {
        EXCHANGE: f"Bearer for-{EXCHANGE}",
        COMPLIANCE: f"Bearer for-{COMPLIANCE}",
        f"eur02b.{COMPLIANCE}": f"Bearer for-{COMPLIANCE}",
        "localhost": "Bearer for-localhost",
    }


@pytest.mark.parametrize(
    "cmdlet",
    [
        "Set-Mailbox",
        "Remove-Mailbox",
        "get-mailbox",
        "Get-",
        "Get",
        "",
        " Get-Mailbox",
        "Get-Mailbox ",
        "Get-Mailbox\n",
        "Get-Mailbox;Remove-Mailbox",
        "Get-Mailbox|Remove-Mailbox",
        "Invoke-Get-Mailbox",
        "Get-Mailbox\N{CYRILLIC SMALL LETTER A}",
    ],
)
def test_only_cmdlets_that_read_are_run(exchange: ExchangeAdmin, cmdlets: Cmdlets, cmdlet: str) -> None:
    error = failing(exchange, cmdlet)
    assert error.code == "not_reading"
    assert "only cmdlets that begin with Get- are" in str(error)
    assert cmdlets.stub.seen == [], "not even the region was asked for"


def test_links_that_lead_round_end_in_an_error(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.script(
        MAILBOX,
        page({"Guid": "a"}, link=cmdlets.link("2")),
        page({"Guid": "b"}, link=cmdlets.link("3")),
        page({"Guid": "c"}, link=cmdlets.link("2")),
    )
    assert failing(exchange).code == "link_loop"
    assert len(cmdlets.requests()) == 3


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://elsewhere.example/next", "other_host"),
        (f"https://{COMPLIANCE}/next", "other_host"),
        (f"https://{EXCHANGE}.elsewhere.example/next", "other_host"),
        (f"https://{EXCHANGE}/next", "other_host"),
        (f"http://{EXCHANGE}/next", "bad_link"),
        ("", "bad_link"),
        (7, "bad_answer"),
    ],
)
def test_a_link_to_somewhere_else_is_not_followed(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, link: Any, code: str
) -> None:
    cmdlets.script(MAILBOX, Reply(body={"value": [{}], "@odata.nextLink": link}))
    assert failing(exchange).code == code
    assert len(cmdlets.requests()) == 1


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (Reply(body=b'{"value": [{"Guid": "b"}, {"Gu'), "cut off or broken"),
        (Reply(body=b""), "cut off or broken"),
        (Reply(body=b"<html>"), "cut off or broken"),
        (Reply(body=b'{"value": [], "@odata.nextLink": "\xff"}'), "cut off or broken"),
        (Reply(body=b"[" * 100_000), "cut off or broken|something other"),
        (Reply(body={"value": {"Guid": "b"}}), "something other than a list"),
        (Reply(body={"value": None, "@adminapi.warnings": ["w"]}), "something other than a list"),
        (Reply(body={}), "something other than a list"),
        (
            Reply(body={"value": [{"Guid": "b"}], **exchange_error("the store went away")}),
            "broke off a page of Get-Mailbox with 200 NotFound: the store went away",
        ),
        (Reply(body=exchange_error("the store went away")), "broke off .* the store went away"),
    ],
)
def test_a_page_that_is_not_whole_is_an_error(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, second: Reply, says: str
) -> None:
    cmdlets.script(MAILBOX, page({"Guid": "a"}, link=cmdlets.link("2")), second)
    with pytest.raises(CollectionError, match=f"Exchange Online .*({says})") as raised:
        run(exchange)
    assert raised.value.reason == "collection_failed"


UNKNOWN = "The term 'Get-Mailbox' is not recognized as the name of a cmdlet, function, script file"


@pytest.mark.parametrize(
    ("answer", "reason", "code", "says"),
    [
        (
            refused(401, b""),
            "no_permission",
            "401",
            "401 and no reason, as it does when the application permission",
        ),
        (refused(401, exchange_error("who are you", code="x")), "no_permission", "x", "401 x: who are you$"),
        (refused(403, b"\0" * 5000), "no_permission", "403", "refused Get-Mailbox with 403$"),
        (refused(403, exchange_error("no role")), "no_permission", "NotFound", "403 NotFound: no role$"),
        (
            refused(400, exchange_error(UNKNOWN, code="BadRequest")),
            "no_permission",
            "BadRequest",
            "not recognized",
        ),
        (refused(400, exchange_error(internal=UNKNOWN, code=None)), "no_permission", "400", "not recognized"),
        (
            refused(404, exchange_error("no such cmdlet")),
            "no_permission",
            "NotFound",
            "404 NotFound: no such",
        ),
        (refused(404, b"<html>not here</html>"), "collection_failed", "404", "Get-Mailbox with 404$"),
        (refused(400, exchange_error("a bad parameter")), "collection_failed", "NotFound", "a bad parameter"),
        (refused(302, b"", Location="https://elsewhere.example/"), "collection_failed", "302", "302$"),
        (refused(400, b'{"error": {"message": "\xff"}}'), "collection_failed", "400", "with 400$"),
        (refused(418, b"{}"), "collection_failed", "418", "with 418$"),
    ],
)
def test_refusals(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, answer: Reply, reason: str, code: str, says: str
) -> None:
    cmdlets.script(MAILBOX, answer)
    with pytest.raises(CollectionError, match=says) as raised:
        run(exchange)
    assert (raised.value.reason, raised.value.code) == (reason, code)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exchange_error("first", internal="second"), "first"),
        (exchange_error("Ex3EFA9B|Microsoft.Exchange.Thing|it could not be done"), "it could not be done"),
        (exchange_error("|Microsoft.Exchange.Thing|a | b"), "a | b"),
        (exchange_error(internal="|System.Exception|second"), "second"),
        (exchange_error(innererror={"internalException": {"message": "other spelling"}}), "other spelling"),
        (exchange_error(), "Invalid Operation"),
        (exchange_error(details=[{}, {"message": None}, 7, {"Message": "third"}]), "third"),
        (exchange_error(details="no list", innererror=["none"]), "Invalid Operation"),
        ({"error": {"message": ["no text"], "code": 7}}, ""),
        ({"error": "a text"}, ""),
        ([], ""),
    ],
)
def test_the_message_is_the_one_that_says_something(error: Any, said: str) -> None:
    assert refusal_of(400, json.dumps(error).encode(), words=words).text == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("details", "message", "innererror", "internalException")), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_error_is_said_printably_and_shortly(error: object) -> None:
    said = refusal_of(400, json.dumps({"error": error}).encode(), words=words).text
    assert said.isprintable()
    assert len(said) <= 200


def test_what_a_service_says_is_bounded_and_gives_no_token_away(
    exchange: ExchangeAdmin, cmdlets: Cmdlets
) -> None:
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL291dGxvb2sifQ.c2lnbmF0dXJl"
    cmdlets.script(
        MAILBOX, refused(400, exchange_error(f"bad\x1b[31m Bearer {jwt} was sent " + "x" * 10_000))
    )
    said = str(failing(exchange))
    assert said.isprintable()
    assert len(said) < 400
    assert "eyJ" not in said
    assert "Bearer (a token) was sent" in said


@pytest.mark.parametrize("message", ["eyJ" + "a" * 20_000, "eyJhbGciOiJSUzI1NiJ9", "eyJ-" * 200_000])
def test_a_token_that_was_cut_off_is_a_token_too(message: str) -> None:
    body = json.dumps({"error": {"message": f"Bearer {message}"}}).encode()
    assert refusal_of(400, body).text == "Bearer (a token)"


def test_429_waits_as_long_as_it_is_asked_to(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, time: FakeTime
) -> None:
    cmdlets.script(MAILBOX, refused(429, b"", Retry_After="12.5"), page({"Guid": "a"}))
    assert len(run(exchange)) == 1
    assert time.slept == pytest.approx(12.5)


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_that_passes_is_waited_out(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, time: FakeTime, status: int
) -> None:
    cmdlets.script(MAILBOX, *[refused(status, b"")] * 3, page({"Guid": "a"}))
    assert len(run(exchange)) == 1
    assert [2.5 * 2**n <= wait <= 5 * 2**n for n, wait in enumerate(time.waits)] == [True] * 3


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_that_stays_fails_after_three_more_tries(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, status: int
) -> None:
    cmdlets.script(MAILBOX, refused(status, exchange_error("the server is busy", code="Busy")))
    error = failing(exchange)
    assert "still answered" in str(error)
    assert "the server is busy" in str(error)
    assert "after 4 attempts" in str(error)
    assert (error.reason, error.code) == ("collection_failed", "Busy")
    assert len(cmdlets.requests()) == 4


def test_throttling_is_waited_out_longer_than_faults(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.script(MAILBOX, *[refused(429, b"", Retry_After="1")] * 8, page({"Guid": "a"}))
    assert len(run(exchange)) == 1


def test_a_dropped_connection_is_tried_again(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.script(MAILBOX, Reply(drop=True), page({"Guid": "a"}))
    assert len(run(exchange)) == 1


def test_a_rejected_token_is_renewed_once(exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub) -> None:
    cmdlets.script(MAILBOX, refused(401, b""), page({"Guid": "a"}))
    assert len(run(exchange)) == 1
    first, second = stub.requests(INVOKE)
    assert first.headers["authorization"] != second.headers["authorization"]


def test_a_domain_name_gives_way_to_the_id_behind_it(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub
) -> None:
    assert exchange.for_tenant(TENANT) is exchange
    other = "0a6f3c1e-52d4-4f0b-8a77-91d0b7c4e0ff"
    path = f"/adminapi/beta/{other}/InvokeCommand"
    stub.script(path, page({"Guid": "a"}))
    assert len(run(exchange.for_tenant(other))) == 1
    assert stub.requests(path)[0].headers["x-anchormailbox"].endswith(f"@{other}")
    assert stub.requests(f"/adminapi/v1.0/{other}/EXOModuleFile")
