"""Settings of the workloads: SharePoint and OneDrive, Forms, apps and services."""

from collections.abc import Iterable, Iterator

from securescore.connectors.microsoft_graph.client import BETA
from securescore.connectors.microsoft_graph.read import JsonObject, decoded, inside, single
from securescore.connectors.source import Row
from securescore.errors import CollectionError
from securescore.evidence.tables.microsoft_365.tenant_settings import (
    APPS_AND_SERVICES_SETTINGS,
    FORMS_SETTINGS,
    SHAREPOINT_SETTINGS,
)


def shape_sharepoint(page: Iterable[bytes]) -> Iterator[Row]:
    """The one row of `sharepoint_settings`."""
    for item in page:
        settings = unwrapped(item, "value", "sharingCapability", "isLegacyAuthProtocolsEnabled")
        idle = settings.get("idleSessionSignOut")
        yield {
            "settings": "SharePoint",
            "sharing": settings.get("sharingCapability"),
            "domain_restriction": settings.get("sharingDomainRestrictionMode"),
            "allowed_domains": settings.get("sharingAllowedDomainList"),
            "blocked_domains": settings.get("sharingBlockedDomainList"),
            "resharing_by_guests": settings.get("isResharingByExternalUsersEnabled"),
            "legacy_authentication": settings.get("isLegacyAuthProtocolsEnabled"),
            "idle_sign_out": inside(idle, "isEnabled"),
            "idle_sign_out_seconds": inside(idle, "signOutAfterInSeconds"),
            "sync_restricted": settings.get("isUnmanagedSyncAppForTenantRestricted"),
            "sync_domains": settings.get("allowedDomainGuidsForSyncApp"),
        }


def shape_forms(page: Iterable[bytes]) -> Iterator[Row]:
    """The one row of `forms_settings`."""
    for item in page:
        settings = unwrapped(item, "settings", "isInOrgFormsPhishingScanEnabled")
        yield {"settings": "Forms", "phishing_scan": settings.get("isInOrgFormsPhishingScanEnabled")}


def shape_apps_and_services(page: Iterable[bytes]) -> Iterator[Row]:
    """The one row of `apps_and_services_settings`."""
    for item in page:
        settings = unwrapped(item, "settings", "isOfficeStoreEnabled", "isAppAndServicesTrialEnabled")
        yield {
            "settings": "Apps and services",
            "office_store": settings.get("isOfficeStoreEnabled"),
            "trials": settings.get("isAppAndServicesTrialEnabled"),
        }


def unwrapped(item: bytes, wrapper: str, *marks: str) -> JsonObject:
    """The object of settings, which the service gives flat or inside another.

    Args:
        marks: properties of which one is always there.

    Raises:
        CollectionError: neither shape is what came.
    """
    given = decoded(item)
    inner = given.get(wrapper)
    for settings in (given, inner):
        if isinstance(settings, dict) and any(mark in settings for mark in marks):
            return settings
    raise CollectionError(
        f"Microsoft Graph sent an object without {' or '.join(marks)} where settings belong",
        code="bad_answer",
    )


SOURCES = (
    single(SHAREPOINT_SETTINGS, "/admin/sharepoint/settings", shape=shape_sharepoint),
    single(FORMS_SETTINGS, "/admin/forms/settings", shape=shape_forms, version=BETA),
    single(
        APPS_AND_SERVICES_SETTINGS,
        "/admin/appsAndServices/settings",
        shape=shape_apps_and_services,
        version=BETA,
    ),
)
