"""Why a table is missing: a permission, a licence, or something that went wrong."""

from securescore.connectors.permissions import DIRECTORY_ROLES
from securescore.connectors.source import Collected
from securescore.errors import CollectionError, ConnectionRefusedByServiceError, SecureScoreError
from securescore.evidence import RunWriter, Table
from securescore.evidence.licences import OWNED_PLANS
from securescore.evidence.schema import Api
from securescore.evidence.tables.entra_id import SERVICE_PLANS
from securescore.model import Reason

_MAY_BE_THE_LICENCE = frozenset({Reason.NO_PERMISSION, Reason.NO_LICENCE, Reason.NOT_COLLECTED})


class Failures:
    """The tables of a run that could not be read, with the error of each."""

    def __init__(self) -> None:
        self._errors: dict[str, tuple[Table, SecureScoreError]] = {}

    def add(self, table: Table, error: SecureScoreError) -> None:
        """Notes that a table could not be read."""
        self._errors[table.name] = (table, error)

    def first(self) -> str:
        """The reason of the first table that failed."""
        return next((str(error) for _, error in self._errors.values()), "nothing was asked for")

    def write(self, run: RunWriter) -> None:
        """Says in the manifest why each of them is missing. Once everything else of the run is there."""
        plans = owned_plans(Collected(run))
        for table, error in self._errors.values():
            reason = reason_of(table, error, plans)
            run.missing(
                table, reason=reason, error=_sentence(table, error, reason), code=getattr(error, "code", None)
            )

    def only_licences(self, run: RunWriter) -> bool:
        """Whether nothing is missing but what the tenant has no licence for."""
        records = [run.record(table) for table, _ in self._errors.values()]
        return all(record is not None and record.reason is Reason.NO_LICENCE for record in records)


def owned_plans(collected: Collected) -> frozenset[str] | None:
    """Service plans that the tenant owns and that are switched on, or about to be. None: they were not collected.

    When in doubt a plan is owned: then a refusal is a missing permission, and nothing passes for an empty table.
    """
    if not collected.has(SERVICE_PLANS):
        return None
    return frozenset(row[0] for rows in collected.query(OWNED_PLANS, (SERVICE_PLANS,)) for row in rows)


def reason_of(table: Table, error: SecureScoreError, plans: frozenset[str] | None) -> Reason:
    """Permission or licence? The services refuse in the same way for both, and not always with a code that tells.

    For a table behind a licence the plans of this run decide; only where they are not known, the code does. A
    service that the tenant does not even know gives no token either, and what depends on its tables has nothing to
    go by.
    """
    told = _told(error)
    if told not in _MAY_BE_THE_LICENCE and not isinstance(error, ConnectionRefusedByServiceError):
        return told
    if not table.licence or plans is None:
        return told
    if not plans & set(table.licence):
        return Reason.NO_LICENCE
    return Reason.NO_PERMISSION if told is Reason.NO_LICENCE else told


def _told(error: SecureScoreError) -> Reason:
    """What the error itself says."""
    return Reason(error.reason) if isinstance(error, CollectionError) else Reason.COLLECTION_FAILED


def _sentence(table: Table, error: SecureScoreError, reason: Reason) -> str:
    if reason is Reason.NO_PERMISSION and table.permission is not None:
        return f"{error}. {_grant(table.permission, table.api)}"
    if reason is Reason.NO_LICENCE and table.licence:
        return f"{error}. The tenant owns none of the service plans {' or '.join(table.licence)}"
    return str(error)


def _grant(permission: str, api: Api) -> str:
    advice = f"Grant the app registration the application permission {permission} of {api} and consent to it"
    role = DIRECTORY_ROLES.get(api)
    return f"{advice}, and give its service principal the directory role {role}" if role else advice
