"""Asks for public DNS records, and tells "there is none" from "there was no answer"."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from securescore.connectors.clouds import Address
from securescore.connectors.http.clock import Clock

_PORT = 53
_LARGEST_UDP = 1232  # bytes; more is asked for over TCP
_ALIASES = 8
_CIRCLE = "its aliases do not come to an end"
_NO_SERVER = "this machine names no resolver"

State = Literal["found", "absent", "unknown"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    Attributes:
        attempt: for one answer of one server.
        domain: for everything that is asked about one domain.
        rounds: how often every server is asked.
    """

    attempt: float = 2.0
    domain: float = 10.0
    rounds: int = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS says of one name.

    Attributes:
        state: `absent` only where a server said that there is none; whatever went wrong is `unknown`.
        texts: the records, harmless to print, in the order of the alphabet.
        error: why it is unknown.
    """

    state: State
    texts: tuple[str, ...] = ()
    error: str | None = None


class _NoAnswerError(Exception):
    """Nothing is known of a name, and this is why."""


class Budget:
    """The seconds that are left for one domain."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def next(self, attempt: float) -> float:
        """How long the next attempt may take; nothing or less when the time is used up.

        Raises:
            StoppedError: the collection was stopped.
        """
        self._clock.check()
        return min(attempt, self._end - self._clock.monotonic())


class Resolver:
    """Looks up records. May be shared between threads.

    Args:
        server: where to ask; None: the system's resolvers.
    """

    def __init__(self, server: Address | None, clock: Clock, patience: Patience | None = None) -> None:
        self._server = server
        self._clock = clock
        self._patience = patience or Patience()

    def budget(self) -> Budget:
        """The time for one domain, from now."""
        return Budget(self._clock, self._patience.domain)

    def texts(self, name: str, budget: Budget) -> Answer:
        """The TXT records of a name, through its aliases. Raises StoppedError when the collection was stopped."""
        return self._ask(name, dns.rdatatype.TXT, budget)

    def alias(self, name: str, budget: Budget) -> Answer:
        """The name that a CNAME record leads to. Raises StoppedError when the collection was stopped."""
        return self._ask(name, dns.rdatatype.CNAME, budget)

    def _ask(self, name: str, kind: dns.rdatatype.RdataType, budget: Budget) -> Answer:
        try:
            return self._followed(dns.name.from_text(name), kind, budget)
        except (dns.exception.DNSException, UnicodeError):
            return Answer("unknown", error="it is no name that DNS could know")
        except _NoAnswerError as error:
            return Answer("unknown", error=str(error))

    def _followed(self, name: dns.name.Name, kind: dns.rdatatype.RdataType, budget: Budget) -> Answer:
        """What is said of the name, or of the name it is an alias of."""
        for _ in range(_ALIASES):
            found = _read(self._response(name, kind, budget), name)
            if isinstance(found, Answer):
                return found
            name = found
        raise _NoAnswerError(_CIRCLE)

    def _response(
        self, name: dns.name.Name, kind: dns.rdatatype.RdataType, budget: Budget
    ) -> dns.message.Message:
        """The first answer of a server that looked it up. Raises _NoAnswerError with the last reason there was none."""
        query = dns.message.make_query(name, kind, use_edns=0, payload=_LARGEST_UDP)
        failure = _NoAnswerError(_NO_SERVER)
        for where, port in self._attempts():
            seconds = budget.next(self._patience.attempt)
            if seconds <= 0:
                raise _NoAnswerError(f"no answer within {self._patience.domain:g} seconds")
            try:
                return _exchanged(query, where, port, seconds)
            except _NoAnswerError as error:
                failure = error
        raise failure

    def _attempts(self) -> Iterator[tuple[str, int]]:
        servers = tuple(self._servers())
        for _ in range(self._patience.rounds):
            yield from servers

    def _servers(self) -> Iterator[tuple[str, int]]:
        if self._server is None:
            yield from ((where, _PORT) for where in _system_resolvers())
        elif (where := _numeric(self._server.host)) is not None:
            yield where, self._server.port


def _system_resolvers() -> list[str]:
    try:
        return [str(where) for where in dns.resolver.Resolver().nameservers]
    except dns.resolver.NoResolverConfiguration:
        return []


def _numeric(host: str) -> str | None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _exchanged(query: dns.message.Message, where: str, port: int, seconds: float) -> dns.message.Message:
    """The answer of one server, over TCP where it does not fit into one datagram."""
    try:
        response, _ = dns.query.udp_with_fallback(
            query, where, timeout=seconds, port=port, ignore_unexpected=True
        )
    except dns.exception.Timeout as error:
        raise _NoAnswerError("no answer in time") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _NoAnswerError(f"the server cannot be reached ({reason})") from error
    except (dns.exception.DNSException, EOFError, ValueError) as error:
        raise _unreadable(error) from error
    if response.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise _NoAnswerError(f"the server answered {dns.rcode.to_text(response.rcode())}")
    return response


def _unreadable(error: Exception) -> _NoAnswerError:
    return _NoAnswerError(f"the answer cannot be read ({type(error).__name__})")


def _read(response: dns.message.Message, wanted: dns.name.Name) -> Answer | dns.name.Name:
    """What a response says; a name where it only says that the wanted one is an alias of that."""
    chain = _chain(response)
    if chain.answer is not None:
        return Answer("found", tuple(sorted({_text(record) for record in chain.answer})))
    if response.rcode() == dns.rcode.NXDOMAIN:
        return Answer("absent")
    if chain.canonical_name != wanted:
        return chain.canonical_name
    if _refers_elsewhere(response):
        raise _NoAnswerError("the server does not look names up for others")
    return Answer("absent")


def _chain(response: dns.message.Message) -> dns.message.ChainingResult:
    if not isinstance(response, dns.message.QueryMessage):
        raise _NoAnswerError("the answer is to something that was not asked")
    try:
        return response.resolve_chaining()
    except dns.message.ChainTooLong as error:
        raise _NoAnswerError(_CIRCLE) from error
    except dns.exception.DNSException as error:
        raise _unreadable(error) from error


def _refers_elsewhere(response: dns.message.Message) -> bool:
    kinds = {found.rdtype for found in response.authority}
    return not response.flags & dns.flags.AA and dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds


def _text(record: object) -> str:
    strings = getattr(record, "strings", None)
    if strings is None:
        return printable(str(getattr(record, "target", record)).removesuffix(".").lower())
    return printable(b"".join(strings).decode("utf-8", errors="backslashreplace"))


def printable(text: str) -> str:
    """The text with an escape in place of everything that does not show."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "backslashreplace").decode("ascii")
        for one in text
    )
