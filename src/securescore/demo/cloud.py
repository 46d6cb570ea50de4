"""The invented cloud as a server: https on loopback, with a certificate authority of its own."""

import contextlib
import logging
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from securescore.demo.all_hosts import ALL_PERMISSIONS, HOSTS, PERMISSIONS
from securescore.demo.exchange import Breakage, Call, Logged, Reply
from securescore.demo.faults import Fault
from securescore.demo.hosts import HostKind, Place
from securescore.demo.mail_domains import NameServer
from securescore.demo.organisation import Organisation
from securescore.demo.prerendered import PrerenderedTable
from securescore.demo.reception import Reception
from securescore.demo.service import GraphService
from securescore.demo.tokens import Audience, Login

GRAPH = "graph"
"""The name of the host of the login service and Microsoft Graph."""

_HOST = "127.0.0.1"
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_START_SECONDS = 20
_CUT_SHORT = "ASGI callable returned without completing response."
"""What the server logs about an answer that was broken off on order."""

_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class InventedCloud:
    """The services of an invented organisation, each on a host of its own, for as long as the `with` block lasts.

    What they answer may be changed at any time: `organisation` has methods for what can happen to one,
    `granted`, `directory_roles` and `faults` are plain collections.

    Attributes:
        addresses: of every host, by its name.
        log: every call so far, oldest first; items of a batch stand before the batch.
        name_server: answers for the records of the organisation's domains.

    Args:
        granted: permissions of the application; None: every one there is.
        directory_roles: names of the roles that it holds in the directory.
        token_lifetime: seconds until a token stops working.
        conditional_access_interval: see `GraphService`.
        prerendered: tables that stand in for the organisation's own.
    """

    def __init__(
        self,
        organisation: Organisation,
        *,
        granted: Iterable[str] | None = None,
        directory_roles: Iterable[str] = ("Global Reader",),
        faults: Iterable[Fault] = (),
        token_lifetime: float = 3600,
        conditional_access_interval: float = 0,
        prerendered: Sequence[PrerenderedTable] = (),
    ) -> None:
        self.organisation = organisation
        self.authority = trustme.CA(organization_name="Invented certificate authority")
        self._sockets = {name: _listening() for name in (GRAPH, *HOSTS)}
        self.addresses = {name: _address(one) for name, one in self._sockets.items()}
        self.login = self._login(token_lifetime)
        self.granted = set(ALL_PERMISSIONS if granted is None else granted)
        self.directory_roles = set(directory_roles)
        self.faults = list(faults)
        self.log: list[Logged] = []
        graph = HostKind(partial(self._graph, prerendered, conditional_access_interval))
        self._by_port = {
            _port(self._sockets[name]): self._reception(name, kind)
            for name, kind in ((GRAPH, graph), *HOSTS.items())
        }
        self.name_server = NameServer(organisation.mail_records)
        self._server = _Server(self._configuration())
        self._thread = threading.Thread(
            target=self._server.run, args=(list(self._sockets.values()),), name="invented cloud"
        )
        self._stack = contextlib.ExitStack()

    def _login(self, lifetime: float) -> Login:
        frame = self.organisation.frame
        domains = (frame.domain, frame.initial_domain)
        client = frame.id("app", "securescore collector")
        resources = frozenset(self._resource(name, kind) for name, kind in HOSTS.items())
        return Login(
            self.address,
            frame.tenant_id,
            domains,
            client,
            resources | {self.address},
            lifetime=lifetime,
            roles=self._granted_for,
        )

    def _granted_for(self, resource: str) -> set[str]:
        """The granted permissions of the service that tokens for the resource are for."""
        return {
            one
            for name, those in PERMISSIONS.items()
            if resource == (self.address if name == GRAPH else self._resource(name, HOSTS[name]))
            for one in those & self.granted
        }

    def _resource(self, name: str, kind: HostKind) -> str:
        return kind.resource or self.addresses[kind.audience or name]

    def _reception(self, name: str, kind: HostKind) -> Reception:
        address, frame = self.addresses[name], self.organisation.frame
        reception = Reception(name, address, frame, self.login, self.faults, self.log)
        reception.host = kind.make(
            Place(
                organisation=self.organisation,
                address=address,
                tokens=Audience(self.login, self._resource(name, kind)),
                granted=self.granted,
                directory_roles=self.directory_roles,
                addresses=self.addresses,
                batched=reception.batched,
            )
        )
        return reception

    def _graph(
        self, prerendered: Sequence[PrerenderedTable], conditional_access_interval: float, place: Place
    ) -> GraphService:
        return GraphService(place, self.login, prerendered, conditional_access_interval)

    @property
    def address(self) -> str:
        """Where the login service and Microsoft Graph answer."""
        return self.addresses[GRAPH]

    @property
    def tenant_id(self) -> str:
        return self.login.tenant_id

    @property
    def client_id(self) -> str:
        return self.login.client_id

    @property
    def client_secret(self) -> str:
        return self.login.secret

    def __enter__(self) -> Self:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="invented-cloud-"))
        self.ca_file = Path(folder) / "ca.pem"
        self.ca_file.touch(mode=0o600)
        self.ca_file.write_bytes(self.authority.cert_pem.bytes())
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_unexpected)
        self._stack.callback(log.removeFilter, _unexpected)
        self._stack.enter_context(self.name_server)
        self._stack.callback(self._stop)
        self._thread.start()
        self._wait_until_started()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _wait_until_started(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self._stack.close()
                raise RuntimeError("the invented cloud did not start")
            time.sleep(0.005)

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        for one in self._sockets.values():
            one.close()

    def _configuration(self) -> uvicorn.Config:
        application = Starlette(routes=[Route("/{path:path}", self._answer, methods=_METHODS)])
        return uvicorn.Config(
            application,
            ssl_context_factory=lambda _config, _usual: self._context(),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(_HOST, "localhost").configure_cert(context)
        return context

    async def _answer(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.body()
        call = Call(request.method, request.url.path, request.url.query, headers, body)
        reply = self._by_port[request.scope["server"][1]].answer(call)
        asked = headers.get("client-request-id")
        shown = {
            "request-id": str(uuid4()),
            **({"client-request-id": asked} if asked else {}),
            **reply.headers,
        }
        shape = Response if reply.breakage is None else _shape_of(reply)
        return shape(reply.body, reply.status, shown)


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # a client that keeps an idle TLS connection open would be waited for, and then left behind unclosed
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def _listening() -> socket.socket:
    # the event loop sends at once only where the socket names its protocol; otherwise each answer waits 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((_HOST, 0))
    listening.listen(128)
    return listening


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def _address(listening: socket.socket) -> str:
    return f"https://{_HOST}:{_port(listening)}"


def _unexpected(record: logging.LogRecord) -> bool:
    return record.getMessage() != _CUT_SHORT


def _shape_of(reply: Reply) -> type[Response]:
    return _HungUp if reply.breakage is Breakage.HANG_UP else _BrokenOff


class _BrokenOff(Response):
    """Promises the whole body and ends in the middle of it; the server then closes the connection."""

    share = 0.5

    async def __call__(self, scope: object, receive: object, send: _Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        part = bytes(self.body[: int(len(self.body) * self.share)])
        await send({"type": "http.response.body", "body": part, "more_body": True})


class _HungUp(_BrokenOff):
    share = 0.0
