"""Conditional access policies, whom they target, and named locations."""

from collections.abc import Iterable, Iterator
from typing import Any

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.microsoft_graph.policy_conditions import conditions_of, unknown_properties
from securescore.connectors.microsoft_graph.policy_controls import controls_of
from securescore.connectors.microsoft_graph.policy_targets import targets_of
from securescore.connectors.microsoft_graph.read import JsonObject, decoded, inside, listed, objects
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence.tables.entra_id import (
    CONDITIONAL_ACCESS_POLICIES,
    CONDITIONAL_ACCESS_TARGETS,
    NAMED_LOCATIONS,
)

_PATH = "/identity/conditionalAccess"
_LOCATION_KINDS = {"ipNamedLocation": "ip", "countryNamedLocation": "country"}


def fetch_policies(reading: Reading) -> Iterator[list[bytes]]:
    """Every policy, read once for both tables: the service allows one request a second."""
    return reading.graph.pages(f"{_PATH}/policies", service_class=ServiceClass.CONDITIONAL_ACCESS)


def shape_policies(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each policy. Whatever it holds that this version does not know is named in the row."""
    for policy in map(decoded, page):
        conditions = conditions_of(policy.get("conditions"))
        conditions["unknown_conditions"] = [
            *unknown_properties(policy),
            *conditions["unknown_conditions"],
        ]
        yield {
            "policy_id": policy.get("id"),
            "policy_name": policy.get("displayName"),
            "state": policy.get("state"),
            "created": policy.get("createdDateTime"),
            "modified": policy.get("modifiedDateTime"),
            **conditions,
            **controls_of(policy.get("grantControls"), policy.get("sessionControls")),
            "raw": policy,
        }


def shape_targets(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each include and exclude of each policy."""
    for policy in map(decoded, page):
        users = inside(policy, "conditions", "users")
        for ordinal, target in enumerate(targets_of(users)):
            yield {"policy_id": policy.get("id"), "ordinal": ordinal, **target}


def shape_locations(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each location: addresses with `ranges`, countries with `countries`."""
    for location in map(decoded, page):
        yield {
            "location_id": location.get("id"),
            "location_name": location.get("displayName"),
            "kind": _kind(location.get("@odata.type")),
            "trusted": location.get("isTrusted"),
            "ranges": _ranges(location),
            "countries": location.get("countriesAndRegions"),
        }


def _kind(given: object) -> object:
    if not isinstance(given, str):
        return given
    kind = given.rpartition(".")[2]
    return _LOCATION_KINDS.get(kind, kind)


def _ranges(location: JsonObject) -> list[Any] | None:
    if location.get("ipRanges") is None:
        return None
    return [entry.get("cidrAddress") for entry in objects(location["ipRanges"])]


SOURCES = (
    Source(
        (
            Output(CONDITIONAL_ACCESS_POLICIES, shape_policies),
            Output(CONDITIONAL_ACCESS_TARGETS, shape_targets),
        ),
        fetch_policies,
    ),
    listed(
        NAMED_LOCATIONS,
        f"{_PATH}/namedLocations",
        service_class=ServiceClass.CONDITIONAL_ACCESS,
        shape=shape_locations,
    ),
)
