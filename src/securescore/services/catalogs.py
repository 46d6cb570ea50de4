"""Which content is in force, what a newer one would change, and its approval.

A change of content moves scores without anybody doing anything, so it is never applied unseen: a new version of the
program waits with its content until somebody approves it, at once or from a day on.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from securescore.catalog.diff import Difference, compare
from securescore.errors import ConflictError
from securescore.scoring.account import Account, account
from securescore.scoring.change import Effect
from securescore.scoring.totals import Pair
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.content import Content, shipped
from securescore.services.content_in_force import content_in_force, put_in_force
from securescore.services.installation import Installation
from securescore.services.record.recording import Recorder, read_known, record_content
from securescore.store import installation as rows
from securescore.store.packing import StoredEffect
from securescore.store.schema import INSTALLATION
from securescore.store.snapshots import Snapshot


@dataclass(frozen=True)
class Upcoming:
    """The content that waits beside the one in force.

    Attributes:
        in_force: version of the content that tenants are assessed with.
        waiting: version of the content that came with the program; equal when nothing waits.
        due: the day from which it is in force, when somebody said so.
        differences: what it changes.
        coming: dated changes of points that lie ahead in the content in force: action, day, points in micropoints.
    """

    in_force: str
    waiting: str
    due: date | None
    differences: tuple[Difference, ...]
    coming: tuple[tuple[str, date, int], ...]


@dataclass(frozen=True)
class Preview:
    """What the waiting content would do to the newest score of one tenant; nothing was recorded."""

    tenant_id: UUID
    credited: Account
    effects: tuple[Effect, ...]


def read_upcoming(here: Installation, actor: Actor) -> Upcoming:
    """What is in force, what waits, and what each changes."""
    actor.require(Right.READ)
    in_force = content_in_force(here.database, here.now)
    with here.database.installation() as connection:
        _, due = rows.content_in_force(connection)
    return Upcoming(
        in_force.version,
        shipped().version,
        due,
        tuple(compare(in_force.catalog, shipped().catalog)),
        _coming(in_force, here.now().date()),
    )


def preview_content(here: Installation, actor: Actor, tenant_id: UUID) -> Preview | None:
    """What the waiting content would do to a tenant; None for one without a score."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        known = read_known(connection)
    if known.standing is None:
        return None
    before = known.standing.snapshot.totals.credited_pair
    chain = Recorder(replace(here, content=shipped), actor, known).rescored()
    after = chain.links[-1].standing.snapshot.totals.credited_pair if chain.links else before
    effects = tuple(_effect(one) for link in chain.links for one in link.effects.credited)
    return Preview(tenant_id, account(before, after, effects), effects)


def approve_content(here: Installation, actor: Actor, on: date | None = None) -> int:
    """Puts the waiting content in force, at once or from a day on, and has every tenant scored again.

    Returns how many tenants wait for that; 0 when its day lies ahead.

    Raises:
        ConflictError: nothing waits.
    """
    actor.require(Right.MANAGE)
    if content_in_force(here.database, here.now).version == shipped().version:
        raise ConflictError("no new content waits: what came with this version of securescore is in force")
    if on is not None and on > here.now().date():
        with here.database.installation() as connection:
            rows.put_off(connection, on)
            told = {"version": shipped().version, "from": on.isoformat()}
            write_down(
                connection,
                actor,
                INSTALLATION,
                "content.schedule",
                "content",
                after=told,
            )
        return 0
    return put_in_force(here.database, here.now, actor, "approved")


def rescore_tenant(here: Installation, actor: Actor, tenant_id: UUID) -> list[Snapshot]:
    """Scores the newest evidence of a tenant again with the content in force. Nothing is read from the tenant."""
    actor.require(Right.WRITE, tenant_id)
    return record_content(here, actor, tenant_id)


def _coming(content: Content, today: date) -> tuple[tuple[str, date, int], ...]:
    return tuple(
        sorted(
            (
                (action.id, point.start, point.value)
                for action in content.catalog.actions.values()
                for point in action.points
                if point.start is not None and point.start > today
            ),
            key=lambda one: (one[1], one[0].casefold()),
        )
    )


def _effect(stored: StoredEffect) -> Effect:
    return Effect(stored.action_id, stored.cause, stored.category, Pair(stored.achieved, stored.maximum))
