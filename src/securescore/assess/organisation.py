"""The organisation file: what people declared about their accounts and decided about actions.

    [[account]]
    class = "emergency_access"
    users = ["noodtoegang1@contoso.example"]

    [[exclusion]]
    actions = ["MFARegistrationV2"]          # or ["*"]
    entities = ["kiosk@contoso.example"]
    reason = "Shared workstation without a person behind it"
    owner = "m.devries@contoso.example"
    expires = 2026-12-31

    [[decision]]
    action = "SigninRiskPolicy"
    status = "resolved_through_third_party"
    note = "Sign-in risk is handled by our identity provider"
    decided = 2026-01-10
    expires = 2027-01-10

    [[attestation]]
    action = "custom.review_guests"
    attested = 2026-01-10
    note = "Went through the list with the owners"

    [settings]
    device_days = 30                         # devices not seen for so many days are not counted

An entity is named by its id or its name (a user: the user principal name), whatever the case of its letters.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from securescore.errors import ConfigurationError
from securescore.model import DECLARED_CLASSES, AccountClass, Status

EVERY_ACTION = "*"
DEVICE_DAYS = 30
"""Devices in use within so many days count at Microsoft (reference secure-score, section 3)."""

_LONGEST = 3650

_SPELLINGS = {
    "third_party": Status.THIRD_PARTY,
    "alternate_mitigation": Status.ALTERNATE_MITIGATION,
    "alternative_mitigation": Status.ALTERNATE_MITIGATION,
    "resolved_through_alternative_mitigation": Status.ALTERNATE_MITIGATION,
}


@dataclass(frozen=True)
class Account:
    """Accounts of one class."""

    account_class: AccountClass
    users: frozenset[str]
    note: str | None = None


@dataclass(frozen=True)
class Exclusion:
    """Entities that an action (or every action) is not about."""

    actions: frozenset[str]
    entities: frozenset[str]
    reason: str
    owner: str | None = None
    expires: date | None = None

    def concerns(self, day: date, *names: str) -> bool:
        """Whether it holds for the action of those names on that day; the day of expiry is the first without it."""
        named = EVERY_ACTION in self.actions or any(name.casefold() in self.actions for name in names)
        return named and (self.expires is None or day < self.expires)


@dataclass(frozen=True)
class Decision:
    """A status given by a person, for a whole action or for some of its entities.

    Attributes:
        order: place in the file; of two decisions of one day the later one is the newer.
    """

    action: str
    status: Status
    order: int
    decided: date | None = None
    expires: date | None = None
    entities: frozenset[str] | None = None
    account_class: AccountClass | None = None
    note: str | None = None
    plan: str | None = None
    owner: str | None = None
    due: date | None = None
    evidence: str | None = None

    @property
    def for_everything(self) -> bool:
        """Whether it is about the whole action."""
        return self.entities is None and self.account_class is None

    @property
    def age(self) -> tuple[date, int]:
        """Sorts older decisions first."""
        return (self.decided or date.min, self.order)


@dataclass(frozen=True)
class Attestation:
    """Somebody's word that a task was done on a day.

    Attributes:
        lapses: the first day on which it no longer counts, where that is sooner than the task's cadence says.
        by: who says so.
    """

    action: str
    attested: date
    lapses: date | None = None
    note: str | None = None
    evidence: str | None = None
    by: str | None = None

    def lapses_on(self, cadence_days: int) -> date:
        """The first day on which it no longer counts."""
        after_cadence = self.attested + timedelta(days=cadence_days)
        return after_cadence if self.lapses is None else min(self.lapses, after_cadence)


@dataclass(frozen=True)
class Organisation:
    """Everything declared; empty for an organisation that declared nothing.

    Attributes:
        device_days: devices that were not seen for so many days are not counted.
    """

    accounts: tuple[Account, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    decisions: tuple[Decision, ...] = ()
    device_days: int = DEVICE_DAYS
    attestations: tuple[Attestation, ...] = ()

    def unknown_actions(self, known: Collection[str]) -> list[str]:
        """Actions that an exclusion or decision names and that are not among the known (in lower case)."""
        named = {decision.action for decision in self.decisions}.union(
            {one.action for one in self.attestations}, *(one.actions for one in self.exclusions)
        )
        return sorted(named - {EVERY_ACTION, *known})

    def members(self, account_class: AccountClass) -> frozenset[str]:
        """Names or ids of the accounts of a class."""
        groups = [account.users for account in self.accounts if account.account_class is account_class]
        return frozenset().union(*groups)

    def decisions_on(self, action_id: str, day: date, aliases: Iterable[str] = ()) -> list[Decision]:
        """Decisions about an action, by its id or a former one, that hold on that day, oldest first."""
        names = {name.casefold() for name in (action_id, *aliases)}
        holding = [
            decision
            for decision in self.decisions
            if decision.action in names and (decision.expires is None or day < decision.expires)
        ]
        return sorted(holding, key=lambda decision: decision.age)

    def attested(self, action_id: str, cadence_days: int, day: date, aliases: Iterable[str] = ()) -> bool:
        """Whether somebody attested a task, by its id or a former one, so that it counts as done on that day."""
        names = {name.casefold() for name in (action_id, *aliases)}
        return any(
            one.action in names and one.attested <= day < one.lapses_on(cadence_days)
            for one in self.attestations
        )

    def excluded(self, action_id: str, day: date, aliases: Iterable[str] = ()) -> frozenset[str]:
        """Names or ids that are excluded from an action, by its id or a former one, on that day."""
        names = (action_id, *aliases)
        groups = [one.entities for one in self.exclusions if one.concerns(day, *names)]
        return frozenset().union(*groups)


def read_organisation(path: Path) -> Organisation:
    """Reads an organisation file.

    Raises:
        ConfigurationError: it cannot be read, or says something this program does not understand.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"the organisation file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _no_toml(str(path), error) from error
    return parse_organisation(text, str(path))


