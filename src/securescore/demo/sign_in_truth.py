"""Whom the conditional access of an invented organisation protects, worked out plainly, policy by policy and user by
user, straight from the objects of the service. The truth that measurements are held against.

Three answers throughout: yes, no, and None where it cannot be told.
"""

from enum import StrEnum
from functools import cached_property

from securescore.demo.answers import Answer, every, opposite, some, verdict
from securescore.demo.frame import Json
from securescore.demo.organisation import Organisation
from securescore.model import Verdict

EVERY_CLIENT = frozenset({"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"})
_CONDITIONS = frozenset(
    {
        *("users", "applications", "clientAppTypes", "signInRiskLevels", "userRiskLevels"),
        *("servicePrincipalRiskLevels", "platforms", "locations", "devices", "clientApplications"),
        *("authenticationFlows", "insiderRiskLevels"),
    }
)
_NARROWING = ("platforms", "locations", "devices", "authenticationFlows")
_NO_ACCOUNT_HERE = frozenset({"b2bDirectConnectUser", "serviceProvider"})


class Aim(StrEnum):
    """What a policy can protect from."""

    MFA = "mfa"
    ACTIVESYNC = "exchangeActiveSync"
    OTHER_LEGACY = "other"
    SIGN_IN_RISK = "sign_in_risk"
    USER_RISK = "user_risk"


_ENOUGH = {
    Aim.MFA: {"mfa", "block"},
    Aim.ACTIVESYNC: {"block"},
    Aim.OTHER_LEGACY: {"block"},
    Aim.SIGN_IN_RISK: {"mfa", "block"},
    Aim.USER_RISK: {"passwordChange", "riskRemediation", "block"},
}
_STRENGTH_COUNTS = frozenset({Aim.MFA, Aim.SIGN_IN_RISK})


def everywhere(policy: Json, *, app: str = "All") -> Answer:
    """Whether the policy holds for that application, or all of them, from every place, device and network."""
    conditions = policy["conditions"]
    if any(conditions.get(name) for name in set(conditions) - _CONDITIONS):
        return None
    apps = conditions["applications"]
    covered = "All" in apps["includeApplications"] or app in apps["includeApplications"]
    left_out = ("excludeApplications", "includeUserActions", "includeAuthenticationContextClassReferences")
    whole = covered and not apps["applicationFilter"] and not any(apps[name] for name in left_out)
    return whole and not any(conditions[name] for name in _NARROWING)


def covers_clients(policy: Json, needed: frozenset[str]) -> bool:
    clients = policy["conditions"]["clientAppTypes"]
    return not clients or "all" in clients or needed <= set(clients)


def without_risk(policy: Json) -> bool:
    return not policy["conditions"]["signInRiskLevels"] and not policy["conditions"]["userRiskLevels"]


