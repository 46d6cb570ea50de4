"""Splits a page of Microsoft Graph into its items without reading the items themselves."""

import msgspec

from securescore.errors import CollectionError


class Page(msgspec.Struct):
    """One page. `items` are JSON texts; `link` is where the next page is, None at the end."""

    items: list[msgspec.Raw] = msgspec.field(name="value")
    link: str | None = msgspec.field(name="@odata.nextLink", default=None)


_decoder = msgspec.json.Decoder(Page)


def split(body: bytes, what: str) -> Page:
    """Reads one page.

    Raises:
        CollectionError: it is cut off, no JSON, or has no list of values.
    """
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
