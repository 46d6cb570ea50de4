"""What a refusal of the admin interface means for a table."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from securescore.connectors.http.answers import Refusal
from securescore.errors import CollectionError

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_NO_CMDLET = re.compile(r"not recognized as (the|a) name of a cmdlet", re.IGNORECASE)
_ORIGIN = re.compile(r"^\w*\|[^|]*\|")


def words(error: Mapping[str, Any]) -> object:
    """The message inside an `error`: what stands first in it is the same sentence for everything."""
    found = (_ORIGIN.sub("", text).strip() for text in _texts(error))
    return next((text for text in found if text), None)


def _texts(error: Mapping[str, Any]) -> Iterator[str]:
    parts = _folded(error)
    details = parts.get("details")
    found = [_folded(one).get("message") for one in (details if isinstance(details, list) else ())]
    internal = _folded(_folded(parts.get("innererror")).get("internalexception"))
    for text in (*found, internal.get("message"), parts.get("message")):
        if isinstance(text, str):
            yield text


def _folded(value: object) -> dict[str, Any]:
    """The object with its names in lower case, for the service writes them in two ways; else an empty one."""
    return {str(name).lower(): part for name, part in value.items()} if isinstance(value, Mapping) else {}


def failure(refused: Refusal, what: str, name: str) -> CollectionError:
    """The error for an answer that is no success. `what`: the cmdlet that was to run. `name`: the service."""
    return CollectionError(
        f"{name} refused {what} with {refused}{_hint(refused)}",
        reason="no_permission" if _is_of_rights(refused) else "collection_failed",
        code=refused.code or str(refused.status),
    )


def _is_of_rights(refused: Refusal) -> bool:
    """Whether a role or a licence is lacking: to both the service says that there is no such cmdlet.

    A bare 404 of something on the way proves nothing.
    """
    unknown = refused.status == _NOT_FOUND and refused.code is not None
    return unknown or refused.status in {_UNAUTHORIZED, _FORBIDDEN} or bool(_NO_CMDLET.search(refused.text))


def _hint(refused: Refusal) -> str:
    if refused.status != _UNAUTHORIZED or refused.text:
        return ""
    return " and no reason, as it does when the application permission is lacking or the token is for another service"
