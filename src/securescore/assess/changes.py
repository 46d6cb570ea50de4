"""Why the score moved between two assessments of one folder: every action's effects, in both readings."""

import filecmp
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from securescore.assess.crediting import NOTHING, Declared, credited_parameters, credited_verdicts
from securescore.assess.measure import Measurement, Measurer
from securescore.assess.result import AssessedAction, Assessment
from securescore.assess.scope import inside
from securescore.errors import EvidenceError, first_line
from securescore.evidence import Run
from securescore.facts import Fact
from securescore.model import RESOLVED, Coverage, Scoring, Source
from securescore.scoring.account import Account, account
from securescore.scoring.change import Basis, Cause, Change, Effect, Side, Trigger
from securescore.scoring.explain import explain
from securescore.scoring.flows import Flow, Flows
from securescore.scoring.standing import Rung
from securescore.scoring.totals import Pair

_SIDES = ("old_", "new_")


@dataclass(frozen=True)
class Explanation:
    """What moved the score, credited and verified; each list of effects sums exactly to its difference."""

    credited: Account
    verified: Account
    credited_effects: tuple[Effect, ...]
    verified_effects: tuple[Effect, ...]

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Those of both readings."""
        return (*self.credited_effects, *self.verified_effects)


@dataclass(frozen=True)
class Step:
    """Two assessments between which one kind of thing changed."""

    trigger: Trigger
    before: Assessment
    after: Assessment


def explain_steps(steps: list[Step]) -> Explanation:
    """Explains a chain of steps, each beginning where the one before ended.

    Raises:
        EvidenceError: verdicts that have to be compared cannot be read.
    """
    first, last = steps[0].before, steps[-1].after
    effects = [effects_of(step) for step in steps]
    credited = [effect for one, _ in effects for effect in one]
    verified = [effect for _, one in effects for effect in one]
    return Explanation(
        credited=account(first.score.total.credited_pair, last.score.total.credited_pair, credited),
        verified=account(first.score.total.verified_pair, last.score.total.verified_pair, verified),
        credited_effects=tuple(credited),
        verified_effects=tuple(verified),
    )


def effects_of(step: Step) -> tuple[list[Effect], list[Effect]]:
    """The effects of one step, credited and verified.

    Raises:
        EvidenceError: verdicts that have to be compared cannot be read.
    """
    with duckdb.connect(":memory:") as connection:
        return (
            list(_effects(step, connection, verified=False)),
            list(_effects(step, connection, verified=True)),
        )


def runs_behind(
    effects: Iterable[Effect], before: Assessment, after: Assessment, facts: Mapping[str, Fact]
) -> list[tuple[Run, Run, list[str]]]:
    """The tables whose records may stand behind the changes of configuration, by the two runs that were compared."""
    moved = {effect.action_id for effect in effects if effect.cause is Cause.CONFIGURATION}
    measurer = Measurer(facts)
    found: dict[tuple[str, str], tuple[tuple[Run, Run], dict[str, None]]] = {}
    for action_id in sorted(moved):
        sides = [side.reading.measurement for one in (before, after) if (side := one.get(action_id))]
        if len(sides) == len(_SIDES) and sides[0] and sides[1]:
            old, new = sides[0].run, sides[1].run
            _, tables = found.setdefault((old.id, new.id), ((old, new), {}))
            tables |= dict.fromkeys(measurer.need(sides[1].action).tables)
    return [(*runs, list(tables)) for runs, tables in found.values()]


def _effects(step: Step, connection: duckdb.DuckDBPyConnection, *, verified: bool) -> Iterable[Effect]:
    ids = {action.id.casefold(): action.id for one in (step.before, step.after) for action in one.actions}
    for action_id in ids.values():
        before, after = step.before.get(action_id), step.after.get(action_id)
        known = after or before
        if known is not None:
            yield from explain(_change(step.trigger, known, before, after, connection, verified=verified))


def _change(
    trigger: Trigger,
    known: AssessedAction,
    before: AssessedAction | None,
    after: AssessedAction | None,
    connection: duckdb.DuckDBPyConnection,
    *,
    verified: bool,
) -> Change:
    sides = [_side(action, known, verified=verified) for action in (before, after)]
    scoring = known.action.scoring if known.action else None
    return Change(
        action_id=known.id,
        trigger=_trigger(trigger, before, after),
        before=sides[0],
        after=sides[1],
        scoring=scoring or Scoring.PROPORTIONAL,
        flows=_flows(before, after, connection, verified=verified) if trigger is Trigger.SYNC else Flows(),
    )


def _trigger(given: Trigger, before: AssessedAction | None, after: AssessedAction | None) -> Trigger:
    """An action that entered or left the scope did so for that reason, whatever else was synchronised."""
    if given is not Trigger.SYNC:
        return given
    scopes = [action is not None and inside(action.scope) for action in (before, after)]
    return Trigger.SYNC if scopes[0] is scopes[1] else Trigger.SCOPE


def _side(action: AssessedAction | None, known: AssessedAction, *, verified: bool) -> Side:
    if action is None:
        return Side(Pair(), Basis.NONE, known.category)
    pair = Pair((action.verified if verified else action.points) or 0, action.maximum or 0)
    coverage = (action.measured if verified else action.coverage) or Coverage()
    measured = action.measured or Coverage()
    return Side(
        pair=pair if action.counted else Pair(),
        basis=_basis(action),
        category=action.category,
        protected=coverage.protected,
        total=coverage.total,
        population=measured.total,
        resolved=not verified and action.counted and _whole_action_resolved(action),
    )


def _whole_action_resolved(action: AssessedAction) -> bool:
    return action.status in RESOLVED and action.declared.whole_resolved and not action.declared.overruled


def _basis(action: AssessedAction) -> Basis:
    if action.uniform:
        return Basis.UNIFORM
    if action.source is not None:
        return Basis.EVIDENCE if action.source is Source.EVIDENCE else Basis.NATIVE
    return Basis.LOST if action.reading.rung is Rung.LOST else Basis.NONE


def _flows(
    before: AssessedAction | None,
    after: AssessedAction | None,
    connection: duckdb.DuckDBPyConnection,
    *,
    verified: bool,
) -> Flows:
    """The movements of entities, counted in SQL over both files of verdicts."""
    if before is None or after is None or not _comparable(before, after):
        return Flows()
    old, new = before.reading.measurement, after.reading.measurement
    declared = (NOTHING, NOTHING) if verified else (before.declared, after.declared)
    if old is None or new is None or (old.key == new.key and declared[0] == declared[1]):
        return Flows()
    if declared[0] == declared[1] and _alike(old.verdicts, new.verdicts):
        return Flows()
    return _counted(connection, (old, new), declared)


def _alike(old: Path, new: Path) -> bool:
    """Whether two files of verdicts are the same to the byte, as most are from day to day, which takes no query to see.

    Of one that cannot be read, the query tells.
    """
    try:
        return filecmp.cmp(old, new, shallow=False)
    except OSError:
        return False


def _counted(
    connection: duckdb.DuckDBPyConnection,
    measurements: tuple[Measurement, Measurement],
    declared: tuple[Declared, Declared],
) -> Flows:
    sides = [credited_verdicts(one.verdicts, name) for one, name in zip(measurements, _SIDES, strict=True)]
    parameters = {
        key: value
        for what, name in zip(declared, _SIDES, strict=True)
        for key, value in credited_parameters(what, name).items()
    }
    try:
        row = connection.execute(_FLOWS.format(*sides), parameters).fetchone()
    except duckdb.Error as error:
        raise EvidenceError(
            f"the verdicts of {measurements[1].action.id} cannot be compared ({first_line(error)}): delete the "
            f"files under {measurements[1].verdicts.parent} and assess again"
        ) from error
    counts = [int(count or 0) for count in row or (0,) * 6]
    return Flows(
        left=Flow(-counts[0], -counts[1]),
        joined=Flow(counts[2], counts[3]),
        evidence=Flow(counts[4]),
        configuration=Flow(counts[5]),
    )


def _comparable(before: AssessedAction, after: AssessedAction) -> bool:
    return all(action.source is Source.EVIDENCE and action.counted for action in (before, after))


_FLOWS = """
    WITH old AS (SELECT entity_id, credited FROM ({}) WHERE NOT excluded),
         new AS (SELECT entity_id, credited FROM ({}) WHERE NOT excluded),
         both_sides AS (
             SELECT old.entity_id IS NULL AS is_new, new.entity_id IS NULL AS is_gone,
                    old.credited AS was, new.credited AS now
             FROM old FULL JOIN new USING (entity_id)
         )
    SELECT count_if(is_gone AND was = 'protected'), count_if(is_gone),
           count_if(is_new AND now = 'protected'), count_if(is_new),
           sum((now = 'protected')::INT - (was = 'protected')::INT)
               FILTER (NOT is_new AND NOT is_gone AND 'unknown' IN (was, now)),
           sum((now = 'protected')::INT - (was = 'protected')::INT)
               FILTER (NOT is_new AND NOT is_gone AND 'unknown' NOT IN (was, now))
    FROM both_sides
"""
