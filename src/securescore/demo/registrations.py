"""Which authentication methods the people of an invented organisation registered, and what risk was seen.

Intended flaws: about one in eight has registered nothing, more so in the warehouse; one administrator
account and one of the two emergency accounts have no method; a few registered only a method that is no
longer allowed; password reset is for the office only; one account has leaked credentials.
"""

from collections.abc import Sequence
from random import Random

from securescore.demo.frame import Frame, Json
from securescore.demo.groups import ordinary
from securescore.demo.names import OFFICE
from securescore.demo.people import ADMINISTRATORS, EMERGENCY_ACCOUNTS, AccountKind, Person

_WITHOUT_METHOD = (ADMINISTRATORS[3], EMERGENCY_ACCOUNTS[1])
_APP = ("microsoftAuthenticatorPush", "softwareOneTimePasscode")
_METHODS = (
    *(_APP,) * 5,
    (*_APP, "mobilePhone"),
    (*_APP, "windowsHelloForBusiness"),
    ("mobilePhone",),
    ("mobilePhone", "email"),
    ("microsoftAuthenticatorPasswordless", "microsoftAuthenticatorPush"),
)
_NOT_ALLOWED_ANY_MORE = ("officePhone",)
_PASSWORDLESS = {"windowsHelloForBusiness", "microsoftAuthenticatorPasswordless", "fido2SecurityKey"}
_SECOND_FACTORS = {*_PASSWORDLESS, *_APP, "mobilePhone"}
_CANNOT_REGISTER = {
    *(AccountKind.SERVICE, AccountKind.SHARED_MAILBOX),
    *(AccountKind.SYNCHRONISATION, AccountKind.KIOSK),
}


def build_registrations(frame: Frame, people: Sequence[Person], administrators: set[str]) -> list[Json]:
    """The registration report: enabled accounts only, and nobody who started since yesterday."""
    chance = frame.chance("registrations")
    seen = [person for person in people if person.user["accountEnabled"] and not person.new]
    return [_details(frame, person, _methods(chance, person), administrators) for person in seen]


def _methods(chance: Random, person: Person) -> list[str]:
    label = str(person.user["userPrincipalName"]).split("@", maxsplit=1)[0]
    drawn, chosen = chance.random(), chance.choice(_METHODS)
    if person.kind in {AccountKind.ADMINISTRATOR, AccountKind.EMERGENCY}:
        return [] if label in _WITHOUT_METHOD else ["fido2SecurityKey", *_APP]
    if person.kind in _CANNOT_REGISTER or drawn > _share(person):
        return ["email"] if drawn > 0.97 else []  # noqa: PLR2004 - a method that is no second factor
    return list(_NOT_ALLOWED_ANY_MORE if drawn < 0.01 else chosen)  # noqa: PLR2004


def _share(person: Person) -> float:
    """How many of a hundred like this person have registered."""
    if person.kind in {AccountKind.GUEST, AccountKind.EXTERNAL_MEMBER}:
        return 0.86
    return 0.95 if person.department in OFFICE else 0.8


def _details(frame: Frame, person: Person, methods: list[str], administrators: set[str]) -> Json:
    user = person.user
    reset = person.kind is AccountKind.STAFF and person.department in OFFICE
    capable = bool(_SECOND_FACTORS & set(methods))
    return {
        "id": user["id"],
        "userPrincipalName": user["userPrincipalName"],
        "userDisplayName": user["displayName"],
        "userType": "guest" if user["userType"] == "Guest" else "member",
        "isAdmin": person.id in administrators,
        "isMfaCapable": capable,
        "isMfaRegistered": capable or "officePhone" in methods,
        "isPasswordlessCapable": bool(_PASSWORDLESS & set(methods)),
        "isSsprEnabled": reset,
        "isSsprRegistered": bool(methods),
        "isSsprCapable": reset and bool(methods),
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "methodsRegistered": methods,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": "push"
        if "microsoftAuthenticatorPush" in methods
        else "none",
        "lastUpdatedDateTime": frame.ago(hours=7),
    }


def build_per_user_mfa(people: Sequence[Person]) -> dict[str, str]:
    """The state of those for whom multifactor authentication was switched on one by one: three enforced, one not yet."""
    services = [person.id for person in people if person.kind is AccountKind.SERVICE]
    left_over = [ordinary(people, department)[0].id for department in ("Verkoop", "Inkoop")]
    states = dict.fromkeys([services[0], *left_over], "enforced")
    return states | {ordinary(people, "Douane")[0].id: "enabled"}


def build_risk_detections(frame: Frame, people: Sequence[Person]) -> list[Json]:
    sales, planning = ordinary(people, "Verkoop"), ordinary(people, "Planning")
    return [
        _detection(frame, sales[1], "leakedCredentials", "atRisk", "high", 4),
        _detection(frame, planning[2], "unfamiliarFeatures", "atRisk", "medium", 2),
        _detection(frame, planning[3], "leakedCredentials", "remediated", "high", 40),
        _detection(frame, sales[2], "maliciousIPAddress", "confirmedCompromised", "high", 1),
        _detection(frame, sales[3], "unlikelyTravel", "dismissed", "low", 12),
    ]


def _detection(frame: Frame, person: Person, kind: str, state: str, level: str, days: int) -> Json:
    moment = frame.ago(days=days)
    return {
        "id": frame.id("detection", kind, person.id).replace("-", "") * 2,
        "userId": person.id,
        "userPrincipalName": person.user["userPrincipalName"],
        "userDisplayName": person.user["displayName"],
        "riskEventType": kind,
        "riskState": state,
        "riskLevel": level,
        "riskDetail": "none",
        "source": "IdentityProtection",
        "activity": "signin",
        "ipAddress": "203.0.113.77",
        "detectedDateTime": moment,
        "activityDateTime": moment,
        "lastUpdatedDateTime": moment,
    }
