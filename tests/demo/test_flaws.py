"""The intended flaws, counted here once more from the plain objects: what a right assessment must find."""

from collections import Counter
from collections.abc import Callable

import pytest

from securescore.demo import AccountKind, Organisation
from securescore.demo.frame import Json

GUESTS = {AccountKind.GUEST, AccountKind.EXTERNAL_MEMBER}
PLAIN_USERS = {"Directory Readers", "Directory Synchronization Accounts", "Guest User", "User"}


class Plain:
    """Looks at the objects as a person would, without any of the product's rules."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.users: dict[str, Json] = {one["id"]: one for one in organisation.users}
        self.registered = {one["id"]: one["isMfaRegistered"] for one in organisation.registrations}

    def where(self, test: Callable[[Json], bool]) -> set[str]:
        return {one for one, user in self.users.items() if test(user)}

    @property
    def enabled(self) -> set[str]:
        return self.where(lambda user: user["accountEnabled"])

    def group(self, name: str) -> set[str]:
        return {one["id"] for one in self.organisation.transitive_users(self.organisation.groups.id_of(name))}

    def of_kind(self, *kinds: AccountKind) -> set[str]:
        return {one for one, kind in self.organisation.kinds.items() if kind in kinds}

    def holders(self, roles: set[str]) -> set[str]:
        names = {one["id"]: one["displayName"] for one in self.organisation.roles.definitions}
        held = [
            one["principalId"]
            for one in self.organisation.roles.assignments
            if names[one["roleDefinitionId"]] in roles
        ]
        everyone = {one for holder in held for one in (holder, *self.organisation.groups.transitive(holder))}
        return everyone & set(self.users)

    def policy_roles(self, policy: str) -> set[str]:
        included = self.organisation.policy(policy)["conditions"]["users"]["includeRoles"]
        return {one["displayName"] for one in self.organisation.roles.definitions if one["id"] in included}

    def reached_by_mfa(self) -> set[str]:
        emergency, exceptions = self.group("CA-Noodtoegang"), self.group("CA-MFA-uitzonderingen")
        administrators = self.holders(self.policy_roles("CA001 MFA voor beheerders")) - emergency
        outside = emergency | exceptions | self.of_kind(*GUESTS, AccountKind.SYNCHRONISATION)
        one_by_one = {one for one, state in self.organisation.per_user_mfa.items() if state == "enforced"}
        return administrators | (set(self.users) - outside) | self.of_kind(AccountKind.GUEST) | one_by_one

    def not_known_for_mfa(self) -> set[str]:
        federated = self.where(lambda user: user["userPrincipalName"].endswith("@werf-noordhaven.example"))
        return (self.group("CA-Pilot-werkplek") | federated) - self.reached_by_mfa()


@pytest.fixture(scope="module")
def plain(noordhaven: Organisation) -> Plain:
    return Plain(noordhaven)


def test_multifactor_authentication_of_all_enabled_accounts(plain: Plain) -> None:
    reached, not_known = plain.reached_by_mfa() & plain.enabled, plain.not_known_for_mfa() & plain.enabled
    exposed = plain.enabled - reached - not_known
    assert (len(plain.enabled), len(reached), len(not_known), len(exposed)) == (1288, 1234, 5, 49)
    assert Counter(plain.organisation.kinds[one] for one in exposed) == {
        AccountKind.STAFF: 36,
        AccountKind.SERVICE: 7,
        AccountKind.EXTERNAL_MEMBER: 3,
        AccountKind.EMERGENCY: 2,
        AccountKind.SYNCHRONISATION: 1,
    }


def test_administrators_are_registered_and_reached(plain: Plain) -> None:
    roles = {one["displayName"] for one in plain.organisation.roles.definitions} - PLAIN_USERS
    administrators = plain.holders(roles) & plain.enabled
    not_known = administrators & plain.not_known_for_mfa()
    protected = {one for one in administrators & plain.reached_by_mfa() if plain.registered[one]}
    assert (len(administrators), len(protected), len(not_known)) == (20, 14, 1)


def test_the_policy_for_administrators_forgot_two_roles_that_people_hold(plain: Plain) -> None:
    forgotten = {"Billing Administrator", "Teams Administrator"}
    assert not forgotten & plain.policy_roles("CA001 MFA voor beheerders")
    assert len(plain.holders({"Billing Administrator"})) == 2
    assert len(plain.holders({"Teams Administrator"})) == 1


def test_there_are_five_global_administrators_and_one_is_an_everyday_account(plain: Plain) -> None:
    held = plain.holders({"Global Administrator"})
    assert Counter(plain.organisation.kinds[one] for one in held) == {
        AccountKind.EMERGENCY: 2,
        AccountKind.ADMINISTRATOR: 2,
        AccountKind.STAFF: 1,
    }


def test_the_exceptions_grew_through_nesting(plain: Plain) -> None:
    everyone = plain.group("CA-MFA-uitzonderingen")
    direct = set(plain.organisation.groups.members[plain.organisation.groups.id_of("CA-MFA-uitzonderingen")])
    assert (len(everyone), len(everyone & direct)) == (52, 18)


def test_registration_of_enabled_members(plain: Plain) -> None:
    members = plain.where(lambda user: user["accountEnabled"] and user["userType"] == "Member")
    states = Counter(plain.registered.get(one) for one in members)
    assert states == {True: 1021, False: 142, None: 3}


def test_sign_in_risk_and_user_risk_reach_these(plain: Plain) -> None:
    outside = plain.group("CA-Noodtoegang") | plain.group("CA-MFA-uitzonderingen")
    assert len(plain.enabled - outside) == 1234
    assert len(plain.group("SG-Kantoor") & plain.enabled) == 601


def test_states_of_the_policies(plain: Plain) -> None:
    states = Counter(one["state"] for one in plain.organisation.policies)
    assert states == {"enabled": 13, "enabledForReportingButNotEnforced": 1, "disabled": 1}


def test_settings_that_are_wrong_on_purpose(noordhaven: Organisation) -> None:
    managed = [
        one for one in noordhaven.domains if one["isVerified"] and one["authenticationType"] == "Managed"
    ]
    assert Counter(one["passwordValidityPeriodInDays"] for one in managed) == {2147483647: 2, 90: 1, None: 1}
    assert noordhaven.admin_consent_policy["isEnabled"] is True
    assert noordhaven.admin_consent_policy["reviewers"] == []
    values = {one["name"]: one["value"] for one in noordhaven.group_settings[0]["values"]}
    assert (values["BannedPasswordList"], values["BannedPasswordCheckOnPremisesMode"]) == ("", "Audit")
    assert noordhaven.authorization_policy["defaultUserRolePermissions"]["allowedToCreateApps"] is True


def test_groups_applications_and_risk(noordhaven: Organisation) -> None:
    unified = [one for one in noordhaven.groups.items if "Unified" in one["groupTypes"]]
    assert Counter(one["visibility"] for one in unified) == {"Private": 18, "Public": 6}
    leaked = [one for one in noordhaven.risk_detections if one["riskEventType"] == "leakedCredentials"]
    assert Counter(one["riskState"] for one in leaked) == {"atRisk": 1, "remediated": 1}
    secrets = [one for app in noordhaven.applications.applications for one in app["passwordCredentials"]]
    now = noordhaven.frame.ago()
    assert sum(one["endDateTime"] < now for one in secrets) == 3
