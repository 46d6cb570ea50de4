"""The tenant file with which `securescore collect` reads an invented cloud."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import trustme
from cryptography import x509

from securescore.demo.cloud import InventedCloud

_SERVICES = ("graph", "exchange", "compliance", "defender_endpoint", "cloud_apps")
_ALSO = ("exchange_region", "compliance_region", "storage")


class CredentialKind(StrEnum):
    """What the application proves itself with, by the tenant file's own keys."""

    SECRET = "client_secret_file"  # noqa: S105 - the name of a key
    CERTIFICATE = "certificate_file"
    FEDERATED = "federated_token_file"


def write_tenant_file(
    cloud: InventedCloud, folder: Path, credential: CredentialKind = CredentialKind.SECRET
) -> Path:
    """Writes `tenant.toml` with all it points to into the folder, readable by the owner alone.

    Returns:
        The path for `securescore collect --tenant`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / "ca.pem", cloud.ca_file.read_bytes())
    _write(folder / "credential", _WRITERS[credential](cloud))
    path = folder / "tenant.toml"
    _write(path, _text(cloud, credential).encode())
    return path


def _text(cloud: InventedCloud, credential: CredentialKind) -> str:
    lines = (
        f'tenant_id = "{cloud.tenant_id}"',
        f'client_id = "{cloud.client_id}"',
        f'{credential} = "credential"',
        "",
        "[endpoints]",
        f'login = "{cloud.address}"',
        *(f'{name} = "{cloud.addresses[name]}"' for name in _SERVICES),
        f'dns = "{cloud.name_server.address}"',
        f"also = {[cloud.addresses[name] for name in _ALSO]}",
        'ca_file = "ca.pem"',
    )
    return "\n".join(lines) + "\n"


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)


def _secret(cloud: InventedCloud) -> bytes:
    return cloud.client_secret.encode()


def _certificate(cloud: InventedCloud) -> bytes:
    """A new key with its certificate, which the cloud takes from now on."""
    own = cloud.authority.issue_cert("collector.example", key_type=trustme.KeyType.RSA)
    pem = own.cert_chain_pems[0].bytes()
    cloud.login.certificates.append(x509.load_pem_x509_certificate(pem))
    return own.private_key_pem.bytes() + pem


def _federated(cloud: InventedCloud) -> bytes:
    cloud.login.federated_token = f"platform-token-{cloud.client_id}"
    return cloud.login.federated_token.encode()


_WRITERS: dict[CredentialKind, Callable[[InventedCloud], bytes]] = {
    CredentialKind.SECRET: _secret,
    CredentialKind.CERTIFICATE: _certificate,
    CredentialKind.FEDERATED: _federated,
}
