"""What goes in and out of the invented cloud, before and after https."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import msgspec

GRAPH_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)


class Breakage(StrEnum):
    """How an answer goes wrong on the wire."""

    HANG_UP = "hang_up"
    """The connection ends before anything of the body."""
    BREAK_OFF = "break_off"
    """The connection ends in the middle of the body."""
    GARBLE = "garble"
    """The answer is whole to http, but half of its JSON is missing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. Header names are in lower case; `query` is as it came, still encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def options(self) -> dict[str, str]:
        """Query options without the `$` before their name, as the service takes both."""
        return {
            name.removeprefix("$"): value for name, value in parse_qsl(self.query, keep_blank_values=True)
        }

    @property
    def target(self) -> str:
        """The path; where the body names a cmdlet that is to run, with its name as one more part."""
        asked = decoded(self.body) if b'"CmdletInput"' in self.body else None
        cmdlet = asked.get("CmdletInput") if isinstance(asked, dict) else None
        name = cmdlet.get("CmdletName") if isinstance(cmdlet, dict) else None
        return f"{self.path}/{name}" if isinstance(name, str) else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    breakage: Breakage | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered.

    Attributes:
        path: with the cmdlet that ran as one more part.
        batched: it was an item of a `$batch`.
        host: the name of the host that it was sent to.
    """

    method: str
    path: str
    query: str
    status: int
    batched: bool = False
    host: str = "graph"


def json_reply(status: int, content: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, msgspec.json.encode(content), {"content-type": GRAPH_TYPE, **(headers or {})})


def decoded(body: bytes) -> Any:
    """The body as JSON, None when it is none."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


class RefusedError(Exception):
    """The service refuses, in the shape of its own errors."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
