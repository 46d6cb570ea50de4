"""Tokens from the login service, through msal, over the same wire as everything else."""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx2
import msal
import msgspec
from msal.exceptions import MsalError

from securescore import __version__
from securescore.connectors.credentials import Certificate, ClientSecret, FederatedToken, ManagedIdentity
from securescore.connectors.http.clock import Clock, StoppedError
from securescore.connectors.http.refusals import token_refusal
from securescore.connectors.http.retry import FIRST_CONTACT, Patience, retry_after, worth_retrying
from securescore.connectors.http.wire import USER_AGENT, Answer, DroppedError, Hosts, Wire
from securescore.connectors.tenant_file import Tenant
from securescore.errors import CollectionError, ConnectionRefusedByServiceError

# msal logs whole answers of the login service when it cannot read them, tokens included
logging.getLogger("msal").setLevel(logging.CRITICAL)

_CLIENT_ERROR = 400
_PLATFORM_TIMEOUT = httpx2.Timeout(10.0)


class Tokens:
    """Tokens of one tenant, cached and renewed. May be shared between threads; to be closed."""

    def __init__(self, tenant: Tenant, wire: Wire, clock: Clock) -> None:
        self._lock = Lock()
        self._client = _client_of(tenant, wire, clock)

    def token(self, scope: str) -> str:
        """A token for the scope.

        Raises:
            ConnectionRefusedByServiceError: the login service refused, or was not to be reached.
        """
        with self._lock:
            return self._acquire(scope)

    def renewed(self, scope: str, rejected: str) -> str:
        """A token other than the rejected one; asked for once, however many threads were rejected."""
        with self._lock:
            if (known := self._acquire(scope)) != rejected:
                return known
            self._client.forget()
            return self._acquire(scope)

    def close(self) -> None:
        """Frees what the client holds."""
        self._client.close()

    def _acquire(self, scope: str) -> str:
        result = self._client.acquire(scope)
        token = result.get("access_token")
        if isinstance(token, str) and token and token.isascii() and token.isprintable() and " " not in token:
            return token
        raise token_refusal(result)


def tenant_of(token: str) -> str | None:
    """The tenant that a token says it is of; None when it is not to be read, as tokens need not be.

    Good for telling that a credential is of another tenant than was meant, and for nothing that has to be proven.
    """
    tenant = (_claims(token) or {}).get("tid")
    return tenant if isinstance(tenant, str) else None


def roles_of(token: str) -> frozenset[str] | None:
    """The application permissions that a token says it carries; None when it is not to be read, as tokens need not be.

    The service decides by its own copy; this tells people beforehand what they forgot to grant.
    """
    claims = _claims(token)
    if claims is None:
        return None
    listed = claims.get("roles", [])
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else None


def _claims(token: str) -> dict[str, Any] | None:
    try:
        _, claims, _ = token.split(".")
        return msgspec.json.decode(urlsafe_b64decode(claims + "=="), type=dict[str, Any])
    except (ValueError, RecursionError):
        return None


class _Client(Protocol):
    def acquire(self, scope: str) -> Mapping[str, Any]:
        """The answer, from the cache or from the login service."""

    def forget(self) -> None:
        """Drops every token."""

    def close(self) -> None:
        """Frees what the client holds."""


def _client_of(tenant: Tenant, wire: Wire, clock: Clock) -> _Client:
    if isinstance(tenant.credential, ManagedIdentity):
        return _PlatformClient(tenant.credential)
    return _ApplicationClient(tenant, wire, clock)


class _ApplicationClient:
    """An app registration with a secret, a certificate or another issuer's token."""

    def __init__(self, tenant: Tenant, wire: Wire, clock: Clock) -> None:
        self._tenant = tenant
        self._http = _LoginHttp(tenant, wire, clock)
        self._application: msal.ConfidentialClientApplication | None = None

    def acquire(self, scope: str) -> Mapping[str, Any]:
        with _as_refusal("the login service"):
            if self._application is None:
                self._application = self._connected()
            result: Mapping[str, Any] = self._application.acquire_token_for_client([scope]) or {}
        return result

    def forget(self) -> None:
        if self._application is not None:
            self._application.remove_tokens_for_client()

    def close(self) -> None:
        """Nothing: the wire belongs to the caller."""

    def _connected(self) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            self._tenant.client_id,
            client_credential=self._credential(),
            authority=f"{self._tenant.endpoints.login.url}/{self._tenant.tenant_id}",
            # the address comes from the tenant file or our own list, so nobody else needs to vouch for it
            instance_discovery=False,
            http_client=self._http,
            app_name="securescore",
            app_version=__version__,
        )

    def _credential(self) -> str | dict[str, Any]:
        credential = self._tenant.credential
        match credential:
            case ClientSecret():
                return credential.secret
            case Certificate():
                return {"private_key": credential.private_key, "public_certificate": credential.certificate}
            case FederatedToken():
                return {"client_assertion": credential.read}
            case ManagedIdentity():  # pragma: no cover -- has a client of its own
                raise AssertionError


