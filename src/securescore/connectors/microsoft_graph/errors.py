"""What a refusal of Microsoft Graph means for a table."""

from securescore.connectors.http.answers import Refusal
from securescore.errors import CollectionError

_FORBIDDEN = 403
_NOT_FOUND = 404
_NO_LICENCE = frozenset(
    {
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "AadPremiumLicenseRequired",
        "AadPremiumLicenceRequired",
        "TenantNotLicensed",
        "LicenseNotFound",
    }
)


class NotFoundError(CollectionError):
    """Microsoft Graph says, in an error of its own, that there is no such thing.

    A bare 404 of something on the way there is none: it proves nothing.
    """


def failure(refused: Refusal, what: str) -> CollectionError:
    """The error for an answer that is no success. `what`: the path that was asked for."""
    message = f"Microsoft Graph refused {what} with {refused}"
    code = refused.code or str(refused.status)
    if refused.status == _NOT_FOUND and refused.code:
        return NotFoundError(message, code=code)
    return CollectionError(message, reason=_reason(refused), code=code)


def _reason(refused: Refusal) -> str:
    if refused.code in _NO_LICENCE or "not licensed" in refused.text.lower():
        return "no_licence"
    return "no_permission" if refused.status == _FORBIDDEN else "collection_failed"
