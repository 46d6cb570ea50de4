"""Whom a conditional access policy includes and excludes."""

from collections.abc import Iterator
from typing import Any

from securescore.connectors.ids import is_id
from securescore.connectors.microsoft_graph.policy_conditions import is_empty, table, words

Target = dict[str, Any]

_SIDES = {"include": False, "exclude": True}
_SPECIAL = {"all": "all_users", "none": "none"}
_EVERY_GUEST = "guestsorexternalusers"
_EVERY_TENANT = "all"
_SOME_TENANTS = "enumerated"


def targets_of(value: object) -> Iterator[Target]:
    """The rows of `conditional_access_targets`, without policy and ordinal.

    A word that is neither an id nor known gives a row of kind `unknown`, and so does what are no users at all.
    """
    if value is not None and not isinstance(value, dict):
        yield _row({"kind": "unknown"}, excluded=False)
    users = table(value)
    for side, excluded in _SIDES.items():
        for target in _side(users, side):
            yield _row(target, excluded=excluded)


def _row(target: Target, *, excluded: bool) -> Target:
    return {"excluded": excluded, "target_id": None, "guest_kind": None, "some_tenants": None, **target}


def _side(users: Any, side: str) -> Iterator[Target]:
    for name, kind in (("Users", "user"), ("Groups", "group"), ("Roles", "role")):
        value = users.get(f"{side}{name}")
        yield from (_named(word, kind) for word in words(value))
        if not isinstance(value, list) and not is_empty(value):
            yield {"kind": "unknown"}
    yield from _guests(users.get(f"{side}GuestsOrExternalUsers"))


def _named(word: str, kind: str) -> Target:
    if kind == "user" and word.lower() in _SPECIAL:
        return {"kind": _SPECIAL[word.lower()]}
    if kind == "user" and word.lower() == _EVERY_GUEST:
        return {"kind": "guests", "guest_kind": "all", "some_tenants": False}
    return {"kind": kind, "target_id": word} if is_id(word) else {"kind": "unknown"}


def _guests(value: object) -> Iterator[Target]:
    if is_empty(value):
        return
    kinds = [kind for kind in words(table(value).get("guestOrExternalUserTypes")) if kind != "none"]
    some = _some_tenants(table(value).get("externalTenants"))
    for kind in kinds:
        yield {"kind": "guests", "guest_kind": kind, "some_tenants": some}
    if not kinds and table(value).get("guestOrExternalUserTypes") != "none":
        yield {"kind": "unknown"}


def _some_tenants(tenants: object) -> bool | None:
    """Whether only guests of named tenants are meant; None when that cannot be told."""
    if is_empty(tenants):
        return False
    kind = table(tenants).get("membershipKind")
    return {_EVERY_TENANT: False, _SOME_TENANTS: True}.get(str(kind))
