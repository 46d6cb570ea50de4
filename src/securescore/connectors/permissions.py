"""Which permissions an app registration needs, what each feeds and unlocks, and scripts that set it all up."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from securescore.catalog import Action, Catalog
from securescore.evidence import TABLES, Table
from securescore.evidence.schema import Api
from securescore.evidence.tables.microsoft_365.exchange_online import MANAGE_AS_APP
from securescore.facts.loader import Fact

_SCRIPTS = Path(__file__).parent / "scripts"
_PLACE = "@PERMISSIONS@"
_READ_ONLY = re.compile(r"^[A-Z][A-Za-z0-9-]*\.[Rr]ead(Basic)?(\.(All|Directory))?$")

RESOURCES: Mapping[Api, str] = {
    Api.GRAPH: "00000003-0000-0000-c000-000000000000",
    Api.EXCHANGE: "00000002-0000-0ff1-ce00-000000000000",
    Api.DEFENDER_ENDPOINT: "fc780465-2017-40d4-a0c5-307022471b92",
    Api.CLOUD_APPS: "05a65629-4c1b-48c1-a78b-804c4abdd4af",
}
"""Application ids of the services, the same in every tenant. A tenant that never used one may not have it."""


@dataclass(frozen=True, slots=True)
class DirectoryRole:
    """A role of the directory. Its id is the same in every tenant."""

    name: str
    id: str

    def __str__(self) -> str:
        return self.name


_ROLE_IDS = {"Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}
DIRECTORY_ROLES: Mapping[Api, DirectoryRole] = {
    api: DirectoryRole(api.directory_role, _ROLE_IDS[api.directory_role]) for api in Api if api.directory_role
}
"""What the application's service principal needs besides a permission of the service."""

EXCEPTIONS: Mapping[str, str] = {
    MANAGE_AS_APP: (
        "Exchange has no permission that only reads: this one lets the application in, and the directory role alone "
        "decides what it may do there. Global Reader reads and changes nothing."
    ),
}
"""Permissions whose name does not say that they only read, each with the reason why they are asked for."""

