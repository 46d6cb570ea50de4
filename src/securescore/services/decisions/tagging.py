"""Tags that people put on actions, to find them again. They move no points."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from securescore.errors import ConfigurationError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import refuse_names, refuse_text
from securescore.services.installation import Installation
from securescore.store import decisions, snapshots
from securescore.store import tenants as rows

LONGEST = 50
_MOST = 100


def change_tags(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    action: str,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> tuple[str, ...]:
    """Puts tags on an action and takes others off, in any case of letters. Returns those it has then.

    Raises:
        UnknownError: there is no such action.
        ConfigurationError: a tag is empty or too long, or there would be too many.
    """
    actor.require(Right.WRITE, tenant_id)
    added, removed = _checked(add), _checked(remove)
    with here.database.changing(tenant_id) as connection:
        name = rows.get(connection).name
        standing = snapshots.newest(connection)
        in_catalog = here.content().catalog.get(action)
        found = standing.get(in_catalog.id if in_catalog else action) if standing else None
        if found is None:
            raise UnknownError(f"there is no action {action!r} in the score of {name}")
        before = decisions.list_tags(connection).get(found.id, ())
        folded = {one.casefold(): one for one in before}
        new = [tag for key, tag in added.items() if key not in folded]
        gone = [folded[key] for key in removed if key in folded and key not in added]
        after = tuple(sorted({*before, *new} - {*gone}, key=str.casefold))
        if len(after) > _MOST:
            raise ConfigurationError(f"{found.id} would have more than {_MOST} tags: take some off first")
        if after == before:
            return before
        decisions.remove_tags(connection, found.id, gone)
        decisions.add_tags(connection, tenant_id, found.id, new)
        write_down(
            connection,
            actor,
            tenant_id,
            "tags.change",
            found.id,
            before={"tags": before},
            after={"tags": after},
        )
    return after


def list_tags(here: Installation, actor: Actor, tenant_id: UUID) -> Mapping[str, tuple[str, ...]]:
    """The tags of each action that has some."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return decisions.list_tags(connection)


def _checked(tags: Iterable[str]) -> dict[str, str]:
    """The tags by their lower case."""
    names = [tag.strip() for tag in tags]
    if names:
        refuse_names("a list of tags", names)
    for tag in names:
        refuse_text("tag", tag, LONGEST)
    return {tag.casefold(): tag for tag in names}
