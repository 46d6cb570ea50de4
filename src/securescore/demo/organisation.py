"""An invented organisation as a whole: what every endpoint of its cloud would answer, and how to change it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from securescore.demo import registrations, tenant_settings
from securescore.demo.applications import Applications, build_applications
from securescore.demo.cloud_activity import CloudActivity, build_cloud_activity
from securescore.demo.defender_for_identity import IdentityDefence, build_identity_defence
from securescore.demo.devices import Device, Finding, build_devices, configurations, findings
from securescore.demo.frame import AS_OF, Frame, Json
from securescore.demo.groups import EXCEPTIONS, OFFICE_STAFF, Groups, build_groups, ordinary, users_among
from securescore.demo.intune import Intune, build_intune
from securescore.demo.licences import BUSINESS_PREMIUM, E5, PLAN_IDS, Edition, assigned, subscribed_skus
from securescore.demo.mail import Objects, build_mail
from securescore.demo.mail_domains import MailRecords, build_mail_records
from securescore.demo.native_score import NativeScore, Seen, build_native_score
from securescore.demo.people import AccountKind, build_people
from securescore.demo.policies import build_conditional_access, build_strengths
from securescore.demo.purview import build_purview
from securescore.demo.roles import TEMPLATES, Roles, build_roles
from securescore.demo.shipped import shipped
from securescore.demo.workload_settings import WorkloadSettings, build_workload_settings

SEED = 20260115

_NO_ADMINISTRATOR = frozenset(
    TEMPLATES[role]
    for role in ("Directory Readers", "Directory Synchronization Accounts", "Guest User", "User")
)


@dataclass
class Organisation:
    """Everything the invented cloud answers from, as plain Graph objects; change it and the answers change.

    Attributes:
        kinds: what each account is for, by user id. The services never tell this.
        mail: what the cmdlets of Exchange Online return, by their noun.
        purview: the same of Security & Compliance.
        per_user_mfa: state by user id; users that are not in it are `disabled`.
    """

    frame: Frame
    edition: Edition
    kinds: dict[str, AccountKind]
    organization: Json
    synchronisation: list[Json]
    domains: list[Json]
    subscribed_skus: list[Json]
    users: list[Json]
    groups: Groups
    roles: Roles
    policies: list[Json]
    locations: list[Json]
    strengths: list[Json]
    authentication_methods: Json
    per_user_mfa: dict[str, str]
    security_defaults: Json
    authorization_policy: Json
    admin_consent_policy: Json
    cross_tenant_default: Json
    cross_tenant_partners: list[Json]
    registrations: list[Json]
    risk_detections: list[Json]
    group_settings: list[Json]
    applications: Applications
    devices: list[Device]
    intune: Intune
    identity_defence: IdentityDefence
    cloud_activity: CloudActivity
    workload_settings: WorkloadSettings
    mail_records: MailRecords
    mail: Objects
    purview: Objects
    _findings: list[Finding] | None = field(default=None, init=False, repr=False)
    _native: NativeScore | None = field(default=None, init=False, repr=False)

    @classmethod
    def build(
        cls,
        *,
        name: str = "Noordhaven",
        people: int = 1200,
        seed: int = SEED,
        as_of: datetime = AS_OF,
        edition: Edition = E5,
        security_defaults: bool = False,
    ) -> Self:
        """An organisation with that many people; the same arguments always give the same organisation.

        With security defaults, or without Entra ID P1, there is no conditional access policy.

        Raises:
            ValueError: fewer people than it takes to fill every department and role.
        """
        frame = Frame(name, seed, as_of)
        staff = build_people(frame, people, edition)
        users = [person.user for person in staff]
        groups = build_groups(frame, staff)
        roles = build_roles(frame, staff, groups)
        access = build_conditional_access(frame, groups)
        skus = subscribed_skus(frame, edition, users)
        premium = "AAD_PREMIUM" in _plans(skus) and not security_defaults
        devices = build_devices(frame, staff)
        domains, tidy = tenant_settings.domains(frame), edition is BUSINESS_PREMIUM
        return cls(
            frame=frame,
            edition=edition,
            kinds={person.id: person.kind for person in staff},
            organization=tenant_settings.organization(frame),
            synchronisation=[tenant_settings.synchronisation(frame)],
            domains=domains,
            subscribed_skus=skus,
            users=users,
            groups=groups,
            roles=roles,
            policies=access.policies if premium else [],
            locations=access.locations if premium else [],
            strengths=build_strengths(frame),
            authentication_methods=tenant_settings.authentication_methods(groups.id_of(OFFICE_STAFF)),
            per_user_mfa=registrations.build_per_user_mfa(staff),
            security_defaults=tenant_settings.security_defaults(enabled=security_defaults),
            authorization_policy=tenant_settings.authorization_policy(),
            admin_consent_policy=tenant_settings.admin_consent_policy(),
            cross_tenant_default=tenant_settings.cross_tenant_default(),
            cross_tenant_partners=tenant_settings.cross_tenant_partners(),
            registrations=registrations.build_registrations(frame, staff, _administrators(roles, groups)),
            risk_detections=registrations.build_risk_detections(frame, staff),
            group_settings=tenant_settings.group_settings(frame),
            applications=build_applications(frame, ordinary(staff, "Verkoop")[2].id),
            devices=devices,
            intune=build_intune(frame, devices),
            identity_defence=build_identity_defence(frame),
            cloud_activity=build_cloud_activity(frame),
            workload_settings=build_workload_settings(frame, tidy=tidy),
            mail_records=build_mail_records(frame),
            mail=build_mail(frame, staff, groups, domains, tidy=tidy),
            purview=build_purview(frame, staff, groups, tidy=tidy),
        )

    @classmethod
    def small_business(cls, *, as_of: datetime = AS_OF) -> Self:
        """The second organisation: 200 seats of Business Premium, and none of the larger products."""
        return cls.build(name="Westerkade", people=200, as_of=as_of, edition=BUSINESS_PREMIUM)

    @property
    def tenant_id(self) -> str:
        return self.frame.tenant_id

    @property
    def plans(self) -> set[str]:
        """Names of the service plans that are owned and provisioned."""
        return _plans(self.subscribed_skus)

    @property
    def findings(self) -> list[Finding]:
        """What Defender for Endpoint found on the devices, made when first asked for."""
        if self._findings is None:
            wanted = configurations(shipped())
            self._findings = list(findings(self.frame, self.devices, wanted))
        return self._findings

    @property
    def native(self) -> NativeScore:
        """What Microsoft would report, made when first asked for and again after a change."""
        if self._native is None:
            self._native = build_native_score(self.frame, shipped(), self.plans, self._seen())
        return self._native

    def user(self, label: str) -> Json:
        """The account whose name, or the part of it before the @, is `label`. Raises KeyError."""
        for user in self.users:
            upn = str(user["userPrincipalName"])
            if label in (upn, upn.partition("@")[0]):
                return user
        raise KeyError(label)

    def of_kind(self, kind: AccountKind) -> list[Json]:
        return [user for user in self.users if self.kinds[user["id"]] is kind]

    def transitive_users(self, group_id: str) -> list[Json]:
        """The users in a group, directly or through other groups."""
        return users_among(self.groups.transitive(group_id), {user["id"]: user for user in self.users})

    def policy(self, name: str) -> Json:
        """The conditional access policy of that name. Raises KeyError."""
        for policy in self.policies:
            if policy["displayName"] == name:
                return policy
        raise KeyError(name)

    # What can happen to an organisation

    def pass_time(self, as_of: datetime) -> None:
        """Lets time pass until then: Microsoft's score goes on day by day, and nothing else happens by itself."""
        self.frame = replace(self.frame, as_of=as_of)
        self._changed()

    def change_edition(self, edition: Edition) -> None:
        """Buys other products: every licensed person gets the new one."""
        offices = {
            self.edition.office.sku_id: edition.office,
            self.edition.operations.sku_id: edition.operations,
        }
        for user in self.users:
            old = [one["skuId"] for one in user["assignedLicenses"]]
            user["assignedLicenses"] = [
                one for sku in old for one in assigned(offices.get(sku, edition.office))
            ]
        self.edition = edition
        self.subscribed_skus = subscribed_skus(self.frame, edition, self.users)
        self._changed()

    def remove_plans(self, *plans: str) -> None:
        """Removes a product: these service plans are owned no more. Raises KeyError on an unknown plan."""
        gone = {PLAN_IDS[plan] for plan in plans}
        for sku in self.subscribed_skus:
            sku["servicePlans"] = [one for one in sku["servicePlans"] if one["servicePlanId"] not in gone]
        self._changed()

    def change_policy(self, name: str, **properties: object) -> None:
        """Changes top-level properties of a conditional access policy (`state`, `grantControls`, ...)."""
        self.policy(name).update(properties, modifiedDateTime=self.frame.ago())
        self._changed()

    def switch_security_defaults(self, *, on: bool) -> None:
        """On: the service demands that no conditional access policy is left."""
        self.security_defaults["isEnabled"] = on
        if on:
            self.policies.clear()
        self._changed()

    def register(self, label: str) -> None:
        """The user registers for multifactor authentication."""
        user = self.user(label)
        for details in self.registrations:
            if details["id"] == user["id"]:
                details |= {"isMfaRegistered": True, "isMfaCapable": True, "isSsprRegistered": True}
                details["methodsRegistered"] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"]
        self._changed()

    def leave_group(self, group: str, label: str) -> None:
        """Takes a direct member out of a group. Raises ValueError when it is none."""
        self.groups.members[self.groups.id_of(group)].remove(self.user(label)["id"])
        self._changed()

    def join_group(self, group: str, label: str) -> None:
        self.groups.members[self.groups.id_of(group)].append(self.user(label)["id"])
        self._changed()

    def silence(self, domain: str) -> None:
        """The name server of a domain answers no more. Whoever asks waits as long as they please."""
        self.mail_records.silent.append(domain)

    def hire(self, like: str, name: str) -> None:
        """Somebody joins: an account like that of a colleague, not yet registered and in no group.

        Args:
            like: the colleague, as for `user`.
            name: the part of the new address before the @.
        """
        colleague = self.user(like)
        address = f"{name}@{colleague['userPrincipalName'].partition('@')[2]}"
        new = colleague | {
            "id": self.frame.id("user", address),
            "userPrincipalName": address,
            "mail": address,
            "displayName": name,
        }
        self.users.append(new)
        self.kinds[new["id"]] = self.kinds[colleague["id"]]
        self._changed()

    def disable(self, label: str) -> None:
        """Somebody leaves: the account is disabled and disappears from the registration report."""
        user = self.user(label)
        user["accountEnabled"] = False
        self._forget_registration(user["id"])

    def delete(self, label: str) -> None:
        """The account is deleted, with its memberships, roles, registration and mailbox."""
        gone = self.user(label)["id"]
        self.users = [user for user in self.users if user["id"] != gone]
        for members in self.groups.members.values():
            members[:] = [one for one in members if one != gone]
        self.mail["Mailbox"] = [
            one for one in self.mail["Mailbox"] if one["ExternalDirectoryObjectId"] != gone
        ]
        for held in (self.roles.assignments, self.roles.schedules, self.roles.eligibilities):
            held[:] = [one for one in held if one["principalId"] != gone]
        self._forget_registration(gone)

    def _forget_registration(self, user_id: str) -> None:
        self.registrations = [one for one in self.registrations if one["id"] != user_id]
        self._changed()

    def _changed(self) -> None:
        self._native = None

    def administrators(self) -> set[str]:
        """Ids of the users who hold an administrative role now, directly or through a group."""
        ids = _administrators(self.roles, self.groups)
        return {user["id"] for user in self.users if user["id"] in ids}

    def _seen(self) -> Seen:
        members = [user for user in self.users if user["accountEnabled"] and user["userType"] == "Member"]
        enabled = sum(user["accountEnabled"] for user in self.users)
        covered = self._covered(members, enabled)
        if self.security_defaults["isEnabled"]:
            full = ("MFARegistrationV2", "AdminMFAV2", "BlockLegacyAuthentication")
            covered |= {one: (covered[one][1], covered[one][1]) for one in full}
        return Seen(covered, self._switches(), len(members), self._at_risk())

    def _at_risk(self) -> dict[str, tuple[int, int]]:
        """How many of the devices seen lately lack each configuration that is for them."""
        seen: dict[str, list[bool]] = {}
        for one in self.findings:
            if one.applicable and one.device.counted:
                seen.setdefault(one.configuration.control_id, []).append(one.compliant)
        return {control: (found.count(False), len(found)) for control, found in seen.items()}

    def _covered(self, members: list[Json], enabled: int) -> dict[str, tuple[int, int]]:
        registered = {one["id"] for one in self.registrations if one["isMfaRegistered"]}
        reset = sum(one["isSsprEnabled"] for one in self.registrations)
        by_id = {user["id"]: user for user in self.users}
        administrators = {one for one in self.administrators() if by_id[one]["accountEnabled"]}
        excepted = len(self.transitive_users(self.groups.id_of(EXCEPTIONS)))
        office = [
            user for user in self.transitive_users(self.groups.id_of(OFFICE_STAFF)) if user["accountEnabled"]
        ]
        risk = enabled - excepted - 2 if self.policies else 0
        return {
            "MFARegistrationV2": (sum(user["id"] in registered for user in members), len(members)),
            "AdminMFAV2": (len(administrators & registered), len(administrators)),
            "BlockLegacyAuthentication": (0, enabled),
            "SigninRiskPolicy": (risk, enabled),
            "UserRiskPolicy": (len(office) if self.policies else 0, enabled),
            "SelfServicePasswordReset": (reset, len(members)),
            "OneAdmin": (self._global_administrators(), 0),
            "RoleOverlap": (len(administrators) - self._global_administrators(), 0),
        }

    def _global_administrators(self) -> int:
        role = TEMPLATES["Global Administrator"]
        return sum(one["roleDefinitionId"] == role for one in self.roles.assignments)

    def _switches(self) -> dict[str, bool]:
        """What Microsoft says of the directory's switches; it takes no notice of missing reviewers."""
        off = (
            *("PWAgePolicyNew", "aad_custom_banned_passwords", "aad_password_protection"),
            *(
                "aad_phishing_MFA_strength",
                "aad_sign_in_freq_session_timeout",
                "aad_limited_administrative_roles",
            ),
            *("aad_third_party_apps", "aad_managed_approved_public_groups_only"),
            *("AATP_AccountWithLeakedCredentials", "aad_admin_accounts_separate_unassigned_cloud_only"),
        )
        on = (
            *("OneAdmin", "RoleOverlap", "IntegratedApps", "PasswordHashSync"),
            *("aad_admin_consent_workflow", "aad_linkedin_connection_disables"),
        )
        return dict.fromkeys(on, True) | dict.fromkeys(off, False)


def _plans(skus: Iterable[Json]) -> set[str]:
    return {plan["servicePlanName"] for sku in skus for plan in sku["servicePlans"]}


def _administrators(roles: Roles, groups: Groups) -> set[str]:
    holders = [
        one["principalId"] for one in roles.assignments if one["roleDefinitionId"] not in _NO_ADMINISTRATOR
    ]
    return {one for holder in holders for one in (holder, *groups.transitive(holder))}
