"""A thin client for the interface of Defender for Cloud Apps."""

from collections.abc import Iterator

import msgspec

from securescore.connectors.clouds import Address
from securescore.connectors.http.answers import UNREADABLE, refusal
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.service import Request, Service
from securescore.errors import CollectionError

RESOURCE = "05a65629-4c1b-48c1-a78b-804c4abdd4af"
"""What a token is asked for: the same application in every tenant, whatever the address."""

PAGE = 100
"""Items to ask for at once, as many as the service gives."""

_OK = 200
_REFUSED = frozenset({401, 403})
_MOST_PAGES = 10_000


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] = msgspec.field(name="data")
    more: bool = msgspec.field(name="hasNext")


class CloudApps:
    """Reads from Defender for Cloud Apps as one tenant's application. May be shared between threads."""

    def __init__(self, service: Service, address: Address) -> None:
        self._service = service
        self._root = address.url

    def pages(self, path: str, most: int | None = None) -> Iterator[list[bytes]]:
        """The items of a list, each as its JSON text, page by page to the end, or to the last of `most` pages.

        Raises:
            CollectionError: refused, cut off, no list, or one without an end.
        """
        skip = 0
        for _ in range(most or _MOST_PAGES):
            page = self._page(path, skip)
            yield [bytes(item) for item in page.items]
            if not page.more:
                return
            if not page.items:
                raise CollectionError(
                    f"{self._service.name} gave an empty page of {path} and said that there is more; collect again",
                    code="bad_answer",
                )
            skip += len(page.items)
        if most is None:
            raise CollectionError(f"the pages of {path} have no end", code="link_loop")

    def _page(self, path: str, skip: int) -> _Page:
        body = msgspec.json.encode({"skip": skip, "limit": PAGE})
        request = Request(
            "POST", self._root + path, ServiceClass.CLOUD_APPS, {"Content-Type": "application/json"}, body
        )
        answer = self._service.ask(request)
        if answer.status != _OK:
            raise CollectionError(
                f"{self._service.name} refused {path} with {refusal(answer)}",
                reason="no_permission" if answer.status in _REFUSED else "collection_failed",
                code=str(answer.status),
            )
        try:
            return msgspec.json.decode(answer.body, type=_Page)
        except UNREADABLE as error:
            raise CollectionError(
                f"{self._service.name} answered {path} with something other than a list ({error})",
                code="bad_answer",
            ) from error
