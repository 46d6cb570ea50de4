"""What actions are not about: exclusions, and accounts of the classes that people declare.

Neither ever moves the verified score.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.assess import Organisation
from securescore.assess.organisation import EVERY_ACTION
from securescore.errors import ConfigurationError, ConflictError, UnknownError
from securescore.model import AccountClass
from securescore.scoring.change import Trigger
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import (
    Accounts,
    Excluded,
    refuse_names,
    refuse_proven,
    refuse_text,
)
from securescore.services.decisions.policy import read_policy
from securescore.services.decisions.requesting import enter_request
from securescore.services.installation import Installation
from securescore.services.record.declared import accounts_of, day_of, excluded
from securescore.services.record.recording import Declaration, Known, Overtaken, record_declaration
from securescore.store import declarations
from securescore.store.decisions import RequestRow
from securescore.store.declarations import AccountRow, ExclusionRow
from securescore.store.snapshots import Snapshot


@dataclass(frozen=True)
class ExclusionMade:
    """What came of an exclusion.

    Attributes:
        row: the one that holds now; None when it waits.
        changed: whether anything was written.
        request: what waits for somebody else to approve it.
    """

    row: ExclusionRow | None
    changed: bool
    request: RequestRow | None = None


@dataclass(frozen=True)
class AccountsMade:
    """What came of a declaration of accounts.

    Attributes:
        names: those for which it is new.
        request: what waits for somebody else to approve it.
    """

    names: tuple[str, ...]
    request: RequestRow | None = None


class Exclusions:
    """The standing exclusions and accounts of a tenant, with changes that are not written yet.

    Attributes:
        policy: what the tenant asks of them.
        today: the day that it is for the tenant.

    Args:
        by: whose they are; without it, the actor's.
    """

    def __init__(
        self, here: Installation, actor: Actor, connection: Connection, known: Known, by: str | None = None
    ) -> None:
        self.known = known
        self.exclusions = declarations.list_exclusions(connection)
        self.accounts = declarations.list_accounts(connection)
        self.policy = read_policy(connection)
        self.today = day_of(known.tenant, here.now())
        self._by = by or actor.name
        self._next = declarations.next_exclusion(connection)
        self._here = here
        self._actor = actor
        self._writes: list[Callable[[Connection], None]] = []

    def named(self, wanted: Excluded) -> Excluded:
        """With the ids of actions as the catalog or Microsoft writes them. Raises UnknownError."""
        return replace(wanted, actions=named_actions(self._here, self.known, wanted.actions))

    def same(self, wanted: Excluded) -> ExclusionRow | None:
        """The one that says the same."""
        return next((row for row in self.exclusions if wanted.said_by(row)), None)

    def refuse(self, wanted: Excluded) -> None:
        """Refuses what cannot be excluded now. Raises ConfigurationError."""
        if wanted.expires is not None and wanted.expires <= self.today:
            raise ConfigurationError(
                f"the exclusion would expire on {wanted.expires}, which is not after today"
            )
        self.policy.refuse_exclusion(self.known.tenant, wanted, self.today)

    def exclude(self, wanted: Excluded) -> ExclusionRow:
        """Adds an exclusion."""
        values = asdict(wanted) | {
            "actions": tuple(sorted(wanted.actions)),
            "entities": tuple(sorted(wanted.entities)),
        }
        row = ExclusionRow(number=self._next, declared_by=self._by, declared_at=self._here.now(), **values)
        self._next += 1
        self.exclusions.append(row)
        self._write(
            lambda connection: declarations.add_exclusion(connection, self.known.tenant.tenant_id, row)
        )
        self._audit("exclusion.add", str(row.number), after=_told(row))
        return row

    def end(self, row: ExclusionRow) -> None:
        """Ends an exclusion."""
        self.exclusions.remove(row)

        def write(connection: Connection) -> None:
            if not declarations.end_exclusion(connection, row.number, self._actor.name, self._here.now()):
                raise ConflictError(f"exclusion {row.number} was ended meanwhile: list the exclusions again")

        self._write(write)
        self._audit("exclusion.end", str(row.number), before=_told(row))

    def declare(self, account_class: AccountClass, names: Iterable[str], note: str | None) -> list[str]:
        """Adds accounts to a class, or changes their note. Returns those for which that is new."""
        known = self._of_class(account_class)
        new = self.undeclared(account_class, names, note)
        if new:
            self._drop(account_class, [known[one.casefold()] for one in new if one.casefold() in known])
            rows = [AccountRow(account_class, name, self._by, self._here.now(), note) for name in new]
            self.accounts.extend(rows)
            self._write(
                lambda connection: declarations.add_accounts(connection, self.known.tenant.tenant_id, rows)
            )
            told = {"names": new} if note is None else {"names": new, "note": note}
            self._audit("account.declare", account_class, after=told)
        return new

    def undeclared(self, account_class: AccountClass, names: Iterable[str], note: str | None) -> list[str]:
        """The accounts for which it would be new that they are of the class, or have the note."""
        known = self._of_class(account_class)
        return [name for name in _unlike(names) if _differs(known.get(name.casefold()), note)]

    def take_back(self, account_class: AccountClass, names: Iterable[str]) -> list[str]:
        """Takes accounts out of a class. Returns those that were in it."""
        wanted = {name.strip().casefold() for name in names}
        gone = [
            row
            for row in self.accounts
            if row.account_class is account_class and row.name.casefold() in wanted
        ]
        if gone:
            self._drop(account_class, gone)
            self._audit("account.take_back", account_class, before={"names": [row.name for row in gone]})
        return [row.name for row in gone]

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._writes)

    @property
    def organisation(self) -> Organisation:
        """Everything declared, with the changes."""
        return replace(
            self.known.organisation,
            accounts=accounts_of(self.accounts),
            exclusions=tuple(map(excluded, self.exclusions)),
        )

    def declaration(
        self, about: dict[str, Any], also: Callable[[Connection], None] = lambda _: None
    ) -> Declaration:
        """The change as it is recorded; `also` writes what belongs into the same transaction."""

        def write(connection: Connection) -> None:
            if read_policy(connection) != self.policy:
                raise Overtaken
            for one in (*self._writes, also):
                one(connection)

        return Declaration(Trigger.EXCLUSION, self.organisation, write, about)

    def _of_class(self, account_class: AccountClass) -> dict[str, AccountRow]:
        return {row.name.casefold(): row for row in self.accounts if row.account_class is account_class}

    def _drop(self, account_class: AccountClass, rows: Sequence[AccountRow]) -> None:
        if not rows:
            return
        names = [row.name for row in rows]
        self.accounts = [row for row in self.accounts if row not in rows]
        self._write(lambda connection: declarations.remove_accounts(connection, account_class, names))

    def _write(self, write: Callable[[Connection], None]) -> None:
        self._writes.append(write)

    def _audit(
        self,
        act: str,
        target: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        self._write(
            lambda connection: write_down(
                connection,
                self._actor,
                self.known.tenant.tenant_id,
                act,
                target,
                before=before,
                after=after,
            )
        )


def add_exclusion(here: Installation, actor: Actor, tenant_id: UUID, wanted: Excluded) -> ExclusionMade:
    """Excludes entities from actions. The same again changes nothing.

    Where the tenant asks for somebody who approves, it becomes a request, and has no effect until then.

    Raises:
        UnknownError: there is no such action.
        ConfigurationError: it says nothing, would hold on no day, or lacks what the tenant asks of exclusions.
    """
    actor.require(Right.WRITE, tenant_id)
    refuse_exclusion(wanted)
    done: list[ExclusionMade] = []
    waiting: list[Excluded] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        draft = Exclusions(here, actor, connection, known)
        named = draft.named(wanted)
        same = draft.same(named)
        done[:], waiting[:] = [ExclusionMade(same, changed=False)], []
        if same is not None:
            return None
        draft.refuse(named)
        if draft.policy.needs_approval(named):
            waiting[:] = [named]
            return None
        row = draft.exclude(named)
        done[:] = [ExclusionMade(row, changed=True)]
        return draft.declaration(about_exclusion(row))

    record_declaration(here, actor, tenant_id, made)
    if waiting:
        request, new = enter_request(here, actor, tenant_id, waiting[0])
        return ExclusionMade(None, changed=new, request=request)
    return done[0]


def end_exclusion(here: Installation, actor: Actor, tenant_id: UUID, number: int) -> Snapshot:
    """Ends an exclusion: its entities count again.

    Raises:
        UnknownError: there is no such exclusion, or it has ended already.
    """
    actor.require(Right.WRITE, tenant_id)
    gone = UnknownError(f"exclusion {number} is not there, or has ended already")

    def made(connection: Connection, known: Known) -> Declaration:
        draft = Exclusions(here, actor, connection, known)
        row = next((one for one in draft.exclusions if one.number == number), None)
        if row is None:
            raise gone
        draft.end(row)
        return draft.declaration({"ended": number, **_told(row)})

    snapshot = record_declaration(here, actor, tenant_id, made)
    if snapshot is None:
        raise gone
    return snapshot


def list_exclusions(here: Installation, actor: Actor, tenant_id: UUID) -> list[ExclusionRow]:
    """The exclusions that nobody ended, oldest first; those that expired are among them."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return declarations.list_exclusions(connection)


