"""In which region the admin interface answers for a tenant: the front door tells it by a redirect."""

import re
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock

import httpx2

from securescore.connectors.clouds import HTTPS_PORT, Address
from securescore.connectors.exchange_online.errors import failure, words
from securescore.connectors.exchange_online.interface import Interface
from securescore.connectors.http.answers import refusal
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.http.retry import FIRST_CONTACT
from securescore.connectors.http.service import Request, Service, is_redirect
from securescore.connectors.http.wire import Answer, Hosts
from securescore.errors import CollectionError

_OK = 200
_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class Region:
    """The host that answers for one tenant, asked for once. May be shared between threads."""

    def __init__(
        self,
        service: Service,
        address: Address,
        interface: Interface,
        tenant_id: str,
        headers: Mapping[str, str],
    ) -> None:
        self._service = service
        self._address = address
        self._interface = interface
        self._tenant_id = tenant_id
        self._headers = headers
        self._lock = Lock()
        self._found: Address | CollectionError | None = None

    def address(self) -> Address:
        """Where cmdlets run. What went wrong once is not tried again by the next caller.

        Raises:
            CollectionError: refused, or no region was told where one is needed.
        """
        with self._lock:
            if self._found is None:
                self._found = self._asked()
        if isinstance(self._found, CollectionError):
            raise self._found
        return self._found

    def _asked(self) -> Address | CollectionError:
        try:
            return self._discovered()
        except StoppedError:
            raise
        except CollectionError as error:
            return error

    def _discovered(self) -> Address:
        answers = []
        for path in self._interface.discovery:
            url = f"{self._address.url}/adminapi/{path.format(tenant=self._tenant_id)}"
            answer = self._answer(url)
            told = self._told(url, answer)
            if told is not None:
                return told
            answers.append(answer)
        if not self._interface.regional:
            return self._address
        raise self._nowhere(answers[-1])

    def _answer(self, url: str) -> Answer:
        patient = self._service.retry
        retry = replace(patient, unanswered=min(patient.unanswered, FIRST_CONTACT.unanswered))
        request = Request("GET", url, self._interface.service_class, self._headers, follow=False, words=words)
        return self._service.ask(request, retry)

    def _told(self, url: str, answer: Answer) -> Address | None:
        location = answer.headers.get("location")
        if not is_redirect(answer.status) or not location:
            return None
        target = self._service.joined(url, location)
        return region(target, self._address, self._service.hosts, self._service.name)

    def _nowhere(self, answer: Answer) -> CollectionError:
        name = self._service.name
        if answer.status != _OK and not is_redirect(answer.status):
            return failure(refusal(answer, words), "to tell the tenant's region", name)
        return CollectionError(
            f"{name} answers only in the tenant's region, and its front door {self._address} did not tell which that "
            "is: collect again later",
            code="no_region",
        )


def region(location: str, address: Address, hosts: Hosts, name: str) -> Address | None:
    """The host to use after a redirect to `location`: never one that a token must not be sent to.

    A host that is not allowed only lends its first label, which names the region: the host below the front
    door with that label is used. None: it names the front door itself, and so no region.

    Raises:
        CollectionError: the address is none, or its host begins with no name of a region.
    """
    target = _address(location)
    if target is None:
        raise CollectionError(f"{name} redirected to an address that is none", code="bad_link")
    if hosts.allows(target.host, target.port):
        return target
    if target.host == address.host:
        return None
    label = target.host.partition(".")[0]
    if not _LABEL.fullmatch(label):
        raise CollectionError(
            f"{name} redirected to a host that names no region ({target.host[:100]}); nothing was sent there",
            code="other_host",
        )
    return Address(f"{label}.{address.host}", address.port)


def _address(location: str) -> Address | None:
    try:
        url = httpx2.URL(location)
    except httpx2.InvalidURL:
        return None
    if url.scheme != "https" or url.userinfo or not url.host:
        return None
    return Address(url.host.rstrip("."), HTTPS_PORT if url.port is None else url.port)
