"""What stands for each action: this run's measurement, an earlier one, Microsoft's own score, or nothing.

The ladder of the design ("Missing evidence, first that applies") is `securescore.scoring.standing`; here its
candidates are found in the evidence folder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from securescore.assess.measure import Measurement, Measurer
from securescore.assess.native import NativeControl, NativeScore
from securescore.catalog import Action
from securescore.evidence import Run
from securescore.evidence.manifest import TableRecord
from securescore.model import Outcome, Reason
from securescore.scoring.standing import STALE_AFTER, Rung, standing

NATIVE_FRESH_FOR = timedelta(days=3)
"""Microsoft's score is made daily and shown up to two days later; older than this it is shown as stale."""

_REASONS = (Reason.NO_PERMISSION, Reason.COLLECTION_FAILED, Reason.NO_LICENCE)


@dataclass(frozen=True)
class Reading:
    """What stands for one action.

    Attributes:
        rung: which of the ladder's steps applies.
        as_of: when that was measured; None when nothing stands.
        measurement: on the first two rungs.
        native: Microsoft's row, given on every rung where there is one that is recent enough.
        reason: why our own evidence does not stand, None when it does.
        fresh: whether the result counts towards the assessed share.
        missing: tables of evidence that are not there, where our own evidence does not stand.
    """

    rung: Rung
    as_of: datetime | None = None
    measurement: Measurement | None = None
    native: NativeControl | None = None
    reason: Reason | None = None
    fresh: bool = False
    missing: tuple[str, ...] = ()

    @property
    def stale(self) -> bool:
        return self.rung in {Rung.FRESH, Rung.STALE, Rung.NATIVE} and not self.fresh


@dataclass(frozen=True)
class _Candidate:
    as_of: datetime
    measurement: Measurement | None = None


class Readings:
    """Finds the readings of many actions in the runs of one folder.

    Args:
        runs: those to look at, newest first; at least one.
        native: Microsoft's score at the moment of the score, whatever its age.
    """

    def __init__(
        self, measurer: Measurer, runs: Sequence[Run], native: NativeScore | None, as_of: datetime
    ) -> None:
        self._measurer = measurer
        self._runs = runs
        self._native = native
        self._as_of = as_of
        self._fresh: dict[str, Measurement] = {}
        self._earlier: dict[str, Measurement] = {}
        self._asked: dict[str, Run] = {}
        self._uniform: dict[str, tuple[Measurement, bool]] = {}

    @property
    def native(self) -> NativeScore | None:
        """Microsoft's score at the moment of the score, whatever its age."""
        return self._native

    @property
    def recent_native(self) -> NativeScore | None:
        """Microsoft's score when it is within the window in which it may stand in."""
        if self._native is None or self._native.day < self._as_of - STALE_AFTER:
            return None
        return self._native

    def measure(self, actions: Iterable[Action]) -> None:
        """Measures each action on the newest run that allows it.

        That is a fresh result on the newest run that asked for all its tables, and an earlier one on those before.
        A run of another source, such as an import, asked for none of them and makes nothing stale. What holds for
        everybody alike stands where no run that may still stand tells them apart.
        """
        open_actions = [action for action in actions if action.measured]
        for run, before in zip(self._runs, (*self._runs[1:], None), strict=True):
            if not open_actions:
                break
            for action in open_actions:
                if action.id not in self._asked and self._measurer.asked(action, run):
                    self._asked[action.id] = run
            for action_id, found in _standing_ones(self._measurer.measure(run, open_actions, before)).items():
                self._note(action_id, found)
            open_actions = [one for one in open_actions if one.id not in {**self._fresh, **self._earlier}]
        self._note_uniform()

    def _note(self, action_id: str, found: Measurement) -> None:
        if found.uniform:
            fresh = self._asked.get(action_id) in (None, found.run)
            self._uniform.setdefault(action_id, (found, fresh))
            return
        fresh = self._asked.get(action_id) is found.run
        (self._fresh if fresh else self._earlier)[action_id] = found

    def _note_uniform(self) -> None:
        for action_id, (found, fresh) in self._uniform.items():
            other = self._fresh.get(action_id) or self._earlier.get(action_id)
            if other is None or other.as_of < self._as_of - STALE_AFTER:
                (self._fresh if fresh else self._earlier)[action_id] = found

    def of(self, control_id: str, action: Action | None) -> Reading:
        """The reading of one action; `action` is None for a control that only Microsoft knows."""
        fresh = self._fresh.get(control_id)
        earlier = self._earlier.get(control_id)
        native = self.recent_native.scored(control_id) if self.recent_native else None
        stands = standing(
            fresh=_candidate(fresh),
            earlier=_candidate(earlier),
            native=_Candidate(self.recent_native.day) if native and self.recent_native else None,
            was_in_total=self._was_in_total(control_id, earlier),
            as_of=self._as_of,
        )
        return Reading(
            rung=stands.rung,
            as_of=stands.result.as_of if stands.result else None,
            measurement=stands.result.measurement if stands.result else None,
            native=native,
            reason=None if fresh else self._reason(action),
            fresh=self._is_fresh(stands.rung, stands.result),
            missing=() if fresh or action is None else self._missing(action),
        )

    def _is_fresh(self, rung: Rung, result: _Candidate | None) -> bool:
        if result is None or rung is Rung.STALE:
            return False
        limit = NATIVE_FRESH_FOR if rung is Rung.NATIVE else STALE_AFTER
        return result.as_of >= self._as_of - limit

    def _was_in_total(self, control_id: str, earlier: Measurement | None) -> bool:
        measured_before = earlier is not None and earlier.outcome is Outcome.ASSESSED
        return measured_before or (self._native is not None and self._native.scores(control_id))

    def _reason(self, action: Action | None) -> Reason:
        """Why the newest run that asked for its tables gives no measurement of ours."""
        if action is None or not action.measured:
            records = (run.record("native_controls") for run in self._runs)
            return _first_reason([next(filter(None, records), None)])
        missing = self._measurer.missing(action, self._run_that_asked(action))
        return _first_reason(list(missing.values())) if missing else Reason.NO_LICENCE

    def _missing(self, action: Action) -> tuple[str, ...]:
        return tuple(self._measurer.missing(action, self._run_that_asked(action)))

    def _run_that_asked(self, action: Action) -> Run:
        return self._asked.get(action.id, self._runs[0])


def _candidate(measurement: Measurement | None) -> _Candidate | None:
    return _Candidate(measurement.as_of, measurement) if measurement else None


def _standing_ones(measurements: dict[str, Measurement]) -> dict[str, Measurement]:
    """Without those that say nothing because a licence is lacking."""
    return {key: one for key, one in measurements.items() if one.outcome is not Outcome.NOT_ASSESSED}


def _first_reason(records: list[TableRecord | None]) -> Reason:
    given = {record.reason for record in records if record and record.reason}
    return next((reason for reason in _REASONS if reason in given), Reason.NOT_COLLECTED)
