"""Tries a connection: what its tokens carry, whether Exchange lets it in, which service plans the tenant owns."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from securescore.connectors.connection import Connection, connect
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.retry import FIRST_CONTACT
from securescore.connectors.missing import owned_plans
from securescore.connectors.progress import silent
from securescore.connectors.registry import SOURCES
from securescore.connectors.runner import SOURCE
from securescore.connectors.schedule import Schedule, chosen
from securescore.connectors.source import Collected
from securescore.connectors.tenant_file import Tenant
from securescore.errors import ConfigurationError, ConnectionRefusedByServiceError
from securescore.evidence import EvidenceFolder
from securescore.evidence.manifest import TableRecord
from securescore.evidence.schema import Api
from securescore.evidence.tables.entra_id import SERVICE_PLANS
from securescore.evidence.tables.microsoft_365.exchange_online import EXCHANGE_ORGANIZATION

_READ = (SERVICE_PLANS, EXCHANGE_ORGANIZATION)

_DIRECTORY = "Directory.Read.All"
_OPENED: Mapping[str, tuple[str, ...]] = {
    "Application.Read.All": (_DIRECTORY,),
    "Domain.Read.All": (_DIRECTORY,),
    "GroupMember.Read.All": (_DIRECTORY,),
    "GroupSettings.Read.All": (_DIRECTORY,),
    "LicenseAssignment.Read.All": ("Organization.Read.All", _DIRECTORY),
    "Organization.Read.All": (_DIRECTORY,),
    "User.Read.All": (_DIRECTORY,),
}
"""Other permissions that open the same. Eligible roles open to none but their own."""


def wider(permission: str) -> tuple[str, ...]:
    """Permissions that open everything that this one opens, and more."""
    writing = permission.replace(".Read.", ".ReadWrite.", 1)
    others = _OPENED.get(permission, ())
    return (*others, *([writing] if writing != permission else []))


@dataclass(frozen=True, slots=True)
class Carried:
    """What the token of one interface carries.

    Attributes:
        permissions: None when there is no token, or it does not tell.
        problem: why they are not known.
    """

    permissions: frozenset[str] | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection can do.

    Attributes:
        tenant_id: the tenant that answered.
        carried: by interface.
        exchange: how it went to read the settings of the Exchange organisation.
        licences: the same of the subscriptions.
        plans: service plans that the tenant owns; None when they could not be read.
    """

    tenant_id: str
    carried: Mapping[Api, Carried]
    exchange: TableRecord
    licences: TableRecord
    plans: frozenset[str] | None


def probe(tenant: Tenant, clock: Clock) -> Probe:
    """Tries the connection. Nothing of what is read stays on the disk.

    Raises:
        ConnectionRefusedByServiceError: no trust, no token or no answer.
        ConfigurationError: the credential is of another tenant.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="securescore-"))
        connection = stack.enter_context(closing(connect(tenant, clock, retry=FIRST_CONTACT)))
        tenant_id = connection.first_contact()
        carried = {api: _carried(connection, api) for api in Api}
        return _with_tables(connection, tenant_id, carried, Path(folder), clock)


def _carried(connection: Connection, api: Api) -> Carried:
    try:
        permissions = connection.roles(api)
    except (ConnectionRefusedByServiceError, ConfigurationError) as error:
        return Carried(None, str(error))
    return Carried(permissions, "its token does not tell" if permissions is None else None)


def _with_tables(
    connection: Connection, tenant_id: str, carried: Mapping[Api, Carried], folder: Path, clock: Clock
) -> Probe:
    """Reads the two tables as a collection does, so that it is refused in the same words."""
    wanted = chosen(SOURCES, [table.name for table in _READ])
    with EvidenceFolder(folder).begin(tenant_id, clock.now(), SOURCE) as run:
        failures = Schedule(wanted, run, connection.reading(run, tenant_id), clock, silent).run()
        failures.write(run)
        licences, exchange = (run.record(table) for table in _READ)
        if licences is None or exchange is None:  # pragma: no cover -- each is collected or missing by now
            raise AssertionError
        return Probe(tenant_id, carried, exchange, licences, owned_plans(Collected(run)))
