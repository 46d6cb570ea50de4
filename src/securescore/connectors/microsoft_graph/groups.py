"""The groups that policies and roles refer to, and the users in them."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from securescore.connectors.http.parallel import merged
from securescore.connectors.microsoft_graph.batches import LARGEST_BATCH, BatchItem
from securescore.connectors.microsoft_graph.client import Graph
from securescore.connectors.microsoft_graph.read import decoded, if_there
from securescore.connectors.source import Collected, Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence import Table
from securescore.evidence.tables.entra_id import (
    CONDITIONAL_ACCESS_TARGETS,
    GROUP_MEMBERS,
    GROUPS,
    ROLE_ASSIGNMENT_SCHEDULES,
    ROLE_ASSIGNMENTS,
    ROLE_ELIGIBILITIES,
    SERVICE_PRINCIPALS,
    USERS,
)

_WIDTH = 4
_HOLDERS = (ROLE_ASSIGNMENTS, ROLE_ASSIGNMENT_SCHEDULES, ROLE_ELIGIBILITIES)
_REFERRING = (CONDITIONAL_ACCESS_TARGETS, *_HOLDERS)
_OTHERS = {USERS: "user_id", SERVICE_PRINCIPALS: "service_principal_id"}
_WANTED = """
SELECT group_id::VARCHAR, group_name, group_name IS NULL, visibility IS NOT DISTINCT FROM 'HiddenMembership' FROM groups
"""
_ADVANCED = {"ConsistencyLevel": "eventual"}

Members = tuple[str, list[bytes]]


def fetch_groups(reading: Reading) -> Iterator[list[bytes]]:
    """Every group that a policy names or that holds a role.

    A group that a policy names and that is deleted stays as a row with its id alone, so that it can be told;
    it has no members. Of the holders of roles only those are rows that turn out to be groups.
    """
    referring = [table for table in _REFERRING if reading.collected.has(table)]
    if not referring:
        raise CollectionError(
            "neither policies nor role assignments were collected, so nothing tells which groups matter",
            reason="not_collected",
        )
    named = set(_ids(reading.collected, _targets_sql(referring), referring))
    holders = set(_ids(reading.collected, *_holders_sql(reading.collected, referring)))
    for items in _looked_up(reading.graph, sorted(named | holders)):
        yield list(_kept(items, named))


def _targets_sql(referring: list[Table]) -> str:
    if CONDITIONAL_ACCESS_TARGETS not in referring:
        return ""
    return (
        "SELECT DISTINCT target_id::VARCHAR FROM conditional_access_targets "
        "WHERE kind = 'group' AND target_id IS NOT NULL"
    )


def _holders_sql(collected: Collected, referring: list[Table]) -> tuple[str, list[Table]]:
    """Holders of roles that are not known to be something else."""
    holding = [table for table in _HOLDERS if table in referring]
    if not holding:
        return "", []
    others = {table: column for table, column in _OTHERS.items() if collected.has(table)}
    everyone = " UNION ".join(f"SELECT principal_id AS id FROM {table.name}" for table in holding)
    not_these = "".join(
        f" AND id NOT IN (SELECT {column} FROM {table.name})" for table, column in others.items()
    )
    return f"SELECT id::VARCHAR FROM ({everyone}) WHERE id IS NOT NULL{not_these}", [*holding, *others]


def _ids(collected: Collected, sql: str, tables: Iterable[Table]) -> Iterator[str]:
    if sql:
        for rows in collected.query(sql, tables):
            yield from (row[0] for row in rows)


def _looked_up(graph: Graph, ids: list[str]) -> Iterator[list[BatchItem]]:
    wanted = ",".join(GROUPS.select)
    for start in range(0, len(ids), LARGEST_BATCH):
        yield graph.batch([f"/groups/{id_}?$select={wanted}" for id_ in ids[start : start + LARGEST_BATCH]])


def _kept(items: Iterable[BatchItem], named: set[str]) -> Iterator[bytes]:
    for item in items:
        group = item.path.removeprefix("/groups/").split("?")[0]
        if item.found:
            yield item.body
        elif not item.gone:
            raise item.failure()
        elif group in named:
            yield msgspec.json.encode({"id": group})


def fetch_members(reading: Reading) -> Iterator[Members]:
    """Users in each group, directly or through other groups; a group that was deleted before has none."""
    return merged(_member_streams(reading), _WIDTH)


def _member_streams(reading: Reading) -> Iterator[Callable[[], Iterable[Members]]]:
    for rows in reading.collected.query(_WANTED, (GROUPS,)):
        for group, name, deleted, hidden in rows:
            yield partial(_members, reading.graph, group, deleted=deleted, hidden=name if hidden else None)


def _members(graph: Graph, group: str, *, deleted: bool, hidden: str | None) -> Iterator[Members]:
    """Users of one group. `hidden`: its name, where it does not show its members to everybody."""
    pages: Iterator[list[bytes]] = graph.pages(
        f"/groups/{group}/transitiveMembers/microsoft.graph.user",
        select=("id",),
        params={"$count": "true", "$top": "999"},
        headers=_ADVANCED,
    )
    empty = True
    for page in if_there(pages) if deleted else pages:
        empty = empty and not page
        yield group, page
    if empty and hidden is not None:
        raise CollectionError(
            f"the group {hidden!r} hides its members, and shows none; give the app the permission Member.Read.Hidden too, "
            "or let the policy name another group",
            reason="no_permission",
        )


def shape_members(page: Members) -> Iterator[Row]:
    """One row for each user in the group."""
    group, members = page
    for member in map(decoded, members):
        yield {"group_id": group, "user_id": member.get("id")}


SOURCES = (
    Source((Output(GROUPS),), fetch_groups, after=(*_REFERRING, *_OTHERS)),
    Source((Output(GROUP_MEMBERS, shape_members),), fetch_members, needs=(GROUPS,)),
)
