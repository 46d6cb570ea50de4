"""Mailboxes of an invented organisation, and who may act in them without being recorded.

Intended flaws: a room, a car and the discovery mailbox are not audited; what a backup service and one person do is
left out of the audit log; two people who left live on as shared mailboxes, and one whose account is closed still has
a mailbox that takes mail; a mailbox from an old migration belongs to no account of the directory.
"""

from collections.abc import Iterator, Mapping, Sequence

from securescore.demo.frame import Frame, Json
from securescore.demo.names import EQUIPMENT
from securescore.demo.people import AccountKind, Person

LOST = "archief-1998"
"""The mailbox without an account."""

BYPASSED_SERVICE = "svc-backup"

_KEPT = ("SharedMailbox", "SharedMailbox", "UserMailbox")
"""What became of the mailboxes of the first people who left."""

_CAPITALS_EVERY = 5
_UNAUDITED = ("zaal-eems", EQUIPMENT[0])
_DISCOVERY = "DiscoverySearchMailbox{D919BA05-46A6-415f-80AD-7E09334BB852}"
_PEOPLE = {AccountKind.STAFF, AccountKind.KIOSK}
_SYSTEM_KINDS = {
    AccountKind.SHARED_MAILBOX: "SharedMailbox",
    AccountKind.ROOM: "RoomMailbox",
}


def second_address(frame: Frame, upn: str) -> str:
    """The address that every mailbox has besides its first."""
    return f"{upn.partition('@')[0]}@{frame.initial_domain}".lower()


def build_mailboxes(frame: Frame, people: Sequence[Person]) -> list[Json]:
    """All mailboxes, in an order that never changes."""
    return [*_of_accounts(frame, people), *_without_accounts(frame)]


def _of_accounts(frame: Frame, people: Sequence[Person]) -> Iterator[Json]:
    left = (person.id for person in people if _left(person))
    kept = dict(zip(left, _KEPT, strict=False))
    for number, person in enumerate(people):
        kind = _kind(person, kept)
        if kind is not None:
            yield _mailbox(frame, person.user, kind, capitals=number % _CAPITALS_EVERY == 0)


def _left(person: Person) -> bool:
    return person.kind is AccountKind.STAFF and not person.user["accountEnabled"]


def _kind(person: Person, kept: Mapping[str, str]) -> str | None:
    """What kind of mailbox the account has; None: it has none."""
    if person.kind in _PEOPLE and person.user["assignedLicenses"]:
        return "UserMailbox"
    if person.id in kept:
        return kept[person.id]
    if _alias(person.user) in EQUIPMENT:
        return "EquipmentMailbox"
    return _SYSTEM_KINDS.get(person.kind)


def _alias(user: Json) -> str:
    return str(user["userPrincipalName"]).partition("@")[0]


def _mailbox(frame: Frame, user: Json, kind: str, *, capitals: bool = False) -> Json:
    upn, alias = str(user["userPrincipalName"]), _alias(user)
    primary = upn.title() if capitals else upn
    audited = alias not in _UNAUDITED
    return {
        "Identity": alias,
        "Name": alias,
        "Guid": frame.id("mailbox", upn),
        "ExternalDirectoryObjectId": user["id"],
        "UserPrincipalName": upn,
        "DisplayName": user["displayName"],
        "PrimarySmtpAddress": primary,
        "EmailAddresses": [
            f"SMTP:{primary}",
            f"smtp:{second_address(frame, upn)}",
            *([f"SIP:{upn}"] if kind == "UserMailbox" else []),
        ],
        "RecipientTypeDetails": kind,
        "AuditEnabled": audited,
        "DefaultAuditSet": ["Admin", "Delegate", "Owner"] if audited else [],
        "AuditLogAgeLimit": "90.00:00:00",
        "ForwardingSmtpAddress": None,
        "DeliverToMailboxAndForward": False,
        "WhenChangedUTC": frame.ago(days=40),
    }


def _without_accounts(frame: Frame) -> Iterator[Json]:
    lost = {
        "userPrincipalName": f"{LOST}@{frame.domain}",
        "displayName": "Archief 1998",
        "id": "",
    }
    discovery = {
        "userPrincipalName": f"{_DISCOVERY}@{frame.initial_domain}",
        "displayName": "Discovery Search Mailbox",
        "id": "",
    }
    yield _mailbox(frame, lost, "UserMailbox")
    yield _mailbox(frame, discovery, "DiscoveryMailbox") | {"AuditEnabled": False, "DefaultAuditSet": []}


def build_audit_bypasses(frame: Frame, mailboxes: Sequence[Json], people: Sequence[Person]) -> list[Json]:
    """Every account with or without a mailbox; two are left out of the audit log."""
    person = next(one for one in mailboxes if one["RecipientTypeDetails"] == "UserMailbox")
    services = [one.user for one in people if one.kind is AccountKind.SERVICE]
    return [
        *(_bypass(one["Guid"], one["Name"], bypassed=one is person) for one in mailboxes),
        *(
            _bypass(frame.id("exchange account", _alias(one)), _alias(one), bypassed=_is_bypassed(one))
            for one in services
        ),
    ]


def _is_bypassed(user: Json) -> bool:
    return _alias(user) == BYPASSED_SERVICE


def _bypass(guid: str, name: str, *, bypassed: bool) -> Json:
    return {"Identity": name, "Name": name, "Guid": guid, "AuditBypassEnabled": bypassed}
