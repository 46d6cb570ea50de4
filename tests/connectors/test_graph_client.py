"""Every fault that a page can have, over real https on loopback."""

import gzip
import json
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.stub import TENANT, Reply, Seen, Stub, error, page

from securescore import __version__
from securescore.connectors import Clock, Tenant, load_tenant
from securescore.connectors.connection import connect
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.retry import RetrySettings
from securescore.connectors.http.service import UnreachableError
from securescore.connectors.microsoft_graph.client import BETA, Graph
from securescore.connectors.microsoft_graph.errors import NotFoundError
from securescore.errors import CollectionError, ConnectionRefusedByServiceError

USERS = "/v1.0/users"


def ids(graph: Graph, path: str = "/users") -> list[str]:
    return [json.loads(item)["id"] for items in graph.pages(path) for item in items]


def link(stub: Stub, token: str) -> str:
    return f"{stub.url}{USERS}?$skiptoken={token}"


def noting(moments: list[float], time: FakeTime) -> Callable[[Seen], Reply]:
    """An empty page that notes when it was asked for."""

    def answer(_: Seen) -> Reply:
        moments.append(time.seconds)
        return page()

    return answer


def test_two_pages_and_an_empty_one_between(graph: Graph, stub: Stub) -> None:
    stub.script(
        USERS,
        page({"id": "a"}, link=link(stub, "2")),
        page(link=link(stub, "3")),
        page({"id": "b"}, {"id": "c"}),
    )
    assert ids(graph) == ["a", "b", "c"]


def test_what_is_sent(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, page(link=link(stub, "2")), page())
    list(
        graph.pages(
            "/users",
            select=("id", "displayName"),
            params={"$filter": "userType eq 'Guest'"},
            headers={"ConsistencyLevel": "eventual"},
        )
    )
    first, second = stub.requests(USERS)
    assert first.query == {"$select": "id,displayName", "$filter": "userType eq 'Guest'"}
    assert second.query == {"$skiptoken": "2"}
    assert [seen.headers["consistencylevel"] for seen in (first, second)] == ["eventual", "eventual"]
    assert first.headers["authorization"] == "Bearer token-1"
    assert first.headers["user-agent"] == f"NONISV|securescore|securescore/{__version__}"
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


def test_items_keep_their_exact_text(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(body=b'{"value": [\n {"id": "a",\n  "n": 1.10}\n, {"id":"b"}]}'))
    assert [item for items in graph.pages("/users") for item in items] == [
        b'{"id": "a",\n  "n": 1.10}',
        b'{"id":"b"}',
    ]


def test_compressed_answers_are_read(graph: Graph, stub: Stub) -> None:
    body = gzip.compress(b'{"value":[{"id":"a"}]}')
    stub.script(USERS, Reply(body=body, headers={"Content-Encoding": "gzip"}))
    assert ids(graph) == ["a"]


