"""Invented tenants with mailboxes, groups and rules of mail filtering, full of odd corners, one for each seed."""

from random import Random
from typing import Any

from tests.facts.oracle_mail import ENDS, FAMILIES

Rows = list[dict[str, Any]]

DOMAINS = ["north.example", "South.example", "yard.North.example", "farnorth.example"]
NAMES = ["ada", "Bo", "cy", "dee"]
GROUPS = ["staff@north.example", "empty@north.example", "lost@north.example"]
KINDS = ["UserMailbox", "usermailbox", "LinkedMailbox", "SharedMailbox", "RoomMailbox", None]
DEFENDER = {"safe_links", "safe_attachments"}


def mail_tenant(seed: int) -> dict[str, Rows]:
    chance = Random(seed)
    mailboxes = [mailbox(chance, name) for name in NAMES[: chance.randint(1, len(NAMES))]]
    if chance.random() < 0.1:
        mailboxes = [{"mailbox_guid": "everyone", "directory_id": "everyone", "kind": "UserMailbox"}]
    rules = [rule(chance, number) for number in range(chance.randint(0, 9))]
    return {
        "mailboxes": mailboxes,
        "mail_group_members": members(chance, mailboxes),
        "mail_rules": [one for one in rules if one["policy_kind"] not in DEFENDER],
        "defender_mail_rules": [one for one in rules if one["policy_kind"] in DEFENDER],
    }


def mailbox(chance: Random, name: str) -> dict[str, Any]:
    address = f"{name}@{chance.choice(DOMAINS)}"
    return {
        "mailbox_guid": f"Guid-{name}",
        "directory_id": chance.choice([f"Id-{name}"] * 5 + [None, ""]),
        "user_name": address,
        "address": chance.choice([address] * 6 + [None]),
        "addresses": chance.choice([[f"SMTP:{address}", f"smtp:{name}.old@north.example"]] * 5 + [[], None]),
        "kind": chance.choice(["UserMailbox"] * 5 + KINDS),
    }


def members(chance: Random, mailboxes: Rows) -> Rows:
    """One group with some of them, one that nobody is in; the third cannot be found."""
    found = [one["directory_id"] for one in mailboxes if one["directory_id"] and chance.random() < 0.5]
    return [
        *({"group_address": GROUPS[0], "directory_id": one} for one in found or [""]),
        {"group_address": GROUPS[1], "directory_id": ""},
    ]


def rule(chance: Random, number: int) -> dict[str, Any]:
    places = {
        "recipients": ["ADA@north.example", "bo.old@north.example", "Cy Jansen", "dee@south.example"],
        "member_of": GROUPS,
        "domains": DOMAINS,
    }
    used = {name: some(chance, values, often=0.4) for name, values in places.items()}
    excepted = {f"except_{name}": some(chance, values, often=0.2) for name, values in places.items()}
    return {
        "policy_kind": chance.choice([*ENDS]),
        "family": chance.choice([*FAMILIES, "custom", "custom", "of tomorrow"]),
        "rule": f"rule {number}",
        "policy": f"policy {chance.randint(0, 3)}",
        "state": chance.choice(["Enabled"] * 8 + ["Disabled", "Sleeping", None]),
        "priority": chance.choice([0, 0, 1, 2, None]),
        **used,
        **excepted,
    }


def some(chance: Random, values: list[str], *, often: float) -> list[str] | None:
    if chance.random() > often:
        return [] if chance.random() < 0.95 else None
    return chance.sample(values, chance.randint(1, 2))
