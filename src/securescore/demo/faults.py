"""What can go wrong with the invented cloud, on order."""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Self

from securescore.demo.exchange import Breakage

ALWAYS = None
"""As a fault's `times`: it never ends."""


@dataclass
class Fault:
    """One thing going wrong, for calls whose path fits the pattern (`*/users`, case does not matter).

    A cmdlet is one more part of its path: `*/Get-Mailbox`.

    Attributes:
        host: the name of the only host where it strikes; None: all of them.
        times: how many calls it strikes; None: all of them.
        skip: how many calls go well before.
        status: what is answered instead.
        retry_after: the header of that answer, as text.
        breakage: how the answer goes wrong on the wire.
        next_host: a host that the answer's next link leads to.
        expire_tokens: all tokens handed out so far stop working.
    """

    path: str
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    code: str | None = None
    retry_after: str | None = None
    breakage: Breakage | None = None
    next_host: str | None = None
    expire_tokens: bool = False
    host: str | None = None
    struck: int = field(default=0, init=False)

    @classmethod
    def throttled(
        cls, path: str, retry_after: str | None = None, times: int | None = 1, skip: int = 0
    ) -> Self:
        """429, with or without the time to wait."""
        return cls(path, times, skip, status=429, code="TooManyRequests", retry_after=retry_after)

    @classmethod
    def failing(cls, path: str, status: int = 503, times: int | None = 1, skip: int = 0) -> Self:
        return cls(path, times, skip, status=status, code="UnknownError")

    @classmethod
    def broken(cls, path: str, breakage: Breakage, times: int | None = 1, skip: int = 0) -> Self:
        return cls(path, times, skip, breakage=breakage)

    @classmethod
    def astray(cls, path: str, host: str = "graph.elsewhere.example") -> Self:
        """The next link leads to another host."""
        return cls(path, next_host=host)

    @classmethod
    def expiry(cls, path: str, times: int | None = 1, skip: int = 0) -> Self:
        """Tokens end in the middle of a run: this call and all after it need new ones."""
        return cls(path, times, skip, expire_tokens=True)

    def on(self, host: str) -> Self:
        """The same, at this host only."""
        return replace(self, host=host)

    def strikes(self, host: str, path: str) -> bool:
        """Whether the fault strikes this call; counts it."""
        if self.host not in (None, host) or not fnmatchcase(path.lower(), self.path.lower()):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.struck += 1
        return True
