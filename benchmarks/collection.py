"""Collection of 100,000 users with registration details, beside reading and parsing the same bytes.

The server is a process of its own. Microsoft's request limits are kept, but waiting for them takes no time:
what counts is the client's processor time and memory.

    python -m benchmarks.collection serve FOLDER     the server; ends with its standard input
    python -m benchmarks.collection collect FOLDER   the collection
    python -m benchmarks.collection read FOLDER      the limit: the same requests, read and parsed, nothing else
"""

import ssl
import sys
import time
from pathlib import Path

import httpx2
import msgspec

from benchmarks.beside_limit import measure_beside_limit
from benchmarks.process import Figure

USERS = 100_000
_TABLES = ("users", "registration_details")


def measure_collection(folder: Path, runs: int) -> tuple[Figure, Figure]:
    """The collection and its limit."""
    return measure_beside_limit("benchmarks.collection", "100,000 users", folder, runs)


def serve(folder: Path) -> None:
    """Serves the large tenant until standard input ends."""
    from securescore.demo import InventedCloud, Organisation, large_tenant, write_tenant_file

    cloud = InventedCloud(Organisation.build(people=120), prerendered=large_tenant(USERS))
    with cloud:
        write_tenant_file(cloud, folder)
        (folder / "address").write_text(cloud.address)
        (folder / "token").write_text(f"{cloud.tenant_id} {cloud.client_id} {cloud.client_secret}")
        (folder / "ready").touch()
        sys.stdin.read()


def collect_tables(folder: Path) -> None:
    """Collects the two tables as `securescore collect` would."""
    from securescore.connectors.http.clock import Clock
    from securescore.connectors.runner import collect
    from securescore.connectors.tenant_file import load_tenant
    from securescore.evidence import EvidenceFolder

    skipped = [0.0]

    def sleep(seconds: float) -> None:
        skipped[0] += seconds

    clock = Clock(monotonic=lambda: time.monotonic() + skipped[0], sleep=sleep)
    report = collect(
        load_tenant(folder / "tenant.toml"), EvidenceFolder(folder / "evidence"), clock=clock, tables=_TABLES
    )
    for name in _TABLES:
        record = report.tables[name]
        if record.rows != USERS:
            raise SystemExit(f"{name} holds {record.rows} rows instead of {USERS}: {record.error}")


def read_only(folder: Path) -> None:
    """Reads every page of both lists over one connection and parses it; keeps nothing."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    address = (folder / "address").read_text()
    tenant, client, secret = (folder / "token").read_text().split()
    decoder = msgspec.json.Decoder()
    rows = 0
    with httpx2.Client(verify=context, trust_env=False) as http:
        answer = http.post(
            f"{address}/{tenant}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": client,
                "client_secret": secret,
                "scope": f"{address}/.default",
            },
        )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        for path in ("/users?$top=999", "/reports/authenticationMethods/userRegistrationDetails"):
            link = f"{address}/v1.0{path}"
            while link:
                page = decoder.decode(http.get(link, headers=headers).content)
                rows += len(page["value"])
                link = page.get("@odata.nextLink")
    if rows != USERS * len(_TABLES):
        raise SystemExit(f"{rows} rows were read instead of {USERS * len(_TABLES)}")


if __name__ == "__main__":
    {"serve": serve, "collect": collect_tables, "read": read_only}[sys.argv[1]](Path(sys.argv[2]))
