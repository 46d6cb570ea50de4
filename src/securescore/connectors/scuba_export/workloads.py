"""SharePoint and Teams from an export."""

from collections.abc import Iterator
from typing import Any

from securescore.connectors.scuba_export.documents import Export
from securescore.connectors.scuba_export.fillings import Filling, Part, Row, as_it_is, shaped
from securescore.connectors.scuba_export.powershell import JsonObject
from securescore.evidence.tables.microsoft_365.tenant_settings import (
    SHAREPOINT_SETTINGS,
    TEAMS_MEETING_POLICIES,
)

_SHARING = (
    "disabled",
    "externalUserSharingOnly",
    "externalUserAndGuestSharing",
    "existingExternalUserSharingOnly",
)
_RESTRICTION = ("none", "allowList", "blockList")

SHAREPOINT = Part(("SPO_tenant",), "Get-SPOTenantRest")
MEETINGS = Part(("meeting_policies",), "Get-CsTeamsMeetingPolicy")


def _sharepoint(export: Export) -> Iterator[Row]:
    for tenant in SHAREPOINT.of(export):
        yield {
            "settings": "SharePoint",
            "sharing": _word(tenant.get("SharingCapability"), _SHARING),
            "domain_restriction": _word(tenant.get("SharingDomainRestrictionMode"), _RESTRICTION),
            "allowed_domains": _domains(tenant, "SharingAllowedDomainList"),
            "blocked_domains": _domains(tenant, "SharingBlockedDomainList"),
            "resharing_by_guests": _opposite(tenant.get("PreventExternalUsersFromResharing")),
            "legacy_authentication": tenant.get("LegacyAuthProtocolsEnabled"),
            "sync_restricted": tenant.get("IsUnmanagedSyncClientForTenantRestricted"),
            "sync_domains": _collection(tenant.get("AllowedDomainListForSyncClient")),
        }


def _word(value: object, words: tuple[str, ...]) -> object:
    """The word that a number stands for, or the word itself; anything else is handed on to be rejected."""
    if type(value) is int:
        return words[value] if 0 <= value < len(words) else [value]
    if isinstance(value, str):
        return next((word for word in words if word.casefold() == value.casefold()), value)
    return value if value is None else [value]


def _domains(tenant: JsonObject, name: str) -> Any:
    """The domains in a text with spaces between them. Null and an empty text are none."""
    if name not in tenant:
        return None
    value = tenant[name]
    return (value or "").split() if value is None or isinstance(value, str) else _collection(value)


def _collection(value: object) -> Any:
    """What stands in a collection of the client object model, which may be a plain list as well."""
    found = value.get("results", value) if isinstance(value, dict) else value
    if isinstance(found, list) and not all(isinstance(part, str) for part in found):
        return [found]
    return found


def _opposite(value: object) -> object:
    return not value if isinstance(value, bool) else value


FILLINGS: tuple[Filling, ...] = (
    shaped(SHAREPOINT_SETTINGS, (SHAREPOINT,), _sharepoint),
    as_it_is(TEAMS_MEETING_POLICIES, MEETINGS),
)
