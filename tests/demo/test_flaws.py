"""The intended flaws, counted here once more from the plain objects: what a right assessment must find."""

from collections import Counter
from collections.abc import Callable

import pytest

from securescore.catalog import load_catalog
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
    assert (len(plain.enabled), len(reached), len(not_known), len(exposed)) == (1290, 1236, 5, 49)
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
    assert states == {True: 1021, False: 144, None: 3}


def test_sign_in_risk_and_user_risk_reach_these(plain: Plain) -> None:
    outside = plain.group("CA-Noodtoegang") | plain.group("CA-MFA-uitzonderingen")
    assert len(plain.enabled - outside) == 1236
    assert len(plain.group("SG-Kantoor") & plain.enabled) == 601


def test_states_of_the_policies(plain: Plain) -> None:
    states = Counter(one["state"] for one in plain.organisation.policies)
    assert states == {"enabled": 13, "enabledForReportingButNotEnforced": 1, "disabled": 1}


def test_settings_that_are_wrong_on_purpose(noordhaven: Organisation) -> None:
    managed = [
        one for one in noordhaven.domains if one["isVerified"] and one["authenticationType"] == "Managed"
    ]
    assert Counter(one["passwordValidityPeriodInDays"] for one in managed) == {2147483647: 5, 90: 1, None: 1}
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


def test_devices_that_count_and_those_that_do_not(noordhaven: Organisation) -> None:
    states = Counter(one.machine["onboardingStatus"] for one in noordhaven.devices)
    kinds = Counter(one.kind for one in noordhaven.devices if one.onboarded)
    assert states == {"Onboarded": 623, "CanBeOnboarded": 8, "Unsupported": 2, "InsufficientInfo": 2}
    assert kinds == {
        "Windows client": 571,
        "macOS": 30,
        "Windows server": 12,
        "Linux": 5,
        "Network device": 5,
    }
    assert sum(one.machine["lastSeen"] is None for one in noordhaven.devices) == 1
    assert sum(one.days_ago is not None and one.days_ago > 30 for one in noordhaven.devices) == 28


def test_every_configuration_is_met_somewhere_and_missing_somewhere(small: Organisation) -> None:
    seen: dict[str, set[bool]] = {}
    for one in small.findings:
        if one.applicable and one.device.counted:
            seen.setdefault(one.configuration.control_id, set()).add(one.compliant)
    assert len(seen) == 184
    assert all(found == {True, False} for found in seen.values())
    assert any(not one.applicable for one in small.findings)


def test_a_configuration_is_worth_what_the_catalog_says(small: Organisation) -> None:
    catalog = load_catalog()
    impacts = {one.configuration.control_id: one.configuration.impact for one in small.findings}
    known = {name: impact for name, impact in impacts.items() if catalog.actions[name].points}
    assert len(known) == 31
    assert all(catalog.actions[name].points[-1].value == impact * 1_000_000 for name, impact in known.items())
    assert set(impacts.values()) == set(range(1, 11))


def test_sensors_of_every_kind_and_the_controllers_without(noordhaven: Organisation) -> None:
    defence = noordhaven.identity_defence
    kinds = Counter(one["sensorType"].lower() for one in defence.sensors)
    assert kinds == {
        "domaincontrollerintegrated": 3,
        "domaincontrollerstandalone": 1,
        "adfsintegrated": 2,
        "adcsintegrated": 1,
        "adconnectintegrated": 1,
    }
    assert any(
        one["sensorType"] != one["sensorType"][0].lower() + one["sensorType"][1:] for one in defence.sensors
    )
    assert [one["computerDnsName"].partition(".")[0] for one in defence.candidates] == [
        "dc-kade",
        "dc04",
        "dc02",
    ]
    assert Counter(one["status"].lower() for one in defence.issues) == {
        "open": 5,
        "closed": 1,
        "suppressed": 1,
    }


def test_a_compliance_policy_that_is_assigned_to_nobody(noordhaven: Organisation) -> None:
    policies = noordhaven.intune.compliance_policies
    assert [one["displayName"] for one in policies if not one["assignments"]] == ["Android proef"]
    assert {one["complianceState"] for one in noordhaven.intune.devices} == {
        *("compliant", "noncompliant", "inGracePeriod", "unknown"),
    }


def test_a_careless_and_a_tidy_organisation_differ(noordhaven: Organisation) -> None:
    tidy = Organisation.small_business().workload_settings
    careless = noordhaven.workload_settings
    assert careless.sharepoint["isLegacyAuthProtocolsEnabled"] is True
    assert tidy.sharepoint["isLegacyAuthProtocolsEnabled"] is False
    assert (
        careless.apps_and_services["isOfficeStoreEnabled"]
        is not tidy.apps_and_services["isOfficeStoreEnabled"]
    )
    assert (
        careless.forms["isInOrgFormsPhishingScanEnabled"] is not tidy.forms["isInOrgFormsPhishingScanEnabled"]
    )


def test_what_the_domains_publish(noordhaven: Organisation) -> None:
    records = noordhaven.mail_records
    senders = Counter(
        sum(text.startswith("v=spf1") for text in records.texts.get(one["id"], []))
        for one in noordhaven.domains
    )
    assert senders == {1: 5, 2: 1, 0: 3}
    policies = [
        text.split(";")[1].strip()
        for name, texts in records.texts.items()
        for text in texts
        if name.startswith("_dmarc.")
    ]
    assert policies == ["p=reject", "p=quarantine", "p=none"]
    assert len(records.aliases) == 5
