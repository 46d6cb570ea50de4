"""What is true of the Entra ID controls about people: who signs in how, who administers, whom nobody uses."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from securescore.demo.answers import Answer, Verdicts, every, opposite, verdict
from securescore.demo.frame import Json, moment
from securescore.demo.organisation import Organisation
from securescore.demo.roles import TEMPLATES
from securescore.demo.sign_in_truth import Aim, SignIns
from securescore.model import Verdict

PROTECTED, EXPOSED, UNKNOWN = Verdict.PROTECTED, Verdict.EXPOSED, Verdict.UNKNOWN

_PLAIN = {
    TEMPLATES[name]
    for name in ("Directory Readers", "Directory Synchronization Accounts", "Guest User", "User")
}
_GLOBAL = TEMPLATES["Global Administrator"]
_FOR_THE_DIRECTORY = (
    *("AAD", "MFA", "RMS", "ADALLOM", "ATA", "ATP", "MDE", "THREAT_INTELLIGENCE", "WINDEFATP", "INTUNE"),
    "EXCHANGE_S_FOUNDATION",
)
"""How plans begin with which an administrator's account uses no application."""

_STALE = timedelta(days=90)


def people_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """The verdict of every account, by control id."""
    return {**_people(organisation), **_administrators(organisation), **_activity(organisation)}


def enabled_users(organisation: Organisation) -> list[Json]:
    return [user for user in organisation.users if user["accountEnabled"]]


def _is_guest(user: Json) -> bool:
    return bool(user["userType"] == "Guest")


def _report(organisation: Organisation) -> Mapping[str, Json]:
    """The registration report by user id; the service gives none without Entra ID P1."""
    return (
        {one["id"]: one for one in organisation.registrations} if "AAD_PREMIUM" in organisation.plans else {}
    )


def _people(organisation: Organisation) -> dict[str, Verdicts]:
    """Controls about everybody who can sign in, and about the members among them."""
    signing_in, users = SignIns(organisation), enabled_users(organisation)
    members = [one for one in users if not _is_guest(one)]
    report, defaults = _report(organisation), organisation.security_defaults["isEnabled"]
    found = {
        "BlockLegacyAuthentication": {one["id"]: signing_in.legacy(one) for one in users},
        "SigninRiskPolicy": {one["id"]: signing_in.verdict(one, Aim.SIGN_IN_RISK) for one in users},
        "UserRiskPolicy": {one["id"]: signing_in.verdict(one, Aim.USER_RISK) for one in users},
        "MFARegistrationV2": {one["id"]: verdict(defaults or _registered(one, report)) for one in members},
        "SelfServicePasswordReset": {one["id"]: verdict(_may_reset(one, report)) for one in members},
    }
    if "AAD_PREMIUM_P2" in organisation.plans:
        leaked = {one["userId"] for one in organisation.risk_detections if _is_open_leak(one)}
        found["AATP_AccountWithLeakedCredentials"] = {
            one["id"]: verdict(one["id"] not in leaked) for one in users
        }
    return found


def _registered(user: Json, report: Mapping[str, Json]) -> Answer:
    """Not known for who is not in the report; and where it is not known whether the user is a member, only yes counts."""
    registered = report.get(user["id"], {}).get("isMfaRegistered")
    return None if registered is False and user["userType"] is None else registered


def _may_reset(user: Json, report: Mapping[str, Json]) -> Answer:
    return report.get(user["id"], {}).get("isSsprEnabled") if user["userType"] else None


def _is_open_leak(detection: Json) -> bool:
    still_open = detection["riskState"] in {"atRisk", "confirmedCompromised"}
    return still_open and bool(detection["riskEventType"] == "leakedCredentials")


class _Holders:
    """Who holds which administrative role, directly or through a group: now, or when they ask for it."""

    def __init__(self, organisation: Organisation) -> None:
        self._groups = organisation.groups
        self.users = {one["id"]: one for one in enabled_users(organisation)}
        privileged = "AAD_PREMIUM_P2" in organisation.plans
        schedules = organisation.roles.schedules if privileged else []
        self._permanent = {
            (one["principalId"], one["roleDefinitionId"])
            for one in schedules
            if one["assignmentType"] == "Assigned" and one["endDateTime"] is None
        }
        self.durations_known = privileged
        self.active = list(self._held(organisation.roles.assignments))
        self.eligible = list(self._held(organisation.roles.eligibilities if privileged else []))

    def _held(self, assignments: Iterable[Json]) -> Iterator[tuple[str, str, Answer]]:
        """User, role, and whether it is for ever."""
        for one in assignments:
            holder, role = one["principalId"], one["roleDefinitionId"]
            permanent = (holder, role) in self._permanent if self.durations_known else None
            for user in (holder, *self._groups.transitive(holder)):
                if user in self.users and role not in _PLAIN:
                    yield user, role, permanent

    @property
    def both(self) -> list[tuple[str, str, Answer]]:
        return [*self.active, *self.eligible]


