"""What people declared, laid over the verdicts: exclusions, account classes and decisions about some entities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self

import duckdb

from securescore.assess.measure import Measurement
from securescore.assess.organisation import Decision, Organisation
from securescore.catalog import Action
from securescore.errors import EvidenceError, first_line
from securescore.evidence.shaping import scan
from securescore.model import RESOLVED, Coverage, Status

_ENTITIES_OF_ACCOUNTS = frozenset({"user", "mailbox"})


@dataclass(frozen=True)
class Declared:
    """What was declared about one action on one day.

    Attributes:
        status: of the newest decision about the whole action, None without one.
        excluded: names or ids that the action is not about.
        entities: the newest decision about each name or id, older ones first.
        attested: somebody says that the task was done, and not too long ago.
    """

    status: Status | None = None
    excluded: frozenset[str] = frozenset()
    entities: Mapping[str, Status] = field(default_factory=dict)
    attested: bool = False

    @property
    def by_entity(self) -> bool:
        """Whether the verdicts have to be counted again."""
        return bool(self.excluded or self.entities)

    @property
    def whole_resolved(self) -> bool:
        """Whether somebody resolved the whole action otherwise."""
        return self.status in RESOLVED

    @property
    def overruled(self) -> bool:
        """Whether a newer decision takes some entities out of a resolved whole action."""
        return self.whole_resolved and any(status not in RESOLVED for status in self.entities.values())


NOTHING = Declared()
"""What holds where nothing was declared, and in the verified reading."""


def declared(organisation: Organisation, action_id: str, action: Action | None, day: date) -> Declared:
    """Everything the organisation declared about an action, as it holds on that day."""
    aliases = action.aliases if action else ()
    excluded = organisation.excluded(action_id, day, aliases)
    if action is not None and action.entity in _ENTITIES_OF_ACCOUNTS:
        excluded = excluded.union(*(organisation.members(one) for one in action.leaves_out))
    decisions = organisation.decisions_on(action_id, day, aliases)
    whole = next((one for one in reversed(decisions) if one.for_everything), None)
    newest = _newest_by_entity(organisation, decisions, whole)
    cadence = action.cadence_days if action else None
    attested = cadence is not None and organisation.attested(action_id, cadence, day, aliases)
    return Declared(whole.status if whole else None, excluded, newest, attested)


def _newest_by_entity(
    organisation: Organisation, decisions: list[Decision], whole: Decision | None
) -> dict[str, Status]:
    """The newest decision of each named entity, as far as it is newer than one about the whole action."""
    newest: dict[str, Status] = {}
    for decision in decisions:
        if decision.for_everything or (whole is not None and decision.age < whole.age):
            continue
        names = decision.entities or frozenset()
        if decision.account_class is not None:
            names |= organisation.members(decision.account_class)
        for name in names:
            newest.pop(name, None)  # the order of the names is the age of what was decided last
            newest[name] = decision.status
    return newest


@dataclass(frozen=True)
class Recount:
    """The coverage as credited.

    Attributes:
        resolved: entities that count as protected because somebody resolved them.
    """

    coverage: Coverage
    resolved: int = 0


class Recounter:
    """Counts verdicts again with everything declared, for many actions on one connection. To be closed."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def recount(self, measurement: Measurement, what: Declared) -> Recount:
        """The coverage as credited; with nothing declared by entity it is the measured one.

        An entity is matched by its id or its name.

        Raises:
            EvidenceError: the verdicts cannot be read.
        """
        if not what.by_entity:
            return Recount(measurement.coverage)
        if self._connection is None:
            self._connection = duckdb.connect(":memory:")
        try:
            row = self._connection.execute(
                _RECOUNT.format(credited_verdicts(measurement.verdicts)), credited_parameters(what)
            ).fetchone()
        except duckdb.Error as error:
            raise EvidenceError(
                f"the verdicts {measurement.verdicts} cannot be read ({first_line(error)}): delete the file and "
                "assess again"
            ) from error
        protected, exposed, unknown, excluded, resolved = row or (0,) * 5
        return Recount(Coverage(protected, exposed, unknown, excluded), resolved)


_RECOUNT = """
    SELECT count(*) FILTER (NOT excluded AND credited = 'protected'),
           count(*) FILTER (NOT excluded AND credited = 'exposed'),
           count(*) FILTER (NOT excluded AND credited = 'unknown'),
           count(*) FILTER (excluded),
           count(*) FILTER (NOT excluded AND credited = 'protected' AND verdict <> 'protected')
    FROM ({})
"""


def credited_verdicts(path: Path, side: str = "") -> str:
    """SQL: the verdicts of a file with `excluded` and `credited`; takes the parameters of `credited_parameters`.

    An entity named by its id and by its name has what was decided last. A number in `decided` is the age of the
    decision, below 0 when it does not resolve.
    """
    return f"""
        WITH excluded AS MATERIALIZED (SELECT DISTINCT lower(unnest(${side}excluded)) AS name),
             decided AS MATERIALIZED (
                 SELECT name, max_by(age, abs(age)) AS age
                 FROM (SELECT lower(unnest(${side}decided)) AS name, unnest(${side}ages) AS age)
                 GROUP BY name
             ),
             named AS (
                 SELECT v.*, by_id.age AS age_by_id, by_name.age AS age_by_name,
                        lower(v.entity_id) IN (FROM excluded)
                            OR lower(coalesce(v.entity_name, '')) IN (FROM excluded) AS excluded
                 FROM {scan(path)} AS v
                 LEFT JOIN decided AS by_id ON by_id.name = lower(v.entity_id)
                 LEFT JOIN decided AS by_name ON by_name.name = lower(v.entity_name)
             )
        SELECT entity_id, entity_name, verdict, detail, excluded,
               CASE WHEN CASE WHEN age_by_id IS NULL AND age_by_name IS NULL THEN ${side}resolved
                              WHEN abs(coalesce(age_by_id, 0)) > abs(coalesce(age_by_name, 0)) THEN age_by_id > 0
                              ELSE age_by_name > 0 END
                    THEN 'protected' ELSE verdict END AS credited
        FROM named
    """


def credited_parameters(what: Declared, side: str = "") -> dict[str, object]:
    """The parameters of `credited_verdicts`; `side` keeps those of two readings in one query apart."""
    ages = [age if status in RESOLVED else -age for age, status in enumerate(what.entities.values(), 1)]
    return {
        f"{side}excluded": sorted(what.excluded),
        f"{side}decided": list(what.entities),
        f"{side}ages": ages,
        f"{side}resolved": what.overruled,
    }
