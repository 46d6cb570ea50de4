"""The conditions of a conditional access policy. What is not known here is named, never passed over.

Known properties are those of Microsoft Graph v1.0 (graph-openapi-subset, conditionalAccessConditionSet). A
condition without a column of its own narrows the policy too, and is named in `unknown_conditions`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_ALL = "all"
_POLICY = frozenset(
    {
        "id",
        "templateId",
        "displayName",
        "description",
        "state",
        "createdDateTime",
        "modifiedDateTime",
        "deletedDateTime",
        "conditions",
        "grantControls",
        "sessionControls",
    }
)
_CONDITIONS: Mapping[str, frozenset[str]] = {
    "applications": frozenset(
        {
            "includeApplications",
            "excludeApplications",
            "includeUserActions",
            "includeAuthenticationContextClassReferences",
            "applicationFilter",
        }
    ),
    "users": frozenset(
        {
            f"{side}{kind}"
            for side in ("include", "exclude")
            for kind in ("Users", "Groups", "Roles", "GuestsOrExternalUsers")
        }
    ),
    "locations": frozenset({"includeLocations", "excludeLocations"}),
    "platforms": frozenset({"includePlatforms", "excludePlatforms"}),
    "devices": frozenset({"deviceFilter"}),
    "authenticationFlows": frozenset({"transferMethods"}),
}
_LISTS = frozenset({"clientAppTypes", "signInRiskLevels", "userRiskLevels"})
_GUESTS = frozenset({"guestOrExternalUserTypes", "externalTenants"})
_OBJECTS = frozenset(
    {"applicationFilter", "deviceFilter", "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"}
)

Conditions = dict[str, Any]


def conditions_of(value: object) -> Conditions:
    """The columns of `conditional_access_policies` that come from `conditions`."""
    conditions = table(value)
    applications = table(conditions.get("applications"))
    included = words(applications.get("includeApplications"))
    return {
        "all_applications": any(word.lower() == _ALL for word in included),
        "include_applications": included,
        "exclude_applications": words(applications.get("excludeApplications")),
        "user_actions": words(applications.get("includeUserActions")),
        "authentication_contexts": words(applications.get("includeAuthenticationContextClassReferences")),
        "client_app_types": words(conditions.get("clientAppTypes")),
        "sign_in_risk_levels": words(conditions.get("signInRiskLevels")),
        "user_risk_levels": words(conditions.get("userRiskLevels")),
        **_narrowing(conditions, applications),
        "unknown_conditions": list(_unknown_conditions(value)),
    }


def _narrowing(conditions: Mapping[str, Any], applications: Mapping[str, Any]) -> Conditions:
    flows = table(conditions.get("authenticationFlows"))
    return {
        "narrowed_by_locations": _names_a_part(table(conditions.get("locations")), "Locations"),
        "narrowed_by_platforms": _names_a_part(table(conditions.get("platforms")), "Platforms"),
        "narrowed_by_devices": not is_empty(table(conditions.get("devices")).get("deviceFilter")),
        "narrowed_by_application_filter": not is_empty(applications.get("applicationFilter")),
        "narrowed_by_authentication_flows": bool(set(words(flows.get("transferMethods"))) - {"none"}),
    }


def _names_a_part(condition: Mapping[str, Any], kind: str) -> bool:
    """Anything but "all, without exception". A condition that names nothing narrows nothing."""
    included = {word.lower() for word in words(condition.get(f"include{kind}"))}
    return bool(included - {_ALL}) or bool(words(condition.get(f"exclude{kind}")))


NOTHING: tuple[object, ...] = (None, "", [])
"""What stands for an object that is not there. Any other value in its place is not understood."""


def unknown_properties(policy: Mapping[str, Any]) -> list[str]:
    """Properties of the policy itself that are set and not known."""
    return list(set_and_unknown(policy, _POLICY))


def _unknown_conditions(value: object) -> Iterable[str]:
    if not isinstance(value, Mapping) and value not in NOTHING:
        yield "conditions"
    conditions = table(value)
    yield from set_and_unknown(conditions, _LISTS | _CONDITIONS.keys())
    for name, known in _CONDITIONS.items():
        condition = conditions.get(name)
        if isinstance(condition, Mapping):
            yield from (f"{name}.{part}" for part in _unknown_parts(condition, known))
        elif not is_empty(condition):
            yield name
    yield from (name for name in _LISTS if not is_list_of_words(conditions.get(name)))


def _unknown_parts(condition: Mapping[str, Any], known: frozenset[str]) -> Iterable[str]:
    """Parts that are not known, or hold something else than words where words belong."""
    yield from set_and_unknown(condition, known)
    for name in sorted(known):
        part = condition.get(name)
        if name.endswith("GuestsOrExternalUsers"):
            yield from (f"{name}.{inner}" for inner in set_and_unknown(table(part), _GUESTS))
        elif name not in _OBJECTS and not isinstance(part, str) and not is_list_of_words(part):
            yield name


def set_and_unknown(properties: Mapping[str, Any], known: Iterable[str]) -> Iterable[str]:
    """Names of properties that carry something and are not among the known; annotations aside."""
    return (
        name
        for name, value in properties.items()
        if name not in known and "@odata" not in name and not is_empty(value)
    )


def is_empty(value: object) -> bool:
    """Whether a property says nothing: null, or empty through and through. false and 0 say something."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            waiting.extend(inner for name, inner in part.items() if "@odata" not in name)
        elif isinstance(part, list):
            waiting.extend(part)
        elif part is not None and part != "":
            return False
    return True


def table(value: object) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def words(value: object) -> list[str]:
    """The texts of a list, or of a text with commas in between (a set of flags)."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def is_list_of_words(value: object) -> bool:
    """Whether nothing but texts is in the list. Null counts as an empty one."""
    return value is None or (isinstance(value, list) and all(isinstance(word, str) for word in value))
