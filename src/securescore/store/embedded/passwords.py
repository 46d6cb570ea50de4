"""The passwords of the three roles, generated once and kept beside the data."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from securescore.errors import ConfigurationError
from securescore.evidence.files import replace_file
from securescore.store.embedded.address import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER

_ROLES = (SUPERUSER, OWNER_ROLE, APPLICATION_ROLE)


@dataclass(frozen=True, slots=True)
class Passwords:
    """One for each role."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    application: str = field(repr=False)


def make_passwords(path: Path) -> Passwords:
    """Those of the file, or new ones kept in it when there is none. For a server whose data are not made yet."""
    if not path.exists():
        made = {role: secrets.token_urlsafe(32) for role in _ROLES}
        replace_file(path, json.dumps(made, indent=1).encode())
    return read_passwords(path)


def read_passwords(path: Path) -> Passwords:
    """Those of the file.

    Raises:
        ConfigurationError: it is gone or damaged, and without it nobody can log in.
    """
    try:
        found = json.loads(path.read_bytes())
        values = [found[role] for role in _ROLES]
    except FileNotFoundError:
        raise _lost(path, "is missing") from None
    except OSError as error:
        raise _lost(path, f"cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise _lost(path, "is damaged") from None
    if not all(isinstance(value, str) and value for value in values):
        raise _lost(path, "is damaged")
    return Passwords(*values)


def _lost(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} {what}, and the database beside it opens with the passwords in it: restore this file from a backup"
    )
