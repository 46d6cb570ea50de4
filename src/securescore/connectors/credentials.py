"""How securescore proves to the login service that it may ask. Secrets never show in repr, logs or errors."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from securescore.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret text that the app registration knows too."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A private key whose certificate the app registration knows.

    Attributes:
        private_key: PEM, without a password.
        certificate: PEM of the certificate that belongs to the key.
    """

    private_key: str = field(repr=False)
    certificate: str


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """The identity that the platform gives to the machine. `client_id` None: the machine's own."""

    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class FederatedToken:
    """A file in which the platform keeps a short-lived token of another issuer; read again for each use."""

    path: Path

    def read(self) -> str:
        """The token of this moment. Raises ConfigurationError when there is none."""
        return read_text(self.path, "federated_token_file")


Credential = ClientSecret | Certificate | ManagedIdentity | FederatedToken


def read_text(path: Path, what: str) -> str:
    """The content of a small file without white space around it.

    Raises:
        ConfigurationError: missing, unreadable, not text, or empty.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{what} {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{what} {path} is not a text file") from None
    if not text:
        raise ConfigurationError(f"{what} {path} is empty")
    return text


def read_secret(path: Path) -> ClientSecret:
    """Reads `client_secret_file`. Raises ConfigurationError when it holds no single line of text."""
    secret = read_text(path, "client_secret_file")
    if not (secret.isprintable() and secret.isascii()):
        raise ConfigurationError(
            f"client_secret_file {path} must hold one line with the secret's value and nothing else"
        )
    return ClientSecret(secret)


def read_certificate(path: Path, password_file: Path | None) -> Certificate:
    """Reads a PEM file with a private key and its certificate.

    Raises:
        ConfigurationError: no key, no certificate, they do not belong together, or the password is wrong.
    """
    pem = read_text(path, "certificate_file").encode()
    password = read_text(password_file, "certificate_password_file").encode() if password_file else None
    key = _private_key(path, pem, password)
    certificate = _certificate_of(path, pem, key)
    return Certificate(
        private_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
    )


def _private_key(path: Path, pem: bytes, password: bytes | None) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, password)
    except TypeError:
        advice = (
            "give its password in certificate_password_file" if password is None else "it has no password"
        )
        raise ConfigurationError(
            f"the private key in certificate_file {path} cannot be opened: {advice}"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(
            f"certificate_file {path} holds no readable private key: give a PEM file with the private key and the "
            "certificate" + (", and check its password" if password else "")
        ) from None


def _certificate_of(path: Path, pem: bytes, key: PrivateKeyTypes) -> x509.Certificate:
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ConfigurationError(
            f"certificate_file {path} holds a private key but no certificate: put both into the file"
        ) from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = key.public_key().public_bytes(*form)
    for certificate in certificates:
        if certificate.public_key().public_bytes(*form) == public:
            return certificate
    raise ConfigurationError(f"in certificate_file {path} the private key does not belong to the certificate")
