"""What the domains publish about their mail, from the look-ups that ScubaGear made and logged."""

import re
from collections.abc import Iterable, Iterator

from securescore.connectors.mail_domains.records import (
    SELECTORS,
    is_dmarc,
    is_microsofts,
    is_spf,
    only,
    rows_for,
)
from securescore.connectors.mail_domains.resolver import Answer, printable
from securescore.connectors.scuba_export.documents import Export
from securescore.connectors.scuba_export.fillings import Filling, NotThereError, Part, Row, shaped
from securescore.connectors.scuba_export.mail import ACCEPTED
from securescore.connectors.scuba_export.powershell import JsonObject, objects
from securescore.evidence.tables.microsoft_365.mail_domains import MAIL_DOMAIN_RECORDS

_NONE = re.compile(r"\b(NXDomain|returned 0 )", re.IGNORECASE)
_NOT_LOOKED_UP = "the export holds no look-up of it"

SPF = Part(("spf_records",), "Get-ScubaSpfRecord")
DKIM = Part(("dkim_records",), "Get-ScubaDkimRecord")
DMARC = Part(("dmarc_records",), "Get-ScubaDmarcRecord")

Log = dict[str, Answer]
"""What DNS said of each name that was asked for."""


def _records(export: Export) -> Iterator[Row]:
    logs = {part: _logs(part.of(export)) for part in (SPF, DKIM, DMARC)}
    names = (item.get("DomainName") for item in ACCEPTED.of(export))
    domains = [name.lower() for name in names if isinstance(name, str) and not is_microsofts(name)]
    if domains and not any(domain in log for log in logs.values() for domain in domains):
        raise NotThereError("the export holds no look-up of any domain but those that Microsoft runs itself")
    for domain in domains:
        spf, dkim, dmarc = (logs[part].get(domain, {}) for part in (SPF, DKIM, DMARC))
        yield from rows_for(domain, "spf", domain, only(_of(spf, domain), is_spf))
        yield from rows_for(domain, "dmarc", *_policy(dmarc, domain))
        for record, selector in SELECTORS.items():
            name = f"{selector}._domainkey.{domain}"
            yield from rows_for(domain, record, name, _of(dkim, name))


def _of(log: Log, name: str) -> Answer:
    return log.get(name, Answer("unknown", error=_NOT_LOOKED_UP))


def _policy(log: Log, domain: str) -> tuple[str, Answer]:
    """The policy of the domain, else of the nearest parent that was asked. The longest name is the nearest."""
    own = f"_dmarc.{domain}"
    for name in (own, *sorted(log.keys() - {own}, key=len, reverse=True)):
        answer = only(_of(log, name), is_dmarc)
        if answer.state != "absent":
            return name, answer
    return own, Answer("absent")


def _logs(entries: Iterable[JsonObject]) -> dict[str, Log]:
    logs: dict[str, Log] = {}
    for entry in entries:
        domain = entry.get("domain")
        if isinstance(domain, str):
            log = logs.setdefault(domain.lower(), {})
            for query in objects(entry.get("log")):
                _note(log, query)
    return logs


def _note(log: Log, query: JsonObject) -> None:
    """A name may be asked for several times: records stay, then that there are none, then the last failure."""
    name = query.get("query_name")
    if not isinstance(name, str):
        return
    answer, known = _answer(query), log.get(name.lower())
    order = ("unknown", "absent", "found")
    if known is None or order.index(answer.state) >= order.index(known.state):
        log[name.lower()] = answer


def _answer(query: JsonObject) -> Answer:
    answers, result = query.get("query_answers"), query.get("query_result")
    given = answers if isinstance(answers, list) else [answers]
    texts = sorted({printable(text) for text in given if isinstance(text, str)})
    if texts:
        return Answer("found", tuple(texts))
    if isinstance(result, str) and _NONE.search(result):
        return Answer("absent")
    return Answer("unknown", error=printable(str(result))[:200])


FILLINGS: tuple[Filling, ...] = (shaped(MAIL_DOMAIN_RECORDS, (SPF, DKIM, DMARC), _records),)
