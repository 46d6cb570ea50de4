"""Lists and exported files of Defender for Endpoint over real https: to the end, or an error that says why."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.defender_for_endpoint.devices import (
    EXPORT,
    MACHINES,
    Storage,
    configuration,
    machine,
    packed,
)
from tests.connectors.exchange_online.cmdlets import tokens_by_audience
from tests.connectors.stub import CLIENT, TENANT, Reply, Stub, error, page

from securescore.connectors import Clock, load_tenant
from securescore.connectors.connection import connect
from securescore.connectors.defender_for_endpoint.client import DefenderEndpoint
from securescore.connectors.defender_for_endpoint.errors import NothingThereError
from securescore.connectors.http.limits import ServiceClass
from securescore.errors import CollectionError

EXPORT_PATH = "/machines/SecureConfigurationsAssessmentExport?sasValidHours=6"
SELECT = ("deviceId",)


def ids(defender: DefenderEndpoint) -> list[str]:
    pages = defender.pages("/machines", ServiceClass.DEFENDER_ENDPOINT)
    return [json.loads(item)["id"] for items in pages for item in items]


def refused(defender: DefenderEndpoint) -> CollectionError:
    with pytest.raises(CollectionError) as raised:
        ids(defender)
    return raised.value


def plain_tenant_file(folder: Path, cloud: str) -> Path:
    """A tenant file without endpoints of its own. Nothing is sent for it in these tests."""
    (folder / "secret.txt").write_text("s3cret\n", encoding="utf-8")
    file = folder / "tenant.toml"
    file.write_text(
        f'tenant_id = "{TENANT}"\nclient_id = "{CLIENT}"\nclient_secret_file = "secret.txt"\ncloud = "{cloud}"\n',
        encoding="utf-8",
    )
    return file


def test_pages_are_followed_to_the_end(defender: DefenderEndpoint, stub: Stub) -> None:
    link = f"{stub.url}{MACHINES}?$skip="
    stub.script(
        MACHINES,
        page(machine("a"), link=link + "1"),
        page(link=link + "x"),
        page(machine("b"), machine("c")),
    )
    assert ids(defender) == ["a", "b", "c"]
    assert [seen.query for seen in stub.requests(MACHINES)] == [{}, {"$skip": "1"}, {"$skip": "x"}]
    assert {seen.headers["authorization"] for seen in stub.requests(MACHINES)} == {"Bearer token-1"}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://elsewhere.example/api/machines?$skip=1", "other_host"),
        ("https://localhost.elsewhere.example/api/machines", "other_host"),
        ("https://localhost/api/machines", "other_host"),
        ("http://localhost:{port}/api/machines?$skip=1", "bad_link"),
        ("https://a:b@localhost:{port}/api/machines?$skip=1", "bad_link"),
        ("/api/machines?$skip=1", "bad_link"),
        ("https://.localhost:{port}/api/machines", "other_host"),
        ("https://a..localhost:{port}/api/machines", "other_host"),
        ("https://" + "a" * 64 + ".localhost:{port}/api/machines", "other_host"),
        ("https://elsewhere.example%2f.localhost:{port}/api/machines", "other_host"),
        ("https://elsewhere.example\\.localhost:{port}/api/machines", "other_host"),
        ("https:///api/machines", "other_host"),
        ("", "bad_link"),
    ],
)
def test_a_link_astray_is_not_followed(defender: DefenderEndpoint, stub: Stub, link: str, code: str) -> None:
    stub.script(MACHINES, page(machine("a"), link="x"))
    body = {"value": [machine("a")], "@odata.nextLink": link.format(port=stub.port)}
    stub.script(MACHINES, Reply(body=body))
    assert refused(defender).code == code
    assert len(stub.requests(MACHINES)) == 1


def test_links_of_the_global_cloud_may_lead_to_its_older_address(tmp_path: Path, clock: Clock) -> None:
    """As in Microsoft's own samples: the address was renamed, and links were not."""
    with closing(connect(load_tenant(plain_tenant_file(tmp_path, "global")), clock)) as connection:
        defender = connection._services.defender_endpoint
        assert defender is not None
        link = f"https://api.securitycenter.microsoft.com{MACHINES}?$skiptoken=x"
        assert defender._service.hosts.check(link, "x") == link


