"""Devices of an invented organisation, and how each of them is set.

Intended flaws: of every kind one device that nobody looks after; laptops that lie in a drawer for months; a
laptop that never said when it was last in use; quay terminals that were never onboarded, one of them long gone;
a machine too old to be onboarded; devices of which too little is known to say.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from securescore.catalog import Action, Catalog
from securescore.demo.frame import Frame, Json
from securescore.demo.names import OFFICE
from securescore.demo.people import AccountKind, Person
from securescore.model import MICRO

ONBOARDED, CAN_BE_ONBOARDED = "Onboarded", "CanBeOnboarded"
UNSUPPORTED, TOO_LITTLE_KNOWN = "Unsupported", "InsufficientInfo"

ONBOARDING = "scid_20000"
"""The one configuration that is also about devices which are not onboarded."""

_SERVERS = (
    *("dc01", "dc02", "dc03", "adfs01", "ca01", "sync01"),
    *("file01", "print01", "sql01", "app01", "app02", "terminal01"),
)
_LINUX = ("web01", "web02", "scan01", "db01", "camera01")
_NETWORK = ("switch-kade-1", "switch-kade-2", "switch-kantoor", "router-terminal", "wifi-magazijn")
_ELSEWHERE = (
    *((f"kiosk-kade-{number}", "Windows10", CAN_BE_ONBOARDED) for number in range(1, 7)),
    ("laptop-bezoeker", "Windows11", CAN_BE_ONBOARDED),
    ("srv-oud", "WindowsServer2012R2", CAN_BE_ONBOARDED),
    *(("weegbrug-1", "Windows7", UNSUPPORTED), ("printer-balie", None, UNSUPPORTED)),
    *(("onbekend-10-4-17", None, TOO_LITTLE_KNOWN), ("onbekend-10-4-23", "Linux", TOO_LITTLE_KNOWN)),
)
"""Devices that discovery saw on the network. The last kiosk and the weighbridge were not seen for long."""

_GONE = frozenset({"kiosk-kade-6", "weegbrug-1"})
_MACS_EVERY, _WINDOWS_10_EVERY, _IN_A_DRAWER_EVERY = 20, 6, 23
_NEVER_SAID = 5
"""The number of the laptop that does not say when it was last in use."""

_SERVERS_ONLY = frozenset({"scid_105", "scid_106", "scid_2516"})
_CLIENTS_ONLY = frozenset({"scid_28", "scid_61", "scid_62", "scid_112", "scid_6100", "scid_6101"})
_NOT_APPLICABLE = 0.06
_SHARES = (0.04, 0.35, 0.6, 0.75, 0.85, 0.92, 0.97)
"""How many of a hundred devices meet a configuration: each configuration has one of these."""

_VERSIONS = {"Windows10": "22H2", "Windows11": "24H2", "WindowsServer2019": "1809", "macOS": "15.2"}
_ACTIVE_DAYS = 7
COUNTED_DAYS = 30


class Kind(StrEnum):
    """What a device is."""

    CLIENT = "Windows client"
    SERVER = "Windows server"
    MAC = "macOS"
    LINUX = "Linux"
    NETWORK = "Network device"
    OTHER = "Seen on the network"


_WINDOWS = frozenset({Kind.CLIENT, Kind.SERVER})
_BY_THOUSAND = {5: Kind.MAC, 6: Kind.LINUX, 10: Kind.NETWORK}


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the service tells of it, with what only we know."""

    kind: Kind
    machine: Json
    days_ago: float | None

    @property
    def id(self) -> str:
        return str(self.machine["id"])

    @property
    def onboarded(self) -> bool:
        return bool(self.machine["onboardingStatus"] == ONBOARDED)

    @property
    def counted(self) -> bool:
        """Whether it was seen lately; False as well where that is not known."""
        return self.days_ago is not None and self.days_ago < COUNTED_DAYS


