"""What a tenant asks of decisions: an owner, evidence, an expiry, or somebody else who approves."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConfigurationError
from securescore.model import RESOLVED, Status
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import Asked, Excluded, Wanted
from securescore.services.installation import Installation
from securescore.store import decisions
from securescore.store import tenants as rows
from securescore.store.decisions import PolicyRow
from securescore.store.tenants import Tenant

BY_DEFAULT = frozenset({*RESOLVED, Status.RISK_ACCEPTED})
"""The decisions a policy is about unless it says otherwise: those that add points or take an action off the list."""

MONTHS = 12
_LONGEST = 120
_IN_YEAR = 12


@dataclass(frozen=True)
class Policy:
    """What is asked of a decision with one of the statuses, and of every exclusion; nothing, unless somebody said so.

    Attributes:
        approval: somebody other than the requester has to approve it, and accounts that are declared too.
        months: after so many an expiry is proposed.
    """

    owner: bool = False
    evidence: bool = False
    expiry: bool = False
    approval: bool = False
    months: int = MONTHS
    statuses: frozenset[Status] = BY_DEFAULT

    def needs_approval(self, wanted: Wanted) -> bool:
        """Whether somebody else has to approve it. What is excluded or declared raises the score whatever its status."""
        return self.approval and (not isinstance(wanted, Asked) or wanted.status in self.statuses)

    def proposed(self, today: date) -> date:
        """The expiry of a decision that is made today, unless somebody gives another."""
        return _months_after(today, self.months)

    def completed(self, asked: Asked, today: date) -> Asked:
        """With the proposed expiry where one is required and none is given."""
        if self.expiry and asked.expires is None and asked.status in self.statuses:
            return replace(asked, expires=self.proposed(today))
        return asked

    def refuse(self, tenant: Tenant, asked: Asked, today: date) -> None:
        """Refuses a decision that lacks something. Raises ConfigurationError, whose sentence says what is missing."""
        if asked.status not in self.statuses:
            return
        if missing := list(self._missing(asked.owner, asked.evidence, asked.expires, today)):
            status = asked.status.replace("_", " ")
            raise ConfigurationError(
                f"{tenant.name} asks {_and(missing)} of every decision {status!r}, and the one about "
                f"{asked.action} gives none: add what is missing"
            )

    def refuse_exclusion(self, tenant: Tenant, wanted: Excluded, today: date) -> None:
        """The same for an exclusion, whose reason is its evidence."""
        if missing := list(self._missing(wanted.owner, wanted.reason, wanted.expires, today)):
            raise ConfigurationError(
                f"{tenant.name} asks {_and(missing)} of every exclusion, and this one gives none: add what is missing"
            )

    def _missing(
        self, owner: str | None, evidence: str | None, expires: date | None, today: date
    ) -> Iterable[str]:
        if self.owner and not (owner or "").strip():
            yield "an owner"
        if self.evidence and not (evidence or "").strip():
            yield "evidence"
        if self.expiry and expires is None:
            yield f"an expiry (such as {self.proposed(today)})"


def read_policy(connection: Connection) -> Policy:
    """What the tenant of the transaction asks of decisions."""
    row = decisions.get_policy(connection)
    return Policy() if row is None else Policy(**asdict(row) | {"statuses": frozenset(row.statuses)})


def get_policy(here: Installation, actor: Actor, tenant_id: UUID) -> Policy:
    """What a tenant asks of decisions."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return read_policy(connection)


def set_policy(here: Installation, actor: Actor, tenant_id: UUID, policy: Policy) -> bool:
    """Changes what a tenant asks of decisions from now on; those that stand stay as they are. The same changes nothing.

    Returns:
        Whether it was changed.
    """
    actor.require(Right.MANAGE, tenant_id)
    _refuse_nonsense(policy)
    with here.database.changing(tenant_id) as connection:
        rows.get(connection)
        before = read_policy(connection)
        if policy == before:
            return False
        row = PolicyRow(**asdict(policy) | {"statuses": tuple(sorted(policy.statuses))})
        decisions.set_policy(connection, tenant_id, row, actor.name, here.now())
        write_down(
            connection,
            actor,
            tenant_id,
            "policy.change",
            str(tenant_id),
            before=_told(before),
            after=_told(policy),
        )
    return True


def _told(policy: Policy) -> dict[str, Any]:
    return asdict(policy) | {"statuses": sorted(policy.statuses)}


def _refuse_nonsense(policy: Policy) -> None:
    if not 0 < policy.months <= _LONGEST:
        raise ConfigurationError(
            f"an expiry can be proposed after 1 to {_LONGEST} months, not after {policy.months}"
        )
    if Status.COMPLETED in policy.statuses or not policy.statuses:
        raise ConfigurationError(
            "a policy is about at least one of the statuses that people choose; completed is none of them"
        )


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(day.year * _IN_YEAR + day.month - 1 + months, _IN_YEAR)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"{day} has no day {months} months later; give a day within the calendar")
