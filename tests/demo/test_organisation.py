"""The invented organisation: the same every time, whole in itself, and changeable."""

import json
from collections import Counter
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from securescore.demo import AS_OF, BUSINESS_PREMIUM, E3, E5, STANDARD, AccountKind, Edition, Organisation
from securescore.demo.frame import stamp
from securescore.demo.groups import EXCEPTIONS, Groups

COLLECTIONS = {
    "users": lambda one: one.users,
    "groups": lambda one: one.groups.items,
    "role definitions": lambda one: one.roles.definitions,
    "role assignments": lambda one: one.roles.assignments,
    "schedules": lambda one: one.roles.schedules,
    "eligibilities": lambda one: one.roles.eligibilities,
    "policies": lambda one: one.policies,
    "locations": lambda one: one.locations,
    "strengths": lambda one: one.strengths,
    "registrations": lambda one: one.registrations,
    "risk detections": lambda one: one.risk_detections,
    "domains": lambda one: one.domains,
    "applications": lambda one: one.applications.applications,
    "service principals": lambda one: one.applications.principals,
    "grants": lambda one: one.applications.grants,
    "scores": lambda one: one.native.scores,
    "profiles": lambda one: one.native.profiles,
}


def content(organisation: Organisation) -> bytes:
    kept = {
        one.name: getattr(organisation, one.name) for one in fields(organisation) if one.name != "_native"
    }
    return json.dumps([kept, organisation.native], default=vars_of, sort_keys=True).encode()


def vars_of(value: Any) -> Any:
    return (
        {name: getattr(value, name) for name in value.__dataclass_fields__}
        if fields_of(value)
        else str(value)
    )


def fields_of(value: Any) -> bool:
    return hasattr(value, "__dataclass_fields__")


def test_the_same_arguments_give_the_same_bytes(small: Organisation) -> None:
    assert content(small) == content(Organisation.build(people=150))


@pytest.mark.parametrize("change", [{"seed": 7}, {"name": "Zuidsluis"}, {"people": 151}])
def test_other_arguments_give_another_organisation(small: Organisation, change: dict[str, Any]) -> None:
    assert content(small) != content(Organisation.build(**{"people": 150, **change}))


def test_another_name_gives_another_tenant_and_other_domains() -> None:
    other = Organisation.build(people=150, name="Zuidsluis")
    assert other.tenant_id != Organisation.build(people=150).tenant_id
    assert other.domains[0]["id"] == "zuidsluis.example"


def test_another_moment_moves_every_date_and_nothing_else(small: Organisation) -> None:
    later = Organisation.build(people=150, as_of=AS_OF + timedelta(days=10))
    assert [one["id"] for one in later.users] == [one["id"] for one in small.users]
    assert later.native.scores[0]["createdDateTime"] == "2026-01-25T00:00:00Z"
    assert later.native.scores[0]["currentScore"] == small.native.scores[0]["currentScore"]


