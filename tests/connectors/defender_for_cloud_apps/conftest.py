"""Defender for Cloud Apps at the stub."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.connectors import tenant_data as data
from tests.connectors.stub import Stub

from securescore.connectors import Clock, Tenant
from securescore.connectors.connection import connect
from securescore.connectors.defender_for_cloud_apps.client import CloudApps


@pytest.fixture(autouse=True)
def _nothing(stub: Stub) -> None:
    data.empty(stub)
    stub.script("/v1.0/subscribedSkus", data.plans("ADALLOM_S_STANDALONE"))


@pytest.fixture
def cloud_apps(tenant: Tenant, clock: Clock) -> Iterator[CloudApps]:
    with closing(connect(tenant, clock)) as connection:
        found = connection._services.cloud_apps
        assert found is not None
        yield found
