"""Brings evidence, Microsoft's own score and what people declared together into one assessment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from functools import partial

from securescore.assess.crediting import Declared, Recount, Recounter, declared
from securescore.assess.impacts import greatest_impacts
from securescore.assess.licences import owned_plans
from securescore.assess.measure import Measurement, Measurer, Progress
from securescore.assess.native import (
    NativeControl,
    NativeProfile,
    read_native_profiles,
    read_native_score,
)
from securescore.assess.organisation import Organisation
from securescore.assess.readings import Reading, Readings
from securescore.assess.result import AssessedAction, Assessment, NativeReading
from securescore.assess.scope import Scope, ScopeReason, inside
from securescore.catalog import Action, Catalog
from securescore.evidence import EvidenceFolder, Run
from securescore.facts import Fact
from securescore.model import MICRO, Category, Kind, Lifecycle, Outcome, Reason, Source, Status
from securescore.scoring.credit import Credit, credit, settle
from securescore.scoring.points import scaled_native
from securescore.scoring.ranking import Candidate, ranked
from securescore.scoring.standing import Rung
from securescore.scoring.totals import Score, ScoredAction, known_share, score_of

_STATES = {"thirdparty": Status.THIRD_PARTY, "ignored": Status.RISK_ACCEPTED}
_DECLARED_AT_MICROSOFT = frozenset({"thirdparty", "reviewed"})
_CATEGORIES = {category.value.casefold(): category for category in Category} | {
    "account": Category.IDENTITY,
    "app": Category.APPS,
}


def assess(
    folder: EvidenceFolder,
    catalog: Catalog,
    facts: Mapping[str, Fact],
    *,
    as_of: datetime | None = None,
    declared_on: date | None = None,
    organisation: Organisation | None = None,
    progress: Progress = lambda _: None,
) -> Assessment:
    """Assesses an evidence folder.

    Args:
        as_of: the moment of the score; without it, the end of the newest run. Runs that ended later are left
            out, unless there are no others.
        declared_on: the day on which decisions and exclusions hold; without it, the day of `as_of`.
        progress: told the id of each action before it is measured.

    Raises:
        EvidenceError: nothing to assess, or damaged evidence.
        CatalogError: a query breaks its contract.
    """
    newest = folder.newest()
    moment = as_of or newest.ended
    everything = folder.runs()
    runs = [run for run in everything if run.ended <= moment] or everything
    declared = organisation or Organisation()
    measurer = Measurer(facts, declared.device_days, progress)
    declarations = _Declarations(declared, declared_on or moment.date())
    return _Assessor(runs, catalog, measurer, moment, declarations).assess()


class _Declarations:
    """What people declared, as it holds on one day."""

    def __init__(self, organisation: Organisation, day: date) -> None:
        self._organisation = organisation
        self._day = day

    def about(self, control_id: str, action: Action | None) -> Declared:
        return declared(self._organisation, control_id, action, self._day)


class _Assessor:
    def __init__(
        self,
        runs: Sequence[Run],
        catalog: Catalog,
        measurer: Measurer,
        as_of: datetime,
        declarations: _Declarations,
    ) -> None:
        self._runs = runs
        self._catalog = catalog
        self._as_of = as_of
        self._declarations = declarations
        self._recounter = Recounter()
        native = read_native_score(runs, as_of, self._named)
        self._profiles = read_native_profiles(runs, self._named)
        self._readings = Readings(measurer, runs, native, as_of)
        self._native = self._readings.recent_native
        self._plans = owned_plans(runs)
        self._impacts = greatest_impacts(runs)
        self._scope = Scope(self._native, native, self._plans, catalog.services)

    def assess(self) -> Assessment:
        self._readings.measure(self._catalog.actions.values())
        with self._recounter:
            actions = [self._assessed(control_id, action) for control_id, action in self._listed()]
        score = score_of([_scored(action) for action in actions if action.counted])
        return Assessment(
            tenant_id=self._runs[0].manifest.tenant_id,
            as_of=self._as_of,
            catalog_version=self._catalog.version,
            score=score,
            scope_maximum=(within := _scope_maximum(score, actions)),
            assessed_share=_assessed_share(score, within),
            actions=_in_order(actions),
            newest=self._runs[0],
            native=self._native,
        )

    def _named(self, control_id: str) -> str:
        action = self._catalog.get(control_id)
        return (action.id if action else control_id).casefold()

    def _listed(self) -> Iterable[tuple[str, Action | None]]:
        """Every action of the catalog, then the controls that only Microsoft knows."""
        yield from self._catalog.actions.items()
        names = {key: profile.id for key, profile in self._profiles.items()}
        native = self._readings.native
        names |= {key: row.id for key, row in (native.controls if native else {}).items()}
        for key in sorted(names):
            if self._catalog.get(key) is None:
                yield names[key], None

    def _assessed(self, control_id: str, action: Action | None) -> AssessedAction:
        return _ActionAssessor(self, control_id, action).assess()

    # what one action asks of the whole

    def reading(self, control_id: str, action: Action | None) -> Reading:
        return self._readings.of(control_id, action)

    def profile(self, control_id: str) -> NativeProfile | None:
        return self._profiles.get(control_id.casefold())

    def scope(self, control_id: str, service: str, action: Action | None, *, seen: bool) -> ScopeReason:
        return self._scope.reason(control_id, service, action, seen=seen)

    def maximum(self, action: Action | None, profile: NativeProfile | None) -> int | None:
        """One maximum, whatever the source: the tenant's own profile, the catalog on that day, the greatest impact."""
        if action is not None and action.kind is Kind.INFORMATIONAL:
            return None
        of_tenant = profile.maximum if profile else None
        if of_tenant or action is None:
            return of_tenant
        return action.maximum_on(self._as_of.date()) or self._impacts.get(action.id.casefold())

    def declared(self, control_id: str, action: Action | None) -> Declared:
        return self._declarations.about(control_id, action)

    def recounted(self, measurement: Measurement, what: Declared) -> Recount:
        return self._recounter.recount(measurement, what)

    def product(self, service: str) -> str:
        known = self._catalog.services.get(service)
        return known.product if known else service or "Microsoft 365"

    def category(self, action: Action | None, *told: str | None) -> Category:
        if action is not None:
            return action.category_on(self._as_of.date())
        return next(
            (_CATEGORIES[one.casefold()] for one in told if one and one.casefold() in _CATEGORIES),
            Category.APPS,
        )

    def licensed(self, action: Action | None) -> bool | None:
        if action is None or action.licence is None or not action.licence.plans:
            return True
        return None if self._plans is None else action.licence.held(self._plans)


