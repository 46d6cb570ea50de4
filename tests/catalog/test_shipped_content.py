"""The content that is shipped: right by every rule, and the controls Microsoft has."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from securescore.catalog import Catalog, load_catalog
from securescore.catalog.check import EXCEPTIONS, check_content, read_exemptions
from securescore.catalog.controls import read_controls
from securescore.catalog.loader import SHIPPED, read_content, read_services
from securescore.evidence import TABLES
from securescore.facts import load_facts
from securescore.model import MICRO, Kind, Lifecycle

NEVER_SCORED = "not applicable (review action, retired)"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def profiles(shared: Path) -> list[dict[str, Any]]:
    file = shared / "reference" / "control-profiles.json"
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["controls"]
    return found


def test_the_shipped_content_breaks_no_rule() -> None:
    relations = {name: [column.name for column in table.columns] for name, table in TABLES.items()}
    relations |= {name: [column.name for column in fact.columns] for name, fact in load_facts().items()}
    findings = check_content(read_content(SHIPPED), relations, read_exemptions(EXCEPTIONS), read_controls())
    assert [str(finding) for finding in findings] == []


def test_services_have_a_folder_of_their_own_and_known_plans() -> None:
    services, plans = read_services()
    assert len(services) == len({service.folder for service in services.values()}) == 27
    assert {plan for service in services.values() for plan in service.plans} <= plans.keys()
    assert "EXCHANGE_S_FOUNDATION" not in plans


def test_every_known_control_is_there(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    assert {profile["id"] for profile in profiles} - catalog.actions.keys() == set()


def test_the_fact_file_names_the_known_controls(profiles: list[dict[str, Any]]) -> None:
    by_service: dict[str, set[str]] = {}
    for profile in profiles:
        by_service.setdefault(profile["service"], set()).add(profile["id"])
    known = read_controls().by_service
    assert {service: set(ids) for service, ids in known.items()} == by_service
    assert sum(map(len, known.values())) == 466


def test_dutch_is_complete_for_every_control_of_the_real_score(shared: Path) -> None:
    file = shared / "data" / "graph-sample" / "secureScores.json"
    rows = json.loads(file.read_text("utf-8"))["value"][0]["controlScores"]
    scored = {row["controlName"].casefold() for row in rows}
    assert {one.casefold() for one in read_controls().dutch_in_full} == scored


def test_other_actions_are_our_own(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    others = catalog.actions.keys() - {profile["id"] for profile in profiles}
    assert {action_id for action_id in others if not action_id.startswith("custom.")} == set()


def test_services_and_products_are_those_of_the_profiles(
    catalog: Catalog, profiles: list[dict[str, Any]]
) -> None:
    wrong = {
        profile["id"]
        for profile in profiles
        if (action := catalog.actions[profile["id"]]).service != profile["service"]
        or action.product != profile["product"]
    }
    assert wrong == set()


def test_points_of_today_are_the_latest_known_ones(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    today = datetime.now(UTC)
    known = {profile["id"]: profile["maxScore"] for profile in profiles if profile["scoring"] != NEVER_SCORED}
    ours = {action_id: catalog.actions[action_id].maximum_on(today) for action_id in known}
    assert {
        action_id: None if points is None else Fraction(points, MICRO) for action_id, points in ours.items()
    } == known


def test_estimates_never_became_points(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    estimated = [profile["id"] for profile in profiles if profile["maxScoreEstimate"]]
    assert len(estimated) == 42
    assert [action_id for action_id in estimated if catalog.actions[action_id].points] == []


def test_categories_of_today_are_those_of_the_profiles(
    catalog: Catalog, profiles: list[dict[str, Any]]
) -> None:
    today = datetime.now(UTC)
    known = {profile["id"]: profile["controlCategory"] for profile in profiles}
    assert {action_id: catalog.actions[action_id].category_on(today) for action_id in known} == known


def test_categories_of_the_past_are_kept(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    moved = {
        profile["id"]: [entry["value"] for entry in profile["categoryHistory"]]
        for profile in profiles
        if profile["categoryHistory"]
    }
    ours = {action_id: [dated.value for dated in catalog.actions[action_id].category] for action_id in moved}
    assert ours == moved


def test_scoring_follows_the_profiles(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    words = {"binary": "all_or_nothing", "proportional": "proportional"}
    known = {profile["id"]: words[profile["scoring"]] for profile in profiles if profile["scoring"] in words}
    assert {action_id: catalog.actions[action_id].scoring for action_id in known} == known


def test_retired_controls_are_deprecated(catalog: Catalog, profiles: list[dict[str, Any]]) -> None:
    retired = {profile["id"] for profile in profiles if profile["deprecated"]}
    assert retired == {
        action.id for action in catalog.actions.values() if action.lifecycle is Lifecycle.DEPRECATED
    }


def test_the_review_action_is_a_task_without_points(catalog: Catalog) -> None:
    review = catalog.actions["NonOwnerAccess"]
    assert (review.kind, review.lifecycle, review.points) == (Kind.TASK, Lifecycle.DEPRECATED, ())
    assert review.cadence_days == 14
