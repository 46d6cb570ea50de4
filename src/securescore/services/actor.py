"""Who acts, from where, and with which rights."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from securescore.errors import NotAllowedError, UnknownError
from securescore.store import grants
from securescore.store.database import Database
from securescore.store.grants import Grant, Role


class Right(StrEnum):
    """What a role allows (reference section 13).

    READ: everything that is shown. WRITE: statuses, notes, plans, exclusions, zones, comparisons. MANAGE: connections,
    people and what the installation itself is told.
    """

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.READ}),
    Role.WRITER: frozenset({Right.READ, Right.WRITE}),
    Role.MANAGER: frozenset(Right),
}

OPERATOR = "operator"
SYSTEM = "system"
_NOTHING: frozenset[Right] = frozenset()


@dataclass(frozen=True)
class Actor:
    """A person or program that asks for something.

    Attributes:
        name: as it stands in the audit log.
        origin: from where: `terminal`, `worker`, or an address.
        reader: the principal whose grants decide which tenants it sees in views over many.
        everywhere: rights for every tenant and for the installation.
        within: further rights for single tenants.
    """

    name: str
    origin: str
    reader: str
    everywhere: frozenset[Right] = _NOTHING
    within: Mapping[uuid.UUID, frozenset[Right]] = field(default_factory=dict)

    def may(self, right: Right, tenant_id: uuid.UUID | None = None) -> bool:
        """Whether it has the right, for that tenant or for the installation."""
        if right in self.everywhere:
            return True
        return tenant_id is not None and right in self.within.get(tenant_id, _NOTHING)

    def require(self, right: Right, tenant_id: uuid.UUID | None = None) -> None:
        """Refuses what the actor may not do. A tenant that it may not even read is not said to be there.

        Raises:
            UnknownError: it may not read the tenant.
            NotAllowedError: it may read it, and not do this.
        """
        if self.may(right, tenant_id):
            return
        if tenant_id is not None and not self.may(Right.READ, tenant_id):
            raise UnknownError(f"there is no tenant {tenant_id} that {self.name} may see")
        raise NotAllowedError(f"{self.name} has no right to {right} here: ask somebody who manages people")


def operator(os_user: str) -> Actor:
    """Whoever runs the program on the machine itself: may do everything, and it is written down."""
    return Actor(f"operator:{os_user}", "terminal", OPERATOR, frozenset(Right))


def system(part: str) -> Actor:
    """The program itself, doing what was scheduled."""
    return Actor(f"system:{part}", "worker", SYSTEM, frozenset(Right))


def principal(database: Database, name: str, origin: str) -> Actor:
    """Somebody with the rights that the grants of this moment give."""
    with database.reader(name) as connection:
        given = grants.of_principal(connection, name)
        members = grants.tenants_of(connection, [one.group_id for one in given if one.group_id])
    return Actor(name, origin, name, _everywhere(given), _within(given, members))


def _everywhere(given: list[Grant]) -> frozenset[Right]:
    return _NOTHING.union(
        *(RIGHTS[one.role] for one in given if one.tenant_id is None and one.group_id is None)
    )


def _within(
    given: list[Grant], members: Mapping[uuid.UUID, frozenset[uuid.UUID]]
) -> dict[uuid.UUID, frozenset[Right]]:
    found: dict[uuid.UUID, frozenset[Right]] = {}
    for one in given:
        tenants = (
            members.get(one.group_id, frozenset())
            if one.group_id
            else frozenset(filter(None, [one.tenant_id]))
        )
        for tenant_id in tenants:
            found[tenant_id] = found.get(tenant_id, _NOTHING) | RIGHTS[one.role]
    return found
