"""A tenant file taken apart for keeping: what may stand in the open, and the secret apart from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from securescore.connectors.clouds import CLOUDS, Address, parse_address
from securescore.connectors.credentials import (
    Certificate,
    ClientSecret,
    Credential,
    FederatedToken,
    ManagedIdentity,
)
from securescore.connectors.tenant_file import Endpoints, Tenant, endpoints_of
from securescore.errors import ConfigurationError

_CA = "ca.pem"


class CredentialKind(StrEnum):
    """How the application proves who it is."""

    CLIENT_SECRET = "client_secret"  # noqa: S105 - a kind of secret
    CERTIFICATE = "certificate"
    MANAGED_IDENTITY = "managed_identity"
    FEDERATED_TOKEN = "federated_token"  # noqa: S105 - a kind of secret


@dataclass(frozen=True)
class StoredConnection:
    """What of a connection may stand in the open.

    Attributes:
        endpoints: the addresses that differ from those of the cloud, by the keys of a tenant file.
        ca_certificates: PEM of the only authorities to trust; None: those of the system.
        credential_path: the file with a federated token, or the client id of a managed identity.
    """

    client_id: str | None
    cloud: str
    credential_kind: CredentialKind
    endpoints: Mapping[str, Any]
    ca_certificates: str | None
    credential_path: str | None


def stored(tenant: Tenant) -> StoredConnection:
    """What of a tenant's connection may stand in the open.

    Raises:
        ConfigurationError: the file with the certificate authorities is gone.
    """
    return StoredConnection(
        client_id=tenant.client_id,
        cloud=tenant.cloud.name,
        credential_kind=_kind(tenant.credential),
        endpoints=_overrides(tenant),
        ca_certificates=_ca_certificates(tenant.endpoints.ca_file),
        credential_path=_path(tenant.credential),
    )


def secret_of(tenant: Tenant) -> bytes | None:
    """The secret of its credential, to be sealed at once; None when it has none of its own."""
    credential = tenant.credential
    if isinstance(credential, ClientSecret):
        return credential.secret.encode()
    if isinstance(credential, Certificate):
        return json.dumps([credential.private_key, credential.certificate]).encode()
    return None


def restored(tenant_id: str, connection: StoredConnection, secret: bytes | None, folder: Path) -> Tenant:
    """The tenant as the connectors need it.

    Args:
        tenant_id: Microsoft's id of it.
        connection: what `stored` gave.
        secret: what `secret_of` gave.
        folder: a private folder that may hold the certificate authorities while the tenant is read.

    Raises:
        ConfigurationError: the secret is missing.
    """
    cloud = CLOUDS[connection.cloud]
    given = {name: _address(name, value) for name, value in connection.endpoints.items()}
    if connection.ca_certificates is not None:
        given["ca_file"] = folder / _CA
        (folder / _CA).write_text(connection.ca_certificates, encoding="ascii")
    standing = {one.name: getattr(endpoints_of(cloud), one.name) for one in fields(Endpoints)}
    return Tenant(
        tenant_id=tenant_id,
        client_id=connection.client_id,
        credential=_credential(connection, secret),
        cloud=cloud,
        endpoints=Endpoints(**standing | given),
    )


def _kind(credential: Credential) -> CredentialKind:
    kinds: dict[type[Credential], CredentialKind] = {
        ClientSecret: CredentialKind.CLIENT_SECRET,
        Certificate: CredentialKind.CERTIFICATE,
        ManagedIdentity: CredentialKind.MANAGED_IDENTITY,
        FederatedToken: CredentialKind.FEDERATED_TOKEN,
    }
    return kinds[type(credential)]


def _path(credential: Credential) -> str | None:
    if isinstance(credential, FederatedToken):
        return str(credential.path)
    return credential.client_id if isinstance(credential, ManagedIdentity) else None


def _credential(connection: StoredConnection, secret: bytes | None) -> Credential:
    if connection.credential_kind is CredentialKind.MANAGED_IDENTITY:
        return ManagedIdentity(connection.credential_path)
    if connection.credential_kind is CredentialKind.FEDERATED_TOKEN:
        return FederatedToken(Path(connection.credential_path or ""))
    if secret is None:
        raise ConfigurationError(
            "the connection has no secret any more, because it was changed: give it again (securescore tenant connect)"
        )
    if connection.credential_kind is CredentialKind.CLIENT_SECRET:
        return ClientSecret(secret.decode())
    private_key, certificate = json.loads(secret)
    return Certificate(private_key, certificate)


def _overrides(tenant: Tenant) -> dict[str, Any]:
    standing = endpoints_of(tenant.cloud)
    return {
        one.name: _text(value)
        for one in fields(Endpoints)
        if one.name != "ca_file"
        and (value := getattr(tenant.endpoints, one.name)) != getattr(standing, one.name)
    }


def _text(value: Address | tuple[Address, ...]) -> str | list[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else str(value)


def _address(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(parse_address(one, name) for one in value)
    return parse_address(value, name)


def _ca_certificates(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"endpoints.ca_file {path} cannot be read as PEM: {error}") from error