def test_every_name_is_of_a_domain_that_cannot_exist(noordhaven: Organisation) -> None:
    names = [one["userPrincipalName"].partition("@")[2] for one in noordhaven.users]
    mails = [one["mail"] for one in noordhaven.users if one["mail"]]
    assert all(
        name.endswith(".example") for name in (*names, *mails, *(one["id"] for one in noordhaven.domains))
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_ids_are_unique(noordhaven: Organisation, collection: str) -> None:
    ids = [one["id"] for one in COLLECTIONS[collection](noordhaven)]
    assert ids
    assert len(set(ids)) == len(ids)


def test_user_names_are_unique(noordhaven: Organisation) -> None:
    names = Counter(one["userPrincipalName"].lower() for one in noordhaven.users)
    assert names.most_common(1)[0][1] == 1


def test_the_size_is_what_was_asked_for(noordhaven: Organisation) -> None:
    kinds = Counter(noordhaven.kinds.values())
    assert kinds[AccountKind.STAFF] == 1200
    assert kinds[AccountKind.GUEST] + kinds[AccountKind.EXTERNAL_MEMBER] == 132
    assert kinds[AccountKind.EMERGENCY] == 2
    assert sum(not one["accountEnabled"] for one in noordhaven.users) == 86


@pytest.mark.parametrize("people", range(120, 200, 9))
def test_small_organisations_have_every_department_and_role(people: int) -> None:
    organisation = Organisation.build(people=people, seed=people)
    assert len(organisation.administrators()) > 15


def test_too_few_people_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 120 people, not 20"):
        Organisation.build(people=20)


def test_members_of_groups_exist(noordhaven: Organisation) -> None:
    known = {one["id"] for one in (*noordhaven.users, *noordhaven.groups.items)}
    assert {one for members in noordhaven.groups.members.values() for one in members} <= known


def test_roles_are_held_by_something_that_exists(noordhaven: Organisation) -> None:
    known = {
        one["id"]
        for one in (*noordhaven.users, *noordhaven.groups.items, *noordhaven.applications.principals)
    }
    definitions = {one["id"] for one in noordhaven.roles.definitions}
    for held in (*noordhaven.roles.assignments, *noordhaven.roles.eligibilities):
        assert held["principalId"] in known
        assert held["roleDefinitionId"] in definitions


def test_groups_that_hold_roles_may_hold_roles(noordhaven: Organisation) -> None:
    groups = {one["id"]: one for one in noordhaven.groups.items}
    holding = [one["principalId"] for one in (*noordhaven.roles.assignments, *noordhaven.roles.eligibilities)]
    held = [groups[one] for one in holding if one in groups]
    assert len(held) == 2
    assert all(one["isAssignableToRole"] for one in held)


def test_policies_refer_to_what_exists_but_for_one_deleted_group_and_user(noordhaven: Organisation) -> None:
    known = {
        one["id"] for one in (*noordhaven.users, *noordhaven.groups.items, *noordhaven.roles.definitions)
    }
    named: set[str] = set()
    for policy in noordhaven.policies:
        for key, value in policy["conditions"]["users"].items():
            named |= set(value) if isinstance(value, list) and key != "includeUsers" else set()
    gone = named - known
    assert gone == {noordhaven.frame.id("group", "deleted long ago"), noordhaven.frame.id("user", "deleted")}


def test_grants_refer_to_service_principals(noordhaven: Organisation) -> None:
    principals = {one["id"] for one in noordhaven.applications.principals}
    for grant in noordhaven.applications.grants:
        assert {grant["clientId"], grant["resourceId"]} <= principals


def test_registrations_are_of_enabled_users_that_exist(noordhaven: Organisation) -> None:
    enabled = {one["id"] for one in noordhaven.users if one["accountEnabled"]}
    reported = {one["id"] for one in noordhaven.registrations}
    assert reported < enabled
    assert len(enabled - reported) == 3


def test_transitive_members_are_the_closure_of_direct_ones(noordhaven: Organisation) -> None:
    members = noordhaven.groups.members

    def closure(group: str) -> set[str]:
        direct = set(members.get(group, ()))
        return direct.union(*(closure(one) for one in direct if one in members))

    for group in members:
        assert set(noordhaven.groups.transitive(group)) == closure(group)


def test_nesting_in_a_circle_ends() -> None:
    groups = Groups()
    groups.add({"id": "a"}, ["b", "ada"])
    groups.add({"id": "b"}, ["a", "bo"])
    assert set(groups.transitive("a")) == {"a", "b", "ada", "bo"}


@pytest.mark.parametrize(
    ("edition", "premium"),
    [
        (E5, {"AAD_PREMIUM", "AAD_PREMIUM_P2"}),
        (E3, {"AAD_PREMIUM"}),
        (BUSINESS_PREMIUM, {"AAD_PREMIUM"}),
        (STANDARD, set()),
    ],
)
def test_editions_own_their_plans(edition: Edition, premium: set[str]) -> None:
    organisation = Organisation.build(people=150, edition=edition)
    assert organisation.plans & {"AAD_PREMIUM", "AAD_PREMIUM_P2"} == premium
    assert bool(organisation.policies) is bool(premium)


def test_every_assigned_product_is_owned(noordhaven: Organisation) -> None:
    owned = {one["skuId"]: one for one in noordhaven.subscribed_skus}
    used = Counter(one["skuId"] for user in noordhaven.users for one in user["assignedLicenses"])
    assert {sku: owned[sku]["consumedUnits"] for sku in used} == used


def test_security_defaults_leave_no_policy() -> None:
    organisation = Organisation.build(people=150, security_defaults=True)
    assert organisation.security_defaults["isEnabled"] is True
    assert organisation.policies == []


def test_changing_the_edition_changes_plans_licences_and_native_score(small: Organisation) -> None:
    before = small.native.scores[0]["maxScore"]
    small.change_edition(BUSINESS_PREMIUM)
    assert "ATA" not in small.plans
    assert {one["skuId"] for user in small.users for one in user["assignedLicenses"]} == {
        BUSINESS_PREMIUM.office.sku_id
    }
    assert small.native.scores[0]["maxScore"] < before


def test_removing_a_product_takes_its_rows_out_of_the_native_score(small: Organisation) -> None:
    assert any(row["controlName"].startswith("AATP_AD") for row in small.native.scores[0]["controlScores"])
    small.remove_plans("ATA")
    assert not any(
        row["controlName"].startswith("AATP_AD") for row in small.native.scores[0]["controlScores"]
    )


def test_removing_an_unknown_plan_is_refused(small: Organisation) -> None:
    with pytest.raises(KeyError, match="NO_SUCH_PLAN"):
        small.remove_plans("NO_SUCH_PLAN")


def test_a_user_is_fixed_in_both_readings(small: Organisation) -> None:
    unregistered = next(
        one for one in small.registrations if one["userType"] == "member" and not one["isMfaRegistered"]
    )
    before = covered(small, "MFARegistrationV2")
    small.register(unregistered["userPrincipalName"])
    assert unregistered["isMfaRegistered"] is True
    assert covered(small, "MFARegistrationV2") == before + 1


def covered(organisation: Organisation, control: str) -> int:
    rows = organisation.native.scores[0]["controlScores"]
    return int(next(row["count"] for row in rows if row["controlName"] == control))


def test_a_policy_can_be_changed(small: Organisation) -> None:
    small.change_policy("CA003 Verouderde aanmelding blokkeren", state="enabled")
    policy = small.policy("CA003 Verouderde aanmelding blokkeren")
    assert (policy["state"], policy["modifiedDateTime"]) == ("enabled", stamp(AS_OF))


def test_security_defaults_can_be_switched_on(small: Organisation) -> None:
    small.switch_security_defaults(on=True)
    assert small.policies == []
    row = next(row for row in small.native.scores[0]["controlScores"] if row["controlName"] == "AdminMFAV2")
    assert row["count"] == row["total"]


def test_group_membership_can_be_changed(small: Organisation) -> None:
    small.join_group(EXCEPTIONS, "adm-1")
    assert small.user("adm-1") in small.transitive_users(small.groups.id_of(EXCEPTIONS))
    small.leave_group(EXCEPTIONS, "adm-1")
    assert small.user("adm-1") not in small.transitive_users(small.groups.id_of(EXCEPTIONS))


def test_a_disabled_account_leaves_the_registration_report(small: Organisation) -> None:
    gone = small.user("adm-2")["id"]
    small.disable("adm-2")
    assert small.user("adm-2")["accountEnabled"] is False
    assert gone not in {one["id"] for one in small.registrations}


def test_a_deleted_account_is_gone_everywhere(small: Organisation) -> None:
    gone = small.user("adm-2")["id"]
    small.delete("adm-2")
    assert (
        gone.encode()
        not in json.dumps(
            [small.users, small.groups.members, vars(small.roles), small.registrations]
        ).encode()
    )
    with pytest.raises(KeyError):
        small.user("adm-2")
