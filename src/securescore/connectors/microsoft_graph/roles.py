"""Directory roles: what there is, who holds it, who may activate it."""

from securescore.connectors.microsoft_graph.read import listed
from securescore.evidence.tables.entra_id import (
    ROLE_ASSIGNMENT_SCHEDULES,
    ROLE_ASSIGNMENTS,
    ROLE_DEFINITIONS,
    ROLE_ELIGIBILITIES,
)

_ROLES = "/roleManagement/directory"

SOURCES = (
    listed(ROLE_DEFINITIONS, f"{_ROLES}/roleDefinitions"),
    listed(ROLE_ASSIGNMENTS, f"{_ROLES}/roleAssignments"),
    # these two take no $select at some tenants, and are small
    listed(ROLE_ASSIGNMENT_SCHEDULES, f"{_ROLES}/roleAssignmentScheduleInstances", select=False),
    listed(ROLE_ELIGIBILITIES, f"{_ROLES}/roleEligibilityScheduleInstances", select=False),
)
