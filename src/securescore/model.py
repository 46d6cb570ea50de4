"""The words of the domain, as types. No logic beyond what the words themselves mean."""

from dataclasses import dataclass
from enum import StrEnum

MICRO = 1_000_000
"""Points are kept as integers of one millionth of a point (micropoints)."""

MAX_POINTS = 10
"""No action is worth more (reference section 2.1)."""


class Verdict(StrEnum):
    """What was seen of one entity."""

    PROTECTED = "protected"
    EXPOSED = "exposed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What was seen of one action."""

    ASSESSED = "assessed"
    NOT_ASSESSED = "not_assessed"
    NOT_APPLICABLE = "not_applicable"


class Reason(StrEnum):
    """Why an action is `not_assessed`."""

    NO_PERMISSION = "no_permission"
    NO_LICENCE = "no_licence"
    COLLECTION_FAILED = "collection_failed"
    NOT_COLLECTED = "not_collected"
    POINTS_UNKNOWN = "points_unknown"


class Source(StrEnum):
    """Where a result comes from."""

    EVIDENCE = "evidence"
    NATIVE = "native"


class Kind(StrEnum):
    CONFIGURATION = "configuration"
    TASK = "task"
    INFORMATIONAL = "informational"


class Scoring(StrEnum):
    PROPORTIONAL = "proportional"
    ALL_OR_NOTHING = "all_or_nothing"


class WhenEmpty(StrEnum):
    """What an action earns when every table was read and nobody is concerned."""

    FULL = "full"
    NONE = "none"
    NOT_APPLICABLE = "not_applicable"


class Category(StrEnum):
    IDENTITY = "Identity"
    DATA = "Data"
    DEVICE = "Device"
    APPS = "Apps"
    INFRASTRUCTURE = "Infrastructure"


class Lifecycle(StrEnum):
    """How far an action has come. A `skeleton` has its figures but not yet its texts."""

    SKELETON = "skeleton"
    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Level(StrEnum):
    """Implementation cost, user impact."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Status(StrEnum):
    """The six statuses of reference section 5.1. `COMPLETED` is derived, never declared."""

    TO_ADDRESS = "to_address"
    PLANNED = "planned"
    RISK_ACCEPTED = "risk_accepted"
    THIRD_PARTY = "resolved_through_third_party"
    ALTERNATE_MITIGATION = "resolved_through_alternate_mitigation"
    COMPLETED = "completed"


RESOLVED = frozenset({Status.THIRD_PARTY, Status.ALTERNATE_MITIGATION})
"""Statuses that credit the maximum although nothing was measured."""


class AccountClass(StrEnum):
    """What kind of account a user is.

    The first five are declared by the organisation and therefore never move the verified score; the others
    are proven by the directory itself and count as evidence.
    """

    EMERGENCY_ACCESS = "emergency_access"
    SERVICE = "service"
    SYNCHRONISATION = "synchronisation"
    TEST = "test"
    KIOSK = "kiosk"
    GUEST = "guest"
    DISABLED = "disabled"
    SHARED_MAILBOX = "shared_mailbox"
    ROOM_MAILBOX = "room_mailbox"


DECLARED_CLASSES = (
    AccountClass.EMERGENCY_ACCESS,
    AccountClass.SERVICE,
    AccountClass.SYNCHRONISATION,
    AccountClass.TEST,
    AccountClass.KIOSK,
)
"""The classes that people declare; the directory itself proves the others."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many entities of an action have which verdict.

    `excluded` entities are counted apart: they are not part of `total`.
    """

    protected: int = 0
    exposed: int = 0
    unknown: int = 0
    excluded: int = 0

    @property
    def total(self) -> int:
        return self.protected + self.exposed + self.unknown

    @property
    def known(self) -> int:
        return self.protected + self.exposed
