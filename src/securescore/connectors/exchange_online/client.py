"""A thin client for the admin interface of Exchange Online and of Security & Compliance.

Microsoft does not document this interface. It runs cmdlets, one a request or several in a batch, and answers with
their objects.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from securescore.connectors.clouds import Address
from securescore.connectors.exchange_online.batches import LARGEST_BATCH, Part, batch_body, successes
from securescore.connectors.exchange_online.errors import failure, words
from securescore.connectors.exchange_online.interface import Interface
from securescore.connectors.exchange_online.regions import Region
from securescore.connectors.http.answers import refusal
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.http.pages import linked, split
from securescore.connectors.http.service import Request, Service
from securescore.errors import CollectionError

_OK = 200

_READING = re.compile(r"Get-[A-Za-z0-9]+")
_FAULTS = 4
_BATCH_TRIES = 3
"""Faults of a batch, and times without an answer, after which cmdlets are asked one by one."""
_ANCHOR = "APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{tenant}"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_PAGES = "odata.maxpagesize=1000"


@dataclass(frozen=True, slots=True)
class Run:
    """A cmdlet to run.

    Attributes:
        cmdlet: one that begins with `Get-`; any other is refused before anything is sent.
        select: properties to ask for; empty: all.
        parameters: of the cmdlet.
    """

    cmdlet: str
    select: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """What is sent to run it."""
        return msgspec.json.encode(
            {"CmdletInput": {"CmdletName": self.cmdlet, "Parameters": dict(self.parameters)}}
        )


class ExchangeAdmin:
    """Runs reading cmdlets as one tenant's application. May be shared between threads."""

    def __init__(self, service: Service, address: Address, tenant_id: str, interface: Interface) -> None:
        self._service = service
        self._address = address
        self._tenant_id = tenant_id
        self._interface = interface
        self._batches = True
        self._headers = {"X-AnchorMailbox": _ANCHOR.format(tenant=tenant_id)}
        self._region = Region(service, address, interface, tenant_id, self._headers)
        patient = service.retry
        # a fault that does not pass soon is one of the cmdlet, not of the moment
        self._retry = replace(
            patient,
            faults=min(patient.faults, _FAULTS),
            internal=True,
            first_wait=5 * patient.first_wait,
        )

    @property
    def name(self) -> str:
        """What the service is called."""
        return self._service.name

    def for_tenant(self, tenant_id: str) -> "ExchangeAdmin":
        """The same interface for the id behind a domain name that the tenant file may give instead."""
        if tenant_id == self._tenant_id:
            return self
        return ExchangeAdmin(self._service, self._address, tenant_id, self._interface)

    def pages(
        self, cmdlet: str, *, select: Sequence[str] = (), parameters: Mapping[str, str] | None = None
    ) -> Iterator[list[bytes]]:
        """The objects that a cmdlet returns, page by page, each as its JSON text, to the end.

        Args:
            cmdlet, select, parameters: see `Run`.

        Raises:
            CollectionError: refused, cut off, no list, or a link that must not be followed or leads round.
        """
        run = Run(cmdlet, tuple(select), dict(parameters or {}))
        _refuse_to_change(run)
        return self._all_pages(run, None)

    def batched(self, runs: Sequence[Run]) -> Iterator[tuple[int, list[bytes]]]:
        """The same for several cmdlets in few requests: every page of each, with the position of its run, in order.

        What a batch does not answer with success is asked for by itself.
        """
        for run in runs:
            _refuse_to_change(run)
        for start in range(0, len(runs), LARGEST_BATCH):
            some = runs[start : start + LARGEST_BATCH]
            answers = self._batch(some)
            for number, run in enumerate(some):
                for page in self._all_pages(run, answers.get(str(number))):
                    yield start + number, page

    def _all_pages(self, run: Run, first: bytes | None) -> Iterator[list[bytes]]:
        """Every page. `first`: the first one, where it is there already."""
        start = self._url(run)

        def page_at(link: str) -> tuple[list[bytes], str | None]:
            known = first if link == start else None
            return split(known or self._answer(link, run), run.cmdlet, self.name, words)

        return linked(start, page_at, run.cmdlet)

    def _url(self, run: Run) -> str:
        query = f"?$select={','.join(run.select)}" if run.select else ""
        return f"{self._root()}/InvokeCommand{query}"

    def _root(self) -> str:
        return f"{self._region.address().url}/adminapi/beta/{self._tenant_id}"

    def _answer(self, url: str, run: Run) -> bytes:
        request = Request(
            "POST", url, self._interface.service_class, self._headers_of(run), run.body, words=words
        )
        answer = self._service.ask(request, self._retry)
        if answer.status != _OK:
            raise failure(refusal(answer, words), run.cmdlet, self.name)
        return answer.body

    def _batch(self, runs: Sequence[Run]) -> dict[str, bytes]:
        """First pages, by the position of their run; only of those that succeeded."""
        if len(runs) == 1 or not self._batches:
            return {}
        parts = [
            Part(str(number), self._url(run), msgspec.Raw(run.body), self._headers_of(run))
            for number, run in enumerate(runs)
        ]
        headers = {**self._headers, **_JSON, "Prefer": f"{_PAGES};odata.continue-on-error"}
        request = Request(
            "POST", f"{self._root()}/$batch", self._interface.service_class, headers, batch_body(parts)
        )
        try:
            answer = self._service.ask(
                request, replace(self._retry, faults=_BATCH_TRIES, unanswered=_BATCH_TRIES)
            )
        except StoppedError:
            raise
        except CollectionError:  # what is in it may well be answered one by one
            self._batches = False
            return {}
        return successes(answer.body) if answer.status == _OK else {}

    def _headers_of(self, run: Run) -> dict[str, str]:
        return {
            **self._headers,
            **_JSON,
            "Prefer": _PAGES,
            "X-CmdletName": run.cmdlet,
            "X-ResponseFormat": "json",
        }


def _refuse_to_change(run: Run) -> None:
    if not _READING.fullmatch(run.cmdlet):
        raise CollectionError(
            f"{run.cmdlet[:100]!r} was not run: only cmdlets that begin with Get- are, for nothing is ever changed",
            code="not_reading",
        )
