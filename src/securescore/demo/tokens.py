"""The login service of the invented cloud: client credentials in, tokens out that tell what was granted."""

import base64
import binascii
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from securescore.demo.exchange import Call, Reply, decoded, json_reply

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PADDING = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH),
}


class _LoginError(Exception):
    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.number, self.text = status, error, number, text


@dataclass(frozen=True, slots=True)
class Audience:
    """The tokens that one host takes: those for its own resource."""

    login: "Login"
    resource: str

    def accepts(self, headers: Mapping[str, str]) -> bool:
        """Whether the request carries such a token, and it still works."""
        return self.login.accepts(headers, self.resource)


@dataclass
class Login:
    """Knows one application and hands out its tokens, each for one resource.

    Attributes:
        resources: what tokens may be asked for.
        secret: its client secret.
        certificates: certificates it may sign with.
        federated_token: a token of another issuer that is taken for it; None: there is none.
        lifetime: seconds until a token stops working.
        roles: the permissions that a token for a resource tells.
    """

    address: str
    tenant_id: str
    domains: tuple[str, ...]
    client_id: str
    resources: frozenset[str]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)
    certificates: list[x509.Certificate] = field(default_factory=list)
    federated_token: str | None = None
    lifetime: float = 3600
    roles: Callable[[str], Collection[str]] = lambda _: ()
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def accepts(self, headers: Mapping[str, str], resource: str) -> bool:
        """Whether the request carries a token for this resource that still works."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        issued_for, end = self._tokens.get(token, ("", 0.0))
        return scheme.lower() == "bearer" and issued_for == resource and end > time.monotonic()

    def expire_all(self) -> None:
        """Every token handed out so far stops working."""
        self._tokens.clear()

    def answer(self, call: Call) -> Reply | None:
        """The answer to a call of the login service; None when the path is none of its own."""
        tenant, _, rest = call.path.strip("/").partition("/")
        if rest == "v2.0/.well-known/openid-configuration" and call.method == "GET":
            return self._discovery(tenant)
        if rest == "discovery/v2.0/keys":
            return json_reply(200, {"keys": []})
        if rest == "oauth2/v2.0/token" and call.method == "POST":
            return self._token_reply(tenant, dict(parse_qsl(call.body.decode(), keep_blank_values=True)))
        return None

    def _discovery(self, tenant: str) -> Reply:
        if not self._knows(tenant):
            return _refusal(_unknown_tenant(tenant))
        root = f"{self.address}/{self.tenant_id}"
        return json_reply(
            200,
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid"],
            },
        )

    def _knows(self, tenant: str) -> bool:
        return tenant.lower() in (self.tenant_id, *self.domains)

    def _token_reply(self, tenant: str, form: dict[str, str]) -> Reply:
        try:
            self._check(tenant, form)
        except _LoginError as error:
            return _refusal(error)
        token = self._token(_resource(form))
        self._tokens[token] = (_resource(form), time.monotonic() + self.lifetime)
        whole = int(self.lifetime)
        content = {
            "token_type": "Bearer",
            "expires_in": whole,
            "ext_expires_in": whole,
            "access_token": token,
        }
        return json_reply(200, content)

    def _token(self, resource: str) -> str:
        """As a real one reads, but for its signature: this service knows its own tokens by heart."""
        claims: dict[str, Any] = {"aud": resource, "appid": self.client_id, "tid": self.tenant_id}
        if roles := sorted(self.roles(resource)):
            claims["roles"] = roles
        parts = (json.dumps(one).encode() for one in ({"typ": "JWT"}, claims))
        return ".".join((*map(_text, parts), secrets.token_urlsafe(48)))

    def _check(self, tenant: str, form: dict[str, str]) -> None:
        if not self._knows(tenant):
            raise _unknown_tenant(tenant)
        if form.get("grant_type") != "client_credentials":
            raise _LoginError(400, "unsupported_grant_type", 70003, "Only client credentials are taken here.")
        if form.get("client_id", "").lower() != self.client_id:
            raise _LoginError(400, "unauthorized_client", 700016, "No such application in this directory.")
        if not form.get("scope", "").endswith("/.default"):
            raise _LoginError(400, "invalid_scope", 1002012, "The scope must end in /.default.")
        if _resource(form) not in self.resources:
            raise _LoginError(400, "invalid_resource", 500011, "No such resource in this directory.")
        self._check_credential(form)

    def _check_credential(self, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") == _ASSERTION:
            self._check_assertion(form.get("client_assertion", ""))
        elif "client_secret" not in form:
            raise _LoginError(401, "invalid_client", 7000218, "A secret or an assertion is missing.")
        elif not secrets.compare_digest(form["client_secret"].encode(), self.secret.encode()):
            raise _LoginError(401, "invalid_client", 7000215, "That is not the secret of this application.")

    def _check_assertion(self, assertion: str) -> None:
        if self.federated_token is not None and assertion == self.federated_token:
            return
        try:
            header, claims, signed, signature = _parts(assertion)
        except ValueError:
            raise _LoginError(
                400, "invalid_client", 700213, "The assertion is not one this application trusts."
            ) from None
        if not any(_signed_by(one, header, signed, signature) for one in self.certificates):
            raise _LoginError(
                401, "invalid_client", 700027, "The assertion is not signed with a known certificate."
            )
        if not self._claims_hold(claims):
            raise _LoginError(
                401, "invalid_client", 700023, "The assertion is for somebody else, or too old."
            )

    def _claims_hold(self, claims: Mapping[str, Any]) -> bool:
        audience = f"{self.address}/{self.tenant_id}/oauth2/v2.0/token"
        ours = claims.get("aud") == audience and claims.get("iss") == claims.get("sub") == self.client_id
        return ours and isinstance(claims.get("exp"), int | float) and claims["exp"] > time.time()


def _unknown_tenant(tenant: str) -> _LoginError:
    return _LoginError(400, "invalid_request", 90002, f"No directory is called {tenant}.")


def _refusal(error: _LoginError) -> Reply:
    return json_reply(
        error.status,
        {
            "error": error.error,
            "error_description": f"AADSTS{error.number}: {error.text}",
            "error_codes": [error.number],
            "trace_id": "00000000-0000-0000-0000-0000000000aa",
            "correlation_id": "00000000-0000-0000-0000-0000000000bb",
        },
    )


def _resource(form: Mapping[str, str]) -> str:
    return form.get("scope", "").removesuffix("/.default")


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signed bytes and signature of a JWT. Raises ValueError when it is none."""
    pieces = assertion.split(".")
    if len(pieces) != 3:  # noqa: PLR2004 - header, claims, signature
        raise ValueError("not three parts")
    try:
        header, claims, signature = (base64.urlsafe_b64decode(piece + "==") for piece in pieces)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return _table(header), _table(claims), ".".join(pieces[:2]).encode(), signature


def _table(piece: bytes) -> dict[str, Any]:
    """The JSON object in a piece; an empty one when it is something else, for which no check holds."""
    content = decoded(piece)
    return content if isinstance(content, dict) else {}


def _signed_by(
    certificate: x509.Certificate, header: Mapping[str, Any], signed: bytes, signature: bytes
) -> bool:
    key, scheme = certificate.public_key(), _PADDING.get(str(header.get("alg")))
    if scheme is None or not isinstance(key, rsa.RSAPublicKey) or not _names(certificate, header):
        return False
    try:
        key.verify(signature, signed, scheme, SHA256())
    except InvalidSignature:
        return False
    return True


def _names(certificate: x509.Certificate, header: Mapping[str, Any]) -> bool:
    """Whether the header names this certificate by one of its thumbprints."""
    der = certificate.public_bytes(Encoding.DER)
    sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
    known = {"x5t": sha1, "x5t#S256": hashlib.sha256(der).digest()}
    # the widespread library writes thumbprints with the padding that the standard leaves out
    return any(str(header.get(name)).rstrip("=") == _text(print_) for name, print_ in known.items())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
