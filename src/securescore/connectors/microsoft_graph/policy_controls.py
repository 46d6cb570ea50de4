"""What a conditional access policy asks for."""

from collections.abc import Iterable, Mapping
from typing import Any

from securescore.connectors.ids import is_id
from securescore.connectors.microsoft_graph.policy_conditions import (
    NOTHING,
    is_empty,
    is_list_of_words,
    set_and_unknown,
    table,
    words,
)
from securescore.connectors.microsoft_graph.read import inside

_GRANTS = frozenset(
    {
        "block",
        "mfa",
        "compliantDevice",
        "domainJoinedDevice",
        "approvedApplication",
        "compliantApplication",
        "passwordChange",
        "riskRemediation",
    }
)
_OPERATORS = frozenset({"AND", "OR"})
_LISTS = ("builtInControls", "customAuthenticationFactors", "termsOfUse")
_KNOWN = frozenset({"operator", *_LISTS, "authenticationStrength"})
_HOURS = {"hours": 1, "days": 24}


def controls_of(grant: object, session: object) -> dict[str, Any]:
    """The columns of `conditional_access_policies` that come from the grant and session controls."""
    grants = table(grant)
    return {
        "grant_operator": inside(grant, "operator"),
        "grant_controls": words(grants.get("builtInControls")),
        "custom_controls": words(grants.get("customAuthenticationFactors")),
        "terms_of_use": words(grants.get("termsOfUse")),
        "authentication_strength_id": table(grants.get("authenticationStrength")).get("id"),
        "unknown_controls": list(_unknown_controls(grant)),
        **_frequency(inside(session, "signInFrequency")),
        "persistent_browser": _if_enabled(inside(session, "persistentBrowser"), "mode"),
    }


def _unknown_controls(grant: object) -> Iterable[str]:
    """Controls, operators and properties that this version does not know."""
    if not isinstance(grant, Mapping):
        if grant not in NOTHING:
            yield "grantControls"
        return
    yield from set_and_unknown(grant, _KNOWN)
    yield from (name for name in _LISTS if not is_list_of_words(grant.get(name)))
    yield from (control for control in words(grant.get("builtInControls")) if control not in _GRANTS)
    operator = grant.get("operator")
    if operator is not None and str(operator) not in _OPERATORS:
        yield f"operator.{operator}"
    strength = grant.get("authenticationStrength")
    if not is_empty(strength) and not is_id(table(strength).get("id")):
        yield "authenticationStrength"


def _frequency(frequency: object) -> dict[str, Any]:
    interval = _if_enabled(frequency, "frequencyInterval")
    return {
        "sign_in_frequency_hours": _hours(frequency),
        "sign_in_every_time": interval if isinstance(interval, list) else interval == "everyTime",
    }


def _hours(frequency: object) -> object:
    value, unit = _if_enabled(frequency, "value"), _if_enabled(frequency, "type")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and str(unit) in _HOURS:
        return value * _HOURS[str(unit)]
    return [value]


def _if_enabled(control: object, name: str) -> object:
    """A property of a session control that is switched on. What cannot be told is handed on, to be rejected."""
    enabled = inside(control, "isEnabled")
    if enabled is None or enabled is False:
        return None
    return inside(control, name) if enabled is True else [enabled]
