"""One installation of securescore, open for work: its settings, database, key and clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from securescore.connectors import Clock
from securescore.evidence import EvidenceFolder
from securescore.services.content import Content, shipped
from securescore.services.content_in_force import content_in_force
from securescore.settings import Settings
from securescore.store import installation as installation_row
from securescore.store.database import Database
from securescore.store.key_file import create_key_file
from securescore.store.opening import open_database
from securescore.store.sealing import Sealer


@dataclass(frozen=True)
class Installation:
    """What every use case works on. Threads may share one.

    Attributes:
        clock: makes a clock for one piece of work; use cases take the time from nowhere else.
        content: what tenants are assessed with.
    """

    settings: Settings
    database: Database
    clock: Callable[[], Clock] = Clock
    content: Callable[[], Content] = shipped

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.clock().now()

    def evidence(self, tenant_id: UUID) -> EvidenceFolder:
        """The evidence of one tenant."""
        return EvidenceFolder(self.evidence_path(tenant_id))

    def evidence_path(self, tenant_id: UUID) -> Path:
        """Where it is."""
        return self.settings.evidence / str(tenant_id)

    def sealer(self) -> Sealer:
        """What seals and opens secrets. The first time it makes the key file.

        Raises:
            ConfigurationError: the key file is missing, cannot be used, or is not the one that was in use.
        """
        path = self.settings.key_path
        with self.database.installation() as connection:
            known = installation_row.key_fingerprint(connection)
            if known is None:
                if not path.exists():
                    create_key_file(path)
                sealer = Sealer(path)
                installation_row.set_key_fingerprint(connection, sealer.fingerprint())
                return sealer
        sealer = Sealer(path)
        sealer.check(known)
        return sealer


def _now() -> datetime:
    return Clock().now()


@contextmanager
def open_installation(settings: Settings) -> Iterator[Installation]:
    """Opens the installation until the block ends. Raises what `open_database` raises."""
    with open_database(settings) as database:
        yield Installation(settings, database, content=partial(content_in_force, database, _now))
