"""A thin client for Microsoft Graph: pages, single objects and batches, each whole or an error."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode

import msgspec

from securescore.connectors.clouds import Address
from securescore.connectors.http.answers import UNREADABLE, refusal
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.pages import linked, split
from securescore.connectors.http.retry import RetrySettings
from securescore.connectors.http.service import Request, Service
from securescore.connectors.http.wire import Answer
from securescore.connectors.microsoft_graph.batches import Batches, BatchItem
from securescore.connectors.microsoft_graph.errors import failure
from securescore.errors import CollectionError

V1 = "v1.0"
BETA = "beta"
NAME = "Microsoft Graph"

_KEPT = "$,:'()/="


class Graph:
    """Reads from Microsoft Graph as one tenant's application. May be shared between threads."""

    def __init__(self, service: Service, address: Address) -> None:
        self._service = service
        self._root = address.url
        self._batches = Batches(service, address.url)

    def pages(
        self,
        path: str,
        *,
        select: Sequence[str] = (),
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        service_class: ServiceClass = ServiceClass.DIRECTORY,
        version: str = V1,
    ) -> Iterator[list[bytes]]:
        """The items of a list, page by page, each as its JSON text, following every link to the end.

        Args:
            path: below the version, `/users`.
            select: properties to ask for; empty: the service's own choice.
            params: further query options, `{"$top": "999"}`.
            headers: sent with every page.

        Raises:
            CollectionError: refused, cut off, no list, or a link that must not be followed or leads round.
        """

        def page_at(link: str) -> tuple[list[bytes], str | None]:
            return split(self._answer(link, path, headers, service_class).body, path, NAME)

        return linked(self._url(path, version, select, params), page_at, path)

    def one(
        self,
        path: str,
        *,
        select: Sequence[str] = (),
        service_class: ServiceClass = ServiceClass.DIRECTORY,
        version: str = V1,
    ) -> bytes:
        """A single object as its JSON text.

        Raises:
            NotFoundError: there is none.
            CollectionError: refused, or no JSON object.
        """
        url = self._url(path, version, select, None)
        body = self._answer(url, path, None, service_class).body
        try:
            msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except UNREADABLE as error:
            raise CollectionError(
                f"Microsoft Graph answered {path} with something other than a JSON object ({error})",
                code="bad_answer",
            ) from error
        return body

    def batch(
        self,
        paths: Sequence[str],
        *,
        service_class: ServiceClass = ServiceClass.DIRECTORY,
        version: str = V1,
    ) -> list[BatchItem]:
        """Up to 20 reads in one request. Items that were throttled are asked for again.

        Raises:
            CollectionError: the batch itself was refused, an answer is missing, or an item stayed throttled.
        """
        return self._batches.read(paths, version, service_class)

    def reach(self, path: str, retry: RetrySettings) -> Answer:
        """Asks once, for the first contact. Any status is an answer."""
        url = self._url(path, V1, (), None)
        return self._service.ask(Request("GET", url, ServiceClass.DIRECTORY), retry)

    def _answer(
        self, url: str, what: str, headers: Mapping[str, str] | None, service_class: ServiceClass
    ) -> Answer:
        answer = self._service.ask(Request("GET", url, service_class, headers or {}))
        if answer.status != 200:  # noqa: PLR2004
            raise failure(refusal(answer), what)
        return answer

    def _url(self, path: str, version: str, select: Sequence[str], params: Mapping[str, str] | None) -> str:
        options = {"$select": ",".join(select)} if select else {}
        options.update(params or {})
        query = "?" + urlencode(options, quote_via=quote, safe=_KEPT) if options else ""
        return f"{self._root}/{version}{path}{query}"
