"""A scripted https server on loopback: login service and Microsoft Graph of one tenant, answering what a test says."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

TENANT = "7c1f0d52-4b3e-4a88-9d61-2f5f0c9e1a10"
CLIENT = "f0f1f2f3-0000-4000-8000-00000000a001"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. Header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    `drop` closes the connection without an answer, `cut` after this many bytes of the body; `before_chunk` is called
    before each of ten parts of the body.
    """

    status: int = 200
    body: Any = field(default_factory=lambda: {"value": []})
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None
    before_chunk: Callable[[], None] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Answer = Reply | Callable[[Seen], Reply]


def error(status: int, code: str, message: str = "synthetic", **headers: str) -> Reply:
    """An error in the shape of Microsoft Graph."""
    body = {"error": {"code": code, "message": message, "innerError": {"request-id": "req-7"}}}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def page(*items: Any, link: str | None = None) -> Reply:
    """One page of a list."""
    return Reply(body={"value": list(items), **({"@odata.nextLink": link} if link else {})})


class Stub:
    """The server. Unscripted paths below `/v1.0` and `/beta` answer an empty list."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: list[Seen] = []
        self.token_answers: list[Reply] = []
        self._scripts: dict[str, list[Answer]] = {}
        self._lock = Lock()
        self._tokens = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def script(self, path: str, *answers: Answer) -> None:
        """Answers for a path in turn; the last one is repeated."""
        self._scripts[path] = list(answers)

    def requests(self, path: str) -> list[Seen]:
        """What was asked of a path so far."""
        return [seen for seen in self.seen if seen.path == path]

    def answer(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            script = self._scripts.get(seen.path)
            scripted = (script.pop(0) if len(script) > 1 else script[0]) if script else None
        if scripted is not None:
            return scripted(seen) if callable(scripted) else scripted
        if seen.path.endswith("/openid-configuration"):
            return Reply(body=self.discovery())
        if seen.path.endswith("/oauth2/v2.0/token"):
            return self._token()
        return Reply() if seen.path.startswith(("/v1.0/", "/beta/")) else error(404, "ResourceNotFound")

    def discovery(self, **overridden: str) -> dict[str, str]:
        """The login service's discovery document."""
        root = f"{self.url}/{TENANT}"
        return {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            **overridden,
        }

    def _token(self) -> Reply:
        with self._lock:
            if self.token_answers:
                return self.token_answers.pop(0) if len(self.token_answers) > 1 else self.token_answers[0]
            self._tokens += 1
            number = self._tokens
        return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": f"token-{number}"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body leave together
    stub: Stub

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        seen = Seen(
            method=self.command,
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self._send(self.stub.answer(seen))

    def _send(self, reply: Reply) -> None:
        if reply.drop:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._send_body(reply)

    def _send_body(self, reply: Reply) -> None:
        if reply.before_chunk is None:
            self.wfile.write(reply.content[: reply.cut])
            self.close_connection = reply.cut is not None
            return
        size = len(reply.content) // 10 + 1
        for start in range(0, len(reply.content), size):
            reply.before_chunk()
            with suppress(OSError):
                self.wfile.write(reply.content[start : start + size])
                self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up, or do not trust the certificate, are part of the tests."""


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """TLS as the stub speaks it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[Stub]:
    """A stub that answers while the block runs."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    stub = Stub(server.server_address[1])
    handler.stub = stub  # type: ignore[attr-defined]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
