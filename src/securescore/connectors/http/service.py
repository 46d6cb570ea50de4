"""One Microsoft service: sends with a token, at its pace, as patiently as is right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin
from uuid import uuid4

from securescore.connectors.http.answers import Words, plain_words, refusal
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.limits import Limiter, Limiters, ServiceClass
from securescore.connectors.http.retry import (
    PATIENT,
    Patience,
    RetrySettings,
    closes_class,
    retry_after,
    worth_retrying,
)
from securescore.connectors.http.wire import Answer, DroppedError, Hosts, Wire
from securescore.errors import CollectionError

_UNAUTHORIZED = 401
_FAULTS = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


def is_redirect(status: int) -> bool:
    """Whether the status sends the caller elsewhere."""
    return status in _REDIRECTS


class TokenSource(Protocol):
    """Where tokens come from."""

    def token(self, scope: str) -> str:
        """A token for the scope, renewed in time."""

    def renewed(self, scope: str, rejected: str) -> str:
        """Another token than the one that was rejected."""


class UnreachableError(CollectionError):
    """No answer could be had, however often it was asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as often as it is sent.

    Attributes:
        repeatable: asking twice changes nothing at the service, whatever the method.
        follow: redirects are followed as long as they stay with the service; without it they are the answer.
        words: where this service puts the message of an error.
    """

    method: str
    url: str
    service_class: ServiceClass
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    repeatable: bool = True
    follow: bool = True
    words: Words = plain_words


class Service:
    """Sends requests to one service of one tenant. May be shared between threads."""

    def __init__(
        self,
        *,
        name: str,
        tenant_id: str,
        scope: str,
        hosts: Hosts,
        wire: Wire,
        tokens: TokenSource,
        limiters: Limiters,
        clock: Clock,
        retry: RetrySettings = PATIENT,
    ) -> None:
        self.name = name
        self.clock = clock
        self.scope = scope
        self.hosts = hosts
        self.retry = retry
        self._tenant_id = tenant_id
        self._wire = wire
        self._tokens = tokens
        self._limiters = limiters

    def ask(self, request: Request, retry: RetrySettings | None = None) -> Answer:
        """Sends the request until there is an answer that asking again would not change.

        Returns:
            The answer, whatever its status, except those worth another try.

        Raises:
            CollectionError: still 429, 502, 503 or 504 when patience ended, or a redirect to another host.
            UnreachableError: no whole answer came at all.
            ConnectionRefusedByServiceError: the certificate is not trusted, or there is no token.
        """
        limiter = self._limiters.of(self._tenant_id, request.service_class)
        settings = retry or self.retry
        patience = Patience(settings, self.clock)
        while True:
            try:
                answer = self._authorised(request, limiter)
            except DroppedError as error:
                self._pause(request, patience, limiter, error, None)
                continue
            if not worth_retrying(answer.status, repeatable=request.repeatable, internal=settings.internal):
                return answer
            self._pause(request, patience, limiter, None, answer)

    def slow_down(self, service_class: ServiceClass, seconds: float) -> None:
        """Lets no request of this class begin for so long."""
        self._limiters.of(self._tenant_id, service_class).slow_down(seconds)

    def joined(self, url: str, target: str) -> str:
        """Where a redirect from `url` to `target` leads. Raises CollectionError when that is no address."""
        try:
            return urljoin(url, target)
        except ValueError:
            raise CollectionError(
                f"{self.name} redirected to an address that is none", code="bad_link"
            ) from None

    def _authorised(self, request: Request, limiter: Limiter) -> Answer:
        """One answer; the token is renewed once when the service no longer takes it."""
        token = self._tokens.token(self.scope)
        answer = self._followed(request, token, limiter)
        if answer.status == _UNAUTHORIZED:
            return self._followed(request, self._tokens.renewed(self.scope, token), limiter)
        return answer

    def _followed(self, request: Request, token: str, limiter: Limiter) -> Answer:
        """One answer, through redirects that stay with the service."""
        url = request.url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._sent(request, self.hosts.check(url, self.name), token, limiter)
            target = answer.headers.get("location")
            if not is_redirect(answer.status) or not target or not request.follow or request.method != "GET":
                return answer
            url = self.joined(url, target)
        raise CollectionError(f"{self.name} redirected more than {_MOST_REDIRECTS} times", code="redirects")

    def _sent(self, request: Request, url: str, token: str, limiter: Limiter) -> Answer:
        headers = {
            "Accept": "application/json",
            **request.headers,
            "Authorization": f"Bearer {token}",
            "client-request-id": str(uuid4()),
            "return-client-request-id": "true",
        }
        with limiter.turn():
            return self._wire.exchange(request.method, url, headers, request.content)

    def _pause(
        self,
        request: Request,
        patience: Patience,
        limiter: Limiter,
        dropped: DroppedError | None,
        answer: Answer | None,
    ) -> None:
        """Waits before the next attempt. Raises CollectionError when patience has ended."""
        asked = retry_after(answer.headers, self.clock.now()) if answer else None
        fault = answer is not None and answer.status >= _FAULTS
        wait = patience.wait_before_next(asked, answered=answer is not None, fault=fault)
        if wait is None:
            raise self._exhausted(request, patience, dropped, answer, asked)
        if answer and closes_class(answer.status, answer.headers):
            limiter.slow_down(wait)
        else:
            self.clock.sleep(wait)

    def _exhausted(
        self,
        request: Request,
        patience: Patience,
        dropped: DroppedError | None,
        answer: Answer | None,
        asked: float | None,
    ) -> CollectionError:
        times = "1 attempt" if patience.attempts == 1 else f"{patience.attempts} attempts"
        if answer is None:
            return UnreachableError(f"{self.name} did not answer in {times}: {dropped}", code="unreachable")
        said = refusal(answer, request.words)
        longer = f", and asked to wait {asked:.0f} s more" if asked else ""
        return CollectionError(
            f"{self.name} still answered {said} after {times}{longer}; collect again later",
            code=said.code or str(said.status),
        )
