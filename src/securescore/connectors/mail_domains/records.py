"""SPF, DKIM and DMARC of one domain, as rows of `mail_domain_records`."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from securescore.connectors.mail_domains.resolver import Answer, Budget, Resolver

Row = dict[str, Any]

SELECTORS = {"dkim1": "selector1", "dkim2": "selector2"}
"""The record, and the selector that Exchange Online gives to it."""

_MICROSOFTS_OWN = re.compile(r"(^|\.)(onmicrosoft\.(com|us|de)|onmschina\.cn)$")
_SPF = re.compile(r"v=spf1( |$)", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(;|$)", re.IGNORECASE)
_LEVELS = 8
_ORGANISATIONAL_LABELS = 2


def is_microsofts(domain: str) -> bool:
    """Whether the records of a domain are Microsoft's business: it is below onmicrosoft.com or its like."""
    return bool(_MICROSOFTS_OWN.search(domain.lower().removesuffix(".")))


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF."""
    return bool(_SPF.match(text))


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is one of DMARC."""
    return bool(_DMARC.match(text))


def rows_of(domain: str, resolver: Resolver) -> Iterator[Row]:
    """Everything about one domain. Within `Patience.domain` seconds; what was not told by then is `unknown`.

    Raises:
        StoppedError: the collection was stopped.
    """
    budget = resolver.budget()
    yield from rows_for(domain, "spf", domain, only(resolver.texts(domain, budget), is_spf))
    yield from rows_for(domain, "dmarc", *_dmarc(domain, resolver, budget))
    for record, selector in SELECTORS.items():
        name = f"{selector}._domainkey.{domain}"
        yield from rows_for(domain, record, name, _key(name, resolver, budget))


def rows_for(domain: str, record: str, name: str, answer: Answer) -> Iterator[Row]:
    """A row for each record that was found; one that says so where none was."""
    for ordinal, text in enumerate(answer.texts or (None,)):
        yield {
            "domain": domain,
            "record": record,
            "ordinal": ordinal,
            "state": answer.state,
            "name": name,
            "text": text,
            "error": answer.error,
        }


def only(answer: Answer, wanted: Callable[[str], bool]) -> Answer:
    """The records of one kind among those of a name."""
    if answer.state != "found":
        return answer
    texts = tuple(filter(wanted, answer.texts))
    return Answer("found", texts) if texts else Answer("absent")


def _key(name: str, resolver: Resolver, budget: Budget) -> Answer:
    """Where the key of a selector is kept, or the key itself where it is published in place."""
    alias = resolver.alias(name, budget)
    return resolver.texts(name, budget) if alias.state == "absent" else alias


def policy_names(domain: str) -> Sequence[str]:
    """Where the DMARC policy of a domain may stand: at the domain, then at each parent down to two labels.

    Whether a parent of two labels is the organisation's or a public suffix such as `co.uk` is only told by a list
    that changes daily. Doing without it is safe enough: who runs a public suffix publishes a policy there only to
    have it apply to the domains below, and the name where it was found is kept beside the record.
    """
    labels = domain.rstrip(".").split(".")
    parents = range(max(1, len(labels) - _LEVELS + 1), len(labels) - _ORGANISATIONAL_LABELS + 1)
    return [f"_dmarc.{domain}", *(f"_dmarc.{'.'.join(labels[first:])}" for first in parents)]


def _dmarc(domain: str, resolver: Resolver, budget: Budget) -> tuple[str, Answer]:
    """The name and the policy there. A name that gave no answer ends the search: a policy may stand there."""
    own = f"_dmarc.{domain}"
    for name in policy_names(domain):
        answer = only(resolver.texts(name, budget), is_dmarc)
        if answer.state != "absent":
            return name, answer
    return own, Answer("absent")
