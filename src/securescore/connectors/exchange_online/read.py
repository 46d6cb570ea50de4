"""The usual way to fill a table: from one reading cmdlet, whose objects its columns read by their paths."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from securescore.connectors.exchange_online.client import ExchangeAdmin
from securescore.connectors.http.pages import json_object
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence import Table

Admin = Callable[[Reading], ExchangeAdmin]
Shape = Callable[[Iterable[Mapping[str, Any]]], Iterable[Row]]


def exchange(reading: Reading) -> ExchangeAdmin:
    """Runs cmdlets of Exchange Online."""
    return reading.services.exchange


def compliance(reading: Reading) -> ExchangeAdmin:
    """Runs cmdlets of Security & Compliance."""
    return reading.services.compliance


def listed(
    table: Table, cmdlet: str, *, admin: Admin = exchange, parameters: Mapping[str, str] | None = None
) -> Source:
    """A source that is what one cmdlet returns, asked for exactly the properties that the columns read."""

    def fetch(reading: Reading) -> Iterator[list[bytes]]:
        return admin(reading).pages(cmdlet, select=table.select, parameters=parameters)

    return Source((Output(table),), fetch)


def shaped(
    table: Table, cmdlet: str, select: Sequence[str], shape: Shape, *, admin: Admin = exchange
) -> Source:
    """The same for a table whose rows are shaped in Python."""

    def fetch(reading: Reading) -> Iterator[list[bytes]]:
        return admin(reading).pages(cmdlet, select=select)

    return Source((Output(table, partial(_rows, shape)),), fetch)


def _rows(shape: Shape, page: Iterable[bytes]) -> Iterable[Row]:
    return shape(objects(page))


def objects(page: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of a page. Raises CollectionError when one of them is none."""
    for item in page:
        yield json_object(item, "the admin interface of Exchange")
