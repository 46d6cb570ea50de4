"""The rules of `privileged_people` once more, in plain Python (see `oracle`)."""

from tests.facts.oracle import NO, PERHAPS, YES, Row, Tenant, any_of, groups_of, template_of


def lasts(tenant: Tenant, assignment: Row) -> bool | None:
    """Whether an active assignment is for ever: known only where it has a schedule."""
    same = [
        row
        for row in tenant["role_assignment_schedules"]
        if all(row.get(key) == assignment.get(key) for key in ("principal_id", "role_id", "scope"))
    ]
    kinds = [
        NO
        if row.get("ends") is not None
        else (PERHAPS if row.get("assignment_type") is None else row["assignment_type"] == "Assigned")
        for row in same
    ]
    # one that is known not to last says more than one that is not known
    return YES if YES in kinds else (NO if NO in kinds else PERHAPS)


Way = tuple[str, str, str | None, bool]
"""User, template of the role, group (None: directly), eligible."""


def holdings(tenant: Tenant) -> list[tuple[Row, bool, bool | None]]:
    active = [(row, NO, lasts(tenant, row)) for row in tenant["role_assignments"]]
    eligible = [(row, YES, row.get("ends") is None) for row in tenant["role_eligibilities"]]
    return [*active, *eligible]


def ways_of(tenant: Tenant, user_id: str, row: Row, *, eligible: bool) -> list[str | None]:
    """How this one assignment reaches the user: None is directly, else the group."""
    found: list[str | None] = [g for g in groups_of(tenant, user_id) if g == row["principal_id"]]
    repeated = eligible and row.get("member_type") == "Group"
    if row["principal_id"] == user_id and not (repeated and eligible_by_group(tenant, user_id, row)):
        found.append(None)
    return found


def eligible_by_group(tenant: Tenant, user_id: str, row: Row) -> bool:
    groups = groups_of(tenant, user_id)
    return any(
        other["principal_id"] in groups and other["role_id"] == row["role_id"]
        for other in tenant["role_eligibilities"]
    )


def privileged_people(tenant: Tenant, plain: set[str]) -> dict[Way, tuple[bool | None, str | None]]:
    """Permanence and scope by way. `plain`: the roles that administer nothing."""
    found: dict[Way, list[tuple[bool | None, str | None]]] = {}
    for user in tenant["users"]:
        for row, eligible, permanent in holdings(tenant):
            role = template_of(tenant, row["role_id"])
            for group in ways_of(tenant, user["user_id"], row, eligible=eligible):
                if role not in plain:
                    key = (user["user_id"], role, group, eligible)
                    found.setdefault(key, []).append((permanent, row.get("scope")))
    return {key: widest(values) for key, values in found.items()}


def widest(values: list[tuple[bool | None, str | None]]) -> tuple[bool | None, str | None]:
    permanent = any_of(permanent for permanent, _ in values)
    return permanent, min((scope for _, scope in values if scope is not None), default=None)