class _ActionAssessor:
    """Brings together what is known of one action."""

    def __init__(self, whole: _Assessor, control_id: str, action: Action | None) -> None:
        self._whole = whole
        self._id = control_id
        self._action = action
        self._profile = whole.profile(control_id)
        self._reading = whole.reading(control_id, action)
        self._declared = whole.declared(control_id, action)
        self._service = action.service if action else (self._profile and self._profile.service) or ""
        self._maximum = whole.maximum(action, self._profile)
        self._scope = whole.scope(control_id, self._service, action, seen=self._seen())

    def assess(self) -> AssessedAction:
        outcome = self._outcome()
        recounted = self._recounted()
        credited = self._credit(recounted)
        counted = credited is not None and inside(self._scope)
        lost = counted and self._reading.rung is Rung.LOST
        return AssessedAction(
            id=self._id,
            title=self._title(),
            service=self._service,
            product=self._whole.product(self._service),
            category=self._category(),
            action=self._action,
            outcome=outcome,
            reason=self._reason(outcome),
            source=self._source(),
            stale=self._reading.stale,
            as_of=self._reading.as_of,
            status=credited.status if credited else self._declared.status or Status.TO_ADDRESS,
            counted=counted,
            scope=self._scope,
            coverage=recounted.coverage if recounted else None,
            measured=self._reading.measurement.coverage if self._reading.measurement else None,
            resolved=recounted.resolved if recounted else 0,
            points=credited.credited if credited else None,
            verified=credited.verified if credited else None,
            maximum=self._maximum,
            evidence_lost=lost,
            licensed=self._whole.licensed(self._action),
            overtaken=bool(
                credited and (credited.overtaken or (credited.locked and self._declared.entities))
            ),
            declared_at_microsoft=self._profile.state if self._profile else None,
            native=self._native_reading(),
            known_share=self._known_share(),
            reading=self._reading,
            declared=self._declared,
        )

    def _seen(self) -> bool:
        """Whether there is anything it is about; what was in the total before stays, so that nothing lost raises a score."""
        measurement = self._reading.measurement
        if measurement is None:
            return self._reading.rung is Rung.LOST
        return measurement.coverage.total > 0

    def _outcome(self) -> Outcome:
        measurement = self._reading.measurement
        if self._reading.rung in {Rung.LOST, Rung.UNSEEN} and not self._task:
            return Outcome.NOT_ASSESSED
        if measurement is not None and measurement.outcome is Outcome.NOT_APPLICABLE:
            return Outcome.NOT_APPLICABLE
        informational = self._action is not None and self._action.kind is Kind.INFORMATIONAL
        return Outcome.ASSESSED if self._maximum or informational else Outcome.NOT_ASSESSED

    def _reason(self, outcome: Outcome) -> Reason | None:
        if outcome is not Outcome.NOT_ASSESSED:
            return None
        return self._reading.reason if self._reading.as_of is None else Reason.POINTS_UNKNOWN

    def _source(self) -> Source | None:
        if self._reading.measurement is not None:
            return Source.EVIDENCE
        return Source.NATIVE if self._reading.rung is Rung.NATIVE else None

    def _recounted(self) -> Recount | None:
        measurement = self._reading.measurement
        return self._whole.recounted(measurement, self._declared) if measurement else None

    @property
    def _task(self) -> bool:
        """Whether it is done by people, who attest it: then it is assessed whatever was read."""
        return self._action is not None and self._action.kind is Kind.TASK

    def _credit(self, recounted: Recount | None) -> Credit | None:
        """Points of the action; None when it has none: not applicable, never seen, no maximum."""
        credited = self._credit_of_reading(recounted)
        if not self._task or self._maximum is None or (credited and credited.locked):
            return credited
        if credited is None:
            credited = self._settled(
                maximum=self._maximum, verified=0, credited=0, status=self._declared.status
            )
        return replace(credited, credited=self._maximum) if self._declared.attested else credited

    def _credit_of_reading(self, recounted: Recount | None) -> Credit | None:
        if self._maximum is None or self._reading.rung is Rung.UNSEEN:
            return None
        if recounted is not None:
            return self._measured_credit(self._maximum, recounted)
        if self._reading.rung is Rung.LOST:
            return self._settled(maximum=self._maximum, verified=0, credited=0, status=self._declared.status)
        return self._native_credit(self._maximum)

    def _measured_credit(self, maximum: int, recounted: Recount) -> Credit | None:
        measurement, action = self._reading.measurement, self._action
        if measurement is None or action is None or action.scoring is None or action.when_empty is None:
            return None
        counted = partial(
            credit,
            scoring=action.scoring,
            when_empty=action.when_empty,
            maximum=maximum,
            verified=measurement.coverage,
            credited=recounted.coverage,
        )
        whole = counted(status=self._declared.status)
        if whole is None or whole.locked or not self._declared.overruled:
            return whole
        by_entity = counted()
        return replace(whole, credited=by_entity.credited if by_entity else 0)

    def _native_credit(self, maximum: int) -> Credit:
        """Microsoft's points on our scale; what was only declared at Microsoft is not verified."""
        native = self._native_reading()
        points = scaled_native(native.points, native.maximum or _scale(maximum), maximum) if native else 0
        state = (self._profile.state or "" if self._profile else "").casefold()
        verified = 0 if state in _DECLARED_AT_MICROSOFT else points
        status = self._declared.status or _STATES.get(state)
        return self._settled(maximum=maximum, verified=verified, credited=points, status=status)

    def _settled(self, *, maximum: int, verified: int, credited: int, status: Status | None) -> Credit:
        """A result without entities: how many a newer decision takes out is not known, so the whole is not credited."""
        whole = settle(maximum=maximum, verified=verified, credited=credited, status=status)
        return whole if whole.locked or not self._declared.overruled else replace(whole, credited=credited)

    def _native_reading(self) -> NativeReading | None:
        row = self._reading.native
        if row is None or row.points is None:
            return None
        return NativeReading(row.points, self._native_maximum(row), row.text)

    def _native_maximum(self, row: NativeControl) -> Fraction | None:
        """Microsoft's own maximum: of the profile, else what points and percentage imply together."""
        if self._profile and self._profile.maximum:
            return _scale(self._profile.maximum)
        if self._maximum is None or not row.points or not row.percent:
            return None
        ours, implied = _scale(self._maximum), row.points * 100 / row.percent
        # Microsoft rounds the percentage: close enough to our maximum is our maximum
        return ours if abs(implied - ours) <= ours / 50 else implied

    def _known_share(self) -> Fraction:
        if not self._reading.fresh:
            return Fraction(0)
        measurement = self._reading.measurement
        return known_share(measurement.coverage) if measurement else Fraction(1)

    def _title(self) -> str:
        if self._action is not None:
            return self._action.title
        return (self._profile and self._profile.title) or self._id

    def _category(self) -> Category:
        native = self._reading.native
        return self._whole.category(
            self._action,
            self._profile.category if self._profile else None,
            native.category if native else None,
        )


