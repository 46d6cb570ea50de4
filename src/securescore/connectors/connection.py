"""The connection to one tenant's services."""

from securescore.connectors.http.answers import refusal
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.limits import Limiters
from securescore.connectors.http.retry import FIRST_CONTACT, PATIENT, RetrySettings
from securescore.connectors.http.service import Service, UnreachableError
from securescore.connectors.http.tokens import Tokens, tenant_of
from securescore.connectors.http.wire import Answer, Hosts, Wire
from securescore.connectors.ids import is_id
from securescore.connectors.microsoft_graph.client import Graph
from securescore.connectors.microsoft_graph.pages import split
from securescore.connectors.microsoft_graph.read import decoded
from securescore.connectors.source import Collected, Reading
from securescore.connectors.tenant_file import Tenant
from securescore.errors import CollectionError, ConfigurationError, ConnectionRefusedByServiceError
from securescore.evidence import RunWriter

_OK = 200
_UNAUTHORIZED = 401


class Connection:
    """Clients for the services of one tenant. To be closed."""

    def __init__(self, tenant: Tenant, wire: Wire, tokens: Tokens, service: Service) -> None:
        self._tenant = tenant
        self._wire = wire
        self._tokens = tokens
        self._service = service
        self.graph = Graph(service, tenant.endpoints.graph)

    def close(self) -> None:
        """Closes every connection."""
        self._tokens.close()
        self._wire.close()

    def first_contact(self) -> str:
        """Proves that there is trust, a token and an answer, and returns the tenant's id.

        Raises:
            ConnectionRefusedByServiceError: one of them is missing.
            ConfigurationError: the token is of another tenant than the file says, or the file has a domain name
                and nothing tells the id behind it.
        """
        graph = self._tenant.endpoints.graph
        try:
            answer = self.graph.reach("/organization?$select=id", FIRST_CONTACT)
        except UnreachableError as error:
            raise ConnectionRefusedByServiceError(
                f"no connection to Microsoft Graph at {graph}: {error}"
            ) from error
        except CollectionError as error:
            raise ConnectionRefusedByServiceError(
                f"Microsoft Graph at {graph} cannot be used: {error}"
            ) from error
        if answer.status == _UNAUTHORIZED:
            raise ConnectionRefusedByServiceError(
                f"Microsoft Graph at {graph} does not accept the token ({refusal(answer)}): check cloud and endpoints in "
                "the tenant file"
            )
        return self._same_tenant(_tenant_in(answer) or tenant_of(self._tokens.token(self._service.scope)))

    def reading(self, run: RunWriter, tenant_id: str) -> Reading:
        """What the fetches of a run may use. `tenant_id`: as the first contact told it."""
        return Reading(tenant_id, self.graph, Collected(run))

    def _same_tenant(self, found: str | None) -> str:
        """The id to file the evidence under. A domain name in the tenant file gives way to the id behind it."""
        given = self._tenant.tenant_id
        if found is None and is_id(given):
            return given
        if found is None:
            raise ConfigurationError(
                f"tenant_id is {given!r}, and the application may not read which id is behind it: put the tenant's id there"
            )
        if not is_id(given):
            return found
        if given.casefold() != found.casefold():
            raise ConfigurationError(
                f"the credential belongs to tenant {found}, but the tenant file says {given}: correct tenant_id, or "
                "the credential"
            )
        return given


def _tenant_in(answer: Answer) -> str | None:
    """The id in the answer; None when reading the organisation is not permitted."""
    if answer.status != _OK:
        return None
    try:
        ids = [decoded(bytes(item)).get("id") for item in split(answer.body, "/organization").items]
    except CollectionError:
        return None
    return ids[0] if len(ids) == 1 and isinstance(ids[0], str) else None


def connect(
    tenant: Tenant, clock: Clock, limiters: Limiters | None = None, retry: RetrySettings | None = None
) -> Connection:
    """Clients for a tenant. Nothing is sent yet."""
    endpoints = tenant.endpoints
    wire = Wire(endpoints.ca_file, clock)
    tokens = Tokens(tenant, wire, clock)
    service = Service(
        name="Microsoft Graph",
        tenant_id=tenant.tenant_id,
        scope=f"{endpoints.graph.url}/.default",
        hosts=Hosts(endpoints.graph, endpoints.also),
        wire=wire,
        tokens=tokens,
        limiters=limiters or Limiters(clock),
        clock=clock,
        retry=retry or PATIENT,
    )
    return Connection(tenant, wire, tokens, service)
