"""One exchange over https: a request out, a whole answer back, or one of two exceptions."""

import socket
import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, cast
from weakref import WeakSet

import httpx2

from securescore import __version__
from securescore.connectors.clouds import HTTPS_PORT, Address, is_host
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.retry import retry_after, worth_retrying
from securescore.errors import CollectionError, ConnectionRefusedByServiceError

USER_AGENT = f"NONISV|securescore|securescore/{__version__}"

_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
_OK = 200
_PARTIAL = 206
_LONGEST_LINK = 16 * 1024
_NEVER_THROUGH_A_PROXY: dict[str, httpx2.BaseTransport | None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
}


@dataclass(frozen=True, slots=True)
class WireSettings:
    """Patience with one exchange, in seconds, and the largest answer in bytes. `file`: with one file of a stream."""

    connect: float = 15.0
    silence: float = 60.0
    whole: float = 300.0
    file: float = 3600.0
    largest: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class DroppedError(Exception):
    """No whole answer came: no connection, a broken one, or one that was too slow. Asking again may help.

    Attributes:
        asked: seconds that the server asked to wait; None when it did not say.
    """

    def __init__(self, message: str, asked: float | None = None) -> None:
        super().__init__(message)
        self.asked = asked


class Hosts:
    """The hosts that a token of one service may be sent to."""

    def __init__(self, endpoint: Address, also: tuple[Address, ...] = ()) -> None:
        self._allowed = (endpoint, *also)

    def allows(self, host: str, port: int) -> bool:
        """Whether a token may be sent there: to an allowed host or one below it, at its port."""
        host = host.rstrip(".")
        return is_host(host) and any(
            port == address.port and (host == address.host or host.endswith("." + address.host))
            for address in self._allowed
        )

    def check(self, link: str, name: str) -> str:
        """Returns the link when it may be followed.

        Raises:
            CollectionError: not https, another host, or no link at all. Nothing has been sent.
        """
        if len(link) > _LONGEST_LINK or not link.isprintable():
            raise CollectionError(f"{name} gave a link that is none", code="bad_link")
        try:
            url = httpx2.URL(link)
        except httpx2.InvalidURL:
            raise CollectionError(f"{name} gave a link that is none", code="bad_link") from None
        if url.scheme != "https" or url.userinfo:
            raise CollectionError(
                f"a link of {name} is not plain https; it was not followed", code="bad_link"
            )
        if not self.allows(url.host, HTTPS_PORT if url.port is None else url.port):
            raise CollectionError(
                f"a link of {name} leads to another host ({url.host}); nothing was sent there. If that host is right, "
                "add it to endpoints.also of the tenant file",
                code="other_host",
            )
        return link


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifying TLS: with the given authorities only, or with those of the system."""
    if ca_file is None:
        return httpx2.create_ssl_context()
    return ssl.create_default_context(cafile=ca_file)


class Wire:
    """Sends requests. May be shared between threads; to be closed."""

    def __init__(self, ca_file: Path | None, clock: Clock, settings: WireSettings | None = None) -> None:
        self._clock = clock
        self._settings = settings or WireSettings()
        self._ca_file = ca_file
        self._client = httpx2.Client(
            verify=tls_context(ca_file),
            headers={"User-Agent": USER_AGENT},
            timeout=httpx2.Timeout(
                self._settings.silence, connect=self._settings.connect, pool=self._settings.whole
            ),
            limits=httpx2.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=30.0),
            mounts=_NEVER_THROUGH_A_PROXY,
        )
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._sockets_lock = Lock()
        self._undo_at_stop = clock.at_stop(self._hang_up)

    def close(self) -> None:
        """Closes every connection."""
        self._undo_at_stop()
        self._client.close()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:
        """Sends one request and reads the whole answer. Redirects are not followed.

        Raises:
            DroppedError: no whole answer in time.
            ConnectionRefusedByServiceError: the server's certificate is not trusted.
            CollectionError: the answer is larger than allowed, or was not to be decoded.
        """
        self._clock.check()
        end = self._clock.monotonic() + self._settings.whole
        request = self._client.build_request(
            method, url, headers=dict(headers), content=content, extensions={"trace": self._note_socket}
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                body = b"".join(self._chunks(response, end))
            finally:
                response.close()
        except httpx2.TransportError as error:
            raise self._failure(error, request.url.host) from error
        except httpx2.DecodingError as error:
            raise DroppedError(f"the answer of {request.url.host} was compressed wrongly") from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    def stream(self, url: str, start: int = 0) -> Generator[bytes]:
        """The bytes of a file as they come, fetched without a token and without any header that tells who asks.

        The address itself is the key, so it is never repeated in an error. Redirects are not followed.

        Args:
            start: bytes at its beginning to leave out.

        Raises:
            DroppedError: it did not come whole in time, or the server is too busy.
            ConnectionRefusedByServiceError: the server's certificate is not trusted.
            CollectionError: the answer is no file.
        """
        self._clock.check()
        end = self._clock.monotonic() + self._settings.file
        request = self._file_request(url, start)
        try:
            response = self._client.send(request, stream=True)
            try:
                self._check_file(response, _PARTIAL if start else _OK)
                for chunk in response.iter_raw():
                    self._check_time(response, end, self._settings.file)
                    yield chunk
            finally:
                response.close()
        except httpx2.TransportError as error:
            self._clock.check()
            raise self._failure(error, request.url.host) from error

    def _file_request(self, url: str, start: int) -> httpx2.Request:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        request = self._client.build_request(
            "GET", url, headers=headers, extensions={"trace": self._note_socket}
        )
        del request.headers["User-Agent"]
        return request

    def _check_file(self, response: httpx2.Response, expected: int) -> None:
        status, host = response.status_code, response.url.host
        if status == expected:
            return
        if worth_retrying(status, repeatable=True, internal=True):
            asked = retry_after({k.lower(): v for k, v in response.headers.items()}, self._clock.now())
            raise DroppedError(f"{host} answered {status}", asked)
        raise CollectionError(f"{host} gave no file but an answer {status}; collect again", code="bad_answer")

    def _chunks(self, response: httpx2.Response, end: float) -> Iterator[bytes]:
        sent = self._counter(response)

        def saw(raw: bytes) -> None:
            sent(raw)
            self._check_time(response, end, self._settings.whole)

        # what is sent may unpack to nothing, so it is watched before it is unpacked, too
        response.stream = _Watched(cast("httpx2.SyncByteStream", response.stream), saw)
        unpacked = self._counter(response)
        for chunk in response.iter_bytes():
            unpacked(chunk)
            yield chunk

    def _counter(self, response: httpx2.Response) -> Callable[[bytes], None]:
        """Refuses what is more than one answer may have."""
        received = 0

        def count(chunk: bytes) -> None:
            nonlocal received
            received += len(chunk)
            if received > self._settings.largest:
                raise CollectionError(
                    f"{response.url.host} sent an answer of more than {self._settings.largest} bytes; it was not read",
                    code="too_large",
                )

        return count

    def _check_time(self, response: httpx2.Response, end: float, patience: float) -> None:
        if self._clock.monotonic() > end:
            raise DroppedError(f"{response.url.host} took more than {patience:.0f} s for one answer")
        self._clock.check()

    def _note_socket(self, event: str, info: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            with self._sockets_lock:
                self._sockets.add(info["return_value"].get_extra_info("socket"))

    def _hang_up(self) -> None:
        """Ends every read that waits for an answer, which could go on for a minute."""
        with self._sockets_lock:
            connected = tuple(self._sockets)
        for one in connected:
            with suppress(OSError):  # it was closed meanwhile
                # not the method of the TLS socket: that takes its state away from under the thread that reads
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    def _failure(self, error: httpx2.TransportError, host: str) -> Exception:
        if _untrusted(error):
            trusted = f"endpoints.ca_file {self._ca_file}" if self._ca_file else "this system"
            return ConnectionRefusedByServiceError(
                f"the TLS certificate of {host} is not trusted by {trusted}: check the address, or give the right "
                "authority in endpoints.ca_file of the tenant file"
            )
        return DroppedError(f"{host} gave no whole answer ({_reason(error)})")


class _Watched(httpx2.SyncByteStream):
    """The bytes of an answer as they come; each part is shown to `saw` first."""

    def __init__(self, stream: httpx2.SyncByteStream, saw: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._saw = saw

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._saw(part)
            yield part

    def close(self) -> None:
        self._stream.close()


def _untrusted(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _reason(error: httpx2.TransportError) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
