"""The movements of entities between two readings of one action, as counts.

A flow is a change (dp, dn) of protected and total. At a million entities these counts come from SQL; `flows_of`
is the same rule over plain mappings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from securescore.model import Verdict


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """A change of the number of protected entities and of all entities."""

    protected: int = 0
    total: int = 0

    def __add__(self, other: "Flow") -> "Flow":
        return Flow(self.protected + other.protected, self.total + other.total)

    def __neg__(self) -> "Flow":
        return Flow(-self.protected, -self.total)


@dataclass(frozen=True, slots=True, order=True)
class Flows:
    """The four flows.

    Attributes:
        left: entities of before that are gone, (-1 when protected, -1) each.
        joined: entities that are new, (+1 when protected, +1) each.
        evidence: a verdict that came from or went to unknown, (+1, 0) when now protected, (-1, 0) when no longer.
        configuration: (+1, 0) for exposed to protected, (-1, 0) for protected to exposed.
    """

    left: Flow = Flow()
    joined: Flow = Flow()
    evidence: Flow = Flow()
    configuration: Flow = Flow()

    @property
    def sum(self) -> Flow:
        return self.left + self.joined + self.evidence + self.configuration

    @property
    def reversed(self) -> "Flows":
        """The same movements with time running backwards: who left has joined."""
        return Flows(
            left=-self.joined, joined=-self.left, evidence=-self.evidence, configuration=-self.configuration
        )


def flows_of(before: Mapping[str, Verdict], after: Mapping[str, Verdict]) -> Flows:
    """The flows between two readings. For the credited ones give the verdicts as credited (`credited_verdicts`)."""
    stayed = [(before[entity], after[entity]) for entity in before.keys() & after.keys()]
    return Flows(
        left=-_presence([verdict for entity, verdict in before.items() if entity not in after]),
        joined=_presence([verdict for entity, verdict in after.items() if entity not in before]),
        evidence=Flow(sum(_gain(*pair) for pair in stayed if Verdict.UNKNOWN in pair)),
        configuration=Flow(sum(_gain(*pair) for pair in stayed if Verdict.UNKNOWN not in pair)),
    )


def _presence(verdicts: list[Verdict]) -> Flow:
    return Flow(verdicts.count(Verdict.PROTECTED), len(verdicts))


def _gain(before: Verdict, after: Verdict) -> int:
    return (after is Verdict.PROTECTED) - (before is Verdict.PROTECTED)
