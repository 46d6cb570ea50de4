"""Conditional access policies as rows: nothing that a policy says is lost, nothing unknown is passed over."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors import tenant_data as data

from securescore.connectors.microsoft_graph import applications, conditional_access, directory, policies
from securescore.errors import CollectionError
from securescore.evidence.tables.entra_id import CONDITIONAL_ACCESS_POLICIES, CONDITIONAL_ACCESS_TARGETS

USER = data.ADA
GROUP = data.BREAK_GLASS


def shaped(policy: dict[str, Any]) -> dict[str, Any]:
    (row,) = conditional_access.shape_policies([json.dumps(policy).encode()])
    return dict(row)


def with_conditions(**conditions: Any) -> dict[str, Any]:
    return shaped(data.policy(conditions={**data.policy()["conditions"], **conditions}))


def with_grant(**grant: Any) -> dict[str, Any]:
    return shaped(data.policy(grantControls={"operator": "OR", "builtInControls": ["mfa"], **grant}))


def with_session(**session: Any) -> dict[str, Any]:
    return shaped(data.policy(sessionControls=session))


def targets(**users: Any) -> list[tuple[bool, str, str | None, str | None, bool | None]]:
    policy = data.policy(conditions={"users": users})
    rows = conditional_access.shape_targets([json.dumps(policy).encode()])
    return [(r["excluded"], r["kind"], r["target_id"], r["guest_kind"], r["some_tenants"]) for r in rows]


def test_a_plain_policy_narrows_nothing_and_holds_nothing_unknown() -> None:
    row = shaped(data.policy(state="enabled", description="x", templateId=None, sessionControls=None))
    assert row["all_applications"]
    assert [name for name, value in row.items() if name.startswith("narrowed") and value] == []
    assert row["unknown_conditions"] == row["unknown_controls"] == []
    assert (row["grant_operator"], row["grant_controls"]) == ("OR", ["mfa"])
    assert set(row) == {column.name for column in CONDITIONAL_ACCESS_POLICIES.columns}


@pytest.mark.parametrize(
    ("conditions", "narrowed"),
    [
        ({"locations": {"includeLocations": ["All"], "excludeLocations": []}}, None),
        ({"locations": None, "platforms": None}, None),
        ({"locations": {"includeLocations": [], "excludeLocations": []}}, None),
        ({"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}, "locations"),
        ({"locations": {"includeLocations": [data.ADA]}}, "locations"),
        ({"platforms": {"includePlatforms": ["all"]}}, None),
        ({"platforms": {"includePlatforms": ["android"]}}, "platforms"),
        ({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["linux"]}}, "platforms"),
        (
            {"devices": {"deviceFilter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}}},
            "devices",
        ),
        ({"devices": {"deviceFilter": None}}, None),
        (
            {"authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"}},
            "authentication_flows",
        ),
        ({"authenticationFlows": {"transferMethods": "none"}}, None),
        (
            {
                "applications": {
                    "includeApplications": ["All"],
                    "applicationFilter": {"mode": "include", "rule": "x"},
                }
            },
            "application_filter",
        ),
    ],
)
def test_which_conditions_narrow(conditions: dict[str, Any], narrowed: str | None) -> None:
    row = with_conditions(**conditions)
    found = [
        name.removeprefix("narrowed_by_")
        for name, value in row.items()
        if name.startswith("narrowed") and value
    ]
    assert found == ([narrowed] if narrowed else [])
    assert row["unknown_conditions"] == []


@pytest.mark.parametrize(
    ("conditions", "unknown"),
    [
        ({"insiderRiskLevels": "elevated"}, ["insiderRiskLevels"]),
        ({"clientApplications": {"includeServicePrincipals": ["x"]}}, ["clientApplications"]),
        ({"servicePrincipalRiskLevels": ["high"]}, ["servicePrincipalRiskLevels"]),
        ({"moonPhases": ["full"]}, ["moonPhases"]),
        ({"moonPhases": False}, ["moonPhases"]),
        ({"moonPhases": 0}, ["moonPhases"]),
        ({"moonPhases": []}, []),
        ({"moonPhases": {"include": [], "exclude": None, "@odata.type": "#x"}}, []),
        ({"moonPhases@odata.context": "x"}, []),
        ({"locations": {"includeNetworks": ["x"]}}, ["locations.includeNetworks"]),
        ({"devices": {"includeDevices": ["All"]}}, ["devices.includeDevices"]),
        (
            {"applications": {"includeApplications": ["All"], "globalSecureAccess": {"x": 1}}},
            ["applications.globalSecureAccess"],
        ),
        ({"users": {"includeUsers": ["All"], "includeAgents": ["x"]}}, ["users.includeAgents"]),
        ({"locations": "everywhere"}, ["locations"]),
        ({"clientAppTypes": "all"}, ["clientAppTypes"]),
        ({"userRiskLevels": [1]}, ["userRiskLevels"]),
        (
            {"applications": {"includeApplications": ["All"], "excludeApplications": [{"id": "x"}]}},
            ["applications.excludeApplications"],
        ),
        ({"locations": {"includeLocations": 7}}, ["locations.includeLocations"]),
        ({"users": {"includeUsers": ["All"], "excludeGroups": [7]}}, ["users.excludeGroups"]),
        (
            {
                "users": {
                    "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest", "age": 7}
                }
            },
            ["users.excludeGuestsOrExternalUsers.age"],
        ),
    ],
)
def test_unknown_conditions_are_named(conditions: dict[str, Any], unknown: list[str]) -> None:
    assert with_conditions(**conditions)["unknown_conditions"] == unknown


@pytest.mark.parametrize(("inmost", "unknown"), [("x", ["tomorrow"]), ("", [])])
def test_conditions_nested_ever_so_deeply_are_read(inmost: object, unknown: list[str]) -> None:
    for _ in range(400):
        inmost = {"in": [inmost]}
    assert with_conditions(tomorrow=inmost)["unknown_conditions"] == unknown


def test_conditions_that_are_no_conditions_are_named() -> None:
    assert shaped(data.policy(conditions="everybody"))["unknown_conditions"] == ["conditions"]
    assert shaped(data.policy(conditions=[[]]))["unknown_conditions"] == ["conditions"]
    assert shaped(data.policy(conditions=None))["unknown_conditions"] == []


def test_grants_that_are_no_grants_are_named() -> None:
    assert shaped(data.policy(grantControls=[[]]))["unknown_controls"] == ["grantControls"]
    assert shaped(data.policy(grantControls=None))["unknown_controls"] == []


def test_an_unknown_property_of_the_policy_is_named() -> None:
    row = shaped(data.policy(partialEnablementStrategy="tenPercent", deletedDateTime=None))
    assert row["unknown_conditions"] == ["partialEnablementStrategy"]


@pytest.mark.parametrize(
    ("grant", "unknown"),
    [
        ({"builtInControls": ["mfa", "palmReading"]}, ["palmReading"]),
        ({"builtInControls": ["block", "compliantDevice", "passwordChange", "riskRemediation"]}, []),
        ({"operator": "XOR"}, ["operator.XOR"]),
        ({"operator": None, "builtInControls": []}, []),
        ({"oaths": ["x"]}, ["oaths"]),
        ({"authenticationStrength@odata.context": "https://x"}, []),
        ({"authenticationStrength": {"displayName": "no id"}}, ["authenticationStrength"]),
        ({"authenticationStrength": {"id": "strongest"}}, ["authenticationStrength"]),
        ({"authenticationStrength": None}, []),
        ({"builtInControls": [{"mfa": True}]}, ["builtInControls"]),
        ({"termsOfUse": 7}, ["termsOfUse"]),
    ],
)
def test_unknown_controls_are_named(grant: dict[str, Any], unknown: list[str]) -> None:
    assert with_grant(**grant)["unknown_controls"] == unknown


def test_every_known_control_has_its_column() -> None:
    strength = {"id": "00000000-0000-0000-0000-000000000004"}
    row = with_grant(customAuthenticationFactors=["c"], termsOfUse=["t"], authenticationStrength=strength)
    assert (row["custom_controls"], row["terms_of_use"]) == (["c"], ["t"])
    assert row["authentication_strength_id"] == strength["id"]
    without = shaped(data.policy(grantControls=None))
    assert (without["grant_operator"], without["grant_controls"], without["unknown_controls"]) == (
        None,
        [],
        [],
    )
    assert shaped(data.policy(grantControls="mfa"))["unknown_controls"] == ["grantControls"]


@pytest.mark.parametrize(
    ("frequency", "hours", "every_time"),
    [
        ({"isEnabled": True, "value": 4, "type": "hours", "frequencyInterval": "timeBased"}, 4, False),
        ({"isEnabled": True, "value": 2, "type": "days"}, 48, False),
        ({"isEnabled": True, "value": None, "type": None, "frequencyInterval": "everyTime"}, None, True),
        ({"isEnabled": True, "value": 2, "type": "moons"}, [2], False),  # a list fits no number: rejected
        ({"isEnabled": False, "value": 4, "type": "hours", "frequencyInterval": "everyTime"}, None, False),
        (None, None, False),
    ],
)
def test_sign_in_frequency_in_hours(frequency: Any, hours: object, every_time: bool) -> None:  # noqa: FBT001
    row = with_session(signInFrequency=frequency)
    assert (row["sign_in_frequency_hours"], row["sign_in_every_time"]) == (hours, every_time)


def test_persistent_browser_counts_only_when_it_is_on() -> None:
    assert (
        with_session(persistentBrowser={"isEnabled": True, "mode": "never"})["persistent_browser"] == "never"
    )
    assert with_session(persistentBrowser={"isEnabled": False, "mode": "never"})["persistent_browser"] is None


def test_users_groups_and_roles_are_targets_by_id() -> None:
    assert targets(includeUsers=[USER], includeGroups=[GROUP], excludeRoles=[data.GLOBAL_ADMIN]) == [
        (False, "user", USER, None, None),
        (False, "group", GROUP, None, None),
        (True, "role", data.GLOBAL_ADMIN, None, None),
    ]


def test_words_instead_of_ids() -> None:
    assert targets(includeUsers=["All"], excludeUsers=["None", "GuestsOrExternalUsers", "Robots"]) == [
        (False, "all_users", None, None, None),
        (True, "none", None, None, None),
        (True, "guests", None, "all", False),
        (True, "unknown", None, None, None),
    ]
    assert targets(includeGroups=["All"]) == [(False, "unknown", None, None, None)]


@pytest.mark.parametrize(
    ("tenants", "some"),
    [
        (None, False),
        ({"membershipKind": "all"}, False),
        ({"membershipKind": "enumerated", "members": ["x"]}, True),
        ({"membershipKind": "moonDwellers"}, None),
    ],
)
def test_kinds_of_guests(tenants: Any, some: bool | None) -> None:  # noqa: FBT001
    guests = {"guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest", "externalTenants": tenants}
    assert targets(excludeGuestsOrExternalUsers=guests) == [
        (True, "guests", None, "internalGuest", some),
        (True, "guests", None, "b2bCollaborationGuest", some),
    ]


def test_guests_that_cannot_be_told() -> None:
    assert targets(includeGuestsOrExternalUsers={"guestOrExternalUserTypes": "none"}) == []
    assert targets(includeGuestsOrExternalUsers={"externalTenants": {"membershipKind": "all"}}) == [
        (False, "unknown", None, None, None)
    ]
    assert targets(includeUsers={"odd": 1}) == [(False, "unknown", None, None, None)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "users",
    "applications",
    "locations",
    "platforms",
    "devices",
    "authenticationFlows",
    "clientAppTypes",
    "x",
]


GRANTS = [
    "operator",
    "builtInControls",
    "customAuthenticationFactors",
    "termsOfUse",
    "authenticationStrength",
    "x",
]
SESSIONS = ["signInFrequency", "persistentBrowser"]


@given(
    conditions=st.dictionaries(st.sampled_from(KEYS), JSON),
    grant=st.dictionaries(st.sampled_from(GRANTS), JSON) | JSON,
    session=st.dictionaries(st.sampled_from(SESSIONS), JSON) | JSON,
)
def test_any_json_is_shaped_or_named(conditions: dict[str, Any], grant: Any, session: Any) -> None:
    policy = data.policy(conditions=conditions, grantControls=grant, sessionControls=session)
    row = shaped(policy)
    known = {column.name for column in CONDITIONAL_ACCESS_POLICIES.columns}
    assert set(row) == known
    for target in conditional_access.shape_targets([json.dumps(policy).encode()]):
        assert set(target) == {column.name for column in CONDITIONAL_ACCESS_TARGETS.columns}
    assert ("x" in row["unknown_conditions"]) == says_something(conditions.get("x"))


def says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(says_something(part) for part in value.values())
    if isinstance(value, list):
        return any(says_something(part) for part in value)
    return value not in (None, "")


def test_named_locations() -> None:
    items = [
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "1",
            "displayName": "HQ",
            "isTrusted": True,
            "ipRanges": [{"cidrAddress": "198.51.100.0/24"}, {}],
        },
        {"@odata.type": "#microsoft.graph.countryNamedLocation", "id": "2", "countriesAndRegions": ["NL"]},
        {"@odata.type": "#microsoft.graph.moonNamedLocation", "id": "3"},
    ]
    rows = list(conditional_access.shape_locations(json.dumps(item).encode() for item in items))
    assert [(r["kind"], r["trusted"], r["ranges"], r["countries"]) for r in rows] == [
        ("ip", True, ["198.51.100.0/24", None], None),
        ("country", None, None, ["NL"]),
        ("moonNamedLocation", None, None, None),
    ]


def test_authentication_methods() -> None:
    policy = {
        "authenticationMethodConfigurations": [
            {
                "id": "Fido2",
                "state": "enabled",
                "includeTargets": [{"id": "all_users", "targetType": "group"}],
            },
            {"id": "Sms", "state": "disabled", "includeTargets": []},
            {"id": "Odd", "state": "enabled"},
        ]
    }
    rows = list(policies.shape_methods([json.dumps(policy).encode()]))
    assert [(r["method"], r["all_users"]) for r in rows] == [("Fido2", True), ("Sms", False), ("Odd", None)]


def test_other_tenants_follow_the_default_where_they_say_nothing() -> None:
    default = {
        "inboundTrust": {"isMfaAccepted": False},
        "b2bCollaborationInbound": {"usersAndGroups": {"accessType": "allowed"}},
    }
    rows = list(
        policies.shape_cross_tenant(
            [json.dumps(default).encode(), b'{"tenantId": "t-1", "inboundTrust": null}']
        )
    )
    assert [(r["partner"], r["mfa_trusted"], r["inbound_access"]) for r in rows] == [
        ("default", False, "allowed"),
        ("t-1", None, None),
    ]


def test_credentials_never_hold_a_secret() -> None:
    application = {
        "id": "a-1",
        "passwordCredentials": [
            {"keyId": "k-1", "hint": "abc", "secretText": "boo", "endDateTime": "2027-02-01T10:00:00Z"}
        ],
        "keyCredentials": [{"keyId": "k-2", "key": "MIIB"}],
    }
    rows = list(applications.shape_credentials([json.dumps(application).encode()]))
    assert [(r["kind"], r["key_id"], r["ends"]) for r in rows] == [
        ("secret", "k-1", "2027-02-01T10:00:00Z"),
        ("certificate", "k-2", None),
    ]
    assert not {"abc", "boo", "MIIB"} & {value for row in rows for value in row.values()}


def test_plans_and_settings() -> None:
    sku = {
        "skuId": "s",
        "prepaidUnits": {"enabled": 5},
        "consumedUnits": 3,
        "servicePlans": [{"servicePlanName": "AAD_PREMIUM"}],
    }
    (plan,) = directory.shape_service_plans([json.dumps(sku).encode()])
    assert (plan["plan"], plan["seats"], plan["used"]) == ("AAD_PREMIUM", 5, 3)
    (setting,) = directory.shape_group_settings(
        [b'{"templateId": "t", "values": [{"name": "n", "value": "True"}]}']
    )
    assert (setting["name"], setting["value"]) == ("n", "True")


def test_an_item_that_is_no_object_is_an_error() -> None:
    with pytest.raises(CollectionError, match="no JSON object"):
        list(directory.shape_service_plans([b"7"]))
    with pytest.raises(CollectionError, match="list of objects"):
        list(directory.shape_service_plans([b'{"servicePlans": {}}']))


@pytest.mark.parametrize("name", ["BannedPasswordList", "bannedPasswordList"])
def test_banned_words_are_counted_and_not_kept(name: str) -> None:
    setting = {"values": [{"name": name, "value": "noordhaven\tkade\r\n zeesluis"}]}
    (row,) = directory.shape_group_settings([json.dumps(setting).encode()])
    assert row["value"] == "*\t*\t*"
