"""The key file: the keys that seal secrets, kept outside the database and never in a backup of it.

    # The first key seals; the others open what was sealed before.
    5c0d7ae1 q0Zr2mYkq1i9...
    91b3f00a 0pF8cVj2lB7n...

Each line is a key id and 32 random bytes in base64url, newest first. Only the owner may read the file. It is
replaced as a whole: whoever reads it while it is changed sees the old keys or the new ones.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import shlex
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from securescore.errors import ConfigurationError, EvidenceError
from securescore.evidence.files import flush, make_private_folder, private_file, writing
from securescore.store.secret_value import Secret

KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)
KEY_BYTES = 32

_LINE = re.compile(rf"({KEY_ID.pattern})[ \t]+([A-Za-z0-9_-]{{43}})=?", re.ASCII)
_ABOUT = (
    "# The keys that seal the secrets in securescore's database. Keep a copy apart from the database's backups.\n"
    "# The first key seals; the others open what was sealed before.\n"
)
_LARGEST = 1 << 20
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CHECKED = b"securescore: fingerprint of a key"
_CHECK_BYTES = 9
_DERIVED = b"securescore: key for "

Stamp = tuple[int, ...]
"""What tells a changed file from an unchanged one."""


class KeyFileError(ConfigurationError):
    """The key file is missing, cannot be used, or is not the one that was in use."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file."""

    id: str
    value: Secret

    @classmethod
    def random(cls, taken: Collection[str] = ()) -> Self:
        """A new key whose id is none of those taken."""
        while (new := secrets.token_hex(4)) in taken:
            pass
        return cls(new, Secret(secrets.token_bytes(KEY_BYTES)))

    def line(self) -> Secret:
        """The line of the file."""
        return Secret(self.id.encode() + b" " + urlsafe_b64encode(self.value.reveal()).rstrip(b"="))

    def subkey(self, purpose: str) -> Secret:
        """A key for one other purpose than sealing. It tells nothing about this key, nor about those of other purposes."""
        derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=_DERIVED + purpose.encode())
        return Secret(derived.derive(self.value.reveal()))

    def fingerprint(self) -> str:
        """Tells this key from every other, and tells nothing about it: it may be stored and shown."""
        digest = hmac.digest(self.value.reveal(), _CHECKED, hashlib.sha256)
        return f"{self.id}:{urlsafe_b64encode(digest[:_CHECK_BYTES]).decode()}"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys as they were at one moment.

    Attributes:
        keys: newest first; never empty.
        stamp: differs from `stamp_of(path)` when the file was changed since.
    """

    path: Path
    keys: tuple[Key, ...]
    text: Secret = field(compare=False)
    stamp: Stamp = field(compare=False, repr=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the file.

        Raises:
            KeyFileError: it is missing, unreadable, empty or malformed, or others than its owner may read it.
        """
        text, stamp = _read(path)
        keys = _keys(text)
        if isinstance(keys, str):
            raise KeyFileError(f"the key file {path} {keys}: correct it, or restore the one that was in use")
        return cls(path, keys, text, stamp)

    @property
    def newest(self) -> Key:
        """The key that seals."""
        return self.keys[0]

    @property
    def ids(self) -> list[str]:
        """The ids of all keys, newest first."""
        return [key.id for key in self.keys]

    def key(self, key_id: str) -> Key | None:
        """The key of that id."""
        return next((key for key in self.keys if key.id == key_id), None)

    def fingerprint(self) -> str:
        """The public check value of the newest key: store it beside what is sealed."""
        return self.newest.fingerprint()

    def check(self, fingerprint: str) -> None:
        """Raises KeyFileError unless a key of the file, newest or not, has this fingerprint."""
        if not any(
            hmac.compare_digest(key.fingerprint().encode(), fingerprint.encode()) for key in self.keys
        ):
            raise KeyFileError(
                f"the key file {self.path} does not hold the key that sealed the secrets of this database "
                f"(fingerprint {fingerprint}): restore the key file that was in use, or enter the secrets again"
            )


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of the file as it is now; None when there is none to see."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def create_key_file(path: Path) -> KeyFile:
    """Makes a key file with one new key, and the folders above it.

    Only for a database without sealed values: what was sealed before stays closed for ever.

    Raises:
        KeyFileError: it is there already, or the disk refuses.
    """
    with _refusals(path):
        make_private_folder(path.parent)
        with _draft(path, Secret(_ABOUT.encode() + Key.random().line().reveal() + b"\n")) as draft:
            _publish_new(draft, path)
        flush(path.parent)
    return KeyFile.load(path)


def rotate(path: Path) -> KeyFile:
    """Puts a new key on top. The others stay, so that everything can still be opened.

    Raises:
        KeyFileError: the file cannot be used or replaced; it is as it was.
    """
    with _alone(path) as real:
        known = KeyFile.load(real)
        _replace(real, _with_key(known, Key.random(known.ids)))
    return KeyFile.load(path)


