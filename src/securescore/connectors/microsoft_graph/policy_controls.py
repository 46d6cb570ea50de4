"""What a conditional access policy asks for."""

from collections.abc import Iterable, Mapping
from typing import Any

from securescore.connectors.ids import is_id
from securescore.connectors.microsoft_graph.policy_conditions import (
    is_empty,
    is_list_of_words,
    set_and_unknown,
    table,
    words,
)

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
    sessions = table(session)
    browser = table(sessions.get("persistentBrowser"))
    return {
        "grant_operator": grants.get("operator"),
        "grant_controls": words(grants.get("builtInControls")),
        "custom_controls": words(grants.get("customAuthenticationFactors")),
        "terms_of_use": words(grants.get("termsOfUse")),
        "authentication_strength_id": table(grants.get("authenticationStrength")).get("id"),
        "unknown_controls": list(_unknown_controls(grant)),
        **_frequency(table(sessions.get("signInFrequency"))),
        "persistent_browser": browser.get("mode") if browser.get("isEnabled") else None,
    }


def _unknown_controls(grant: object) -> Iterable[str]:
    """Controls, operators and properties that this version does not know."""
    if not isinstance(grant, Mapping):
        if not is_empty(grant):
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


def _frequency(frequency: Mapping[str, Any]) -> dict[str, Any]:
    if not frequency.get("isEnabled"):
        return {"sign_in_frequency_hours": None, "sign_in_every_time": False}
    value = frequency.get("value")
    unit = _HOURS.get(str(frequency.get("type")))
    return {
        "sign_in_frequency_hours": value * unit if isinstance(value, int | float) and unit else None,
        "sign_in_every_time": frequency.get("frequencyInterval") == "everyTime",
    }
