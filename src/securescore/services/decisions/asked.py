"""What somebody wants to decide, and what no decision can say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from securescore.errors import ConfigurationError, ConflictError
from securescore.model import AccountClass, Status
from securescore.store.declarations import DecisionRow

DECLARED_CLASSES = (
    AccountClass.EMERGENCY_ACCESS,
    AccountClass.SERVICE,
    AccountClass.SYNCHRONISATION,
    AccountClass.TEST,
    AccountClass.KIOSK,
)
"""The classes that people declare; the directory itself proves the others."""

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


def to_json(asked: Asked) -> dict[str, Any]:
    """What is asked in JSON's own types; what is not said is left out."""
    told: dict[str, Any] = msgspec.to_builtins(asked, order="deterministic")
    return {name: value for name, value in told.items() if value is not None}


def from_json(told: Mapping[str, Any]) -> Asked:
    """The same back."""
    return msgspec.convert(dict(told), Asked)
