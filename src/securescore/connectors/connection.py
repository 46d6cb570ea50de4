"""The connection to one tenant's services."""

from dataclasses import dataclass, replace

from securescore.connectors.clouds import Address
from securescore.connectors.defender_for_cloud_apps.client import RESOURCE as CLOUD_APPS_RESOURCE
from securescore.connectors.defender_for_cloud_apps.client import CloudApps
from securescore.connectors.defender_for_endpoint.client import DefenderEndpoint
from securescore.connectors.exchange_online.client import ExchangeAdmin
from securescore.connectors.exchange_online.interface import COMPLIANCE, EXCHANGE, Interface
from securescore.connectors.http.answers import refusal
from securescore.connectors.http.clock import Clock
from securescore.connectors.http.limits import Limiters
from securescore.connectors.http.pages import split
from securescore.connectors.http.retry import FIRST_CONTACT, PATIENT, RetrySettings
from securescore.connectors.http.service import Service, UnreachableError
from securescore.connectors.http.tokens import Tokens, roles_of, tenant_of
from securescore.connectors.http.wire import Answer, Hosts, Wire
from securescore.connectors.ids import is_id
from securescore.connectors.mail_domains.resolver import Resolver
from securescore.connectors.microsoft_graph.client import NAME, Graph
from securescore.connectors.microsoft_graph.read import decoded
from securescore.connectors.source import NATIVE_DAYS, Collected, Reading, Services
from securescore.connectors.tenant_file import Tenant
from securescore.errors import CollectionError, ConfigurationError, ConnectionRefusedByServiceError
from securescore.evidence import RunWriter
from securescore.evidence.schema import Api

_OK = 200
_UNAUTHORIZED = 401


class Connection:
    """Clients for the services of one tenant. To be closed."""

    def __init__(self, tenant: Tenant, wire: Wire, tokens: Tokens, services: Services) -> None:
        self._tenant = tenant
        self._wire = wire
        self._tokens = tokens
        self._services = services
        self.graph = services.graph

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
        return self._same_tenant(_tenant_in(answer) or tenant_of(self._tokens.token(f"{graph.url}/.default")))

    def roles(self, api: Api) -> frozenset[str] | None:
        """The permissions of an interface that the application's token carries; None when the token does not tell.

        Raises:
            ConnectionRefusedByServiceError: the login service gives no token for it.
            ConfigurationError: nothing says where it answers.
        """
        scope = scope_of(self._tenant, api)
        if scope is None:
            raise ConfigurationError(f"nothing says where {api} answers for this tenant")
        return roles_of(self._tokens.token(scope))

    def reading(self, run: RunWriter, tenant_id: str, native_days: int = NATIVE_DAYS) -> Reading:
        """What the fetches of a run may use. `tenant_id`: as the first contact told it."""
        services = self._services
        exchange, compliance = (
            services.exchange.for_tenant(tenant_id),
            services.compliance.for_tenant(tenant_id),
        )
        clients = replace(services, exchange=exchange, compliance=compliance)
        return Reading(tenant_id, clients, Collected(run), native_days)

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
        ids = [decoded(item).get("id") for item in split(answer.body, "/organization", NAME)[0]]
    except CollectionError:
        return None
    return ids[0] if len(ids) == 1 and isinstance(ids[0], str) else None


def connect(
    tenant: Tenant, clock: Clock, limiters: Limiters | None = None, retry: RetrySettings | None = None
) -> Connection:
    """Clients for a tenant. Nothing is sent yet."""
    wire = Wire(tenant.endpoints.ca_file, clock)
    tokens = Tokens(tenant, wire, clock)
    maker = _Maker(tenant, wire, tokens, limiters or Limiters(clock), clock, retry or PATIENT)
    return Connection(tenant, wire, tokens, maker.services())


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the clients of one tenant over one wire."""

    tenant: Tenant
    wire: Wire
    tokens: Tokens
    limiters: Limiters
    clock: Clock
    retry: RetrySettings

    def services(self) -> Services:
        endpoints = self.tenant.endpoints
        return Services(
            graph=Graph(self._service("Microsoft Graph", endpoints.graph), endpoints.graph),
            exchange=self._admin("Exchange Online", endpoints.exchange, EXCHANGE),
            compliance=self._admin("Security & Compliance", endpoints.compliance, COMPLIANCE),
            defender_endpoint=self._defender_endpoint(),
            cloud_apps=self._cloud_apps(),
            dns=Resolver(endpoints.dns, self.clock),
        )

    def _admin(self, name: str, address: Address, interface: Interface) -> ExchangeAdmin:
        return ExchangeAdmin(self._service(name, address), address, self.tenant.tenant_id, interface)

    def _defender_endpoint(self) -> DefenderEndpoint | None:
        address = self.tenant.endpoints.defender_endpoint
        if address is None:
            return None
        service = self._service("Defender for Endpoint", address, _defender_resource(self.tenant))
        return DefenderEndpoint(service, address, self.wire, self.tenant.endpoints.also)

    def _cloud_apps(self) -> CloudApps | None:
        address = self.tenant.endpoints.cloud_apps
        if address is None:
            return None
        return CloudApps(self._service("Defender for Cloud Apps", address, CLOUD_APPS_RESOURCE), address)

    def _service(self, name: str, address: Address, resource: str | None = None) -> Service:
        return Service(
            name=name,
            tenant_id=self.tenant.tenant_id,
            scope=f"{resource or address.url}/.default",
            hosts=Hosts(address, self.tenant.endpoints.also),
            wire=self.wire,
            tokens=self.tokens,
            limiters=self.limiters,
            clock=self.clock,
            retry=self.retry,
        )


def scope_of(tenant: Tenant, api: Api) -> str | None:
    """What a token of an interface is asked for; None where nothing says where it answers."""
    endpoints = tenant.endpoints
    addresses = {
        Api.GRAPH: endpoints.graph,
        Api.EXCHANGE: endpoints.exchange,
        Api.DEFENDER_ENDPOINT: endpoints.defender_endpoint,
        Api.CLOUD_APPS: endpoints.cloud_apps,
    }
    resources = {Api.DEFENDER_ENDPOINT: _defender_resource(tenant), Api.CLOUD_APPS: CLOUD_APPS_RESOURCE}
    address = addresses[api]
    return None if address is None else f"{resources.get(api) or address.url}/.default"


def _defender_resource(tenant: Tenant) -> str | None:
    """What its tokens are for, where that is not its own address."""
    cloud = tenant.cloud
    own = tenant.endpoints.defender_endpoint == cloud.defender_endpoint
    return cloud.defender_endpoint_resource if own else None
