"""The source of `mail_domain_records`: which domains are asked about, and how many at a time."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from securescore.connectors.http.parallel import merged
from securescore.connectors.mail_domains.records import is_microsofts, rows_of
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.errors import CollectionError
from securescore.evidence.tables.entra_id import DOMAINS
from securescore.evidence.tables.microsoft_365.exchange_online import ACCEPTED_DOMAINS, DKIM_SIGNING
from securescore.evidence.tables.microsoft_365.mail_domains import MAIL_DOMAIN_RECORDS

_WIDTH = 6
_NAMED = {
    ACCEPTED_DOMAINS: "SELECT domain FROM accepted_domains",
    DOMAINS: "SELECT domain FROM domains WHERE verified IS NOT FALSE",
    DKIM_SIGNING: "SELECT domain FROM dkim_signing",
}
"""Tables that name domains of the organisation, and those that they name."""


def fetch(reading: Reading) -> Iterator[list[Row]]:
    """The records of each domain of the organisation that is not Microsoft's, a page a domain."""
    known = [table for table in _NAMED if reading.collected.has(table)]
    if not known:
        raise CollectionError(
            "neither accepted domains nor those of the directory were collected, so nothing tells which to look up",
            reason="not_collected",
        )
    sql = " UNION ".join(f"SELECT lower(domain) FROM ({_NAMED[table]})" for table in known)
    domains = [row[0] for rows in reading.collected.query(f"{sql} ORDER BY 1", known) for row in rows]
    return merged(_streams(domains, reading), _WIDTH)


def _streams(domains: Iterable[str], reading: Reading) -> Iterator[Callable[[], Iterable[list[Row]]]]:
    return (partial(_page, domain, reading) for domain in domains if not is_microsofts(domain))


def _page(domain: str, reading: Reading) -> Iterator[list[Row]]:
    yield list(rows_of(domain, reading.services.dns))


def shape(page: list[Row]) -> list[Row]:
    """The rows as they are."""
    return page


SOURCES = (Source((Output(MAIL_DOMAIN_RECORDS, shape),), fetch, after=tuple(_NAMED)),)