def _administrators(organisation: Organisation) -> dict[str, Verdicts]:
    holders, tenant = _Holders(organisation), organisation.tenant_id
    active = {user for user, _, _ in holders.active}
    ever_global = {user for user, role, _ in holders.both if role == _GLOBAL}
    global_now = {user for user, role, _ in holders.active if role == _GLOBAL}
    narrower = {user for user, role, _ in holders.both if role != _GLOBAL} - global_now
    signing_in, report = SignIns(organisation), _report(organisation)
    found = {
        "AdminMFAV2": {one: _admin_mfa(holders.users[one], signing_in, report) for one in active},
        "OneAdmin": {tenant: verdict(len(ever_global) > 1)},
        "RoleOverlap": {tenant: verdict(bool(narrower))},
        "aad_admin_accounts_separate_unassigned_cloud_only": _separate(organisation, holders),
        "custom.guests_with_admin_roles": {
            user: _is_member(holders.users[user]) for user, _, _ in holders.both
        },
    }
    if holders.durations_known:
        found["custom.permanent_global_administrators"] = {
            user: verdict(_temporary(holders, user)) for user in ever_global
        }
    return found


def _admin_mfa(user: Json, signing_in: SignIns, report: Mapping[str, Json]) -> Verdict:
    """Asked for, and registered. What a guest or a federated user registered elsewhere is not known."""
    asked = signing_in.verdict(user, Aim.MFA)
    registered = report.get(user["id"], {}).get("isMfaRegistered")
    elsewhere = _is_guest(user) or (asked is UNKNOWN and signing_in.federated(user))
    if asked is PROTECTED and (registered or signing_in.defaults):
        return PROTECTED
    if asked is EXPOSED or (registered is False and not elsewhere):
        return EXPOSED
    return UNKNOWN


def _is_member(user: Json) -> Verdict:
    return verdict(None if user["userType"] is None else not _is_guest(user))


def _temporary(holders: _Holders, user: str) -> Answer:
    """Whether the user is Global Administrator for a while only, or when asked for."""
    return every(
        opposite(permanent) for one, role, permanent in holders.active if (one, role) == (user, _GLOBAL)
    )


def _separate(organisation: Organisation, holders: _Holders) -> Verdicts:
    """Accounts that administer without having to ask for it: in the cloud only, and without applications."""
    on_request = {(user, role) for user, role, _ in holders.eligible}
    standing = {
        user for user, role, permanent in holders.active if permanent or (user, role) not in on_request
    }
    plans = {sku["skuId"]: sku["servicePlans"] for sku in organisation.subscribed_skus}
    return {user: verdict(_is_separate(holders.users[user], plans)) for user in standing}


def _is_separate(user: Json, plans: Mapping[str, list[Json]]) -> bool:
    held = [plan["servicePlanName"] for one in user["assignedLicenses"] for plan in plans[one["skuId"]]]
    return not user["onPremisesSyncEnabled"] and all(plan.startswith(_FOR_THE_DIRECTORY) for plan in held)


def _activity(organisation: Organisation) -> dict[str, Verdicts]:
    """Accounts that nobody uses; without Entra ID P1 nobody's activity is told."""
    if "AAD_PREMIUM" not in organisation.plans:
        return {}
    now, users = organisation.frame.as_of, enabled_users(organisation)
    return {
        "custom.stale_guests": {one["id"]: verdict(_in_use(one, now)) for one in users if _is_guest(one)},
        "custom.stale_members": {
            one["id"]: verdict(_in_use(one, now) if one["userType"] else None)
            for one in users
            if not _is_guest(one)
        },
    }


def _in_use(user: Json, now: datetime) -> Answer:
    activity = user["signInActivity"] or {}
    names = ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")
    seen = [moment(activity[name]) for name in names if activity.get(name)]
    if any(one >= now - _STALE for one in [*seen, moment(user["createdDateTime"])]):
        return True
    return False if seen else None
