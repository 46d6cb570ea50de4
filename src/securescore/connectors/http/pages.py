"""Pages of a list: split into items without reading the items themselves, and followed from link to link."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from securescore.connectors.http.answers import UNREADABLE, Words, plain_words, refusal_of
from securescore.errors import CollectionError

_MOST_PAGES = 200_000
_MOST_EMPTY_PAGES = 1000
_MOST_COMMAS = 8_000_000
"""In one page, before it is taken apart: each may stand for an item, and many small items take far more room than their text."""

_decoder_of_objects = msgspec.json.Decoder(dict[str, Any])


class Page(msgspec.Struct):
    """One page. `items` are JSON texts; `link` is where the next page is, None at the end.

    `error`: the service streams its lists, so what goes wrong midway stands behind the items of an answer 200.
    """

    items: list[msgspec.Raw] | msgspec.UnsetType = msgspec.field(name="value", default=msgspec.UNSET)
    link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    error: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Page)


def split(body: bytes, what: str, name: str, words: Words = plain_words) -> tuple[list[bytes], str | None]:
    """The items of one page, each as its JSON text, and where the next page is.

    Args:
        what: what was asked for.
        name: the service.
        words: where this service puts the message of an error.

    Raises:
        CollectionError: it is cut off, no JSON, has no list of values, or ends in an error.
    """
    page = _page(body, what, name)
    if page.error is not None:
        raise CollectionError(
            f"{name} broke off a page of {what} with {refusal_of(200, body, words=words)}; collect again",
            code="bad_answer",
        )
    if isinstance(page.items, msgspec.UnsetType):
        raise CollectionError(
            f"{name} answered {what} with something other than a list of values", code="bad_answer"
        )
    return [bytes(item) for item in page.items], page.link


def _page(body: bytes, what: str, name: str) -> Page:
    if body.count(b",") > _MOST_COMMAS:
        raise CollectionError(
            f"{name} answered {what} with more items than a page can have", code="too_large"
        )
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise CollectionError(
            f"{name} answered {what} with something other than a list of values ({error})", code="bad_answer"
        ) from error
    except UNREADABLE as error:
        raise CollectionError(
            f"{name} answered {what} with JSON that is cut off or broken ({error}); collect again",
            code="bad_answer",
        ) from error


def linked(
    first: str, page_at: Callable[[str], tuple[list[bytes], str | None]], what: str
) -> Iterator[list[bytes]]:
    """The items of every page, from the first link to the end.

    Raises:
        CollectionError: whatever `page_at` raises, or the links lead round or nowhere.
    """
    link: str | None = first
    seen: set[str] = set()
    empty = 0
    while link is not None:
        if link in seen:
            raise CollectionError(f"the links of {what} lead round in a circle", code="link_loop")
        seen.add(link)
        items, link = page_at(link)
        yield items
        empty = 0 if items else empty + 1
        if empty > _MOST_EMPTY_PAGES:
            raise CollectionError(f"{what} had {empty} empty pages one after another", code="link_loop")
        if len(seen) > _MOST_PAGES:
            raise CollectionError(f"{what} had no end after {_MOST_PAGES} pages", code="link_loop")


def json_object(item: bytes, name: str) -> dict[str, Any]:
    """The item as a dictionary. Raises CollectionError when it is no object."""
    try:
        return _decoder_of_objects.decode(item)
    except UNREADABLE as error:
        raise CollectionError(
            f"{name} sent an item that is no JSON object ({error})", code="bad_answer"
        ) from error
