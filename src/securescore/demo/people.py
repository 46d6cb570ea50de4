"""The accounts of an invented organisation: staff, guests, mailboxes, services, administrators.

Intended flaws: a shared mailbox account that can still sign in; service accounts with passwords that never
expire; guests that never accepted; people who left but are only disabled; accounts that nobody has used for
months; three new starters whom the registration report does not know yet; one old account without a user type.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from securescore.demo.frame import Frame, Json, stamp
from securescore.demo.licences import Edition, assigned
from securescore.demo.names import (
    DEPARTMENT_OF_SLOT,
    FIRST_NAMES,
    GUEST_COMPANIES,
    KIOSKS,
    OFFICE,
    ROOMS,
    SERVICE_ACCOUNTS,
    SHARED_MAILBOXES,
    SURNAMES,
)

SMALLEST = 120
"""Fewer people than this cannot fill every department and role."""

NEW_STARTERS = 3
EXTERNAL_MEMBERS = 3
_LEFT_EVERY, _CLOUD_ONLY_EVERY, _FORGOTTEN_EVERY = 21, 7, 59
_GUESTS_PER_HUNDRED = 11
_NEVER = "DisablePasswordExpiration"


class AccountKind(StrEnum):
    """What an account is for; known here because we invented it, never told by the service."""

    STAFF = "staff"
    ADMINISTRATOR = "administrator"
    EMERGENCY = "emergency"
    SERVICE = "service"
    SYNCHRONISATION = "synchronisation"
    KIOSK = "kiosk"
    SHARED_MAILBOX = "shared_mailbox"
    ROOM = "room"
    GUEST = "guest"
    EXTERNAL_MEMBER = "external_member"


ADMINISTRATORS = tuple(f"adm-{number}" for number in range(1, 10))
EMERGENCY_ACCOUNTS = ("noodtoegang-1", "noodtoegang-2")


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what only we know about it."""

    kind: AccountKind
    user: Json
    new: bool = False

    @property
    def id(self) -> str:
        return str(self.user["id"])

    @property
    def department(self) -> str:
        return str(self.user["department"])

    @property
    def ordinary(self) -> bool:
        """An enabled, synchronised member of staff with a history: one to give roles and groups to."""
        known = self.kind is AccountKind.STAFF and not self.new and self.user["userType"] == "Member"
        return known and self.user["accountEnabled"] and self.user["onPremisesSyncEnabled"] is True


