"""What Intune manages in an invented organisation.

Intended flaws: devices that do not comply or are not encrypted, some that never reported; a compliance policy that
is assigned to nobody; phones of people's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from securescore.demo.devices import Device, Kind
from securescore.demo.frame import Frame, Json

_STATES = ("compliant",) * 8 + ("noncompliant", "inGracePeriod", "unknown")
_SYSTEMS = {Kind.CLIENT: ("Windows", "10.0.26100.1"), Kind.MAC: ("macOS", "15.2 (24C101)")}
_PHONES_FOR_A_HUNDRED_DEVICES = 30

_POLICIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Windows werkplek", "windows10CompliancePolicy", ("AFD-Directie", "AFD-Financiën")),
    ("Windows iedereen", "windows10CompliancePolicy", ("",)),
    ("macOS", "macOSCompliancePolicy", ("",)),
    ("iPhone", "iosCompliancePolicy", ("AFD-Verkoop",)),
    ("Android proef", "androidWorkProfileCompliancePolicy", ()),
)
"""Name, kind and the groups it is assigned to; an empty name stands for everybody."""


@dataclass
class Intune:
    """What the endpoints of Intune answer; compliance policies with their assignments."""

    devices: list[Json]
    compliance_policies: list[Json]


def build_intune(frame: Frame, devices: Sequence[Device]) -> Intune:
    return Intune(list(_managed_devices(frame, devices)), [_policy(frame, *one) for one in _POLICIES])


def _managed_devices(frame: Frame, devices: Sequence[Device]) -> Iterator[Json]:
    chance = frame.chance("managed devices")
    clients = [device for device in devices if device.kind in _SYSTEMS]
    for device in clients:
        name = str(device.machine["computerDnsName"]).partition(".")[0].upper()
        directory = device.machine["aadDeviceId"]
        yield _managed(frame, chance, name, *_SYSTEMS[device.kind], directory)
    for number in range(len(clients) * _PHONES_FOR_A_HUNDRED_DEVICES // 100):
        system, version = ("iOS", "18.2") if number % 2 else ("Android", "15")
        phone = _managed(frame, chance, f"TEL-{number + 1:04}", system, version, None)
        yield phone | {"managedDeviceOwnerType": "personal" if number % 3 else "company"}


def _managed(
    frame: Frame, chance: Random, name: str, system: str, version: str, directory: str | None
) -> Json:
    state = chance.choice(_STATES)
    return {
        "id": frame.id("managed device", name),
        "deviceName": name,
        "azureADDeviceId": directory or "00000000-0000-0000-0000-000000000000",
        "operatingSystem": system,
        "osVersion": version,
        "complianceState": state,
        "isEncrypted": chance.random() < 0.9,  # noqa: PLR2004 - nine of ten
        "managementAgent": "mdm",
        "managedDeviceOwnerType": "company",
        "jailBroken": "Unknown",
        # what never reported shows the service's year one
        "lastSyncDateTime": "0001-01-01T00:00:00Z"
        if state == "unknown"
        else frame.ago(days=chance.random() * 9),
    }


def _policy(frame: Frame, name: str, kind: str, groups: tuple[str, ...]) -> Json:
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "id": frame.id("compliance policy", name),
        "displayName": name,
        "description": None,
        "version": 3,
        "createdDateTime": frame.ago(days=500),
        "lastModifiedDateTime": frame.ago(days=61),
        "passwordRequired": True,
        "assignments": [_assignment(frame, name, group) for group in groups],
    }


def _assignment(frame: Frame, policy: str, group: str) -> Json:
    target: Json = {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
    if group:
        target = {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": frame.id("group", group),
        }
    return {"id": frame.id("assignment of", policy, group), "target": target}