def declare_accounts(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    account_class: AccountClass,
    names: Sequence[str],
    note: str | None = None,
) -> AccountsMade:
    """Says that accounts are of a class. The same again changes nothing.

    Where the tenant asks for somebody who approves, it becomes a request, and has no effect until then.

    Raises:
        ConfigurationError: the directory itself says which accounts are of that class, or a name is empty.
    """
    actor.require(Right.WRITE, tenant_id)
    refuse_accounts(account_class, names, note)
    done: list[str] = []
    waiting: list[Accounts] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        draft = Exclusions(here, actor, connection, known)
        done[:], waiting[:] = [], []
        new = draft.undeclared(account_class, names, note)
        wanted = Accounts(account_class, tuple(sorted(new)), note)
        if new and draft.policy.needs_approval(wanted):
            waiting[:] = [wanted]
            return None
        done[:] = draft.declare(account_class, names, note)
        return draft.declaration(about_accounts(wanted)) if new else None

    record_declaration(here, actor, tenant_id, made)
    if waiting:
        return AccountsMade((), enter_request(here, actor, tenant_id, waiting[0])[0])
    return AccountsMade(tuple(done))


def take_back_accounts(
    here: Installation, actor: Actor, tenant_id: UUID, account_class: AccountClass, names: Sequence[str]
) -> list[str]:
    """Says that accounts are not of a class any more. Returns those that were."""
    actor.require(Right.WRITE, tenant_id)
    refuse_names("what is taken back", names)
    done: list[str] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        draft = Exclusions(here, actor, connection, known)
        done[:] = draft.take_back(account_class, names)
        return draft.declaration({"taken_back": done, "class": account_class}) if draft.changed else None

    record_declaration(here, actor, tenant_id, made)
    return done


