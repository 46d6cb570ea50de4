"""Collects from an invented cloud through the real connector, without waiting for throttling limits."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tests.assess.hand_made import FakeTime

from securescore.connectors import CollectionReport, load_tenant
from securescore.connectors import collect as collect_evidence
from securescore.demo import InventedCloud, write_tenant_file
from securescore.evidence import EvidenceFolder


def collect(
    cloud: InventedCloud, folder: EvidenceFolder, moment: datetime, tables: Iterable[str] | None = None
) -> CollectionReport:
    """A collection that begins at that moment."""
    tenant = write_tenant_file(cloud, _beside(folder.path))
    return collect_evidence(load_tenant(tenant), folder, clock=FakeTime(moment).clock(), tables=tables)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-connection")
