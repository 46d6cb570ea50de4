"""Every source that a collection reads. A new connector is added here, by its list of sources."""

from securescore.connectors.defender_for_cloud_apps import sources as defender_for_cloud_apps
from securescore.connectors.defender_for_endpoint import sources as defender_for_endpoint
from securescore.connectors.exchange_online import mail_filtering, mail_groups, organisation, purview
from securescore.connectors.mail_domains import sources as mail_domains
from securescore.connectors.microsoft_graph import (
    applications,
    conditional_access,
    directory,
    groups,
    identity_sensors,
    intune,
    per_user_mfa,
    policies,
    reports,
    roles,
    tenant_settings,
)
from securescore.connectors.native_score import live as native_score
from securescore.connectors.source import Source
from securescore.evidence.tables.microsoft_365.tenant_settings import TEAMS_MEETING_POLICIES

FROM_FILES_ONLY = frozenset({TEAMS_MEETING_POLICIES.name})
"""Tables that no source fills: only imported files hold them."""

SOURCES: tuple[Source, ...] = (
    # what is slow at the service begins first
    *conditional_access.SOURCES,
    *directory.SOURCES,
    *roles.SOURCES,
    *reports.SOURCES,
    *policies.SOURCES,
    *applications.SOURCES,
    *groups.SOURCES,
    *per_user_mfa.SOURCES,
    *native_score.SOURCES,
    *defender_for_endpoint.SOURCES,
    *identity_sensors.SOURCES,
    *tenant_settings.SOURCES,
    *intune.SOURCES,
    *defender_for_cloud_apps.SOURCES,
    *organisation.SOURCES,
    *mail_filtering.SOURCES,
    *purview.SOURCES,
    *mail_groups.SOURCES,
    *mail_domains.SOURCES,
)
