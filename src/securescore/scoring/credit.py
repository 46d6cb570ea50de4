"""Verified and credited points of one action, and the status that is shown.

Verified is what was measured. Credited adds what people declared: exclusions, and decisions about single
entities or the whole action.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from securescore.model import RESOLVED, Coverage, Scoring, Status, Verdict, WhenEmpty
from securescore.scoring.points import earned, earned_when_empty


@dataclass(frozen=True, slots=True)
class Credit:
    """What one action brings.

    Attributes:
        verified: micropoints measured, without anything declared.
        credited: micropoints with exclusions and decisions.
        status: the status to show; `COMPLETED` is derived from the measurement.
        overtaken: the organisation's decision is no longer needed, because the measurement reached the maximum.
    """

    verified: int
    credited: int
    status: Status
    overtaken: bool

    @property
    def locked(self) -> bool:
        """Nobody can choose another status while the action is completed (5.2)."""
        return self.status is Status.COMPLETED


def settle(*, maximum: int, verified: int, credited: int, status: Status | None = None) -> Credit:
    """The decision about the whole action laid over its points (5.1, 5.2).

    For native scores, tasks and lost evidence this is the whole rule: a native row that Microsoft shows as
    declared has `verified=0`, an attested task `verified=0, credited=maximum`, lost evidence twice 0.

    Args:
        maximum: micropoints.
        verified: micropoints measured.
        credited: micropoints with exclusions and with decisions about single entities.
        status: the organisation's standing decision about the whole action; None is `TO_ADDRESS`.

    Raises:
        ValueError: when points lie outside 0 and the maximum, or the status is `COMPLETED`, which is never declared.
    """
    if status is Status.COMPLETED:
        raise ValueError("completed is derived from the measurement; declare one of the other five statuses")
    if maximum <= 0 or not (0 <= verified <= maximum and 0 <= credited <= maximum):
        raise ValueError(f"{verified} verified and {credited} credited do not fit a maximum of {maximum}")
    declared = status or Status.TO_ADDRESS
    if verified == maximum:
        return Credit(verified, maximum, Status.COMPLETED, declared is not Status.TO_ADDRESS)
    return Credit(verified, maximum if declared in RESOLVED else credited, declared, overtaken=False)


def credit(
    *,
    scoring: Scoring,
    when_empty: WhenEmpty,
    maximum: int,
    verified: Coverage,
    credited: Coverage,
    status: Status | None = None,
) -> Credit | None:
    """Points of an action measured by evidence; None when it does not apply.

    Args:
        scoring: the action's.
        when_empty: the action's.
        maximum: micropoints.
        verified: everybody concerned, without exclusions and decisions.
        credited: without the excluded, the resolved among the protected (`credited_verdicts`).
        status: the decision about the whole action.

    Raises:
        ValueError: when more entities are credited than concerned, and as `settle`.
    """
    if credited.total > verified.total:
        raise ValueError(f"{credited.total} entities are credited, but only {verified.total} are concerned")
    if verified.total == 0:
        empty = earned_when_empty(when_empty, maximum)
        return (
            None if empty is None else settle(maximum=maximum, verified=empty, credited=empty, status=status)
        )
    return settle(
        maximum=maximum,
        verified=earned(scoring, verified, maximum),
        credited=earned(scoring, credited, maximum) if credited.total else 0,
        status=status,
    )


def credited_verdicts(
    verdicts: Mapping[str, Verdict],
    *,
    excluded: AbstractSet[str] = frozenset(),
    resolved: AbstractSet[str] = frozenset(),
) -> dict[str, Verdict]:
    """The verdicts as credited: the excluded are gone, the resolved are protected whatever was measured."""
    return {
        entity: Verdict.PROTECTED if entity in resolved else verdict
        for entity, verdict in verdicts.items()
        if entity not in excluded
    }


def coverage_of(verdicts: Mapping[str, Verdict], *, excluded: int = 0) -> Coverage:
    """The verdicts counted, with the number of entities that were excluded before."""
    counted = list(verdicts.values())
    return Coverage(
        protected=counted.count(Verdict.PROTECTED),
        exposed=counted.count(Verdict.EXPOSED),
        unknown=counted.count(Verdict.UNKNOWN),
        excluded=excluded,
    )