class _PlatformClient:
    """The managed identity of the machine, asked for at the platform's own local address."""

    def __init__(self, identity: ManagedIdentity) -> None:
        self._identity: msal.SystemAssignedManagedIdentity | msal.UserAssignedManagedIdentity = (
            msal.SystemAssignedManagedIdentity()
            if identity.client_id is None
            else msal.UserAssignedManagedIdentity(client_id=identity.client_id)
        )
        self._http = httpx2.Client(
            trust_env=False, timeout=_PLATFORM_TIMEOUT, headers={"User-Agent": USER_AGENT}
        )
        self.forget()

    def acquire(self, scope: str) -> Mapping[str, Any]:
        with _as_refusal("the managed identity of this machine"):
            result: Mapping[str, Any] = self._msal.acquire_token_for_client(
                resource=scope.removesuffix("/.default")
            )
        return result or {}

    def forget(self) -> None:
        self._msal = msal.ManagedIdentityClient(self._identity, http_client=self._http)

    def close(self) -> None:
        self._http.close()


@contextmanager
def _as_refusal(who: str) -> Iterator[None]:
    """Whatever goes wrong on the way to a token becomes one sentence; the cause may hold secrets and is left out."""
    try:
        yield
    except StoppedError:
        raise
    except (httpx2.HTTPError, DroppedError, CollectionError) as error:
        raise ConnectionRefusedByServiceError(f"no token could be had from {who}: {error}") from None
    except (MsalError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        raise ConnectionRefusedByServiceError(
            f"no token could be had from {who}: it does not answer as a login service should. Check tenant_id, cloud and "
            "endpoints.login in the tenant file"
        ) from None


@dataclass(frozen=True, slots=True)
class _Reply:
    """What msal wants to see of an answer."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        if self.status_code >= _CLIENT_ERROR:
            raise RuntimeError


class _LoginHttp:
    """msal's way to the wire. Only to the login service: the form may hold a secret."""

    def __init__(self, tenant: Tenant, wire: Wire, clock: Clock) -> None:
        endpoints = tenant.endpoints
        self._hosts = Hosts(endpoints.login, endpoints.also)
        self._wire = wire
        self._clock = clock

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Reply:
        return self._sent("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Reply:
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._sent("POST", url, params, form, urlencode(data or {}).encode())

    def close(self) -> None:
        """Nothing: the wire belongs to the caller."""

    def _sent(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> _Reply:
        whole = self._hosts.check(f"{url}?{urlencode(params)}" if params else url, "the login service")
        answer = self._patiently(method, whole, headers or {}, content)
        if method == "GET" and answer.status >= _CLIENT_ERROR:
            raise token_refusal(_table(answer.body))
        return _Reply(answer.status, answer.body.decode(errors="replace"), dict(answer.headers))

    def _patiently(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        patience = Patience(FIRST_CONTACT, self._clock)
        while True:
            answer = self._tried(method, url, headers, content)
            if isinstance(answer, Answer) and not worth_retrying(answer.status, repeatable=True):
                return answer
            asked = retry_after(answer.headers, self._clock.now()) if isinstance(answer, Answer) else None
            wait = patience.wait_before_next(asked, answered=isinstance(answer, Answer))
            if wait is None:
                break
            self._clock.sleep(wait)
        if isinstance(answer, DroppedError):
            raise answer
        raise ConnectionRefusedByServiceError(
            f"the login service still answered {answer.status} after {patience.attempts} attempts: try again later"
        )

    def _tried(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer | DroppedError:
        try:
            return self._wire.exchange(method, url, headers, content)
        except DroppedError as error:
            return error


def _table(body: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}
