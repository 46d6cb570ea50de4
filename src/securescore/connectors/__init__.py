"""Connectors: each reads one source into tables of evidence; one runner runs them all."""

from securescore.connectors.http.clock import Clock
from securescore.connectors.progress import Event, Progress
from securescore.connectors.runner import CollectionReport, collect
from securescore.connectors.tenant_file import Tenant, load_tenant

__all__ = ["Clock", "CollectionReport", "Event", "Progress", "Tenant", "collect", "load_tenant"]
