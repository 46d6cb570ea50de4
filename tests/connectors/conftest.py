"""A stub cloud, a tenant file that points at it, and a clock that never waits for real."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest
import trustme
from tests.connectors.mail_domains.name_server import Zone
from tests.connectors.mail_domains.name_server import serving as serving_names
from tests.connectors.stub import CLIENT, TENANT, Stub, server_context, serving

from securescore.connectors import Clock, Tenant, load_tenant
from securescore.connectors.connection import connect
from securescore.connectors.microsoft_graph.client import Graph
from securescore.evidence import EvidenceFolder


class FakeTime:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.seconds = 1000.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 15, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds

    @property
    def slept(self) -> float:
        return sum(self.waits)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority)


@pytest.fixture
def stub(server_tls: ssl.SSLContext) -> Iterator[Stub]:
    with serving(server_tls) as server:
        yield server


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def clock(time: FakeTime) -> Clock:
    return Clock(now=time.now, monotonic=time.monotonic, sleep=time.sleep)


@pytest.fixture(scope="session")
def name_server() -> Iterator[int]:
    """The port of a name server on loopback that knows no name, so that no test asks another."""
    with serving_names(Zone()) as port:
        yield port


TenantFile = Callable[..., Path]


@pytest.fixture
def tenant_file(tmp_path: Path, authority: trustme.CA, stub: Stub, name_server: int) -> TenantFile:
    """Writes a tenant file for the stub. `credential`: its line; `endpoints`: further lines of that table.

    The other services are at the stub as well, unless those lines say where they are.
    """
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret-value\n", encoding="utf-8")
    secret.chmod(0o600)

    def write(
        credential: str = 'client_secret_file = "secret.txt"', endpoints: str = "", login: str | None = None
    ) -> Path:
        path = tmp_path / "tenant.toml"
        if "exchange" not in endpoints:
            endpoints += f'\nexchange = "{stub.url}"\ncompliance = "{stub.url}"'
        if "defender_endpoint" not in endpoints:
            endpoints += f'\ndefender_endpoint = "{stub.url}"\ncloud_apps = "{stub.url}"'
        if "dns" not in endpoints:
            endpoints += f'\ndns = "127.0.0.1:{name_server}"'
        path.write_text(
            f'tenant_id = "{TENANT}"\nclient_id = "{CLIENT}"\n{credential}\n'
            f'[endpoints]\nlogin = "{login or f"localhost:{stub.port}"}"\ngraph = "{stub.url}"\nca_file = "ca.pem"\n'
            f"{endpoints}\n",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def tenant(tenant_file: TenantFile) -> Tenant:
    return load_tenant(tenant_file())


@pytest.fixture
def graph(tenant: Tenant, clock: Clock) -> Iterator[Graph]:
    with closing(connect(tenant, clock)) as connection:
        yield connection.graph


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")
