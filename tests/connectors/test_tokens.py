"""Every credential against the stub's login service, and what it says when it gives no token."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.stub import CLIENT, TENANT, Reply, Seen, Stub, error

from securescore.connectors import Clock, load_tenant
from securescore.connectors.connection import Connection, connect
from securescore.errors import ConfigurationError, ConnectionRefusedByServiceError

TOKEN = f"/{TENANT}/oauth2/v2.0/token"
DISCOVERY = f"/{TENANT}/v2.0/.well-known/openid-configuration"


@contextmanager
def connected(path: Path, clock: Clock) -> Iterator[Connection]:
    with closing(connect(load_tenant(path), clock)) as connection:
        yield connection


def asked(path: Path, clock: Clock) -> None:
    """One request that needs a token."""
    with connected(path, clock) as connection:
        list(connection.graph.pages("/users"))


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securescore")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )


def pem_of(key: rsa.RSAPrivateKey, password: bytes | None = None) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def pem_of_certificate(key: rsa.RSAPrivateKey) -> bytes:
    return certificate_of(key).public_bytes(serialization.Encoding.PEM)


def test_a_secret_is_sent_to_the_login_service_only(
    tenant_file: TenantFile, clock: Clock, stub: Stub
) -> None:
    asked(tenant_file(), clock)
    (request,) = stub.requests(TOKEN)
    assert request.form["client_id"] == CLIENT
    assert request.form["client_secret"] == "s3cret-value"
    assert request.form["grant_type"] == "client_credentials"
    assert request.form["scope"] == f"{stub.url}/.default"
    assert len(stub.requests(DISCOVERY)) == 1


@pytest.mark.parametrize("password", [None, b"open sesame"])
def test_a_certificate_signs_an_assertion_with_sha256(
    tenant_file: TenantFile,
    clock: Clock,
    stub: Stub,
    key: rsa.RSAPrivateKey,
    tmp_path: Path,
    password: bytes | None,
) -> None:
    (tmp_path / "app.pem").write_bytes(pem_of(key, password) + pem_of_certificate(key))
    (tmp_path / "password.txt").write_bytes(password or b"-")
    lines = 'certificate_file = "app.pem"'
    asked(tenant_file(lines + ('\ncertificate_password_file = "password.txt"' if password else "")), clock)
    form = stub.requests(TOKEN)[0].form
    assertion = form["client_assertion"]
    claims = jwt.decode(
        assertion, key.public_key(), algorithms=["PS256", "RS256"], audience=f"{stub.url}{TOKEN}"
    )
    assert claims["iss"] == claims["sub"] == CLIENT
    assert "x5t#S256" in jwt.get_unverified_header(assertion)
    assert "client_secret" not in form


def test_a_federated_token_is_read_again_for_each_use(
    tenant_file: TenantFile, clock: Clock, stub: Stub, tmp_path: Path
) -> None:
    token = tmp_path / "federated"
    token.write_text("first.of.all\n", encoding="utf-8")

    def expiring(_: Seen) -> Reply:
        token.write_text("third.of.all", encoding="utf-8")
        return error(401, "InvalidAuthenticationToken")

    with connected(tenant_file('federated_token_file = "federated"'), clock) as connection:
        token.write_text("second.of.all", encoding="utf-8")
        stub.script("/v1.0/users", expiring, Reply())
        list(connection.graph.pages("/users"))
    sent = [request.form["client_assertion"] for request in stub.requests(TOKEN)]
    assert sent == ["second.of.all", "third.of.all"]


def test_a_federated_token_that_vanished_is_told(
    tenant_file: TenantFile, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "federated").write_text("token", encoding="utf-8")
    with connected(tenant_file('federated_token_file = "federated"'), clock) as connection:
        (tmp_path / "federated").unlink()
        with pytest.raises(ConfigurationError, match=r"federated_token_file .* cannot be read"):
            list(connection.graph.pages("/users"))


@contextmanager
def platform(answer: dict[str, Any]) -> Iterator[tuple[str, list[tuple[dict[str, list[str]], str | None]]]]:
    """The address at which the platform hands out tokens to its own machines."""
    seen: list[tuple[dict[str, list[str]], str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((parse_qs(urlsplit(self.path).query), self.headers.get("X-IDENTITY-HEADER")))
            body = json.dumps(answer).encode()
            self.send_response(200 if "access_token" in answer else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/token", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("line", ["true", '"11111111-2222-4333-8444-555555555555"'])
def test_a_managed_identity_asks_its_platform(
    tenant_file: TenantFile,
    clock: Clock,
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
) -> None:
    """With `true` it is the identity of `client_id`."""
    with platform(
        {"access_token": "of-the-platform", "expires_on": "4102444800", "token_type": "Bearer"}
    ) as (url, seen):
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "header-secret")
        path = tenant_file(f"managed_identity = {line}")
        asked(path, clock)
    query, header = seen[0]
    assert header == "header-secret"
    assert query["resource"] == [stub.url]
    assert query["client_id"] == [
        tomllib.loads(path.read_text())["client_id"] if line == "true" else line.strip('"')
    ]
    assert stub.requests("/v1.0/users")[0].headers["authorization"] == "Bearer of-the-platform"
    assert stub.requests(TOKEN) == []


def test_a_managed_identity_that_is_refused(
    tenant_file: TenantFile, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform({"statusCode": 400, "message": "no identity here"}) as (url, _):
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "header-secret")
        with pytest.raises(ConnectionRefusedByServiceError, match="gave no token") as raised:
            asked(tenant_file("managed_identity = true"), clock)
    assert "header-secret" not in str(raised.value)


def refused(code: int, **more: Any) -> Reply:
    text = f"AADSTS{code}: synthetic. You sent s3cret-value. Trace ID: x"
    return Reply(401, {"error": "invalid_client", "error_description": text, "error_codes": [code], **more})


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (7000215, "the client secret is not right"),
        (7000222, "has expired"),
        (700016, "does not know this client_id"),
        (700027, "not one that the app registration knows"),
        (90002, "no tenant with this tenant_id"),
        (53003, "conditional access policy blocks"),
        (123456, r"AADSTS123456\): check tenant_id, client_id and the credential"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_secret(
    tenant_file: TenantFile, clock: Clock, stub: Stub, code: int, says: str
) -> None:
    stub.token_answers = [refused(code)]
    with pytest.raises(ConnectionRefusedByServiceError, match=says) as raised:
        asked(tenant_file(), clock)
    assert f"AADSTS{code}" in str(raised.value)
    assert "s3cret-value" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_unknown_tenant_is_told_by_the_discovery(
    tenant_file: TenantFile, clock: Clock, stub: Stub
) -> None:
    stub.script(
        DISCOVERY, Reply(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: synthetic"})
    )
    with pytest.raises(ConnectionRefusedByServiceError, match="no tenant with this tenant_id"):
        asked(tenant_file(), clock)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>portal</html>"),
        Reply(200, {}),
        Reply(200, []),
        Reply(200, {"token_endpoint": 7, "authorization_endpoint": 7}),
    ],
)
def test_something_that_is_no_login_service(
    tenant_file: TenantFile, clock: Clock, stub: Stub, reply: Reply
) -> None:
    stub.script(DISCOVERY, reply)
    with pytest.raises(ConnectionRefusedByServiceError, match="does not answer as a login service should"):
        asked(tenant_file(), clock)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", 7, None, "ümlaut"])
def test_a_token_that_is_none(tenant_file: TenantFile, clock: Clock, stub: Stub, token: object) -> None:
    stub.token_answers = [Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": token})]
    with pytest.raises(ConnectionRefusedByServiceError):
        asked(tenant_file(), clock)
    assert stub.requests("/v1.0/users") == []


@pytest.mark.parametrize("endpoint", ["https://evil.example/token", "http://localhost:{port}/token"])
def test_the_secret_never_goes_to_another_host(
    tenant_file: TenantFile, clock: Clock, stub: Stub, endpoint: str
) -> None:
    stub.script(
        DISCOVERY, Reply(body=stub.discovery(token_endpoint=endpoint.format(port=stub.port) + f"/{TENANT}/x"))
    )
    with pytest.raises(
        ConnectionRefusedByServiceError, match=r"another host|not plain https|does not answer as"
    ):
        asked(tenant_file(), clock)
    assert [seen for seen in stub.seen if seen.method == "POST"] == []


def test_a_login_service_that_is_busy_for_a_moment(
    tenant_file: TenantFile, clock: Clock, stub: Stub, time: FakeTime
) -> None:
    good = Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": "late"})
    stub.token_answers = [error(503, "busy"), Reply(drop=True), good]
    asked(tenant_file(), clock)
    assert stub.requests("/v1.0/users")[0].headers["authorization"] == "Bearer late"
    assert len(time.waits) == 2


@pytest.mark.parametrize(
    ("reply", "says"), [(error(503, "busy"), "still answered 503"), (Reply(drop=True), "no whole answer")]
)
def test_a_login_service_that_is_not_to_be_had(
    tenant_file: TenantFile, clock: Clock, stub: Stub, reply: Reply, says: str
) -> None:
    stub.token_answers = [reply]
    with pytest.raises(ConnectionRefusedByServiceError, match=says):
        asked(tenant_file(), clock)


def test_one_renewal_serves_every_thread(tenant_file: TenantFile, clock: Clock, stub: Stub) -> None:
    with connected(tenant_file(), clock) as connection:
        scope = f"{stub.url}/.default"
        first = connection._tokens.token(scope)
        assert connection._tokens.renewed(scope, first) == "token-2"
        assert connection._tokens.renewed(scope, first) == "token-2"
    assert len(stub.requests(TOKEN)) == 2


def test_nothing_shows_a_secret(tenant_file: TenantFile, tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    assert "s3cret-value" not in repr(load_tenant(tenant_file()))
    (tmp_path / "app.pem").write_bytes(pem_of(key) + pem_of_certificate(key))
    assert "PRIVATE KEY" not in repr(load_tenant(tenant_file('certificate_file = "app.pem"')))
