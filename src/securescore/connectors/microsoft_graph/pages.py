"""Splits a page of Microsoft Graph into its items without reading the items themselves."""

from typing import Any

import msgspec

from securescore.connectors.http.answers import refusal_of
from securescore.errors import CollectionError


class Page(msgspec.Struct):
    """One page. `items` are JSON texts; `link` is where the next page is, None at the end.

    `error`: the service streams its lists, so what goes wrong midway stands behind the items of an answer 200.
    """

    items: list[msgspec.Raw] = msgspec.field(name="value")
    link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    error: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Page)


def split(body: bytes, what: str) -> Page:
    """Reads one page.

    Raises:
        CollectionError: it is cut off, no JSON, has no list of values, or ends in an error.
    """
    page = _page(body, what)
    if page.error is not None:
        raise CollectionError(
            f"Microsoft Graph broke off a page of {what} with {refusal_of(200, body)}; collect again",
            code="bad_answer",
        )
    return page


def _page(body: bytes, what: str) -> Page:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise CollectionError(
            f"Microsoft Graph answered {what} with something other than a list of values ({error})",
            code="bad_answer",
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise CollectionError(
            f"Microsoft Graph answered {what} with JSON that is cut off or broken ({error}); collect again",
            code="bad_answer",
        ) from error
