"""What a refusal of Defender for Endpoint means for a table."""

from securescore.connectors.http.answers import Refusal
from securescore.errors import CollectionError

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_NOTHING_THERE = frozenset({"notfound", "resourcenotfound"})


class NothingThereError(CollectionError):
    """The service says, in an error of its own, that there is nothing: its word for an empty list.

    A 404 of something on the way, without a code or with another, is none: it proves nothing.
    """


def failure(refused: Refusal, what: str, name: str) -> CollectionError:
    """The error for an answer that is no success. `what`: the path that was asked for. `name`: the service."""
    message = f"{name} refused {what} with {refused}"
    code = refused.code or str(refused.status)
    if refused.status == _NOT_FOUND and code.lower() in _NOTHING_THERE:
        return NothingThereError(message, code=code)
    reason = "no_permission" if refused.status in {_UNAUTHORIZED, _FORBIDDEN} else "collection_failed"
    return CollectionError(message, reason=reason, code=code)
