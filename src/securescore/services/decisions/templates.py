"""Templates: decisions that are made alike for many tenants, such as `this mail gateway resolves these ten actions`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConfigurationError, SecureScoreError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import Asked, from_json, refuse_nonsense, to_json
from securescore.services.decisions.drafting import Draft, numbers
from securescore.services.decisions.requesting import put_request
from securescore.services.groups import list_members
from securescore.services.installation import Installation
from securescore.services.naming import checked_name
from securescore.services.record.recording import (
    Declaration,
    Known,
    foresee,
    read_known,
    record_declaration,
)
from securescore.services.tenants import find_tenant
from securescore.store import decisions, snapshots
from securescore.store.decisions import TemplateRow
from securescore.store.declarations import DecisionRow
from securescore.store.schema import INSTALLATION
from securescore.store.snapshots import Totals
from securescore.store.tenants import Summary

_MOST = 500


@dataclass(frozen=True)
class Template:
    """Decisions under a name. None of them is about single entities: those belong to one tenant."""

    name: str
    decisions: tuple[Asked, ...]


@dataclass(frozen=True)
class Skipped:
    """A decision of a template that is not made for a tenant, and why."""

    action: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """What a template does to one tenant.

    Attributes:
        made: the decisions that are made.
        requested: those that somebody else has to approve first; they have no effect until then.
        before: the score without the template; None when there is none.
        after: the score with it.
        problem: why nothing is done to this tenant, in one sentence.
    """

    tenant: Summary
    made: tuple[DecisionRow, ...] = ()
    requested: tuple[Asked, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    before: Totals | None = None
    after: Totals | None = None
    problem: str | None = None

    @property
    def gained(self) -> int:
        """The difference in micropoints."""
        return self.after.points - self.before.points if self.before and self.after else 0


@dataclass
class _Laid:
    """A template laid over the decisions of one tenant."""

    draft: Draft
    made: list[DecisionRow] = field(default_factory=list)
    requested: list[Asked] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def lay(self, asked: Asked) -> None:
        why = self._why_not(asked)
        if why is not None:
            self.skipped.append(Skipped(asked.action, why))
            return
        asked = self._fitting(asked)
        try:
            self.draft.refuse(asked)
        except ConfigurationError as error:
            self.skipped.append(Skipped(asked.action, str(error)))
            return
        if self.draft.policy.needs_approval(asked):
            self.requested.append(asked)
        else:
            self.made.append(self.draft.make(asked, self.draft.author))

    def _fitting(self, asked: Asked) -> Asked:
        return self.draft.policy.completed(self.draft.named(asked), self.draft.today)

    def _why_not(self, asked: Asked) -> str | None:
        action = self.draft.action(asked.action)
        if action is None or not action.counted:
            return "not in the score"
        named = replace(asked, action=action.id)
        if self.draft.is_completed(named):
            return "completed"
        row = self.draft.holding(named)
        if row is not None and self._held(row, named):
            return f"held already (decision {row.number})"
        return "held already" if self.draft.nothing_to_undo(named) else None

    def _held(self, row: DecisionRow, asked: Asked) -> bool:
        """Whether it says the same; where the template gives no expiry, with any that has not come yet."""
        if asked.expires is None and row.expires is not None and row.expires > self.draft.today:
            asked = replace(asked, expires=row.expires)
        return asked.said_by(row)

    def declaration(self, name: str) -> Declaration:
        about = {"template": name, "decisions": numbers(self.made)}
        return self.draft.declaration(about)


def save_template(here: Installation, actor: Actor, name: str, wanted: Sequence[Asked]) -> bool:
    """Makes a template, or replaces the one of that name. What it decided already stays as it is.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowedError: the actor may not write in every tenant.
        ConfigurationError: the template contradicts itself.
    """
    actor.require(Right.WRITE)
    name = checked_name("template", name)
    named = _checked(here, wanted)
    told = [to_json(one) for one in named]
    with here.database.installation() as connection:
        before = decisions.find_template(connection, name)
        if before is not None and (before.name, list(before.decisions)) == (name, told):
            return False
        decisions.put_template(connection, TemplateRow(name, told, actor.name, here.now()))
        _audit(connection, actor, "template.save", name, before, told)
    return True


def remove_template(here: Installation, actor: Actor, name: str) -> None:
    """Removes a template. What it decided stays. Raises UnknownError when there is none of that name."""
    actor.require(Right.WRITE)
    with here.database.installation() as connection:
        before = _found(connection, name)
        decisions.remove_template(connection, name)
        _audit(connection, actor, "template.remove", before.name, before, None)


def list_templates(here: Installation, actor: Actor) -> list[Template]:
    """All templates, by name, for everybody who may write in some tenant."""
    _require_some(actor)
    with here.database.installation() as connection:
        return [_template(row) for row in decisions.list_templates(connection)]


def get_template(here: Installation, actor: Actor, name: str) -> Template:
    """One template. Raises UnknownError when there is none of that name."""
    _require_some(actor)
    with here.database.installation() as connection:
        return _template(_found(connection, name))


def chosen_tenants(
    here: Installation, actor: Actor, names: Iterable[str] = (), group: str | None = None
) -> list[Summary]:
    """The tenants of these names and of the group, each once.

    Raises:
        UnknownError: there is no such tenant or group.
        ConfigurationError: nobody was named.
    """
    found = [find_tenant(here, actor, name) for name in names]
    found += list_members(here, actor, group) if group is not None else []
    if not found:
        raise ConfigurationError("no tenant was chosen: name some, or a group that has some")
    return list({one.tenant_id: one for one in found}.values())


def preview_template(
    here: Installation, actor: Actor, name: str, tenants: Sequence[Summary]
) -> list[Outcome]:
    """What a template would do to each of these tenants, with the same computation as when it is applied."""
    template = get_template(here, actor, name)
    return [lay_template(here, actor, one, template, apply=False) for one in tenants]


def apply_template(here: Installation, actor: Actor, name: str, tenants: Sequence[Summary]) -> list[Outcome]:
    """Applies a template, in one transaction a tenant. A tenant that fails is reported, and the others go on.

    Applied again it changes nothing.
    """
    template = get_template(here, actor, name)
    return [lay_template(here, actor, one, template, apply=True) for one in tenants]


def lay_template(
    here: Installation, actor: Actor, tenant: Summary, template: Template, *, apply: bool
) -> Outcome:
    """Applies a template to one tenant, or says what it would do. A refusal is an outcome too."""
    try:
        actor.require(Right.WRITE, tenant.tenant_id)
        return (_applied if apply else _foreseen)(here, actor, tenant, template)
    except SecureScoreError as error:
        return Outcome(tenant, problem=str(error))


def _foreseen(here: Installation, actor: Actor, tenant: Summary, template: Template) -> Outcome:
    with here.database.tenant(tenant.tenant_id) as connection:
        known = read_known(connection)
        laid = _laid(Draft(here, actor, connection, known), template)
    before = after = laid.draft.snapshot.totals
    if laid.made:
        before, after = foresee(here, actor, known, [laid.declaration(template.name)])
    return _outcome(tenant, laid, before, after)


def _applied(here: Installation, actor: Actor, tenant: Summary, template: Template) -> Outcome:
    done: list[_Laid] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        laid = _laid(Draft(here, actor, connection, known), template)
        done[:] = [laid]
        return laid.declaration(template.name) if laid.made else None

    snapshot = record_declaration(here, actor, tenant.tenant_id, made)
    _request(here, actor, tenant.tenant_id, done[0].requested)
    if snapshot is None:
        unmoved = done[0].draft.snapshot.totals
        return _outcome(tenant, done[0], unmoved, unmoved)
    with here.database.tenant(tenant.tenant_id) as connection:
        before = snapshots.snapshot(connection, snapshot.number - 1).totals
    return _outcome(tenant, done[0], before, snapshot.totals)


def _request(here: Installation, actor: Actor, tenant_id: UUID, wanted: Sequence[Asked]) -> None:
    if wanted:
        with here.database.changing(tenant_id) as connection:
            for asked in wanted:
                put_request(here, actor, connection, tenant_id, asked)


def _laid(draft: Draft, template: Template) -> _Laid:
    laid = _Laid(draft)
    for asked in template.decisions:
        laid.lay(asked)
    return laid


def _outcome(tenant: Summary, laid: _Laid, before: Totals, after: Totals) -> Outcome:
    return Outcome(
        tenant, tuple(laid.made), tuple(laid.requested), tuple(laid.skipped), before=before, after=after
    )


def _checked(here: Installation, wanted: Sequence[Asked]) -> tuple[Asked, ...]:
    """The decisions with ids as the catalog writes them."""
    if not 0 < len(wanted) <= _MOST:
        raise ConfigurationError(f"a template holds 1 to {_MOST} decisions, not {len(wanted)}")
    catalog = here.content().catalog
    found: list[Asked] = []
    for one in wanted:
        refuse_nonsense(one)
        if one.entities is not None:
            raise ConfigurationError(
                f"the decision about {one.action} names entities, which belong to one tenant: leave them out of a template"
            )
        known = catalog.get(one.action)
        named = replace(one, action=known.id if known else one.action)
        _refuse_overruled(found, named)
        found.append(named)
    return tuple(found)


def _refuse_overruled(before: Iterable[Asked], asked: Asked) -> None:
    for one in before:
        if one.action.casefold() == asked.action.casefold() and (asked.whole or one.scope == asked.scope):
            raise ConfigurationError(
                f"two decisions of the template are about the same of {asked.action}: leave one out"
            )


def _require_some(actor: Actor) -> None:
    if not any(Right.WRITE in rights for rights in actor.within.values()):
        actor.require(Right.WRITE)


def _found(connection: Connection, name: str) -> TemplateRow:
    row = decisions.find_template(connection, name)
    if row is None:
        raise UnknownError(
            f"there is no template {name.strip()!r}: securescore template list names those there are"
        )
    return row


def _template(row: TemplateRow) -> Template:
    return Template(row.name, tuple(map(from_json, row.decisions)))


def _audit(
    connection: Connection,
    actor: Actor,
    act: str,
    name: str,
    before: TemplateRow | None,
    after: Sequence[object] | None,
) -> None:
    write_down(
        connection,
        actor,
        INSTALLATION,
        act,
        name,
        before={"decisions": before.decisions} if before else None,
        after={"decisions": after} if after is not None else None,
    )
