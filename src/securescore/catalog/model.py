"""The improvement actions as values. Nothing here reads a file or knows how one looks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from securescore.model import (
    AccountClass,
    Category,
    Kind,
    Level,
    Lifecycle,
    Outcome,
    Scoring,
    WhenEmpty,
)

T = TypeVar("T")

LANGUAGES = ("en", "nl")
"""Languages that pages, reports and mail speak. The first one is never missing."""


class Confidence(StrEnum):
    """How sure we are that the measurement is the one Microsoft makes."""

    VERIFIED = "verified"
    PARTLY = "partly"
    REMEMBERED = "remembered"


class NativeBecause(StrEnum):
    """Why an action is not measured from evidence of ours, and stands on Microsoft's own score."""

    PORTAL_ONLY = "portal_only"
    DIRECTORY_ONLY = "directory_only"
    PARTNER_PRODUCT = "partner_product"
    APP_CONNECTOR = "app_connector"
    UNDOCUMENTED_INTERFACE = "undocumented_interface"
    RETIRED = "retired"


class Tier(StrEnum):
    CORE = "core"
    DEFENSE_IN_DEPTH = "defense_in_depth"
    ADVANCED = "advanced"


class Threat(StrEnum):
    """What an action protects against (reference section 8)."""

    ACCOUNT_BREACH = "account_breach"
    DATA_DELETION = "data_deletion"
    DATA_EXFILTRATION = "data_exfiltration"
    DATA_SPILLAGE = "data_spillage"
    ELEVATION_OF_PRIVILEGE = "elevation_of_privilege"
    MALICIOUS_INSIDER = "malicious_insider"
    PASSWORD_CRACKING = "password_cracking"  # noqa: S105 - a threat, no secret
    PHISHING_OR_WHALING = "phishing_or_whaling"
    SPOOFING = "spoofing"


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value and the first day it holds. `start` None: since ever."""

    value: T
    start: date | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """Service plans of which any one is enough, or its twin for governments. No plans: nothing needs to be bought."""

    plans: tuple[str, ...] = ()
    note: str | None = None

    def held(self, owned: Collection[str]) -> bool:
        """Whether one of the plans, if there are any, is among those owned."""
        return any(plan in owned or f"{plan}_GOV" in owned for plan in self.plans)


@dataclass(frozen=True, slots=True)
class Texts:
    """What people read about an action, in one language.

    Attributes:
        details: for each detail code of the query a sentence with `{named}` values.
    """

    title: str
    why: str | None = None
    do: tuple[str, ...] = ()
    users_notice: str | None = None
    prerequisites: str | None = None
    wrong_when: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether a person can carry out the action with these texts."""
        return bool(self.why and self.do and self.users_notice and self.prerequisites)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one case must give: verdicts of labelled entities, or an outcome without any.

    Attributes:
        points: of the maximum of today, in micropoints; None when the case does not say.
        details: entity label to detail code, for the entities the case is particular about.
    """

    outcome: Outcome = Outcome.ASSESSED
    protected: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    points: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """Rows in, verdicts out.

    Attributes:
        given: relation name to its rows; a column left out is null.
        as_of: the moment of a case whose query reads the clock (UTC).
    """

    name: str
    given: Mapping[str, tuple[Mapping[str, Any], ...]]
    expect: Expectation
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A product behind a service code.

    Attributes:
        folder: where its actions stand.
        plans: service plans of which any one licenses the product. None: every tenant has it.
        needs: what must be seen before the product counts: the connector of a SaaS product, or an
            applicable device.
    """

    code: str
    product: str
    family: str
    folder: str
    plans: tuple[str, ...] = ()
    needs: Literal["connector", "device"] | None = None


