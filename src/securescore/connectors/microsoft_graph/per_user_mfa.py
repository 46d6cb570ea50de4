"""Multifactor authentication switched on for single users. There is no list of it: each user is asked for."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.parallel import merged
from securescore.connectors.microsoft_graph.batches import LARGEST_BATCH, BatchItem
from securescore.connectors.microsoft_graph.client import BETA, Graph
from securescore.connectors.microsoft_graph.read import decoded
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence.tables.entra_id import PER_USER_MFA, USERS

_WIDTH = 4
_ENABLED_USERS = "SELECT user_id::VARCHAR FROM users WHERE enabled IS NOT false"


def fetch(reading: Reading) -> Iterator[list[BatchItem]]:
    """The requirements of every enabled user, 20 a request."""
    return merged(_streams(reading), _WIDTH)


def _streams(reading: Reading) -> Iterator[Callable[[], Iterable[list[BatchItem]]]]:
    for rows in reading.collected.query(_ENABLED_USERS, (USERS,)):
        for start in range(0, len(rows), LARGEST_BATCH):
            users = [row[0] for row in rows[start : start + LARGEST_BATCH]]
            yield partial(_batch, reading.graph, users)


def _batch(graph: Graph, users: list[str]) -> Iterator[list[BatchItem]]:
    paths = [f"/users/{user}/authentication/requirements" for user in users]
    items = graph.batch(paths, version=BETA, service_class=ServiceClass.AUTHENTICATION)
    others = [item for item in items if not item.found]
    # one may have been deleted since the list was read; where everybody is gone, it is the address that is
    everybody = len(others) == len(items) > 1
    failed = [item for item in others if everybody or not item.gone]
    if failed:
        raise failed[0].failure()
    yield items


def shape(page: Iterable[BatchItem]) -> Iterator[Row]:
    """One row for each user: `disabled`, `enabled` or `enforced`; null where the service did not find the user."""
    for item in page:
        yield {
            "user_id": item.path.split("/")[2],
            "state": decoded(item.body).get("perUserMfaState") if item.found else None,
        }


SOURCES = (Source((Output(PER_USER_MFA, shape),), fetch, needs=(USERS,)),)