def _scale(micro: int) -> Fraction:
    return Fraction(micro, MICRO)


def _scored(action: AssessedAction) -> ScoredAction:
    return ScoredAction(
        id=action.id,
        service=action.service,
        category=action.category,
        maximum=action.maximum or 0,
        credited=action.points or 0,
        verified=action.verified or 0,
        status=action.status,
        licensed=action.licensed,
        known_share=action.known_share,
    )


def _scope_maximum(score: Score, actions: Iterable[AssessedAction]) -> int:
    """What was never seen is in scope, although it is not in the total."""
    return score.total.maximum + sum(
        action.maximum
        for action in actions
        if not action.counted and inside(action.scope) and action.maximum and _never_seen(action)
    )


def _assessed_share(score: Score, within: int) -> Fraction | None:
    """Over everything in scope."""
    share = score.total.assessed_share or Fraction(0)
    return share * score.total.maximum / within if within else None


def _never_seen(action: AssessedAction) -> bool:
    retired = action.action is not None and action.action.lifecycle is Lifecycle.DEPRECATED
    return action.reading.rung is Rung.UNSEEN and not retired


def _in_order(actions: list[AssessedAction]) -> tuple[AssessedAction, ...]:
    by_id = {action.id: action for action in actions}
    candidates = [
        Candidate(
            id=action.id,
            left=action.left,
            cost=action.action.cost if action.action else None,
            user_impact=action.action.user_impact if action.action else None,
            tier=action.action.tier if action.action else None,
        )
        for action in actions
        if action.counted
    ]
    first = [replace(by_id[one.id], rank=rank) for rank, one in enumerate(ranked(candidates), 1)]
    rest = sorted((action for action in actions if not action.counted), key=lambda one: one.id.casefold())
    return (*first, *rest)