ROLE_IDS: Mapping[Api, Mapping[str, str | None]] = {
    Api.GRAPH: {
        "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
        "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
        "DeviceManagementConfiguration.Read.All": "dc377aa6-52d8-4e23-b271-2a7ae04cedf3",
        "DeviceManagementManagedDevices.Read.All": "2f51be20-0bb4-4fed-bf7b-db946066c75e",
        "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
        "Domain.Read.All": "dbb9058a-0e50-45d7-ae91-66909b5d4664",
        "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
        "GroupSettings.Read.All": None,
        "IdentityRiskEvent.Read.All": "6e472fd1-ad78-48da-a0f0-97ab2c6b769e",
        "LicenseAssignment.Read.All": "e2f98668-2877-4f38-a2f4-8202e0717aa1",
        "OnPremDirectorySynchronization.Read.All": "bb70e231-92dc-4729-aff5-697b3f04be95",
        "OrgSettings-AppsAndServices.Read.All": "56c84fa9-ea1f-4a15-90f2-90ef41ece2c9",
        "OrgSettings-Forms.Read.All": "434d7c66-07c6-4b1f-ab21-417cf2cdaaca",
        "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
        "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
        "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
        "SecurityEvents.Read.All": "bf394140-e372-4bf9-a898-299cfc7564e5",
        "SecurityIdentitiesHealth.Read.All": "f8dcd971-5d83-4e1e-aa95-ef44611ad351",
        "SecurityIdentitiesSensors.Read.All": "5f0ffea2-f474-4cf2-9834-61cda2bcea5c",
        "SharePointTenantSettings.Read.All": "83d4163d-a2d8-4d3b-9695-4ae3ca98f888",
        "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    },
    Api.EXCHANGE: {MANAGE_AS_APP: "dc50a0fb-09a3-484d-be87-e023b12c6440"},
    Api.DEFENDER_ENDPOINT: {
        "Machine.Read.All": "ea8291d3-4b9a-44b5-bc3a-6cea3026dc79",
        "Vulnerability.Read.All": "41269fc5-d04d-4bfd-bce7-43a51cea049a",
    },
    Api.CLOUD_APPS: {
        "Discovery.read": "e9aa7b67-ea0d-435b-ab36-592cd9b23d61",
        "Investigation.read": "83bc8d83-2679-44ef-b813-d5f556fc4474",
    },
}
"""App role ids in the global cloud. Other clouds use other ids for some, and one we could not verify, so the scripts
always look the id up by name."""


class Script(StrEnum):
    """Which tool the script is for."""

    AZCLI = "azcli"
    POWERSHELL = "powershell"


_VERBS = {
    Script.AZCLI: ("service", "grant", "assign"),
    Script.POWERSHELL: ("Use-Service", "Add-Permission", "Add-DirectoryRole"),
}
"""What the scripts call a service, a permission of it and a role of the directory that goes with it."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One application permission.

    Attributes:
        api: the interface that it is of.
        role_id: in the global cloud; None: not verified, to be looked up by name.
        tables: tables of evidence that cannot be read without it.
        actions: ids of the actions whose measurement reads one of them.
        unlocks: micropoints that those actions can be worth on the day. One action can need several
            permissions, so these numbers must not be added up.
    """

    name: str
    api: Api
    role_id: str | None
    tables: tuple[str, ...]
    actions: tuple[str, ...]
    unlocks: int

    @property
    def directory_role(self) -> DirectoryRole | None:
        """The role of the directory that has to go with it."""
        return DIRECTORY_ROLES.get(self.api)


def needed_permissions(catalog: Catalog, facts: Mapping[str, Fact], day: date) -> tuple[Permission, ...]:
    """Every permission that some table needs: interface by interface, in each the one that unlocks most first."""
    reads = {action.id: frozenset(tables_read(action.evidence, facts)) for action in catalog.actions.values()}
    found = [
        _permission(api, name, tables, catalog, reads, day) for (api, name), tables in _needing().items()
    ]
    order = list(Api)
    return tuple(sorted(found, key=lambda one: (order.index(one.api), -one.unlocks, one.name)))


def _needing() -> dict[tuple[Api, str], list[Table]]:
    """Tables by the permission that each needs."""
    needing: dict[tuple[Api, str], list[Table]] = {}
    for table in TABLES.values():
        if table.permission is not None:
            needing.setdefault((table.api, table.permission), []).append(table)
    return needing


def tables_read(evidence: Iterable[str], facts: Mapping[str, Fact]) -> Iterator[str]:
    """The tables behind a list of tables and facts."""
    for name in evidence:
        if name in facts:
            yield from tables_read(facts[name].evidence, facts)
        else:
            yield name


def _permission(
    api: Api,
    name: str,
    tables: list[Table],
    catalog: Catalog,
    reads: Mapping[str, frozenset[str]],
    day: date,
) -> Permission:
    names = tuple(table.name for table in tables)
    actions = [action for action in catalog.actions.values() if not reads[action.id].isdisjoint(names)]
    return Permission(
        name=name,
        api=api,
        role_id=ROLE_IDS[api].get(name),
        tables=names,
        actions=tuple(action.id for action in actions),
        unlocks=sum(_worth(action, day) for action in actions),
    )


def _worth(action: Action, day: date) -> int:
    return (action.maximum_on(day) or 0) if action.measured else 0


def is_read_only(permission: str) -> bool:
    """Whether the name of a permission says that it can only read. Anything else than a plain Read is refused."""
    return bool(_READ_ONLY.match(permission))


def script(kind: Script, *, remove: bool = False) -> str:
    """A script that registers the app with its permissions and a certificate, or one that removes it again."""
    suffix = "sh" if kind is Script.AZCLI else "ps1"
    text = (_SCRIPTS / f"{'remove' if remove else 'register'}.{suffix}").read_text(encoding="utf-8")
    return text.replace(_PLACE, "\n".join(_calls(kind)))


def _calls(kind: Script) -> Iterator[str]:
    """What the script does with each service and each of its permissions, a line each."""
    verbs = _VERBS[kind]
    for api in Api:
        names = sorted(name for of, name in _needing() if of is api)
        if names:
            yield f"{verbs[0]} '{api}' '{RESOURCES[api]}'"
            yield from (f"{verbs[1]} '{name}'" for name in names)
            yield from (f"{verbs[2]} '{role}' '{role.id}'" for role in _roles(api))


def _roles(api: Api) -> tuple[DirectoryRole, ...]:
    return (DIRECTORY_ROLES[api],) if api in DIRECTORY_ROLES else ()
