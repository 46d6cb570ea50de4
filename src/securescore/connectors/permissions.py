"""Which permissions an app registration needs, what each feeds and unlocks, and scripts that set it all up."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from securescore.catalog import Action, Catalog
from securescore.evidence import TABLES, Table
from securescore.facts.loader import Fact

_SCRIPTS = Path(__file__).parent / "scripts"
_PLACE = "@PERMISSIONS@"
_READ_ONLY = re.compile(r"^[A-Z][A-Za-z0-9-]*\.Read(Basic)?(\.(All|Directory))?$")

ROLE_IDS: Mapping[str, str | None] = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Domain.Read.All": "dbb9058a-0e50-45d7-ae91-66909b5d4664",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "GroupSettings.Read.All": None,
    "IdentityRiskEvent.Read.All": "6e472fd1-ad78-48da-a0f0-97ab2c6b769e",
    "LicenseAssignment.Read.All": "e2f98668-2877-4f38-a2f4-8202e0717aa1",
    "OnPremDirectorySynchronization.Read.All": "bb70e231-92dc-4729-aff5-697b3f04be95",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "SecurityEvents.Read.All": "bf394140-e372-4bf9-a898-299cfc7564e5",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}
"""App role ids of Microsoft Graph in the global cloud. Other clouds use other ids for some, and one we could not
verify, so the scripts always look the id up by name."""


class Script(StrEnum):
    """Which tool the script is for."""

    AZCLI = "azcli"
    POWERSHELL = "powershell"


@dataclass(frozen=True, slots=True)
class Permission:
    """One application permission of Microsoft Graph.

    Attributes:
        role_id: in the global cloud; None: not verified, to be looked up by name.
        tables: tables of evidence that cannot be read without it.
        actions: ids of the actions whose measurement reads one of them.
        unlocks: micropoints that those actions can be worth on the day. One action can need several
            permissions, so these numbers must not be added up.
    """

    name: str
    role_id: str | None
    tables: tuple[str, ...]
    actions: tuple[str, ...]
    unlocks: int


def needed_permissions(catalog: Catalog, facts: Mapping[str, Fact], day: date) -> tuple[Permission, ...]:
    """Every permission that some table needs, the one that unlocks most first."""
    reads = {action.id: frozenset(tables_read(action.evidence, facts)) for action in catalog.actions.values()}
    by_permission: dict[str, list[Table]] = {}
    for table in TABLES.values():
        if table.permission is not None:
            by_permission.setdefault(table.permission, []).append(table)
    found = [_permission(name, tables, catalog, reads, day) for name, tables in by_permission.items()]
    return tuple(sorted(found, key=lambda permission: (-permission.unlocks, permission.name)))


def tables_read(evidence: Iterable[str], facts: Mapping[str, Fact]) -> Iterator[str]:
    """The tables behind a list of tables and facts."""
    for name in evidence:
        if name in facts:
            yield from tables_read(facts[name].evidence, facts)
        else:
            yield name


def _permission(
    name: str, tables: list[Table], catalog: Catalog, reads: Mapping[str, frozenset[str]], day: date
) -> Permission:
    names = tuple(table.name for table in tables)
    actions = [action for action in catalog.actions.values() if not reads[action.id].isdisjoint(names)]
    return Permission(
        name=name,
        role_id=ROLE_IDS.get(name),
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
    names = sorted({table.permission for table in TABLES.values() if table.permission})
    quoted = names if kind is Script.AZCLI else [f"'{name}'" for name in names]
    return text.replace(_PLACE, "\n".join(f"    {name}" for name in quoted))