def parse_organisation(text: str, where: str) -> Organisation:
    """Understands the text of an organisation file; `where` names it in errors.

    Raises:
        ConfigurationError: it says something this program does not understand.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or endless nesting
        raise _no_toml(where, error) from error
    _refuse_unknown(document, {"account", "exclusion", "decision", "attestation", "settings"}, where)
    return Organisation(
        accounts=tuple(_account(entry) for entry in _entries(document, "account", where)),
        exclusions=tuple(_exclusion(entry) for entry in _entries(document, "exclusion", where)),
        decisions=tuple(
            _decision(entry, order) for order, entry in enumerate(_entries(document, "decision", where))
        ),
        device_days=_device_days(document, where),
        attestations=tuple(_attestation(entry) for entry in _entries(document, "attestation", where)),
    )


def _no_toml(where: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"the organisation file {where} is no valid TOML: {error}")


def _device_days(document: Mapping[str, Any], where: str) -> int:
    settings = document.get("settings", {})
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{where}: write [settings] with one bracket")
    _refuse_unknown(settings, {"device_days"}, f"{where}, settings")
    days = settings.get("device_days", DEVICE_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= _LONGEST:
        raise ConfigurationError(
            f"{where}, settings: 'device_days' must be a whole number of days, 1 to {_LONGEST}"
        )
    return days


class _Entry:
    """One `[[...]]` of the file, read key by key."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = values
        self._where = where

    def error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self._where}: {problem}")

    def only(self, *known: str) -> None:
        _refuse_unknown(self._values, set(known), self._where)

    def text(self, key: str) -> str:
        value = (self.optional_text(key) or "").strip()
        if not value:
            raise self.error(f"{key!r} is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.error(f"{key!r} must be text")
        return value

    def names(self, key: str) -> frozenset[str] | None:
        values = self._values.get(key)
        if values is None:
            return None
        if not isinstance(values, list) or not values or not all(_is_name(value) for value in values):
            raise self.error(f"{key!r} must be a list of names, and not an empty one")
        return frozenset(value.strip() for value in values)

    def day(self, key: str) -> date | None:
        value = self._values.get(key)
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.error(f"{key!r} must be a date such as 2026-12-31") from None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _account(entry: _Entry) -> Account:
    entry.only("class", "users", "note")
    users = entry.names("users")
    if users is None:
        raise entry.error("'users' is missing")
    return Account(_account_class(entry, entry.text("class")), users, entry.optional_text("note"))


def _exclusion(entry: _Entry) -> Exclusion:
    entry.only("actions", "entities", "users", "reason", "owner", "expires")
    actions, entities = entry.names("actions"), _entities(entry)
    if actions is None or entities is None:
        raise entry.error("'actions' and 'entities' say what is excluded from what; one is missing")
    actions = frozenset(action.casefold() for action in actions)
    return Exclusion(
        actions, entities, entry.text("reason"), entry.optional_text("owner"), entry.day("expires")
    )


def _decision(entry: _Entry, order: int) -> Decision:
    entry.only(
        "action", "status", "decided", "expires", "entities", "users", "class", "note", "plan", "owner", "due",
        "evidence",
    )  # fmt: skip
    account_class = entry.optional_text("class")
    return Decision(
        action=entry.text("action").casefold(),
        status=_status(entry),
        order=order,
        decided=entry.day("decided"),
        expires=entry.day("expires"),
        entities=_entities(entry),
        account_class=_account_class(entry, account_class) if account_class else None,
        note=entry.optional_text("note"),
        plan=entry.optional_text("plan"),
        owner=entry.optional_text("owner"),
        due=entry.day("due"),
        evidence=entry.optional_text("evidence"),
    )


def _attestation(entry: _Entry) -> Attestation:
    entry.only("action", "attested", "lapses", "note", "evidence", "by")
    attested, lapses = entry.day("attested"), entry.day("lapses")
    if attested is None:
        raise entry.error("'attested' is missing: the day on which the task was done")
    if lapses is not None and lapses <= attested:
        raise entry.error("'lapses' must be a day after 'attested'")
    return Attestation(
        action=entry.text("action").casefold(),
        attested=attested,
        lapses=lapses,
        note=entry.optional_text("note"),
        evidence=entry.optional_text("evidence"),
        by=entry.optional_text("by"),
    )


def _entities(entry: _Entry) -> frozenset[str] | None:
    entities, users = entry.names("entities"), entry.names("users")
    if entities is None or users is None:
        return entities or users
    return entities | users


def status_of(text: str) -> Status:
    """The status that somebody wrote, in any of its spellings.

    Raises:
        ConfigurationError: there is none of that name, or nobody can give it.
    """
    text = text.strip().casefold().replace(" ", "_")
    known = {status.value: status for status in Status if status is not Status.COMPLETED} | _SPELLINGS
    if text == Status.COMPLETED:
        raise ConfigurationError("the status 'completed' follows from the measurement and cannot be given")
    if text not in known:
        raise ConfigurationError(
            f"the status {text!r} is none of {', '.join(s for s in Status if s != 'completed')}"
        )
    return known[text]


def account_class_of(text: str) -> AccountClass:
    """The class of accounts that somebody wrote. Raises ConfigurationError when there is none of that name."""
    try:
        return AccountClass(text.strip().casefold().replace(" ", "_"))
    except ValueError:
        raise ConfigurationError(
            f"there is no account class {text!r}: classes to declare are {', '.join(DECLARED_CLASSES)}"
        ) from None


def _status(entry: _Entry) -> Status:
    text = entry.text("status")
    try:
        return status_of(text)
    except ConfigurationError as error:
        raise entry.error(str(error)) from None


def _account_class(entry: _Entry, text: str) -> AccountClass:
    try:
        return account_class_of(text)
    except ConfigurationError as error:
        raise entry.error(str(error)) from None


def _entries(document: Mapping[str, Any], kind: str, where: str) -> list[_Entry]:
    entries = document.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(f"{where}: write [[{kind}]] with two brackets, once for each {kind}")
    return [_Entry(entry, f"{where}, {kind} {number}") for number, entry in enumerate(entries, 1)]


def _refuse_unknown(values: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigurationError(f"{where}: the key {key!r} is not known; {hint}")
