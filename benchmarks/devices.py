"""Collection of 50,000 devices with 184 configurations each, beside reading and parsing the same bytes.

The configurations come as the service hands them out in that number: packed files on another host. They are made
once; the server that hands them out is a process of its own.

    python -m benchmarks.devices serve FOLDER     makes the files and serves them; ends with its standard input
    python -m benchmarks.devices collect FOLDER   the collection
    python -m benchmarks.devices read FOLDER      the limit: the same requests, unpacked and parsed, nothing else
"""

import gzip
import hashlib
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import httpx2
import msgspec
import trustme

from benchmarks.beside_limit import measure_beside_limit
from benchmarks.process import Figure

DEVICES = 50_000
CONFIGURATIONS = 184
_A_FILE = 1_000
"""Devices of which a file holds the configurations."""

_A_PAGE = 10_000
_TENANT = "7c1f0d52-4b3e-4a88-9d61-2f5f0c9e1a10"


def measure_devices(folder: Path, runs: int) -> tuple[Figure, Figure]:
    """The collection and its limit."""
    return measure_beside_limit("benchmarks.devices", "50,000 devices", folder, runs)


def _machine_id(number: int) -> str:
    return hashlib.sha1(f"machine-{number}".encode()).hexdigest()


def _machines(start: int) -> list[dict[str, object]]:
    return [
        {
            "id": _machine_id(number),
            "computerDnsName": f"pc-{number}.large.example",
            "osPlatform": "Windows11",
            "version": "24H2",
            "healthStatus": "Active",
            "onboardingStatus": "Onboarded",
            "rbacGroupName": "Workplaces",
            "aadDeviceId": f"88bb88bb-0000-4000-8000-{number:012x}",
            "firstSeen": "2024-05-06T07:08:09Z",
            "lastSeen": "2026-01-14T05:00:00.1234567Z",
        }
        for number in range(start, min(start + _A_PAGE, DEVICES))
    ]


def _rows(number: int) -> str:
    """Every configuration of one device, as the service writes them."""
    device = (
        f'{{"deviceId":"{_machine_id(number)}","deviceName":"pc-{number}.large.example","osPlatform":"Windows11",'
        '"osVersion":"10.0.26100.2894","rbacGroupName":"Workplaces","timestamp":"2026-01-15 04:58:10.000",'
    )
    return "".join(
        f'{device}"configurationId":"scid-{2000 + one}","configurationCategory":"Security controls",'
        f'"configurationSubcategory":"Attack Surface Reduction","configurationImpact":{1 + one % 10}.0,'
        f'"isCompliant":{"false" if (number * one) % 3 == 1 else "true"},'
        f'"isApplicable":{"false" if (number + one) % 10 == 0 else "true"},"isExpectedUserImpact":false,'
        f'"configurationName":"Switch on the protection that has the number {one} in this list of settings",'
        f'"recommendationReference":"sca-_-scid-{2000 + one}"}}\n'
        for one in range(CONFIGURATIONS)
    )


def _make_files(folder: Path) -> list[Path]:
    folder.mkdir()
    files = []
    for start in range(0, DEVICES, _A_FILE):
        files.append(folder / f"{start}.json.gz")
        with gzip.open(files[-1], "wt", compresslevel=1, encoding="utf-8") as file:
            for number in range(start, min(start + _A_FILE, DEVICES)):
                file.write(_rows(number))
    return files


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    folder: Path

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/files/"):
            self._send((self.folder / parts.path.lstrip("/")).read_bytes())
        else:
            self._send(json.dumps(self._content(parts.path, dict(parse_qsl(parts.query)))).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(b'{"token_type":"Bearer","expires_in":3599,"access_token":"token"}')

    def _content(self, path: str, options: dict[str, str]) -> dict[str, object]:
        host, _, port = self.headers["Host"].partition(":")
        root = f"https://{host}:{port}"
        if path.endswith("/openid-configuration"):
            login = f"{root}/{_TENANT}"
            endpoints = {"authorization_endpoint": f"{login}/authorize", "token_endpoint": f"{login}/token"}
            return {"issuer": f"{login}/v2.0", **endpoints}
        if path == "/v1.0/organization":
            return {"value": [{"id": _TENANT}]}
        if path.endswith("SecureConfigurationsAssessmentExport"):
            names = [file.name for file in (self.folder / "files").iterdir()]
            return {"exportFiles": [f"https://127.0.0.1:{port}/files/{name}" for name in names]}
        start = int(options.get("$skip", 0))
        page: dict[str, object] = {"value": _machines(start)}
        if start + _A_PAGE < DEVICES:
            page["@odata.nextLink"] = f"{root}/api/machines?$skip={start + _A_PAGE}"
        return page

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def serve(folder: Path) -> None:
    """Serves the large fleet until standard input ends."""
    _make_files(folder / "files")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"folder": folder}))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    _write_tenant_file(folder, server.server_address[1])
    (folder / "ready").touch()
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


def _write_tenant_file(folder: Path, port: int) -> None:
    address = f"https://localhost:{port}"
    (folder / "address").write_text(address)
    (folder / "secret").write_text("secret")
    services = ("login", "graph", "exchange", "compliance", "defender_endpoint", "cloud_apps")
    lines = [f'{service} = "{address}"' for service in services]
    (folder / "tenant.toml").write_text(
        f'tenant_id = "{_TENANT}"\nclient_id = "collector"\nclient_secret_file = "secret"\n[endpoints]\n'
        + "\n".join(lines)
        + f'\nalso = ["127.0.0.1:{port}"]\nca_file = "ca.pem"\n'
    )


def collect_tables(folder: Path) -> None:
    """Collects devices and configurations as `securescore collect` would."""
    from securescore.connectors.runner import collect
    from securescore.connectors.tenant_file import load_tenant
    from securescore.evidence import EvidenceFolder

    report = collect(
        load_tenant(folder / "tenant.toml"),
        EvidenceFolder(folder / "evidence"),
        tables=("device_configurations",),
    )
    record = report.tables["device_configurations"]
    if (record.rows, record.rejections, record.repeated) != (DEVICES * CONFIGURATIONS, {}, 0):
        raise SystemExit(f"{record.rows} rows, {record.rejections} rejected: {record.error}")


def read_only(folder: Path) -> None:
    """Reads every file over one connection, unpacks and parses it; keeps nothing."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    address = (folder / "address").read_text()
    decoder = msgspec.json.Decoder()
    rows = 0
    with httpx2.Client(verify=context, trust_env=False) as http:
        link = f"{address}/api/machines"
        while link:
            page = decoder.decode(http.get(link).content)
            link = page.get("@odata.nextLink")
        export = f"{address}/api/machines/SecureConfigurationsAssessmentExport"
        for file in http.get(export).json()["exportFiles"]:
            for line in gzip.decompress(http.get(file).content).splitlines():
                decoder.decode(line)
                rows += 1
    if rows != DEVICES * CONFIGURATIONS:
        raise SystemExit(f"{rows} rows were read instead of {DEVICES * CONFIGURATIONS}")


if __name__ == "__main__":
    {"serve": serve, "collect": collect_tables, "read": read_only}[sys.argv[1]](Path(sys.argv[2]))
