"""What stands where something else belongs is handed on to be rejected, and never read as nothing."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.desk import written

from securescore.connectors.microsoft_graph import conditional_access, directory, policies
from securescore.connectors.microsoft_graph.read import Shape, count_of, inside
from securescore.evidence import Table
from securescore.evidence.tables.entra_id import (
    ADMIN_CONSENT_POLICY,
    CONDITIONAL_ACCESS_POLICIES,
    CROSS_TENANT_ACCESS,
    NAMED_LOCATIONS,
    SERVICE_PLANS,
)

POLICY = "9b2f1c34-0d1e-4c55-8a77-0f6d2b1c9e10"
NO_OBJECTS: list[Any] = [7, True, False, "text", [], [{}]]


def shaped(shape: Shape, item: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in shape([json.dumps(item).encode()])]


def lost(folder: Path, table: Table, rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The rejections of the rows; each of them has to be null in the file."""
    found = written(folder, table, rows=rows)
    rejections = found.record.rejections or {}
    names = [column.name for column in table.columns]
    assert all(row[names.index(name)] is None for row in found.rows for name in rejections)
    return rejections


@pytest.mark.parametrize("wrong", NO_OBJECTS)
def test_trust_of_another_tenant(tmp_path: Path, wrong: object) -> None:
    rows = shaped(policies.shape_cross_tenant, {"tenantId": "t", "inboundTrust": wrong})
    assert lost(tmp_path, CROSS_TENANT_ACCESS, rows) == {
        "mfa_trusted": 1,
        "compliant_device_trusted": 1,
        "hybrid_device_trusted": 1,
    }


@pytest.mark.parametrize("wrong", NO_OBJECTS)
@pytest.mark.parametrize("depth", [0, 1])
def test_access_from_another_tenant(tmp_path: Path, wrong: object, depth: int) -> None:
    inbound = {"usersAndGroups": wrong} if depth else wrong
    rows = shaped(policies.shape_cross_tenant, {"b2bCollaborationInbound": inbound})
    assert rows[0]["partner"] == "default"
    assert lost(tmp_path, CROSS_TENANT_ACCESS, rows) == {"inbound_access": 1}


@pytest.mark.parametrize("wrong", [0, False, ""])
def test_a_partner_whose_tenant_is_none_is_not_the_default(wrong: object) -> None:
    (row,) = shaped(policies.shape_cross_tenant, {"tenantId": wrong})
    assert row["partner"] != "default"


@pytest.mark.parametrize("wrong", [7, True, "two", {}, [None], ["x"]])
def test_reviewers_that_cannot_be_counted(tmp_path: Path, wrong: object) -> None:
    rows = shaped(policies.shape_admin_consent, {"isEnabled": True, "reviewers": wrong})
    assert lost(tmp_path, ADMIN_CONSENT_POLICY, rows) == {"reviewers": 1}


@pytest.mark.parametrize("wrong", [[], {}, ["#microsoft.graph.ipNamedLocation"]])
def test_a_location_of_a_kind_that_is_no_text(tmp_path: Path, wrong: object) -> None:
    rows = shaped(
        conditional_access.shape_locations,
        {"id": "9b2f1c34-0d1e-4c55-8a77-0f6d2b1c9e10", "@odata.type": wrong},
    )
    assert lost(tmp_path, NAMED_LOCATIONS, rows) == {"kind": 1}


@pytest.mark.parametrize("wrong", NO_OBJECTS)
def test_seats(tmp_path: Path, wrong: object) -> None:
    plan = {"servicePlanId": "9b2f1c34-0d1e-4c55-8a77-0f6d2b1c9e10", "servicePlanName": "A"}
    sku = {"skuId": plan["servicePlanId"], "servicePlans": [plan], "prepaidUnits": wrong}
    assert lost(tmp_path, SERVICE_PLANS, shaped(directory.shape_service_plans, sku)) == {"seats": 1}


