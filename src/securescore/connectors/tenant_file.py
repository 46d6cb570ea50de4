"""The tenant file: which tenant to read, as whom, and where its services answer."""

import re
import ssl
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from securescore.connectors.clouds import CLOUDS, GLOBAL, Address, Cloud, parse_address
from securescore.connectors.credentials import (
    Credential,
    FederatedToken,
    ManagedIdentity,
    read_certificate,
    read_secret,
)
from securescore.errors import ConfigurationError

_CREDENTIALS = ("client_secret_file", "certificate_file", "managed_identity", "federated_token_file")
_SECRETS = ("client_secret_file", "certificate_file", "certificate_password_file")
_KEYS = ("tenant_id", "client_id", *_CREDENTIALS, "certificate_password_file", "cloud", "endpoints")
_SERVICES = ("login", "graph", "exchange", "compliance", "defender_endpoint")
_ENDPOINT_KEYS = (*_SERVICES, "cloud_apps", "dns", "ca_file", "also")
ANY_TENANT = "organizations"
"""What the login service calls the tenant of whoever signs in."""

_ID = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the services of one tenant answer: the cloud's addresses, with what the tenant file overrides.

    Attributes:
        ca_file: the only certificate authorities to trust; None: those of the system.
        also: further hosts that links and redirects may lead to.
        dns: where to ask for DNS records; None: the system's resolver.
    """

    login: Address
    graph: Address
    exchange: Address
    compliance: Address
    defender_endpoint: Address | None
    cloud_apps: Address | None = None
    dns: Address | None = None
    ca_file: Path | None = None
    also: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant as the connectors need it. Holds secrets, which its repr does not show.

    Attributes:
        secrets: the files that hold them.
    """

    tenant_id: str
    client_id: str | None
    credential: Credential
    cloud: Cloud = GLOBAL
    endpoints: Endpoints = field(default_factory=lambda: endpoints_of(GLOBAL))
    secrets: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """One multitenant app registration that reads any number of tenants. Holds secrets, which its repr does not show."""

    _as_tenant: Tenant

    @property
    def login(self) -> Address:
        """Where its administrators consent."""
        return self._as_tenant.endpoints.login

    @property
    def graph(self) -> Address:
        """Where Microsoft Graph answers it."""
        return self._as_tenant.endpoints.graph

    @property
    def client_id(self) -> str:
        """Its id, the same in every tenant."""
        return self._as_tenant.client_id or ""

    def within(self, tenant_id: str) -> Tenant:
        """A tenant that consented to it, as the connectors need it."""
        return replace(self._as_tenant, tenant_id=tenant_id)


def endpoints_of(cloud: Cloud) -> Endpoints:
    """The addresses of a cloud, nothing overridden."""
    return Endpoints(
        login=cloud.login,
        graph=cloud.graph,
        exchange=cloud.exchange,
        compliance=cloud.compliance,
        defender_endpoint=cloud.defender_endpoint,
        also=cloud.also,
    )


def load_tenant(path: Path) -> Tenant:
    """Reads and checks a tenant file with everything it points to.

    Relative paths in it are relative to the file itself.

    Raises:
        ConfigurationError: with one sentence that names the file, the key and what to do.
    """
    try:
        return _Form(path, _read(path)).tenant()
    except ConfigurationError as error:
        raise ConfigurationError(f"tenant file {path}: {error}") from error.__cause__


def load_application(path: Path) -> Application:
    """Reads a tenant file of a multitenant app: one in which `tenant_id` may be left out, and does not count.

    Raises:
        ConfigurationError: with one sentence that names the file, the key and what to do.
    """
    try:
        return _Form(path, {"tenant_id": ANY_TENANT} | _read(path)).application()
    except ConfigurationError as error:
        raise ConfigurationError(f"application file {path}: {error}") from error.__cause__


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"it cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"it is not TOML ({error})") from None
    except RecursionError:
        raise ConfigurationError("it is not TOML that can be read (nested too deeply)") from None


def open_to_others(tenant: Tenant) -> list[Path]:
    """Files with the tenant's secret or key that others on this machine may read."""
    return [
        path
        for path in tenant.secrets
        if path.exists() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    ]


