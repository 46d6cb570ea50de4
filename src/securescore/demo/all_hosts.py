"""Every host of the invented cloud besides the one of login and Microsoft Graph."""

from collections.abc import Mapping

from securescore.connectors.defender_for_cloud_apps.client import RESOURCE as CLOUD_APPS
from securescore.demo import cloud_apps, defender_for_endpoint, exchange_online, routes
from securescore.demo.cloud_apps import CloudAppSecurity
from securescore.demo.defender_for_endpoint import DefenderForEndpoint, ExportStorage
from securescore.demo.hosts import HostKind

HOSTS: Mapping[str, HostKind] = {
    "exchange": HostKind(exchange_online.exchange_door),
    "exchange_region": HostKind(exchange_online.exchange, audience="exchange"),
    "compliance": HostKind(exchange_online.compliance_door),
    "compliance_region": HostKind(exchange_online.compliance, audience="compliance"),
    "defender_endpoint": HostKind(DefenderForEndpoint),
    "cloud_apps": HostKind(CloudAppSecurity, resource=CLOUD_APPS),
    "storage": HostKind(ExportStorage),
}
"""By name, which the tenant file, faults and the log use as well."""

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "graph": routes.ALL_PERMISSIONS,
    "exchange": exchange_online.PERMISSIONS,
    "compliance": exchange_online.PERMISSIONS,
    "defender_endpoint": defender_for_endpoint.PERMISSIONS,
    "cloud_apps": cloud_apps.PERMISSIONS,
}
"""Those of each service, by the name of the host that its tokens are for."""

ALL_PERMISSIONS = frozenset[str]().union(*PERMISSIONS.values())
"""Every permission that opens anything in any service."""
