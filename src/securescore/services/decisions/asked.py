"""What somebody wants to decide, exclude or declare, and what none of these can say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from securescore.errors import ConfigurationError, ConflictError
from securescore.model import DECLARED_CLASSES, AccountClass, Status
from securescore.store.declarations import DecisionRow, ExclusionRow

_LONGEST = 10_000
_LONGEST_NAME = 1_000
_SAID = ("status", "note", "plan", "owner", "due", "evidence", "expires")


@dataclass(frozen=True)
class Asked:
    """What somebody wants to decide.

    Attributes:
        action: id of the action, in any case.
        entities: ids or names that it is limited to; None for the whole action.
        account_class: a class that it is limited to.
        expires: the first day on which it no longer holds.
    """

    action: str
    status: Status
    entities: frozenset[str] | None = None
    account_class: AccountClass | None = None
    note: str | None = None
    plan: str | None = None
    owner: str | None = None
    due: date | None = None
    evidence: str | None = None
    expires: date | None = None

    @property
    def scope(self) -> tuple[frozenset[str] | None, AccountClass | None]:
        """What of the action it is about."""
        return (self.entities, self.account_class)

    @property
    def whole(self) -> bool:
        """Whether it is about the whole action."""
        return self.scope == (None, None)

    def said_by(self, row: DecisionRow) -> bool:
        """Whether the stored decision says the same about what it is about."""
        return all(getattr(row, name) == getattr(self, name) for name in _SAID)


@dataclass(frozen=True)
class Excluded:
    """What somebody wants to exclude.

    Attributes:
        actions: ids in any case; `*` for every action.
        entities: ids or names.
        expires: the first day on which it no longer holds.
    """

    actions: frozenset[str]
    entities: frozenset[str]
    reason: str
    owner: str | None = None
    expires: date | None = None

    def said_by(self, row: ExclusionRow) -> bool:
        """Whether the stored exclusion says the same."""
        return (
            {one.casefold() for one in row.actions} == {one.casefold() for one in self.actions}
            and {one.casefold() for one in row.entities} == {one.casefold() for one in self.entities}
            and (row.reason, row.owner, row.expires) == (self.reason, self.owner, self.expires)
        )


@dataclass(frozen=True)
class Accounts:
    """Accounts, by id or name, that somebody wants to declare as of a class."""

    account_class: AccountClass
    names: tuple[str, ...]
    note: str | None = None


Wanted = Asked | Excluded | Accounts
"""What can wait for somebody who approves it."""

_EXCLUSION, _ACCOUNTS = "exclusion", "accounts"


def refuse_nonsense(asked: Asked) -> None:
    """Refuses what contradicts itself or cannot be kept. Raises ConflictError or ConfigurationError."""
    if asked.status is Status.COMPLETED:
        raise ConflictError(
            "completed follows from the measurement and cannot be chosen: take one of the other statuses"
        )
    if asked.entities is not None and asked.account_class is not None:
        raise ConfigurationError("a decision is limited to entities or to a class of accounts, not to both")
    if asked.account_class is not None:
        refuse_proven(asked.account_class)
    if asked.entities is not None:
        refuse_names("a decision about some entities", asked.entities)
    for name in ("action", "note", "plan", "owner", "evidence"):
        refuse_text(name, getattr(asked, name))


def refuse_proven(account_class: AccountClass) -> None:
    """Refuses a class of accounts that the directory itself proves. Raises ConfigurationError."""
    if account_class not in DECLARED_CLASSES:
        raise ConfigurationError(
            f"the directory itself says which accounts are {account_class.replace('_', ' ')}: classes to declare are "
            + ", ".join(DECLARED_CLASSES)
        )


def refuse_names(what: str, names: Collection[str]) -> None:
    """Refuses a list of names that is empty or holds what is no name. Raises ConfigurationError."""
    if not names or not all(name.strip() for name in names):
        raise ConfigurationError(f"{what} must name at least one, and none with an empty name")
    for name in names:
        refuse_text("name", name, _LONGEST_NAME)


def refuse_text(what: str, text: str | None, longest: int = _LONGEST) -> None:
    """Refuses a text that is too long, or holds what a database cannot keep. Raises ConfigurationError."""
    if text is None:
        return
    if len(text) > longest:
        raise ConfigurationError(
            f"the {what} is longer than {longest} letters: keep it in a document and link to it"
        )
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise ConfigurationError(f"the {what} holds a letter that cannot be kept: write it again")


def to_json(wanted: Wanted) -> dict[str, Any]:
    """What is wanted in JSON's own types; what is not said is left out. What is no decision has a `kind`."""
    told: dict[str, Any] = msgspec.to_builtins(wanted, order="deterministic")
    kind = {Excluded: _EXCLUSION, Accounts: _ACCOUNTS}.get(type(wanted))
    return {name: value for name, value in {"kind": kind, **told}.items() if value is not None}


def from_json(told: Mapping[str, Any]) -> Asked:
    """A decision back."""
    return msgspec.convert(dict(told), Asked)


def wanted_of(told: Mapping[str, Any]) -> Wanted:
    """The same back, whatever its kind."""
    values = dict(told)
    kind = values.pop("kind", None)
    if kind == _EXCLUSION:
        return msgspec.convert(values, Excluded)
    return msgspec.convert(values, Accounts) if kind == _ACCOUNTS else from_json(values)
