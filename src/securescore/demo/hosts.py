"""What a host of the invented cloud is, and what it is made from.

A new host is a class with `answer`, and a line in `all_hosts.HOSTS`. Faults, the log and https are the cloud's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from securescore.demo.exchange import Call, Reply
from securescore.demo.organisation import Organisation
from securescore.demo.tokens import Audience


class Host(Protocol):
    """Answers for one service."""

    def answer(self, call: Call) -> Reply:
        """The answer to any call; refusals are answers too."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a host is made from. Everything but the addresses may change while it runs.

    Attributes:
        address: its own, without a slash at the end.
        tokens: those that it takes.
        granted: the permissions of the application, of every service.
        directory_roles: names of the roles that the application holds in the directory.
        addresses: of all hosts, by name.
        batched: answers one item of a batch that came to this host, with the faults and the log of any call.
    """

    organisation: Organisation
    address: str
    tokens: Audience
    granted: set[str]
    directory_roles: set[str]
    addresses: Mapping[str, str]
    batched: Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class HostKind:
    """One host of the cloud.

    Attributes:
        make: the host for one organisation, in its place.
        audience: the host whose address tokens have to be for; None: its own.
        resource: what tokens have to be for, where that is no address.
    """

    make: Callable[[Place], Host]
    audience: str | None = None
    resource: str | None = None