def retire(path: Path, *, keep: Collection[str]) -> list[str]:
    """Removes all keys but the newest and those to keep, and returns the ids of the removed.

    Prove first that no value is sealed with any other: what is, stays closed for ever.

    Args:
        keep: ids of keys that are still in use.

    Raises:
        KeyFileError: the file cannot be used or replaced, or a key to keep is not in it; it is as it was.
    """
    with _alone(path) as real:
        known = KeyFile.load(real)
        if missing := sorted(set(keep) - set(known.ids)):
            raise KeyFileError(
                f"the key file {path} does not hold the key {missing[0]} that is still in use: restore the key file "
                "that holds it, then retire keys"
            )
        removed = [key.id for key in known.keys[1:] if key.id not in keep]
        if removed:
            _replace(real, _without(known, removed))
    return removed


def _read(path: Path) -> tuple[Secret, Stamp]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            _refuse_unsafe(path, found)
            return Secret(os.read(descriptor, _LARGEST + 1)), _stamp(found)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise KeyFileError(
            f"the key file {path} is missing: restore the key file that was in use, without which no secret can be "
            "opened"
        ) from None
    except OSError as error:
        raise KeyFileError(
            f"the key file {path} cannot be read ({error.strerror}): let the account that runs securescore own it"
        ) from error


def _refuse_unsafe(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileError(f"the key file {path} is no plain file: name the file that holds the keys")
    if found.st_mode & _OTHERS:
        raise KeyFileError(
            f"the key file {path} is open to others than its owner (mode {stat.S_IMODE(found.st_mode):04o}): run "
            f"'chmod 600 {shlex.quote(str(path))}', and rotate the key when somebody may have read it"
        )


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _lines(text: Secret) -> list[str]:
    return text.reveal().decode("utf-8", "surrogateescape").split("\n")


def _joined(lines: list[str]) -> Secret:
    return Secret("\n".join(lines).encode("utf-8", "surrogateescape"))


def _said(line: str) -> str:
    return line.partition("#")[0].strip()


def _key_of(line: str) -> Key | None:
    match = _LINE.fullmatch(_said(line))
    return Key(match[1], Secret(urlsafe_b64decode(match[2] + "="))) if match else None


def _keys(text: Secret) -> tuple[Key, ...] | str:
    """The keys, or what is wrong. It raises nothing, so that no traceback passes through here."""
    if len(text.reveal()) > _LARGEST:
        return "is too large to be one"
    keys: dict[str, Key] = {}
    for number, line in enumerate(_lines(text), 1):
        key = _key_of(line)
        if key is None and _said(line):
            return f"is malformed in line {number}, which is no '<key id> <base64url of {KEY_BYTES} bytes>'"
        if key is not None and keys.setdefault(key.id, key) is not key:
            return f"is malformed in line {number}, which repeats the key id {key.id}"
    return tuple(keys.values()) or "is empty"


def _with_key(known: KeyFile, new: Key) -> Secret:
    lines = _lines(known.text)
    place = next(number for number, line in enumerate(lines) if _key_of(line))
    return _joined([*lines[:place], new.line().reveal().decode(), *lines[place:]])


def _without(known: KeyFile, removed: Collection[str]) -> Secret:
    return _joined(
        [line for line in _lines(known.text) if (key := _key_of(line)) is None or key.id not in removed]
    )


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """What the disk refuses inside the block becomes a KeyFileError."""
    try:
        with writing(path):
            yield
    except EvidenceError as error:
        raise KeyFileError(str(error)) from error


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """The file behind the path, which no other process changes inside the block."""
    KeyFile.load(path)
    real = path.resolve()
    with _refusals(real):
        while True:
            with real.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _still_there(file.fileno(), real):
                    yield real
                    return


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the path still leads to the open file: while waiting for its lock it may have been replaced."""
    return os.path.samestat(os.fstat(descriptor), path.stat())


@contextmanager
def _draft(path: Path, content: Secret) -> Iterator[Path]:
    """A private file beside the path, on the disk; what is left of it at the end is removed."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with private_file(draft) as file:
            file.write(content.reveal())
        flush(draft)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _publish_new(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise KeyFileError(
            f"the key file {path} is there already: keep it, as secrets may be sealed with its keys"
        ) from None


def _replace(path: Path, content: Secret) -> None:
    owner = path.stat()
    with _draft(path, content) as draft:
        if owner.st_uid != os.geteuid():  # root rotates the key of the account that runs the server
            os.chown(draft, owner.st_uid, owner.st_gid)
            flush(draft)
        draft.rename(path)
    flush(path.parent)
