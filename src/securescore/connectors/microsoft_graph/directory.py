"""The tenant itself, its domains, licences, users and directory settings."""

import re
from collections.abc import Iterable, Iterator

from securescore.connectors.microsoft_graph.read import JsonObject, decoded, if_there, inside, listed, objects
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence.tables.entra_id import (
    DOMAINS,
    GROUP_SETTINGS,
    MICROSOFT365_GROUPS,
    ON_PREMISES_SYNCHRONIZATION,
    ORGANIZATION,
    SERVICE_PLANS,
    USER_ACTIVITY,
    USERS,
)

_BANNED_WORDS = "bannedpasswordlist"
_LARGEST_PAGE = {"$top": "999"}
# with signInActivity the service takes no more
_LARGEST_ACTIVITY_PAGE = {"$top": "500"}


def fetch_synchronization(reading: Reading) -> Iterator[list[bytes]]:
    """What is synchronised. Tenants without synchronisation answer 404 or an empty list."""
    return if_there(reading.graph.pages("/directory/onPremisesSynchronization"))


def shape_service_plans(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each plan of each subscription."""
    for sku in map(decoded, page):
        for plan in objects(sku.get("servicePlans")):
            yield {
                "sku_id": sku.get("skuId"),
                "sku": sku.get("skuPartNumber"),
                "sku_status": sku.get("capabilityStatus"),
                "plan_id": plan.get("servicePlanId"),
                "plan": plan.get("servicePlanName"),
                "plan_status": plan.get("provisioningStatus"),
                "applies_to": plan.get("appliesTo"),
                "seats": inside(sku, "prepaidUnits", "enabled"),
                "used": sku.get("consumedUnits"),
            }


def shape_group_settings(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each value of each settings object."""
    for setting in map(decoded, page):
        yield from (_setting_row(setting, value) for value in objects(setting.get("values")))


def _setting_row(setting: JsonObject, value: JsonObject) -> Row:
    return {
        "template_id": setting.get("templateId"),
        "setting": setting.get("displayName"),
        "name": value.get("name"),
        "value": _without_secrets(value.get("name"), value.get("value")),
    }


def _without_secrets(name: object, value: object) -> object:
    """The banned words are what an attacker would leave out: only how many there are is kept, a star for each."""
    if str(name).casefold() != _BANNED_WORDS or not isinstance(value, str):
        return value
    return "\t".join("*" for word in re.split(r"[\t\r\n]+", value) if word.strip())


SOURCES = (
    listed(ORGANIZATION, "/organization"),
    Source((Output(ON_PREMISES_SYNCHRONIZATION),), fetch_synchronization),
    listed(DOMAINS, "/domains"),
    listed(SERVICE_PLANS, "/subscribedSkus", shape=shape_service_plans),
    listed(USERS, "/users", params=_LARGEST_PAGE),
    listed(USER_ACTIVITY, "/users", params=_LARGEST_ACTIVITY_PAGE),
    listed(GROUP_SETTINGS, "/groupSettings", shape=shape_group_settings),
    listed(
        MICROSOFT365_GROUPS,
        "/groups",
        params={"$filter": "groupTypes/any(c:c eq 'Unified')", **_LARGEST_PAGE},
    ),
)