@dataclass(frozen=True)
class Action:
    """One improvement action.

    Attributes:
        id: Microsoft's control id as given, or `custom.<name>`. Compared without case.
        product: the product of the service, in words.
        folder: the folder its files stand in.
        category: dated, oldest first.
        points: dated maxima in micropoints, oldest first; none when unknown or never scored.
        evidence: tables and facts the query reads. None: only Microsoft's own score measures it.
        sql: the one SELECT, None without a measurement of ours.
        uniform: may be measured for everybody alike where its population was not collected: the query and the facts it
            reads know the one entity that stands for all (`evidence.schema.EVERYONE`).
        query: the name of the shared query in the same folder that measures it; None: a query of its own, or none.
        our_judgement: keys of the profile (tier, cost, user_impact, threats) that Microsoft leaves open and we filled in.
        native_because: why there is no measurement of ours; None where there is one, or nobody has looked yet.
        content_hash: changes exactly when the measurement does, never with texts, points or category.
    """

    id: str
    service: str
    product: str
    folder: str
    kind: Kind
    lifecycle: Lifecycle
    category: tuple[Dated[Category], ...]
    texts: Mapping[str, Texts]
    path: Path
    points: tuple[Dated[int], ...] = ()
    scoring: Scoring | None = None
    entity: str | None = None
    when_empty: WhenEmpty | None = None
    confidence: Confidence | None = None
    evidence: tuple[str, ...] = ()
    reads_clock: bool = False
    uniform: bool = False
    leaves_out: tuple[AccountClass, ...] = ()
    licence: Licence | None = None
    tier: Tier | None = None
    cost: Level | None = None
    user_impact: Level | None = None
    threats: tuple[Threat, ...] = ()
    after: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cadence_days: int | None = None
    link: str | None = None
    query: str | None = None
    our_judgement: tuple[str, ...] = ()
    native_because: NativeBecause | None = None
    sql: str | None = None
    content_hash: str = ""

    @property
    def measured(self) -> bool:
        """Whether we measure it ourselves."""
        return self.sql is not None

    @property
    def title(self) -> str:
        return self.text().title

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases beside the action, else those of its shared query; read when first asked for. Raises CatalogError."""
        from securescore.catalog.cases import read_cases  # noqa: PLC0415 - few callers want the cases

        own = read_cases(self.path.with_suffix(".cases.yaml"), self.id)
        if own or self.query is None:
            return own
        return read_cases(self.path.with_name(f"{self.query}.query.cases.yaml"), self.id)

    def text(self, language: str = LANGUAGES[0]) -> Texts:
        """The texts in that language, in English where they are not written yet."""
        english = self.texts[LANGUAGES[0]]
        texts = self.texts.get(language, english)
        if texts.complete:
            return texts
        return replace(english, title=texts.title, details={**english.details, **texts.details})

    def maximum_on(self, day: date) -> int | None:
        """Micropoints to be had on that day (UTC); None when the catalog does not know."""
        point = _valid_on(self.points, day)
        return None if point is None else point.value

    def category_on(self, day: date) -> Category:
        """The category on that day (UTC)."""
        return (_valid_on(self.category, day) or self.category[0]).value


def _valid_on(values: Iterable[Dated[T]], day: date) -> Dated[T] | None:
    day = day.date() if isinstance(day, datetime) else day
    valid = [dated for dated in values if dated.start is None or dated.start <= day]
    return valid[-1] if valid else None


@dataclass(frozen=True)
class Catalog:
    """Every action, with what is needed to name and group them.

    Attributes:
        version: format number and a hash of all content; equal content has an equal version.
        actions: by id as given, in the order of service and id.
        services: by service code.
        plans: what people call each service plan.
    """

    version: str
    actions: Mapping[str, Action]
    services: Mapping[str, Service]
    plans: Mapping[str, str]

    def get(self, action_id: str) -> Action | None:
        """The action of that id or alias, whatever the case of its letters; None when there is none."""
        return self._by_any_id.get(action_id.casefold())

    @cached_property
    def _by_any_id(self) -> Mapping[str, Action]:
        aliases = {alias.casefold(): action for action in self.actions.values() for alias in action.aliases}
        return aliases | {action.id.casefold(): action for action in self.actions.values()}
