"""Directory roles: who holds them, and who may."""

from securescore.evidence.schema import Column, Table
from securescore.evidence.tables.entra_id.licences import P2

ROLE_DEFINITIONS = Table(
    name="role_definitions",
    about="Directory roles",
    key=("role_id",),
    permission="RoleManagement.Read.Directory",
    columns=(
        Column("role_id", "UUID", "id"),
        Column("template_id", "UUID", "templateId"),
        Column("role_name", "VARCHAR", "displayName"),
        Column("built_in", "BOOLEAN", "isBuiltIn"),
        Column("enabled", "BOOLEAN", "isEnabled"),
    ),
    stand_in=(),
)

ROLE_ASSIGNMENTS = Table(
    name="role_assignments",
    about="Who holds which directory role now; the holder is a user, a group or a service principal",
    key=("assignment_id",),
    permission="RoleManagement.Read.Directory",
    columns=(
        Column("assignment_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
    ),
    stand_in=(),
)

ROLE_ASSIGNMENT_SCHEDULES = Table(
    name="role_assignment_schedules",
    about="Active role assignments with their duration, where Privileged Identity Management is owned",
    key=("assignment_id",),
    permission="RoleManagement.Read.Directory",
    licence=P2,
    when_not_licensed="empty",
    columns=(
        Column("assignment_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
        Column("assignment_type", "VARCHAR", "assignmentType"),
        Column("member_type", "VARCHAR", "memberType"),
        Column("started", "TIMESTAMP", "startDateTime"),
        Column("ends", "TIMESTAMP", "endDateTime"),
    ),
)

ROLE_ELIGIBILITIES = Table(
    name="role_eligibilities",
    about="Who may activate which directory role",
    key=("eligibility_id",),
    permission="RoleManagement.Read.Directory",
    licence=P2,
    when_not_licensed="empty",
    columns=(
        Column("eligibility_id", "VARCHAR", "id"),
        Column("principal_id", "UUID", "principalId"),
        Column("role_id", "UUID", "roleDefinitionId"),
        Column("scope", "VARCHAR", "directoryScopeId"),
        Column("member_type", "VARCHAR", "memberType"),
        Column("ends", "TIMESTAMP", "endDateTime"),
    ),
)