class SignIns:
    """The sign-ins of one organisation."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._groups = {one: set(organisation.groups.transitive(one)) for one in organisation.groups.members}
        self._strengths = {one["id"]: one["requirementsSatisfied"] for one in organisation.strengths}
        self._enabled = [one for one in organisation.policies if one["state"] == "enabled"]

    def verdict(self, user: Json, aim: Aim) -> Verdict:
        """What policies and security defaults do for the user; for multifactor authentication the rest as well."""
        defaults = aim in {Aim.MFA, Aim.ACTIVESYNC, Aim.OTHER_LEGACY} and self.defaults
        answer = some(self._protects(policy, user, aim) for policy in self._enabled)
        if aim is Aim.MFA:
            answer = some([answer, self._one_by_one(user), None if self.federated(user) else False])
        return verdict(some([defaults, answer]))

    def legacy(self, user: Json) -> Verdict:
        """Whether no kind of old client lets the user in: the worse of the two."""
        found = {self.verdict(user, aim) for aim in (Aim.ACTIVESYNC, Aim.OTHER_LEGACY)}
        return next(one for one in (Verdict.EXPOSED, Verdict.UNKNOWN, Verdict.PROTECTED) if one in found)

    def federated(self, user: Json) -> bool:
        """Whether somebody else asks for the user's password, and perhaps for more."""
        return str(user["userPrincipalName"]).rpartition("@")[2].lower() in self._federated

    @cached_property
    def _federated(self) -> set[str]:
        domains = self._organisation.domains
        return {str(one["id"]).lower() for one in domains if one["authenticationType"] == "Federated"}

    @property
    def defaults(self) -> bool:
        """Whether security defaults are on."""
        return bool(self._organisation.security_defaults["isEnabled"])

    def _one_by_one(self, user: Json) -> bool:
        return self._organisation.per_user_mfa.get(user["id"]) == "enforced"

    def _protects(self, policy: Json, user: Json, aim: Aim) -> Answer:
        asked = [self._asks(policy, aim), self._wide(policy, aim)]
        return every([*asked, self.includes(policy, user), opposite(self.excludes(policy, user))])

    def _asks(self, policy: Json, aim: Aim) -> bool:
        """Whether nobody gets past the grant without what is enough for the aim."""
        grant = policy["grantControls"]
        if grant is None:
            return False
        enough = [control in _ENOUGH[aim] for control in grant["builtInControls"]]
        enough += [False for name in ("customAuthenticationFactors", "termsOfUse") if grant[name]]
        if grant["authenticationStrength"]:
            satisfied = self._strengths.get(grant["authenticationStrength"]["id"])
            enough.append(aim in _STRENGTH_COUNTS and satisfied == "mfa")
        return bool(enough) and (any(enough) if grant["operator"] == "AND" else all(enough))

    def _wide(self, policy: Json, aim: Aim) -> Answer:
        conditions = policy["conditions"]
        if aim is Aim.SIGN_IN_RISK:
            risk = {"medium", "high"} <= set(conditions["signInRiskLevels"]) and not conditions[
                "userRiskLevels"
            ]
        elif aim is Aim.USER_RISK:
            risk = "high" in conditions["userRiskLevels"] and not conditions["signInRiskLevels"]
        else:
            risk = without_risk(policy)
        legacy = aim in {Aim.ACTIVESYNC, Aim.OTHER_LEGACY}
        clients = covers_clients(policy, frozenset({aim.value}) if legacy else EVERY_CLIENT)
        return every([everywhere(policy), risk, clients])

    def includes(self, policy: Json, user: Json) -> Answer:
        return self._means(policy["conditions"]["users"], "include", user)

    def excludes(self, policy: Json, user: Json) -> Answer:
        return self._means(policy["conditions"]["users"], "exclude", user)

    def _means(self, users: Json, side: str, user: Json) -> Answer:
        by_name = "All" in users[f"{side}Users"] or user["id"] in users[f"{side}Users"]
        by_group = any(user["id"] in self._groups.get(group, ()) for group in users[f"{side}Groups"])
        by_role = bool(self._roles(user) & set(users[f"{side}Roles"]))
        return some([by_name, by_group, by_role, _is_guest_of(user, users[f"{side}GuestsOrExternalUsers"])])

    def _roles(self, user: Json) -> set[str]:
        """Roles that are active for the whole tenant, directly or through a group."""
        holders = {user["id"], *(group for group, members in self._groups.items() if user["id"] in members)}
        return {
            one["roleDefinitionId"]
            for one in self._organisation.roles.assignments
            if one["principalId"] in holders and one["directoryScopeId"] == "/"
        }


def _is_guest_of(user: Json, condition: Json | None) -> Answer:
    if condition is None:
        return False
    kinds = str(condition["guestOrExternalUserTypes"]).split(",")
    anywhere = True if condition["externalTenants"]["membershipKind"] == "all" else None
    return every([some(_is_of_kind(user, kind.strip()) for kind in kinds), anywhere])


def _is_of_kind(user: Json, kind: str) -> Answer:
    guest = None if user["userType"] is None else user["userType"] == "Guest"
    external = "#EXT#" in user["userPrincipalName"]
    kinds: dict[str, Answer] = {
        "b2bCollaborationGuest": every([guest, external]),
        "internalGuest": every([guest, not external]),
        "b2bCollaborationMember": every([opposite(guest), external]),
        "otherExternalUser": every([guest, not external, None]),
        **dict.fromkeys(_NO_ACCOUNT_HERE, False),
    }
    return kinds.get(kind, every([some([guest, external]), None]))
