"""Defender for Endpoint at the stub, and a second server that exported files lie on."""

import ssl
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.connectors.conftest import TenantFile
from tests.connectors.defender_for_endpoint.devices import Storage
from tests.connectors.stub import serving

from securescore.connectors import Clock, Tenant, load_tenant
from securescore.connectors.connection import connect
from securescore.connectors.defender_for_endpoint.client import DefenderEndpoint


@pytest.fixture
def storage(server_tls: ssl.SSLContext) -> Iterator[Storage]:
    with serving(server_tls) as server:
        yield Storage(server)


@pytest.fixture
def tenant(tenant_file: TenantFile, storage: Storage) -> Tenant:
    return load_tenant(tenant_file(endpoints=f'also = ["{storage.host}"]'))


@pytest.fixture
def defender(tenant: Tenant, clock: Clock) -> Iterator[DefenderEndpoint]:
    with closing(connect(tenant, clock)) as connection:
        found = connection._services.defender_endpoint
        assert found is not None
        yield found