def list_accounts(here: Installation, actor: Actor, tenant_id: UUID) -> list[AccountRow]:
    """Every declared account, by class and name."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return declarations.list_accounts(connection)


def refuse_exclusion(wanted: Excluded) -> None:
    """Refuses an exclusion that says nothing or cannot be kept. Raises ConfigurationError."""
    refuse_names("an exclusion of actions", wanted.actions)
    refuse_names("an exclusion of entities", wanted.entities)
    if not wanted.reason.strip():
        raise ConfigurationError("an exclusion needs a reason, so that others can judge it: give one")
    for name in ("reason", "owner"):
        refuse_text(name, getattr(wanted, name))


def refuse_accounts(account_class: AccountClass, names: Sequence[str], note: str | None) -> None:
    """Refuses accounts that nobody can declare. Raises ConfigurationError."""
    refuse_proven(account_class)
    refuse_names(f"a declaration of {account_class.replace('_', ' ')} accounts", names)
    refuse_text("note", note)


def named_actions(here: Installation, known: Known, actions: Iterable[str]) -> frozenset[str]:
    """The ids as the catalog or Microsoft writes them; `*` alone where it is among them. Raises UnknownError."""
    wanted = frozenset(one.strip() for one in actions)
    return (
        frozenset({EVERY_ACTION})
        if EVERY_ACTION in wanted
        else frozenset(_named(here, known, one) for one in wanted)
    )


def _named(here: Installation, known: Known, action: str) -> str:
    in_catalog = here.content().catalog.get(action)
    if in_catalog is not None:
        return in_catalog.id
    found = known.standing.get(action) if known.standing else None
    if found is None:
        raise UnknownError(f"there is no action {action!r} in the score of {known.tenant.name}")
    return found.id


def _differs(row: AccountRow | None, note: str | None) -> bool:
    """Whether declaring it with this note changes anything; without a note the one that is there stays."""
    return row is None or (note is not None and row.note != note)


def _unlike(names: Iterable[str]) -> list[str]:
    """Each name once, whatever the case of its letters."""
    return list({name.strip().casefold(): name.strip() for name in names}.values())


def about_exclusion(row: ExclusionRow) -> dict[str, Any]:
    """What the activity of an exclusion tells."""
    return {"excluded": row.number, **_told(row)}


def about_accounts(new: Accounts) -> dict[str, Any]:
    """What the activity of a declaration of accounts tells."""
    told = {"declared": list(new.names), "class": new.account_class}
    return told | ({"note": new.note} if new.note else {})


def _told(row: ExclusionRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("actions", "entities", "reason", "owner", "expires")}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in told.items()
        if value is not None
    }
