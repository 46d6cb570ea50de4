"""What the server answers: whether it lives, whether it can do its work, and figures about it."""

import hmac
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from securescore.errors import ConfigurationError, SecureScoreError
from securescore.logs import log
from securescore.services import health
from securescore.services.installation import Installation
from securescore.web.consent import PATH, consent_page
from securescore.web.listening import is_loopback
from securescore.web.metrics import CONTENT_TYPE, as_text

_FRESH = 1.0
_LONGEST_TOKEN = 4096
_SHORTEST_TOKEN = 16
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

T = TypeVar("T")


def make_application(here: Installation) -> Starlette:
    """The application, over an installation that stays open as long as it runs.

    Raises:
        ConfigurationError: the file with the token for the metrics cannot be used.
    """
    answers = _Answers(here, read_token(here.settings.metrics_token_file))
    return Starlette(
        routes=[
            Route("/health/live", answers.live, methods=["GET"]),
            Route("/health/ready", answers.ready, methods=["GET"]),
            Route("/metrics", answers.metrics, methods=["GET"]),
            Route(PATH, consent_page(here), methods=["GET"]),
        ]
    )


def read_token(path: Path | None) -> bytes | None:
    """The token of that file; None when there is no file.

    Raises:
        ConfigurationError: it cannot be read, or holds no token that is hard to guess.
    """
    if path is None:
        return None
    try:
        token = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(
            f"the file {path} of SECURESCORE_METRICS_TOKEN_FILE cannot be read ({error.strerror}): see that it is there "
            "and that the account that runs securescore may read it"
        ) from None
    if not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN or len(token.split()) != 1:
        raise ConfigurationError(
            f"the file {path} of SECURESCORE_METRICS_TOKEN_FILE holds no token: write one word of at least "
            f"{_SHORTEST_TOKEN} letters that nobody can guess"
        )
    return token


class _Answers:
    """The answers. They run in threads, because the database is asked synchronously."""

    def __init__(self, here: Installation, token: bytes | None) -> None:
        self._token = token
        self._readiness = _Recent(lambda: health.readiness(here))
        self._figures = _Recent(lambda: as_text(_figures(here)))

    def live(self, _request: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=_HEADERS)

    def ready(self, _request: Request) -> Response:
        parts = self._readiness.get()
        failing = [name for name, problem in parts.items() if problem]
        body = {"status": "failing" if failing else "ready", "parts": _told(parts)}
        return JSONResponse(body, status_code=503 if failing else 200, headers=_HEADERS)

    def metrics(self, request: Request) -> Response:
        if not (_is_from_here(request) or self._knows_token(request)):
            return PlainTextResponse(
                "the metrics need the token of SECURESCORE_METRICS_TOKEN_FILE\n",
                status_code=401,
                headers=_HEADERS | {"WWW-Authenticate": 'Bearer realm="securescore metrics"'},
            )
        return Response(self._figures.get(), media_type=CONTENT_TYPE, headers=_HEADERS)

    def _knows_token(self, request: Request) -> bool:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if self._token is None or kind.lower() != "bearer":
            return False
        return hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token)


class _Recent(Generic[T]):
    """What was found out a moment ago, so that nobody can keep the database busy by asking."""

    def __init__(self, find_out: Callable[[], T]) -> None:
        self._find_out = find_out
        self._lock = Lock()
        self._until = 0.0
        self._known: list[T] = []

    def get(self) -> T:
        """At most so old."""
        with self._lock:
            if not self._known or time.monotonic() > self._until:
                self._known = [self._find_out()]
                self._until = time.monotonic() + _FRESH
            return self._known[0]


def _figures(here: Installation) -> health.Figures | None:
    try:
        return health.measured(here)
    except (SecureScoreError, SQLAlchemyError) as error:
        log().warning("the figures could not be read", exc_info=error)
        return None


def _told(parts: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
    return {
        name: {"status": "failing", "problem": problem} if problem else {"status": "fine"}
        for name, problem in parts.items()
    }


def _is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks, and neither a proxy for somebody else nor a page in a browser."""
    if request.client is None or not is_loopback(request.client.host):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
    except ValueError:
        return False