def test_links_that_lead_round_end(defender: DefenderEndpoint, stub: Stub) -> None:
    stub.script(MACHINES, page(machine("a"), link=f"{stub.url}{MACHINES}"))
    assert refused(defender).code == "link_loop"


@pytest.mark.parametrize("code", ["ResourceNotFound", "NotFound", "notFound"])
def test_a_404_of_the_service_means_that_there_is_nothing(
    defender: DefenderEndpoint, stub: Stub, code: str
) -> None:
    stub.script(MACHINES, error(404, code))
    assert isinstance(refused(defender), NothingThereError)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, b""),
        Reply(404, b"<html>not found</html>"),
        Reply(404, {"error": "ResourceNotFound"}),
        Reply(404, {"code": "ResourceNotFound"}),
        error(404, "RouteNotFound"),
        error(400, "ResourceNotFound"),
        error(410, "NotFound"),
    ],
)
def test_any_other_404_proves_nothing(defender: DefenderEndpoint, stub: Stub, answer: Reply) -> None:
    stub.script(MACHINES, answer)
    found = refused(defender)
    assert not isinstance(found, NothingThereError)
    assert found.reason == "collection_failed"


def test_429_waits_as_long_as_it_says(defender: DefenderEndpoint, stub: Stub, time: FakeTime) -> None:
    stub.script(MACHINES, error(429, "TooManyRequests", Retry_After="17"), page(machine("a")))
    assert ids(defender) == ["a"]
    assert time.slept == pytest.approx(17)


def test_429_for_ever_ends(defender: DefenderEndpoint, stub: Stub) -> None:
    stub.script(MACHINES, error(429, "TooManyRequests", Retry_After="1"))
    assert refused(defender).code == "TooManyRequests"
    assert len(stub.requests(MACHINES)) == 10


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(403, "Forbidden"), "no_permission"),
        (Reply(403, b""), "no_permission"),
        (error(401, "Unauthorized"), "no_permission"),
        (error(400, "InvalidInput"), "collection_failed"),
        (error(500, "InternalServerError"), "collection_failed"),
        (Reply(body=b'{"value": [{"id": "a"}'), "collection_failed"),
        (Reply(body=b'{"value": {"id": "a"}}'), "collection_failed"),
        (Reply(body=b"[]"), "collection_failed"),
        (Reply(body={}), "collection_failed"),
        (Reply(body={"value": [], "error": {"code": "x"}}), "collection_failed"),
    ],
)
def test_what_a_refusal_means(defender: DefenderEndpoint, stub: Stub, answer: Reply, reason: str) -> None:
    stub.script(MACHINES, answer)
    found = refused(defender)
    assert found.reason == reason
    assert "Defender for Endpoint" in str(found)


def test_an_expired_token_is_renewed(defender: DefenderEndpoint, stub: Stub) -> None:
    stub.script(MACHINES, error(401, "Unauthorized"), page(machine("a")))
    assert ids(defender) == ["a"]
    sent = [seen.headers["authorization"] for seen in stub.requests(MACHINES)]
    assert sent == ["Bearer token-1", "Bearer token-2"]


def test_the_token_is_one_for_its_own_address(tenant_file: TenantFile, clock: Clock, stub: Stub) -> None:
    tokens_by_audience(stub)
    stub.script(MACHINES, page(machine("a")))
    here = f'defender_endpoint = "https://127.0.0.1:{stub.port}"'
    with closing(connect(load_tenant(tenant_file(endpoints=here)), clock)) as connection:
        defender = connection._services.defender_endpoint
        assert defender is not None
        assert ids(defender) == ["a"]
    assert stub.requests(MACHINES)[0].headers["authorization"] == "Bearer for-127.0.0.1"
    (asked,) = stub.requests(f"/{TENANT}/oauth2/v2.0/token")
    assert asked.form["scope"] == f"https://127.0.0.1:{stub.port}/.default"


