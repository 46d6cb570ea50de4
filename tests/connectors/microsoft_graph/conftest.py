"""Single sources of Microsoft Graph through the runner."""

from typing import Any

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.stub import Stub
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect
from securescore.evidence import TABLES, EvidenceFolder

OWNED = ("ATA", "INTUNE_A", "SHAREPOINTSTANDARD")


class Desk:
    """Collects tables of the stub's tenant, which owns everything that they need."""

    def __init__(self, tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> None:
        self._tenant, self._folder, self._clock = tenant, folder, clock
        self.stub = stub
        data.empty(stub)
        self.owns(*OWNED)

    def owns(self, *plans: str) -> None:
        self.stub.script("/v1.0/subscribedSkus", data.plans(*plans))

    def collected(self, *tables: str) -> CollectionReport:
        return collect(self._tenant, self._folder, clock=self._clock, tables=("service_plans", *tables))

    def rows(self, report: CollectionReport, table: str) -> list[dict[str, Any]]:
        names = [column.name for column in TABLES[table].columns]
        return [dict(zip(names, row, strict=True)) for row in read(report.run.table_path(table))]


@pytest.fixture
def desk(tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> Desk:
    return Desk(tenant, folder, clock, stub)