def test_429_with_a_fractional_retry_after_waits_exactly_that(
    graph: Graph, stub: Stub, time: FakeTime
) -> None:
    stub.script(USERS, error(429, "TooManyRequests", Retry_After="2.128"), page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert time.slept == pytest.approx(2.128)


def test_429_with_a_date_waits_until_then(graph: Graph, stub: Stub, time: FakeTime) -> None:
    date = format_datetime(time.now() + timedelta(seconds=30), usegmt=True)
    stub.script(USERS, error(429, "TooManyRequests", Retry_After=date), page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert time.slept == pytest.approx(30, abs=1)


def test_429_that_asks_for_no_wait_is_no_invitation_to_hammer(
    graph: Graph, stub: Stub, time: FakeTime
) -> None:
    stub.script(USERS, *[error(429, "TooManyRequests", Retry_After="0")] * 4, page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert time.slept >= 0.5 + 1 + 2 + 4


def test_429_without_retry_after_backs_off_longer_each_time(graph: Graph, stub: Stub, time: FakeTime) -> None:
    stub.script(USERS, *[error(429, "TooManyRequests")] * 4, page({"id": "a"}))
    assert ids(graph) == ["a"]
    waits = time.waits
    assert len(waits) == 4
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits))


def test_a_429_for_one_slows_the_whole_class(
    graph: Graph, stub: Stub, time: FakeTime, tenant: Tenant
) -> None:
    stub.script(USERS, error(429, "TooManyRequests", Retry_After="40"), page())
    moments: list[float] = []
    stub.script("/v1.0/domains", noting(moments, time))
    pages = graph.pages("/users")
    limiter = graph._service._limiters.of(TENANT, ServiceClass.DIRECTORY)
    next(pages)
    limiter.slow_down(25)
    before = time.seconds
    assert list(graph.pages("/domains")) == [[]]
    assert moments[0] >= before + 25


@pytest.mark.parametrize("status", [429, 503, 504, 502])
def test_a_page_failing_for_ever_ends_in_an_error(graph: Graph, stub: Stub, status: int) -> None:
    stub.script(USERS, page({"id": "a"}, link=link(stub, "2")), error(status, "UnknownError"))
    with pytest.raises(
        CollectionError, match=rf"still answered {status} UnknownError.*req-7.*10 attempts"
    ) as raised:
        ids(graph)
    assert raised.value.reason == "collection_failed"
    assert raised.value.code == "UnknownError"
    assert len(stub.requests(USERS)) == 11


def test_a_wait_beyond_all_patience_is_not_waited_for(graph: Graph, stub: Stub, time: FakeTime) -> None:
    stub.script(USERS, error(429, "TooManyRequests", Retry_After="7200"))
    with pytest.raises(CollectionError, match="asked to wait 7200 s more"):
        ids(graph)
    assert time.slept == 0


@pytest.mark.parametrize("status", [503, 504])
def test_a_passing_fault_is_overcome(graph: Graph, stub: Stub, status: int) -> None:
    stub.script(USERS, error(status, "ServiceUnavailable"), page({"id": "a"}))
    assert ids(graph) == ["a"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_other_refusals_are_never_repeated(graph: Graph, stub: Stub, status: int) -> None:
    stub.script(USERS, error(status, "Nope", "because"))
    with pytest.raises(
        CollectionError, match=rf"refused /users with {status} Nope: because \(request-id req-7\)"
    ):
        ids(graph)
    assert len(stub.requests(USERS)) == 1


def test_a_dropped_connection_is_tried_again(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(drop=True), Reply(cut=5), page({"id": "a"}))
    assert ids(graph) == ["a"]


def test_connections_dropped_for_ever_are_an_error(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(drop=True))
    with pytest.raises(UnreachableError, match="did not answer in 10 attempts"):
        ids(graph)


def test_a_drip_is_not_waited_for(graph: Graph, stub: Stub, time: FakeTime) -> None:
    slow = Reply(body=b'{"value": [' + b" " * 4000 + b"]}", before_chunk=lambda: time.pass_by(50))
    stub.script(USERS, slow, page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert len(stub.requests(USERS)) == 2


def test_an_answer_that_is_too_large_is_not_read(tenant: Tenant, clock: Clock, stub: Stub) -> None:
    stub.script(USERS, page({"id": "a" * 2000}))
    with closing(connect(tenant, clock)) as connection:
        connection._wire._settings = type(connection._wire._settings)(largest=1000)
        with pytest.raises(CollectionError, match="more than 1000 bytes"):
            ids(connection.graph)
    assert len(stub.requests(USERS)) == 1


def test_a_page_of_countless_items_is_not_taken_apart(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(body=b'{"value": [' + b"0," * 9_000_000 + b"0]}"))
    with pytest.raises(CollectionError, match="more items than a page can have") as raised:
        ids(graph)
    assert raised.value.code == "too_large"


def test_what_unpacks_to_nothing_is_counted_as_it_is_sent(tenant: Tenant, clock: Clock, stub: Stub) -> None:
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(b"{}") + b"".join(packer.flush(zlib.Z_FULL_FLUSH) for _ in range(1000))
    empty_blocks = b"\x00\x00\x00\xff\xff" * 100_000
    stub.script(USERS, Reply(body=body + empty_blocks, headers={"Content-Encoding": "gzip"}))
    with closing(connect(tenant, clock)) as connection:
        connection._wire._settings = type(connection._wire._settings)(largest=100_000)
        with pytest.raises(CollectionError, match="more than 100000 bytes"):
            ids(connection.graph)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"value": [{"id": "a"}, {"id"', "cut off or broken"),
        (b"", "cut off or broken"),
        (b"<html>", "cut off or broken"),
        (b"[" * 100_000, "cut off or broken|something other"),
        (b"{}", "something other than a list"),
        (b'{"value": {}}', "something other than a list"),
        (b'{"value": null}', "something other than a list"),
        (b'{"value": [], "@odata.nextLink": 7}', "something other than a list"),
        (b'{"value": [], "error": "late"}', "something other than a list"),
        (
            b'{"value": [{"id": "a"}], "error": {"code": "UnknownError", "message": "late"}}',
            "broke off a page of /users with 200 UnknownError: late",
        ),
        (b'{"value": [], "error": {}}', "broke off a page"),
        (b"[]", "something other than a list"),
    ],
)
def test_what_is_no_page_is_an_error(graph: Graph, stub: Stub, body: bytes, says: str) -> None:
    stub.script(USERS, Reply(body=body))
    with pytest.raises(CollectionError, match=says) as raised:
        ids(graph)
    assert raised.value.code == "bad_answer"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("https://evil.example/v1.0/users", "another host"),
        ("https://localhost:1/v1.0/users", "another host"),
        ("https://localhost.evil.example:{port}/v1.0/users", "another host"),
        ("https://evillocalhost:{port}/v1.0/users", "another host"),
        ("http://localhost:{port}/v1.0/users", "not plain https"),
        ("https://user:pw@localhost:{port}/v1.0/users", "not plain https"),
        ("https://localhost:{port}@evil.example/v1.0/users", "not plain https"),
        ("/v1.0/users?$skiptoken=2", "not plain https"),
        ("https://localhost:{port}/v1.0/\nusers", "a link that is none"),
        ("https://localhost:{port}/" + "a" * 20_000, "a link that is none"),
        ("https://[", "another host|a link that is none"),
    ],
)
def test_a_link_that_must_not_be_followed_is_not(graph: Graph, stub: Stub, target: str, says: str) -> None:
    stub.script(USERS, page({"id": "a"}, link=target.format(port=stub.port)))
    with pytest.raises(CollectionError, match=says):
        ids(graph)
    assert len(stub.requests(USERS)) == 1


def test_a_redirect_to_another_host_is_not_followed(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(302, b"", {"Location": "https://evil.example/v1.0/users"}))
    with pytest.raises(CollectionError, match="another host"):
        ids(graph)


def test_a_redirect_within_the_service_is_followed(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, Reply(307, b"", {"Location": "/v1.0/moved"}))
    stub.script("/v1.0/moved", page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert stub.requests("/v1.0/moved")[0].headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize("target", ["//[", "https://[x]/"])
def test_a_redirect_to_what_is_no_address_is_an_error(graph: Graph, stub: Stub, target: str) -> None:
    stub.script(USERS, Reply(302, b"", {"Location": target}))
    with pytest.raises(CollectionError, match="an address that is none"):
        ids(graph)


def test_redirects_in_a_circle_end(graph: Graph, stub: Stub) -> None:
    moved = Reply(302, b"", {"Location": USERS})
    stub.script(USERS, *[moved] * 5, page({"id": "a"}))
    assert ids(graph) == ["a"]
    stub.script(USERS, moved)
    with pytest.raises(CollectionError, match="redirected more than 5 times"):
        ids(graph)


def test_hosts_named_in_also_may_be_followed(tenant_file: TenantFile, clock: Clock, stub: Stub) -> None:
    tenant = load_tenant(tenant_file(endpoints=f'also = ["127.0.0.1:{stub.port}"]'))
    stub.script(USERS, page({"id": "a"}, link=f"https://127.0.0.1:{stub.port}/v1.0/next"))
    stub.script("/v1.0/next", page({"id": "b"}))
    with closing(connect(tenant, clock)) as connection:
        assert ids(connection.graph) == ["a", "b"]


def test_links_that_lead_round_are_an_error(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, page({"id": "a"}, link=link(stub, "same")))
    with pytest.raises(CollectionError, match="in a circle"):
        ids(graph)
    assert len(stub.requests(USERS)) == 2


def test_an_expired_token_is_renewed_once(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, error(401, "InvalidAuthenticationToken"), page({"id": "a"}))
    assert ids(graph) == ["a"]
    assert [seen.headers["authorization"] for seen in stub.requests(USERS)] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


def test_a_token_refused_twice_is_an_error(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, error(401, "InvalidAuthenticationToken"))
    with pytest.raises(CollectionError, match="401 InvalidAuthenticationToken"):
        ids(graph)
    assert len(stub.requests(USERS)) == 2


def test_no_licence_and_no_permission_are_told_apart(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"))
    stub.script("/v1.0/domains", error(403, "Authorization_RequestDenied"))
    stub.script("/v1.0/risky", error(403, "Forbidden", "Your tenant is not licensed for this feature."))
    reasons = {}
    for path in ("/users", "/domains", "/risky"):
        with pytest.raises(CollectionError) as raised:
            ids(graph, path)
        reasons[path] = raised.value.reason
    assert reasons == {"/users": "no_licence", "/domains": "no_permission", "/risky": "no_licence"}


def test_text_of_the_service_cannot_steer_a_terminal(graph: Graph, stub: Stub) -> None:
    stub.script(USERS, error(400, "Bad\x1b[2J", "red \x1b[31m" + "x" * 5000))
    with pytest.raises(CollectionError) as raised:
        ids(graph)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_one_object(graph: Graph, stub: Stub) -> None:
    stub.script("/v1.0/policies/x", Reply(body={"id": "x"}))
    stub.script("/v1.0/policies/list", Reply(body=b"[]"))
    stub.script("/v1.0/policies/none", error(404, "Request_ResourceNotFound"))
    assert json.loads(graph.one("/policies/x")) == {"id": "x"}
    with pytest.raises(CollectionError, match="other than a JSON object"):
        graph.one("/policies/list")
    with pytest.raises(NotFoundError):
        graph.one("/policies/none")


def test_a_404_that_is_not_the_services_own_says_nothing(graph: Graph, stub: Stub) -> None:
    stub.script("/v1.0/policies/none", Reply(404, b"<html>no such page</html>"))
    with pytest.raises(CollectionError, match="404") as raised:
        graph.one("/policies/none")
    assert not isinstance(raised.value, NotFoundError)


def test_conditional_access_is_asked_once_a_second(graph: Graph, stub: Stub, time: FakeTime) -> None:
    moments: list[float] = []
    stub.script("/v1.0/ca", noting(moments, time))
    for _ in range(4):
        list(graph.pages("/ca", service_class=ServiceClass.CONDITIONAL_ACCESS))
    assert [b - a >= 1 for a, b in pairwise(moments)] == [True] * 3


def test_reports_are_asked_five_times_in_ten_seconds(graph: Graph, time: FakeTime) -> None:
    for _ in range(5):
        list(graph.pages("/report", service_class=ServiceClass.REPORTS))
    assert time.slept == 0
    list(graph.pages("/report", service_class=ServiceClass.REPORTS))
    assert time.slept == pytest.approx(10)


def test_a_wrong_authority_is_told_at_once(
    tenant_file: TenantFile, clock: Clock, time: FakeTime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import trustme  # noqa: PLC0415

    path = tenant_file()
    trustme.CA().cert_pem.write_to_path(str(path.parent / "ca.pem"))
    with (
        closing(connect(load_tenant(path), clock)) as connection,
        pytest.raises(
            ConnectionRefusedByServiceError,
            match=r"certificate of localhost is not trusted by endpoints.ca_file",
        ),
    ):
        ids(connection.graph)
    assert time.slept == 0


def answered(seen_body: bytes, statuses: dict[str, int]) -> Reply:
    requests = json.loads(seen_body)["requests"]
    responses = [
        {
            "id": one["id"],
            "status": statuses.get(one["url"], 200),
            "headers": {"Retry-After": "3"},
            "body": {"url": one["url"]},
        }
        for one in reversed(requests)
    ]
    return Reply(body={"responses": responses})


def test_a_batch_asks_again_for_throttled_items_only(graph: Graph, stub: Stub, time: FakeTime) -> None:
    paths = [f"/users/{n}" for n in range(20)]
    stub.script(
        "/beta/$batch",
        lambda seen: answered(seen.body, {"/users/3": 429, "/users/5": 503, "/users/7": 404}),
        lambda seen: answered(seen.body, {}),
    )
    items = graph.batch(paths, version=BETA)
    assert [item.path for item in items] == paths
    assert [item.path for item in items if not item.found] == ["/users/7"]
    second = json.loads(stub.requests("/beta/$batch")[1].body)["requests"]
    assert [one["url"] for one in second] == ["/users/3", "/users/5"]
    assert time.slept == 3


def test_a_429_inside_a_batch_speaks_for_its_class_too(graph: Graph, stub: Stub, time: FakeTime) -> None:
    stub.script("/v1.0/$batch", lambda seen: answered(seen.body, {"/a": 429}))
    limiter = graph._service._limiters.of(TENANT, ServiceClass.REPORTS)
    slowed: list[float] = []
    limiter.slow_down = slowed.append  # type: ignore[assignment, method-assign]
    with pytest.raises(CollectionError, match="still answered 429"):
        graph.batch(["/a", "/b"], service_class=ServiceClass.REPORTS)
    assert slowed == [3.0] * 9


def test_a_batch_with_an_answer_missing_is_an_error(graph: Graph, stub: Stub) -> None:
    stub.script("/v1.0/$batch", Reply(body={"responses": [{"id": "0", "status": 200, "body": {}}]}))
    with pytest.raises(CollectionError, match="left 1 of 2 reads of a batch unanswered, /b among them"):
        graph.batch(["/a", "/b"])


def test_a_batch_item_throttled_for_ever_is_an_error(graph: Graph, stub: Stub) -> None:
    stub.script("/v1.0/$batch", lambda seen: answered(seen.body, {"/a": 429}))
    with pytest.raises(CollectionError, match="still answered 429 to 1 reads"):
        graph.batch(["/a", "/b"])


def test_a_batch_is_as_patient_as_it_was_told_to_be(tenant: Tenant, clock: Clock, stub: Stub) -> None:
    stub.script("/v1.0/$batch", lambda seen: answered(seen.body, {"/a": 429}))
    with (
        closing(connect(tenant, clock, retry=RetrySettings(attempts=2))) as connection,
        pytest.raises(CollectionError, match="after 2 attempts"),
    ):
        connection.graph.batch(["/a"])
    assert len(stub.requests("/v1.0/$batch")) == 2


@pytest.mark.parametrize(
    "reply", [Reply(body={"value": []}), error(403, "Authorization_RequestDenied"), Reply(body=b"no")]
)
def test_what_is_no_batch_is_an_error(graph: Graph, stub: Stub, reply: Reply) -> None:
    stub.script("/v1.0/$batch", reply)
    with pytest.raises(CollectionError, match="batch of reads"):
        graph.batch(["/a"])


def test_a_stopped_clock_ends_the_reading(graph: Graph, stub: Stub, clock: Clock) -> None:
    stub.script(USERS, page({"id": "a"}, link=link(stub, "2")))
    pages = graph.pages("/users")
    next(pages)
    clock.stop()
    with pytest.raises(CollectionError, match="interrupted"):
        next(pages)