@dataclass(frozen=True, slots=True)
class Configuration:
    """Something that Defender for Endpoint looks at.

    Attributes:
        impact: 1 to 10, the same in every tenant.
    """

    control_id: str
    title: str
    kinds: frozenset[Kind]
    impact: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What Defender for Endpoint found of one configuration on one device."""

    device: Device
    configuration: Configuration
    applicable: bool
    compliant: bool


def configurations(catalog: Catalog) -> tuple[Configuration, ...]:
    """Every configuration of a device that the catalog has an action for."""
    return tuple(
        Configuration(action.id, action.title, kinds_of(action.id), impact_of(action))
        for action in catalog.actions.values()
        if action.service == "MDATP"
    )


def kinds_of(control_id: str) -> frozenset[Kind]:
    """Which devices a configuration is about. The operating system is in its number."""
    if control_id == ONBOARDING:
        return frozenset(Kind)
    if control_id in _SERVERS_ONLY:
        return frozenset({Kind.SERVER})
    if control_id in _CLIENTS_ONLY:
        return frozenset({Kind.CLIENT})
    kind = _BY_THOUSAND.get(_number(control_id) // 1000)
    return frozenset({kind}) if kind else _WINDOWS


def _number(control_id: str) -> int:
    return int(control_id.removeprefix("scid_"))


def impact_of(action: Action) -> int:
    """As many points as the configuration is worth; the same in every tenant."""
    if action.points:
        return action.points[-1].value // MICRO
    return 1 + _number(action.id) * 7 % 10


def findings(frame: Frame, devices: Sequence[Device], wanted: Sequence[Configuration]) -> Iterator[Finding]:
    """What was found of each configuration on each device it is about.

    Of every kind the first counted device is in perfect order and the second in none, so that every
    configuration is met somewhere and missing somewhere.
    """
    extremes = _extremes(devices)
    for configuration in wanted:
        about = [device for device in devices if device.kind in configuration.kinds]
        if configuration.control_id == ONBOARDING:
            yield from _onboarding(about, configuration)
        else:
            onboarded = [device for device in about if device.onboarded]
            yield from _found(frame, onboarded, configuration, extremes)


def _extremes(devices: Sequence[Device]) -> Mapping[str, bool]:
    """By device id: whether it meets everything, or nothing."""
    found: dict[str, bool] = {}
    for kind in Kind:
        counted = [
            device for device in devices if device.kind is kind and device.onboarded and device.counted
        ]
        found |= {device.id: place == 0 for place, device in enumerate(counted[:2])}
    return found


def _onboarding(devices: Sequence[Device], configuration: Configuration) -> Iterator[Finding]:
    for device in devices:
        if device.machine["onboardingStatus"] in {ONBOARDED, CAN_BE_ONBOARDED}:
            yield Finding(device, configuration, applicable=True, compliant=device.onboarded)


def _found(
    frame: Frame, devices: Sequence[Device], configuration: Configuration, extremes: Mapping[str, bool]
) -> Iterator[Finding]:
    chance = frame.chance(f"device configuration {configuration.control_id}")
    share = chance.choice(_SHARES)
    for device in devices:
        applicable, compliant = chance.random() >= _NOT_APPLICABLE, chance.random() < share
        if device.id in extremes:
            applicable, compliant = True, extremes[device.id]
        yield Finding(device, configuration, applicable=applicable, compliant=compliant)


def build_devices(frame: Frame, people: Sequence[Person]) -> list[Device]:
    """Clients of the people at desks, servers, network devices, and what discovery saw beside them."""
    return [
        *_clients(frame, people),
        *(_managed(frame, Kind.SERVER, name, _server_system(name), "Servers") for name in _SERVERS),
        *(_managed(frame, Kind.LINUX, name, "Linux", "Servers") for name in _LINUX),
        *(_managed(frame, Kind.NETWORK, name, "CiscoIOS", "Netwerk") for name in _NETWORK),
        *(_seen(frame, name, system, state) for name, system, state in _ELSEWHERE),
    ]


def _clients(frame: Frame, people: Sequence[Person]) -> Iterator[Device]:
    """A laptop for everybody at a desk; now and then a Mac."""
    chance = frame.chance("devices")
    at_desks = [one for one in people if one.kind is AccountKind.STAFF and one.department in OFFICE]
    for number, person in enumerate(one for one in at_desks if one.user["accountEnabled"]):
        kind = Kind.MAC if number % _MACS_EVERY == 7 else Kind.CLIENT  # noqa: PLR2004 - one in twenty
        system = (
            "macOS" if kind is Kind.MAC else "Windows10" if number % _WINDOWS_10_EVERY == 1 else "Windows11"
        )
        drawn = chance.random() * 9
        drawer = 40 + 11 * drawn if number % _IN_A_DRAWER_EVERY == _IN_A_DRAWER_EVERY - 1 else None
        days = None if number == _NEVER_SAID else drawer or drawn
        prefix = "mac" if kind is Kind.MAC else "lt"
        yield _managed(frame, kind, f"{prefix}-{number + 1:04}", system, "Kantoor", days, directory=person.id)


def _server_system(name: str) -> str:
    return "WindowsServer2019" if name.endswith("1") else "WindowsServer2022"


def _managed(
    frame: Frame,
    kind: Kind,
    name: str,
    system: str,
    group: str,
    days: float | None = 0.1,
    directory: str | None = None,
) -> Device:
    machine = _machine(frame, name, system, ONBOARDED, days)
    machine |= {"rbacGroupName": group, "isAadJoined": directory is not None}
    machine["aadDeviceId"] = frame.id("directory device", name) if directory else None
    return Device(kind, machine, days)


def _seen(frame: Frame, name: str, system: str | None, state: str) -> Device:
    days = 65.0 if name in _GONE else 1.5
    return Device(Kind.OTHER, _machine(frame, name, system, state, days), days)


def _precise(frame: Frame, days: float) -> str:
    """The service writes seven digits behind the second."""
    return frame.ago(days=days).replace("Z", ".7791856Z")


def _machine(frame: Frame, name: str, system: str | None, state: str, days: float | None) -> Json:
    digest = hashlib.blake2b(frame.id("machine", name).encode(), digest_size=20)
    return {
        "id": digest.hexdigest(),
        "computerDnsName": f"{name}.{frame.domain}",
        "firstSeen": _precise(frame, 420),
        "lastSeen": None if days is None else _precise(frame, days),
        "osPlatform": system,
        "osVersion": None,
        "version": _VERSIONS.get(system or ""),
        "healthStatus": "Active" if days is not None and days < _ACTIVE_DAYS else "Inactive",
        "onboardingStatus": state,
        "rbacGroupId": None,
        "rbacGroupName": "UnassignedGroup",
        "riskScore": "None",
        "exposureLevel": "Medium",
        "isAadJoined": False,
        "aadDeviceId": None,
        "machineTags": [],
    }
