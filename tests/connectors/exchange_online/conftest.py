"""The stub answers under names of its own for each service, so that it can be told who was given which token."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import trustme
from tests.connectors.conftest import TenantFile
from tests.connectors.exchange_online.cmdlets import BANNER, COMPLIANCE, EXCHANGE, Cmdlets, redirect
from tests.connectors.stub import Stub

from securescore.connectors import Clock, Tenant, load_tenant
from securescore.connectors.connection import Connection, connect
from securescore.connectors.exchange_online.client import ExchangeAdmin

NAMES = ("localhost", "127.0.0.1", EXCHANGE, f"*.{EXCHANGE}", COMPLIANCE, f"*.{COMPLIANCE}")


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(context)
    return context


@pytest.fixture(autouse=True)
def _names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name below `localhost` is this machine, as the standard has it and not every resolver."""
    real = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        local = isinstance(name, str) and name.endswith("localhost")
        return real("127.0.0.1" if local else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


@pytest.fixture
def endpoints(stub: Stub) -> str:
    """Lines of the tenant file that put both services at the stub."""
    return f'exchange = "{EXCHANGE}:{stub.port}"\ncompliance = "{COMPLIANCE}:{stub.port}"'


@pytest.fixture
def tenant(tenant_file: TenantFile, endpoints: str) -> Tenant:
    return load_tenant(tenant_file(endpoints=endpoints))


@pytest.fixture
def connection(tenant: Tenant, clock: Clock) -> Iterator[Connection]:
    with closing(connect(tenant, clock)) as connected:
        yield connected


@pytest.fixture
def exchange(connection: Connection) -> ExchangeAdmin:
    return connection._services.exchange


@pytest.fixture
def compliance(connection: Connection) -> ExchangeAdmin:
    return connection._services.compliance


@pytest.fixture
def cmdlets(stub: Stub) -> Cmdlets:
    """Both services, with a region for the one that needs one."""
    stub.script(BANNER, redirect(f"https://eur02b.admin.localhost:446{BANNER}"))
    return Cmdlets(stub)
