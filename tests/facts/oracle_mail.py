"""The rules of `mail_protection` once more, in plain Python (docs/decisions/0022-mail-filtering.md): a loop over the
rules in their order, no SQL. Three values, as in `oracle`.
"""

from collections.abc import Iterator

from tests.facts.oracle import Row, Tenant, all_of, any_of, opposite

ENDS = {
    **dict.fromkeys(("spam", "malware", "anti_phish", "outbound_spam"), "default"),
    **dict.fromkeys(("safe_links", "safe_attachments"), "none"),
}
"""What comes after every rule, for each kind of filtering."""

FAMILIES = ("strict", "standard", "custom", "built_in")
Possible = frozenset[tuple[str | None, str | None]]
"""Family and policy of everything that may win."""


def mail_protection(tenant: Tenant) -> dict[tuple[str, str], Possible]:
    """For each mailbox of a person and kind of filtering, what may win."""
    return {
        (mailbox_id(mailbox), kind): frozenset(candidates(tenant, mailbox, kind))
        for mailbox in tenant["mailboxes"]
        if of_a_person(mailbox)
        for kind in ENDS
    }


def mailbox_id(mailbox: Row) -> str:
    return str(mailbox.get("directory_id") or mailbox["mailbox_guid"]).lower()


def of_a_person(mailbox: Row) -> bool:
    kind = mailbox.get("kind")
    return kind is None or kind.lower() in {"usermailbox", "linkedmailbox"}


def candidates(tenant: Tenant, mailbox: Row, kind: str) -> Iterator[tuple[str | None, str | None]]:
    """What may win, in order, until something surely does."""
    rules = rules_of(tenant, kind)
    for rule in rules:
        fits = matches(tenant, mailbox, rule)
        if fits is not False:
            family = rule.get("family")
            yield family, None if family == "built_in" else rule.get("policy")
        if fits:
            return
    yield ENDS[kind], None
    if ENDS[kind] == "none" and not any(rule.get("family") == "built_in" for rule in rules):
        yield "built_in", None


def rules_of(tenant: Tenant, kind: str) -> list[Row]:
    rules = [
        rule
        for table in ("mail_rules", "defender_mail_rules")
        for rule in tenant[table]
        if rule["policy_kind"] == kind and str(rule.get("state")).lower() != "disabled"
    ]
    return sorted(rules, key=place)


def place(rule: Row) -> tuple[int, int, str]:
    """What is not understood comes first: it may."""
    family, priority = rule["family"], rule.get("priority")
    rank = FAMILIES.index(family) + 1 if family in FAMILIES else 0
    return rank, -1 if priority is None else priority, f"{rule['policy_kind']}|{family}|{rule['rule']}"


def matches(tenant: Tenant, mailbox: Row, rule: Row) -> bool | None:
    conditions = [
        condition(tenant, mailbox, rule, name, unused=True) for name in ("recipients", "member_of", "domains")
    ]
    exceptions = [
        condition(tenant, mailbox, rule, f"except_{name}", unused=False)
        for name in ("recipients", "member_of", "domains")
    ]
    return all_of([understood(rule), *conditions, opposite(any_of(exceptions))])


def understood(rule: Row) -> bool | None:
    on = str(rule.get("state")).lower() == "enabled"
    known = rule["family"] in FAMILIES and (rule["family"] != "custom" or rule.get("priority") is not None)
    return True if on and known else None


def condition(tenant: Tenant, mailbox: Row, rule: Row, name: str, *, unused: bool) -> bool | None:
    """Whether what the rule names in one place means this mailbox."""
    values = rule.get(name)
    if values == []:
        return unused
    if values is None:
        return None
    means = {"recipients": by_address, "member_of": by_group, "domains": by_domain}[
        name.removeprefix("except_")
    ]
    answer = any_of(means(tenant, mailbox, value.lower()) for value in values)
    stands_for_all = mailbox.get("kind") is None or mailbox["mailbox_guid"] == "everyone"
    return None if answer is False and stands_for_all else answer


def by_address(tenant: Tenant, mailbox: Row, value: str) -> bool | None:
    address, others = mailbox.get("address"), mailbox.get("addresses")
    known = {one.lower().partition(":")[2] for one in others or []} | (
        {address.lower()} if address else set()
    )
    if value in known:
        return True
    return None if address is None or others is None or "@" not in value else False


def by_group(tenant: Tenant, mailbox: Row, value: str) -> bool | None:
    members = [row["directory_id"] for row in tenant["mail_group_members"] if row["group_address"] == value]
    own = mailbox.get("directory_id")
    if not own or not members:
        return None
    return own.lower() in {one.lower() for one in members}


def by_domain(tenant: Tenant, mailbox: Row, value: str) -> bool | None:
    address = mailbox.get("address")
    if not address:
        return None
    return bool(f".{address.lower().partition('@')[2]}".endswith(f".{value}"))
