"""Devices, their configurations and exported files, as Defender for Endpoint would give them."""

import gzip
import json
from typing import Any

from tests.connectors.stub import Reply, Stub

MACHINES = "/api/machines"
BY_MACHINE = "/api/machines/SecureConfigurationsAssessmentByMachine"
EXPORT = "/api/machines/SecureConfigurationsAssessmentExport"
MANY = 2_001
"""Devices of which the configurations are exported rather than paged."""


def machine(id_: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "computerDnsName": f"{id_}.northwharf.example",
        "healthStatus": "Active",
        "onboardingStatus": "Onboarded",
        "lastSeen": "2026-01-15T05:00:00.1234567Z",
        "rbacGroupName": None,
        **changed,
    }


def configuration(machine_id: str, configuration_id: str = "scid-2012", **changed: Any) -> dict[str, Any]:
    return {
        "deviceId": machine_id,
        "configurationId": configuration_id,
        "configurationImpact": 9,
        "isApplicable": True,
        "isCompliant": False,
        "timestamp": "2026-01-15 04:58:10.000",
        **changed,
    }


def lines(*items: Any) -> bytes:
    """One JSON object a line; bytes stand for themselves."""
    texts = (item if isinstance(item, bytes) else json.dumps(item).encode() for item in items)
    return b"".join(text + b"\n" for text in texts)


def packed(*items: Any) -> bytes:
    return gzip.compress(lines(*items), mtime=0)


class Storage:
    """The hosts that exported files lie on: another server, which knows nothing of tokens."""

    def __init__(self, stub: Stub) -> None:
        self.stub = stub

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.stub.port}"

    def holds(self, name: str, *answers: bytes | Reply) -> str:
        """Answers for a file in turn. Returns its address, with the key in it."""
        self.stub.script(f"/{name}", *(a if isinstance(a, Reply) else Reply(body=a) for a in answers))
        return self.address(name)

    def address(self, name: str) -> str:
        return f"https://{self.host}/{name}?sp=r&sig=c2VjcmV0"
