"""The groups that mail rules and label policies name by an address, and the users in them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from securescore.connectors.http.parallel import merged
from securescore.connectors.ids import is_id
from securescore.connectors.microsoft_graph.client import Graph
from securescore.connectors.microsoft_graph.read import decoded
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence import Table
from securescore.evidence.tables.microsoft_365.mail_policies import (
    DEFENDER_MAIL_RULES,
    MAIL_GROUP_MEMBERS,
    MAIL_RULES,
)
from securescore.evidence.tables.microsoft_365.purview import AUTO_LABEL_POLICIES, LABEL_POLICIES

_WIDTH = 4
_ADVANCED = {"ConsistencyLevel": "eventual"}
_REFERRING = (
    (MAIL_RULES, ("member_of", "except_member_of")),
    (DEFENDER_MAIL_RULES, ("member_of", "except_member_of")),
    (LABEL_POLICIES, ("locations", "except_locations")),
    (AUTO_LABEL_POLICIES, ("exchange_locations", "except_exchange_locations")),
)
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")

Referring = Sequence[tuple[Table, tuple[str, ...]]]
Members = tuple[str, list[bytes]]
"""Users of the group with that address. No users at all: the group was found and has none."""


def fetch(reading: Reading) -> Iterator[Members]:
    """Users in each group that is found under its address, directly or through other groups.

    What is no address, or is the address of something else than one group, has no members here: it is not
    resolved, which is not the same as empty.
    """
    referring = [(table, columns) for table, columns in _REFERRING if reading.collected.has(table)]
    if not referring:
        raise CollectionError(
            "neither mail rules nor label policies were collected, so nothing tells which groups matter",
            reason="not_collected",
        )
    return merged(_streams(reading, referring), _WIDTH)


def _streams(reading: Reading, referring: Referring) -> Iterator[Callable[[], Iterable[Members]]]:
    for rows in reading.collected.query(_named_sql(referring), [table for table, _ in referring]):
        for (address,) in rows:
            if _ADDRESS.fullmatch(address):
                yield partial(_members, reading.graph, address)


def _named_sql(referring: Referring) -> str:
    lists = [(table.name, column) for table, columns in referring for column in columns]
    named = " UNION ALL ".join(f"SELECT unnest({column}) AS named FROM {name}" for name, column in lists)
    return f"SELECT DISTINCT lower(named) FROM ({named}) WHERE named IS NOT NULL ORDER BY 1"


def _members(graph: Graph, address: str) -> Iterator[Members]:
    group, hidden = _group(graph, address)
    if group is None:
        return
    empty = True
    for page in graph.pages(
        f"/groups/{group}/transitiveMembers/microsoft.graph.user",
        select=("id",),
        params={"$count": "true", "$top": "999"},
        headers=_ADVANCED,
    ):
        if page:
            empty = False
            yield address, page
    if empty and not hidden:
        yield address, []


def _group(graph: Graph, address: str) -> tuple[str | None, bool]:
    """The id of the one group that has this address, whether as its first or as a further one; and whether it hides its members."""
    quoted = address.replace("'", "''")
    pages = graph.pages(
        "/groups",
        select=("id", "mail", "proxyAddresses", "visibility"),
        params={
            "$filter": f"mail eq '{quoted}' or proxyAddresses/any(p:p eq 'smtp:{quoted}')",
            "$count": "true",
        },
        headers=_ADVANCED,
    )
    groups = [decoded(item) for page in pages for item in page]
    found = [group for group in groups if address in _addresses(group)]
    if len(found) != 1 or not is_id(id_ := found[0].get("id")):
        return None, False
    return id_, found[0].get("visibility") == "HiddenMembership"


def _addresses(group: dict[str, object]) -> frozenset[str]:
    proxies = group.get("proxyAddresses")
    texts = [group.get("mail"), *(proxies if isinstance(proxies, list) else ())]
    return frozenset(text.lower().removeprefix("smtp:") for text in texts if isinstance(text, str))


def shape(page: Members) -> Iterator[Row]:
    """One row for each user in the group; for a group without users one with an empty text."""
    address, members = page
    if not members:
        yield {"group_address": address, "directory_id": ""}
    for member in map(decoded, members):
        yield {"group_address": address, "directory_id": member.get("id")}


SOURCES = (
    Source((Output(MAIL_GROUP_MEMBERS, shape),), fetch, after=tuple(table for table, _ in _REFERRING)),
)
