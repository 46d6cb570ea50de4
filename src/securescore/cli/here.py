"""What the commands about the record share: the installation of this machine, and who asks."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from securescore.services.actor import Actor, operator
from securescore.services.installation import Installation, open_installation
from securescore.settings import load_settings

TenantName = Annotated[
    str,
    typer.Argument(metavar="TENANT", help="Its name, or its id at Microsoft.", show_default=False),
]


@contextmanager
def installation() -> Iterator[Installation]:
    """The installation that the environment names, open until the block ends."""
    with open_installation(load_settings()) as here:
        yield here


def me() -> Actor:
    """Whoever runs this program, or called sudo to do so: may do everything on this machine, and that is written down."""
    uid = os.getuid()
    try:
        return operator(_called_sudo() or pwd.getpwuid(uid).pw_name)
    except KeyError:  # an account without a name, as in some containers
        return operator(str(uid))


def _called_sudo() -> str | None:
    """The account from which sudo was called; None when it was not, or names none of this machine."""
    name = os.environ.get("SUDO_USER", "")
    try:
        return pwd.getpwnam(name).pw_name if name else None
    except (KeyError, ValueError):
        return None