@pytest.mark.parametrize("wrong", NO_OBJECTS)
@pytest.mark.parametrize("place", ["conditions", "users"])
def test_a_policy_for_whom_cannot_be_told_is_not_for_nobody(wrong: object, place: str) -> None:
    conditions = {"users": wrong} if place == "users" else wrong
    policy = {"id": "p", "conditions": conditions}
    (target,) = shaped(conditional_access.shape_targets, policy)
    assert (target["kind"], target["excluded"], target["target_id"]) == ("unknown", False, None)


@pytest.mark.parametrize("conditions", [None, {}, {"users": None}, {"users": {}}])
def test_a_policy_for_nobody(conditions: object) -> None:
    assert shaped(conditional_access.shape_targets, {"id": "p", "conditions": conditions}) == []


def session(**controls: Any) -> dict[str, Any]:
    (row,) = shaped(conditional_access.shape_policies, {"id": POLICY, "sessionControls": controls})
    return row


FREQUENCY = {"isEnabled": True, "type": "days", "value": 2, "frequencyInterval": "timeBased"}
HOURS, EVERY, BROWSER = "sign_in_frequency_hours", "sign_in_every_time", "persistent_browser"


@pytest.mark.parametrize("wrong", NO_OBJECTS)
def test_session_controls_that_are_none(tmp_path: Path, wrong: object) -> None:
    rows = shaped(conditional_access.shape_policies, {"id": POLICY, "sessionControls": wrong})
    assert lost(tmp_path, CONDITIONAL_ACCESS_POLICIES, rows) == {HOURS: 1, EVERY: 1, BROWSER: 1}


@pytest.mark.parametrize(
    ("wrong", "columns"),
    [
        ({"isEnabled": "yes"}, {HOURS, EVERY}),
        ({"isEnabled": 1}, {HOURS, EVERY}),
        ({"value": "2"}, {HOURS}),
        ({"value": True}, {HOURS}),
        ({"value": [2]}, {HOURS}),
        ({"type": "weeks"}, {HOURS}),
        ({"type": None}, {HOURS}),
        ({"frequencyInterval": ["everyTime"]}, {EVERY}),
    ],
)
def test_a_sign_in_frequency_that_cannot_be_read(
    tmp_path: Path, wrong: dict[str, Any], columns: set[str]
) -> None:
    row = session(signInFrequency={**FREQUENCY, **wrong})
    assert lost(tmp_path, CONDITIONAL_ACCESS_POLICIES, [row]) == dict.fromkeys(columns, 1)


def test_session_controls_that_are_right_or_not_there() -> None:
    for controls, values in (
        ({"signInFrequency": FREQUENCY}, (48, False, None)),
        (
            {"signInFrequency": {**FREQUENCY, "value": None, "frequencyInterval": "everyTime"}},
            (None, True, None),
        ),
        ({"signInFrequency": {**FREQUENCY, "isEnabled": False, "value": "x"}}, (None, False, None)),
        ({"persistentBrowser": {"isEnabled": True, "mode": "never"}}, (None, False, "never")),
        (
            {"persistentBrowser": {"isEnabled": None, "mode": "never"}, "signInFrequency": None},
            (None, False, None),
        ),
    ):
        row = session(**controls)
        assert (row[HOURS], row[EVERY], row[BROWSER]) == values


def test_inside() -> None:
    assert inside({"a": {"b": 1}}, "a", "b") == 1
    assert inside({"a": {"b": [7]}}, "a", "b") == [7]
    nothing: list[Any] = [None, {}, {"a": None}, {"a": {}}, {"a": {"b": None}}]
    assert [inside(value, "a", "b") for value in nothing] == [None] * 5
    assert inside(False, "a") == [False]
    assert inside({"a": 0}, "a", "b", "c") == [0]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (None, None),
        ([], 0),
        ([{}, {"x": 1}], 2),
        (0, [0]),
        ({}, [{}]),
        ([1], [[1]]),
        ([{}, None], [[{}, None]]),
    ],
)
def test_count_of(value: object, count: object) -> None:
    assert count_of(value) == count
