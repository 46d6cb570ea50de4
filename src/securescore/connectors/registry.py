"""Every source that a collection reads. A new connector is added here, by its list of sources."""

from securescore.connectors.microsoft_graph import (
    applications,
    conditional_access,
    directory,
    groups,
    per_user_mfa,
    policies,
    reports,
    roles,
)
from securescore.connectors.native_score import live as native_score
from securescore.connectors.source import Source

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
)