AUDIENCES = [
    ("global", "https://api.securitycenter.microsoft.com/.default"),
    ("gcc", "https://api-gcc.securitycenter.microsoft.us/.default"),
    ("gcc_high", "https://api-gov.securitycenter.microsoft.us/.default"),
    ("dod", "https://api-gov.securitycenter.microsoft.us/.default"),
    ("china", None),
]


@pytest.mark.parametrize(("cloud", "scope"), AUDIENCES)
def test_the_audience_in_each_cloud(tmp_path: Path, clock: Clock, cloud: str, scope: str | None) -> None:
    """In the global cloud the address was renamed, and the application kept its old name."""
    with closing(connect(load_tenant(plain_tenant_file(tmp_path, cloud)), clock)) as connection:
        defender = connection._services.defender_endpoint
        assert (defender and defender._service.scope) == scope


def export(stub: Stub, *files: str) -> None:
    stub.script(EXPORT, Reply(body={"exportFiles": list(files), "generatedTime": "2026-01-15T05:00:00Z"}))


def test_the_files_of_an_export(defender: DefenderEndpoint, stub: Stub, storage: Storage) -> None:
    addresses = [storage.address("1.gz"), "https://wdatpprd.z4.blob.core.windows.net/e/2.gz?sig=x"]
    export(stub, *addresses)
    assert defender.exported(EXPORT_PATH) == addresses
    assert stub.requests(EXPORT)[0].query == {"sasValidHours": "6"}
    export(stub)
    assert defender.exported(EXPORT_PATH) == []


def test_files_without_end_are_refused_before_anything_is_fetched(
    defender: DefenderEndpoint, stub: Stub, storage: Storage
) -> None:
    export(stub, *[storage.address("1.gz")] * 10_001)
    with pytest.raises(CollectionError, match="exported 10001 files") as raised:
        defender.exported(EXPORT_PATH)
    assert raised.value.code == "too_large"
    assert storage.stub.seen == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://{storage}/1.gz", "bad_link"),
        ("ftp://{storage}/1.gz", "bad_link"),
        ("file:///etc/passwd", "bad_link"),
        ("https://u:p@{storage}/1.gz", "bad_link"),
        ("https://{storage}/1.gz\n", "bad_link"),
        ("/1.gz", "bad_link"),
        ("", "bad_link"),
        ("https://{storage}/" + "a" * 20_000, "bad_link"),
        ("https://elsewhere.example/1.gz", "other_host"),
        ("https://127.0.0.1/1.gz", "other_host"),
        ("https://blob.core.windows.net.elsewhere.example/1.gz", "other_host"),
        ("https://myblob.core.windows.net/1.gz", "other_host"),
        ("https://wdatp.blob.core.windows.net:8443/1.gz", "other_host"),
        ("https://{service}/1.gz", "other_host"),
    ],
)
def test_a_file_elsewhere_is_refused_before_anything_is_fetched(
    defender: DefenderEndpoint, stub: Stub, storage: Storage, address: str, code: str
) -> None:
    given = address.format(storage=storage.host, service=f"localhost:{stub.port}")
    export(stub, storage.holds("0.gz", packed(configuration("a"))), given)
    with pytest.raises(CollectionError) as raised:
        defender.exported(EXPORT_PATH)
    assert raised.value.code == code
    assert storage.stub.seen == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"exportFiles": ["https://',
        b"",
        {},
        [],
        {"exportFiles": None},
        {"exportFiles": "https://x"},
        {"exportFiles": [None]},
        {"exportFiles": [{"url": "https://x"}]},
        {"value": []},
    ],
)
def test_an_answer_without_files(defender: DefenderEndpoint, stub: Stub, body: object) -> None:
    stub.script(EXPORT, Reply(body=body))
    with pytest.raises(CollectionError, match="something other than exported files") as raised:
        defender.exported(EXPORT_PATH)
    assert raised.value.code == "bad_answer"


