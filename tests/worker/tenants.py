"""Tenants that are read from one invented cloud, and what the queue and the record hold of them."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from securescore.connectors import load_tenant
from securescore.demo import InventedCloud, write_tenant_file
from securescore.services.actor import operator
from securescore.services.installation import Installation
from securescore.services.tenants import About, add_tenant, find_tenant
from securescore.store import tenants as rows
from securescore.store.tenants import Summary, Tenant

ME = operator("tester")
PATIENCE = 90.0


def place_of(tmp_path: Path) -> Path:
    folder = tmp_path / "connection"
    folder.mkdir()
    return folder


@dataclass
class Tenants:
    """Tenants of one installation."""

    here: Installation
    cloud: InventedCloud
    folder: Path

    def add(self, name: str = "Westerkade") -> uuid.UUID:
        """The organisation of the cloud, which an installation has once."""
        readable = load_tenant(write_tenant_file(self.cloud, self.folder / "tenant"))
        return add_tenant(self.here, ME, readable, About(name=name)).tenant_id

    def bare(self, name: str = "Leeg") -> uuid.UUID:
        """A tenant that cannot be read: nobody said how."""
        tenant = Tenant(uuid.uuid4(), str(uuid.uuid4()), name=name, created_at=self.here.now())
        with self.here.database.changing(tenant.tenant_id) as connection:
            rows.add(connection, tenant)
        return tenant.tenant_id

    def summary(self, tenant_id: uuid.UUID) -> Summary:
        return find_tenant(self.here, ME, str(tenant_id))

    def read(self, tenant_id: uuid.UUID) -> bool:
        return self.summary(tenant_id).synced_at is not None

    def jobs(self) -> list[Any]:
        """Every job in the queue, oldest first."""
        with self.here.database.installation() as connection:
            return list(connection.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id")).all())

    def states(self) -> list[tuple[str, str]]:
        return [(job.task_name, job.status) for job in self.jobs()]

    def execute(self, sql: str, **values: Any) -> None:
        with self.here.database.installation() as connection:
            connection.execute(text(sql), values)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Looks again and again; fails when it never comes true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)