class _Form:
    """The file's content while it is being checked."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self._folder = path.absolute().parent
        self._content = content

    def tenant(self) -> Tenant:
        _refuse_unknown(self._content, _KEYS, "")
        credential = self._credential()
        cloud = self._cloud()
        return Tenant(
            tenant_id=self._id("tenant_id"),
            client_id=self._client_id(credential),
            credential=credential,
            cloud=cloud,
            endpoints=self._endpoints(cloud),
            secrets=tuple(
                self._path(self._content, key) for key in _SECRETS if isinstance(self._content.get(key), str)
            ),
        )

    def application(self) -> Application:
        tenant = self.tenant()
        if isinstance(tenant.credential, ManagedIdentity):
            raise ConfigurationError(
                "a managed identity lives in one tenant and cannot read others: give a multitenant app registration one "
                "of client_secret_file, certificate_file, federated_token_file"
            )
        if tenant.endpoints.cloud_apps is not None:
            raise ConfigurationError(
                "endpoints.cloud_apps is another in every tenant: leave it out here, and give it with the tenant file of "
                "each (securescore tenant connect)"
            )
        return Application(replace(tenant, tenant_id=ANY_TENANT))

    def _id(self, key: str) -> str:
        value = _text(self._content, key)
        if value is None:
            raise ConfigurationError(f"{key} is missing")
        if not _ID.match(value):
            raise ConfigurationError(f"{key} is {value!r}, which is no id or domain name")
        return value

    def _client_id(self, credential: Credential) -> str | None:
        if isinstance(credential, ManagedIdentity) and "client_id" not in self._content:
            return credential.client_id
        return self._id("client_id")

    def _credential(self) -> Credential:
        given = [key for key in _CREDENTIALS if key in self._content]
        if len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "found none"
            raise ConfigurationError(f"give exactly one of {', '.join(_CREDENTIALS)}; {found}")
        if "certificate_password_file" in self._content and given != ["certificate_file"]:
            raise ConfigurationError("certificate_password_file goes with certificate_file only")
        if given == ["managed_identity"]:
            return _managed_identity(self._content["managed_identity"], self._content.get("client_id"))
        return self._from_file(given[0])

    def _from_file(self, key: str) -> Credential:
        path = self._path(self._content, key)
        if key == "client_secret_file":
            return read_secret(path)
        if key == "certificate_file":
            password = "certificate_password_file"  # noqa: S105 -- the name of a key
            return read_certificate(
                path, self._path(self._content, password) if password in self._content else None
            )
        token = FederatedToken(path)
        token.read()
        return token

    def _path(self, table: Mapping[str, Any], key: str) -> Path:
        name = _text(table, key) or ""
        try:
            path = Path(name).expanduser()
        except RuntimeError:
            raise ConfigurationError(f"{key} is {name!r}, and there is no such home folder") from None
        if "\0" in name:
            raise ConfigurationError(f"{key} is {name!r}, which is no path")
        return self._folder / path

    def _cloud(self) -> Cloud:
        name = _text(self._content, "cloud") or GLOBAL.name
        if name not in CLOUDS:
            raise ConfigurationError(f"cloud is {name!r}; known are {', '.join(CLOUDS)}")
        return CLOUDS[name]

    def _endpoints(self, cloud: Cloud) -> Endpoints:
        table = self._content.get("endpoints", {})
        if not isinstance(table, dict):
            raise ConfigurationError("endpoints must be a table: [endpoints]")
        _refuse_unknown(table, _ENDPOINT_KEYS, "endpoints.")
        endpoints = endpoints_of(cloud)
        given: dict[str, Any] = {
            key: parse_address(_text(table, key) or "", f"endpoints.{key}")
            for key in (*_SERVICES, "cloud_apps", "dns")
            if key in table
        }
        if "also" in table:
            given["also"] = endpoints.also + _also(table["also"])
        if "ca_file" in table:
            given["ca_file"] = _ca_file(self._path(table, "ca_file"))
        return replace(endpoints, **given)


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    for key in table:
        if key not in known:
            nearest = get_close_matches(key, known, n=1)
            advice = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(known)}"
            raise ConfigurationError(f"the key {prefix}{key} is not known; {advice}")


def _text(table: Mapping[str, Any], key: str) -> str | None:
    if key not in table:
        return None
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{key} must be a text in quotes, and not empty")
    return value.strip()


def _managed_identity(value: object, client_id: object) -> ManagedIdentity:
    """The identity named by its own client id, or by `client_id`; without either the machine's own."""
    if value is True:
        return ManagedIdentity(client_id if isinstance(client_id, str) else None)
    if isinstance(value, str) and _ID.match(value):
        return ManagedIdentity(value)
    raise ConfigurationError("managed_identity must be true, or the client id of the identity as text")


def _also(value: object) -> tuple[Address, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError("endpoints.also must be a list of hosts")
    return tuple(parse_address(text, "endpoints.also") for text in texts)


def _ca_file(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise ConfigurationError(f"endpoints.ca_file {path} holds no certificate authority in PEM") from None
    except OSError as error:
        raise ConfigurationError(f"endpoints.ca_file {path} cannot be read: {error.strerror}") from None
    return path