def devices(defender: DefenderEndpoint, *files: str) -> list[str]:
    return [json.loads(item)["deviceId"] for some in defender.contents(files, SELECT) for item in some]


def test_files_are_fetched_without_a_token_or_any_word_of_who_asks(
    defender: DefenderEndpoint, stub: Stub, storage: Storage
) -> None:
    stub.script(MACHINES, page(machine("a")))
    assert ids(defender) == ["a"]
    first = storage.holds("1.gz", packed(configuration("a"), configuration("b")))
    second = storage.holds("2.gz", packed(configuration("c")))
    assert devices(defender, first, second) == ["a", "b", "c"]
    assert [seen.path for seen in storage.stub.seen] == ["/1.gz", "/2.gz"]
    for seen in storage.stub.seen:
        assert seen.query == {"sp": "r", "sig": "c2VjcmV0"}
        assert seen.headers.keys() <= {"host", "accept", "accept-encoding", "connection"}
        assert "token-1" not in str(seen)


def ranged(content: bytes, cut: int) -> list[Reply]:
    """A file that breaks off after so many bytes, and the rest of it."""
    return [Reply(body=content, cut=cut), Reply(206, content[cut:])]


def test_a_file_that_breaks_off_is_gone_on_with(defender: DefenderEndpoint, storage: Storage) -> None:
    content = packed(*(configuration(f"m{n}") for n in range(500)))
    file = storage.holds("1.gz", *ranged(content, len(content) // 2))
    assert devices(defender, file) == [f"m{n}" for n in range(500)]
    assert [seen.headers.get("range") for seen in storage.stub.seen] == [None, f"bytes={len(content) // 2}-"]


def test_a_file_that_never_comes_whole_is_an_error_that_keeps_the_key(
    defender: DefenderEndpoint, storage: Storage
) -> None:
    content = packed(*(configuration(f"m{n}") for n in range(500)))
    file = storage.holds("1.gz", Reply(body=content, cut=50), Reply(drop=True))
    with pytest.raises(CollectionError, match="did not come whole") as raised:
        devices(defender, file)
    assert (raised.value.code, raised.value.reason) == ("bad_answer", "collection_failed")
    assert "c2VjcmV0" not in str(raised.value)
    assert len(storage.stub.seen) == 10


@pytest.mark.parametrize("answer", [Reply(403, b""), Reply(404, b""), Reply(302, b"", {"Location": "/2.gz"})])
def test_a_file_that_is_refused(defender: DefenderEndpoint, storage: Storage, answer: Reply) -> None:
    storage.holds("2.gz", packed(configuration("a")))
    file = storage.holds("1.gz", answer)
    with pytest.raises(CollectionError, match=f"no file but an answer {answer.status}") as raised:
        devices(defender, file)
    assert raised.value.code == "bad_answer"
    assert "c2VjcmV0" not in str(raised.value)
    assert len(storage.stub.seen) == 1


def test_a_busy_storage_is_waited_for(defender: DefenderEndpoint, storage: Storage, time: FakeTime) -> None:
    busy = Reply(503, b"", {"Retry-After": "21"})
    file = storage.holds("1.gz", busy, Reply(500, b""), Reply(body=packed(configuration("a"))))
    assert devices(defender, file) == ["a"]
    assert time.waits[0] == pytest.approx(21)


def test_files_are_fetched_one_by_one(defender: DefenderEndpoint, storage: Storage) -> None:
    content = packed(*(configuration(f"m{n}", padding="x" * 500) for n in range(9000)))
    parts = defender.contents([storage.holds("1.gz", content), storage.address("2.gz")], SELECT)
    assert next(iter(parts))
    assert [seen.path for seen in storage.stub.seen] == ["/1.gz"]
