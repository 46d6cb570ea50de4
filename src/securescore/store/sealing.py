"""Secrets of tenants, sealed with a key that is not in the database.

A sealed value is one byte for the format, the key id with its length in front, 12 random bytes, and AES-256-GCM's
ciphertext with its tag. The tag also covers the header, what the value is for, the tenant and the name of the
field, so that a value copied to another row cannot be opened there.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from securescore.errors import ConfigurationError
from securescore.store.key_file import KEY_ID, Key, KeyFile, KeyFileError, stamp_of
from securescore.store.secret_value import Secret

_FORMAT = 1
_NONCE = 12
_TAG = 16
_PURPOSE = b"securescore: secret of a tenant"


class SealedSecretError(ConfigurationError):
    """A stored secret cannot be opened."""


@dataclass(frozen=True, slots=True)
class _Parts:
    key_id: str
    header: bytes
    nonce: bytes
    ciphertext: bytes


class Sealer:
    """Seals with the newest key of a key file, and opens with any. Threads may share one.

    It follows the file: keys that another process adds or retires are used, or forgotten, from the next call on.
    While the file cannot be used, nothing is sealed, but what the keys at hand open is still opened.
    """

    def __init__(self, path: Path) -> None:
        """Raises KeyFileError when the key file cannot be used."""
        self._held = KeyFile.load(path)

    def seal(self, secret: Secret | bytes, *, tenant: str, name: str) -> bytes:
        """The secret in a form that may be stored. Sealed twice it gives two different values.

        Raises:
            KeyFileError: the key file cannot be used.
        """
        hidden = Secret(secret) if isinstance(secret, bytes) else secret
        key, nonce = self._current().newest, os.urandom(_NONCE)
        header = _header(key.id)
        return header + nonce + _cipher(key).encrypt(nonce, hidden.reveal(), _bound(header, tenant, name))

    def open(self, sealed: bytes, *, tenant: str, name: str) -> bytes:
        """What was sealed for this tenant under this name; wrap it into a `Secret` unless it is used at once.

        Raises:
            SealedSecretError: it is damaged or belongs elsewhere, or its key is not in the key file.
        """
        parts = _split(sealed, f"the secret of tenant {tenant}")
        key = self._key(parts.key_id)
        opened = None if key is None else _opened(key, parts, _bound(parts.header, tenant, name))
        if opened is None:
            raise SealedSecretError(
                f"the secret of tenant {tenant} cannot be opened with the key file {self._held.path} (key id "
                f"{parts.key_id}): restore the key file that was in use, or enter the secret again"
            )
        return opened

    def sign(self, text: str, purpose: str) -> str:
        """The text with the id of the newest key in front and a signature behind, all in letters that a link may hold.

        Raises:
            KeyFileError: the key file cannot be used.
        """
        return _signed(self._current().newest, text, purpose)

    def verified(self, signed: str, purpose: str) -> str | None:
        """The text that was signed for this purpose with a key that is still in the key file; None: it was not."""
        key_id, text, _ = _pieces(signed)
        key = self._key(key_id) if signed.isascii() and KEY_ID.fullmatch(key_id) else None
        if key is None or not hmac.compare_digest(_signed(key, text, purpose).encode(), signed.encode()):
            return None
        return text

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether it was sealed with another key than the newest."""
        return key_id_of(sealed) != self._current().newest.id

    def reseal(self, sealed: bytes, *, tenant: str, name: str) -> bytes:
        """The same secret, sealed with the newest key. Raises what `open` and `seal` raise."""
        return self.seal(Secret(self.open(sealed, tenant=tenant, name=name)), tenant=tenant, name=name)

    def fingerprint(self) -> str:
        """The public check value of the newest key (see `KeyFile.fingerprint`)."""
        return self._current().fingerprint()

    def check(self, fingerprint: str) -> None:
        """Raises KeyFileError unless the key file holds the key of that fingerprint, newest or not."""
        self._current().check(fingerprint)

    def _current(self) -> KeyFile:
        if stamp_of(self._held.path) != self._held.stamp:
            return self._read()
        return self._held

    def _read(self) -> KeyFile:
        self._held = KeyFile.load(self._held.path)
        return self._held

    def _key(self, key_id: str) -> Key | None:
        try:
            return self._current().key(key_id) or self._read().key(key_id)
        except KeyFileError:
            return self._held.key(key_id)


def key_id_of(sealed: bytes) -> str:
    """The id of the key that sealed it. Raises SealedSecretError when it is no sealed value."""
    return _split(sealed, "a stored secret").key_id


def _signed(key: Key, text: str, purpose: str) -> str:
    """`<key id>.<text>.<HMAC-SHA256 of both in base64url>`."""
    said = f"{key.id}.{text}"
    digest = hmac.digest(key.subkey(purpose).reveal(), said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _pieces(signed: str) -> tuple[str, str, str]:
    """Key id, text and signature. Only a key id may hold a full stop."""
    rest, _, signature = signed.rpartition(".")
    key_id, _, text = rest.rpartition(".")
    return key_id, text, signature


def _split(sealed: bytes, what: str) -> _Parts:
    start = 2 + (sealed[1] if len(sealed) > 1 else 0)
    key_id = sealed[2:start].decode("ascii", "replace")
    if sealed[:1] != bytes([_FORMAT]) or not KEY_ID.fullmatch(key_id) or len(sealed) < start + _NONCE + _TAG:
        raise SealedSecretError(
            f"{what} is damaged, or was sealed by a newer version of securescore: enter the secret again, or run the "
            "version that sealed it"
        )
    return _Parts(key_id, sealed[:start], sealed[start : start + _NONCE], sealed[start + _NONCE :])


def _header(key_id: str) -> bytes:
    return bytes([_FORMAT, len(key_id)]) + key_id.encode()


def _bound(header: bytes, tenant: str, name: str) -> bytes:
    """The associated data; every part has its length in front, so that no two lists of parts look alike."""
    parts = (_PURPOSE, header, tenant.encode(), name.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _cipher(key: Key) -> AESGCM:
    return AESGCM(key.value.reveal())


def _opened(key: Key, parts: _Parts, bound: bytes) -> bytes | None:
    try:
        return _cipher(key).decrypt(parts.nonce, parts.ciphertext, bound)
    except InvalidTag:
        return None
