"""The two usual ways to fill a table: from a list, and from a single object."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.pages import json_object
from securescore.connectors.microsoft_graph.client import NAME, V1
from securescore.connectors.microsoft_graph.errors import NotFoundError
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence import Table

T = TypeVar("T")
JsonObject = dict[str, Any]
Shape = Callable[[Iterable[bytes]], Iterable[Row]]


def decoded(item: bytes) -> JsonObject:
    """The item as a dictionary. Raises CollectionError when it is no object."""
    return json_object(item, NAME)


def objects(value: object) -> list[JsonObject]:
    """The objects of a list inside an item. Raises CollectionError on anything else: an absent list is no empty one."""
    if isinstance(value, list) and all(isinstance(part, dict) for part in value):
        return value
    raise CollectionError(
        "Microsoft Graph sent something else where a list of objects belongs", code="bad_answer"
    )


def if_there(pages: Iterator[T]) -> Iterator[T]:
    """The same pages; none when the first is not found. A later one that is not found is an error."""
    try:
        first = next(pages)
    except NotFoundError:
        return
    yield first
    yield from pages


def inside(value: object, *names: str) -> Any:
    """What stands below these names in an object; None where nothing does.

    Something else than an object on the way is handed on as what no column takes, so that it is counted as rejected.
    """
    for name in names:
        if not isinstance(value, dict):
            return None if value is None else [value]
        value = value.get(name)
    return value


def count_of(value: object) -> object:
    """How many objects a list has. Something else is handed on as what no column takes, to be rejected."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return len(value)
    return None if value is None else [value]


def listed(
    table: Table,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    service_class: ServiceClass = ServiceClass.DIRECTORY,
    select: bool = True,
    shape: Shape | None = None,
) -> Source:
    """A source that is one list. Without `shape` exactly the properties that the columns read are asked for."""
    wanted = table.select if select and shape is None else ()

    def fetch(reading: Reading) -> Iterator[list[bytes]]:
        return reading.graph.pages(path, select=wanted, params=params, service_class=service_class)

    return Source((Output(table, shape),), fetch)


def single(table: Table, path: str, *, shape: Shape | None = None, version: str = V1) -> Source:
    """A source that is one object."""

    def fetch(reading: Reading) -> Iterator[list[bytes]]:
        yield [reading.graph.one(path, version=version)]

    return Source((Output(table, shape),), fetch)