def build_people(frame: Frame, staff: int, edition: Edition) -> list[Person]:
    """All accounts, in an order that never changes."""
    if staff < SMALLEST:
        raise ValueError(f"an invented organisation needs at least {SMALLEST} people, not {staff}")
    return [
        *_staff(frame, staff, edition),
        *_guests(frame, staff * _GUESTS_PER_HUNDRED // 100),
        *_administrators(frame),
        *_emergency(frame),
        *_services(frame),
        *_mailboxes(frame, AccountKind.SHARED_MAILBOX, SHARED_MAILBOXES),
        *_mailboxes(frame, AccountKind.ROOM, ROOMS),
        _synchronisation(frame),
        *_kiosks(frame, edition),
    ]


def _account(frame: Frame, upn: str, name: str, created_days_ago: float, **changes: object) -> Json:
    user: Json = {
        "id": frame.id("user", upn),
        "userPrincipalName": upn,
        "displayName": name,
        "givenName": None,
        "surname": None,
        "mail": upn,
        "accountEnabled": True,
        "userType": "Member",
        "createdDateTime": stamp(frame.as_of - timedelta(days=created_days_ago)),
        "onPremisesSyncEnabled": None,
        "passwordPolicies": None,
        "department": None,
        "externalUserState": None,
        "assignedLicenses": [],
        "signInActivity": None,
    }
    return user | changes


def _activity(frame: Frame, days: float, background: float) -> Json:
    return {
        "lastSignInDateTime": frame.ago(days=days),
        "lastNonInteractiveSignInDateTime": frame.ago(days=background),
        "lastSuccessfulSignInDateTime": frame.ago(days=min(days, background)),
    }


def _names(frame: Frame, purpose: str) -> Iterator[tuple[str, str, str]]:
    """First name, surname and a part before the @ that is never handed out twice."""
    chance = frame.chance(purpose)
    taken: dict[str, int] = {}
    while True:
        first, last = chance.choice(FIRST_NAMES), chance.choice(SURNAMES)
        plain = f"{first[0]}.{last.replace(' ', '').replace('-', '')}".lower()
        taken[plain] = taken.get(plain, 0) + 1
        yield first, last, plain if taken[plain] == 1 else f"{plain}{taken[plain]}"


def _staff(frame: Frame, count: int, edition: Edition) -> Iterator[Person]:
    chance = frame.chance("staff")
    for number, (first, last, alias) in zip(range(count), _names(frame, "staff names"), strict=False):
        department = DEPARTMENT_OF_SLOT[number % len(DEPARTMENT_OF_SLOT)]
        new, synchronised = number >= count - NEW_STARTERS, number % _CLOUD_ONLY_EVERY != 1
        federated = synchronised and department == "Werkplaats"
        domain = frame.federated_domain if federated else frame.domain
        age = 0.4 if new else chance.randint(30, 3000)
        user = _account(frame, f"{alias}@{domain}", f"{first} {last}", age, department=department)
        user |= {"givenName": first, "surname": last, "onPremisesSyncEnabled": synchronised or None}
        forgotten = 200 if number % _FORGOTTEN_EVERY == 0 else 0
        days = (forgotten + chance.expovariate(0.3), forgotten + chance.random() * 2)
        user["signInActivity"] = None if new else _activity(frame, *days)
        left = number % _LEFT_EVERY == _LEFT_EVERY // 2 and not new
        product = edition.office if department in OFFICE else edition.operations
        user |= {"accountEnabled": not left, "assignedLicenses": [] if left else assigned(product)}
        if number == count // 2:
            user |= {"userType": None, "createdDateTime": "2012-09-03T08:00:00Z"}
        yield Person(AccountKind.STAFF, user, new)


def _guests(frame: Frame, count: int) -> Iterator[Person]:
    chance = frame.chance("guests")
    for number, (first, last, alias) in zip(range(count), _names(frame, "guest names"), strict=False):
        company = GUEST_COMPANIES[number % len(GUEST_COMPANIES)]
        upn = f"{alias}_{company}#EXT#@{frame.initial_domain}"
        waiting = number % 9 == 8  # noqa: PLR2004 - one in nine never accepted
        member = number < EXTERNAL_MEMBERS
        user = _account(frame, upn, f"{first} {last}", chance.randint(2, 1500), mail=f"{alias}@{company}")
        user |= {"userType": "Member" if member else "Guest", "accountEnabled": number % 15 != 14}  # noqa: PLR2004
        user["externalUserState"] = "PendingAcceptance" if waiting else "Accepted"
        user["signInActivity"] = None if waiting else _activity(frame, chance.randint(1, 400), 400)
        yield Person(AccountKind.EXTERNAL_MEMBER if member else AccountKind.GUEST, user)


def _administrators(frame: Frame) -> Iterator[Person]:
    for number, label in enumerate(ADMINISTRATORS):
        user = _account(frame, f"{label}@{frame.initial_domain}", f"Beheer {number + 1}", 700, mail=None)
        user["signInActivity"] = _activity(frame, 0.2 + number, 0.1)
        yield Person(AccountKind.ADMINISTRATOR, user)


def _emergency(frame: Frame) -> Iterator[Person]:
    for number, label in enumerate(EMERGENCY_ACCOUNTS):
        user = _account(
            frame, f"{label}@{frame.initial_domain}", f"Noodtoegang {number + 1}", 1400, mail=None
        )
        user |= {"passwordPolicies": _NEVER, "signInActivity": _activity(frame, 190, 190)}
        yield Person(AccountKind.EMERGENCY, user)


def _services(frame: Frame) -> Iterator[Person]:
    for number, label in enumerate(SERVICE_ACCOUNTS):
        synchronised = number % 2 == 0
        user = _account(frame, f"{label}@{frame.domain}", label, 1800 - number)
        user |= {"onPremisesSyncEnabled": True if synchronised else None, "passwordPolicies": _NEVER}
        user["signInActivity"] = _activity(frame, 300, 0.01)
        yield Person(AccountKind.SERVICE, user)


def _mailboxes(frame: Frame, kind: AccountKind, labels: tuple[str, ...]) -> Iterator[Person]:
    """Accounts of mailboxes without a person. The second shared mailbox was never blocked."""
    for number, label in enumerate(labels):
        forgotten = kind is AccountKind.SHARED_MAILBOX and number == 1
        user = _account(frame, f"{label}@{frame.domain}", label.replace("-", " ").capitalize(), 1500)
        yield Person(kind, user | {"accountEnabled": forgotten})


def _synchronisation(frame: Frame) -> Person:
    label = "Sync_NHDC01_4f1d2a"
    user = _account(frame, f"{label}@{frame.initial_domain}", "On-premises synchronisatie", 1500, mail=None)
    user |= {"passwordPolicies": _NEVER, "signInActivity": _activity(frame, 0.02, 0.02)}
    return Person(AccountKind.SYNCHRONISATION, user)


def _kiosks(frame: Frame, edition: Edition) -> Iterator[Person]:
    """Shared workstations: an account with a licence and nobody in particular behind it."""
    for label in KIOSKS:
        user = _account(frame, f"{label}@{frame.domain}", label.replace("-", " ").capitalize(), 800)
        user |= {
            "assignedLicenses": assigned(edition.operations),
            "signInActivity": _activity(frame, 0.1, 0.1),
        }
        yield Person(AccountKind.KIOSK, user)
