"""What can go wrong, in words a person can act on.

Every error that reaches a user is a `SecureScoreError`: one sentence that says what happened, to what, and
what to do next. The CLI prints it and leaves with `exit_code`; it never prints a traceback.
"""


class SecureScoreError(Exception):
    """Base of all errors of this package.

    Attributes:
        exit_code: what the CLI leaves with. 2 = the input was wrong, 3 = the outside world refused.
    """

    exit_code = 2


class ConfigurationError(SecureScoreError):
    """A file or setting given by the operator cannot be used."""


class CatalogError(SecureScoreError):
    """An improvement action, fact or other content file breaks its contract."""


class EvidenceError(SecureScoreError):
    """An evidence folder, run, manifest or table cannot be read or written."""


class ImportedFileError(EvidenceError):
    """A file handed to `securescore import` is not what it should be."""


class ConnectionRefusedByServiceError(SecureScoreError):
    """No connection, TLS trust or token could be had, so nothing can be collected."""

    exit_code = 3


class CollectionError(SecureScoreError):
    """One table could not be collected whole. Nothing of it is published.

    Attributes:
        reason: `no_permission`, `no_licence` or `collection_failed`.
        code: the service's own error code, where it gave one.
    """

    exit_code = 3

    def __init__(self, message: str, *, reason: str = "collection_failed", code: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code


class StoreError(SecureScoreError):
    """The database cannot be reached or used, or refuses."""

    exit_code = 3


class NotAllowedError(SecureScoreError):
    """The actor has no right to do this."""

    exit_code = 3


class UnknownError(SecureScoreError):
    """What was named is not there, or not for this actor to see: the answer does not tell which."""


class ConflictError(SecureScoreError):
    """What was asked does not go together with what is there, or with what happened meanwhile."""


def first_line(error: Exception) -> str:
    """The first line of an error of DuckDB; the rest repeats the query."""
    return str(error).partition("\n")[0]
