"""A secret on its way through the program."""

import hmac
from typing import NoReturn


class Secret:
    """A value that no log, error, format or pickle shows. It can be compared, but is no key of a dictionary."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The value itself: call it where the value is used, and keep nothing of it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> NoReturn:
        raise TypeError("a secret has no hash")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied: seal it")
