"""What an answer of a Microsoft service says when it is not what was asked for."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from securescore.connectors.http.wire import Answer

_LONGEST = 200
_CODE = re.compile(r"^[\w.:-]{1,100}$")
_UNWANTED = re.compile(r"[^\x20-\x7e\u00a0-\uffff]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The service's own words about a failure, made safe to print."""

    status: int
    code: str | None
    text: str
    request_id: str | None

    def __str__(self) -> str:
        code = f" {self.code}" if self.code else ""
        text = f": {self.text.rstrip('.')}" if self.text else ""
        request = f" (request-id {self.request_id})" if self.request_id else ""
        return f"{self.status}{code}{text}{request}"


def refusal(answer: Answer) -> Refusal:
    """Reads `{"error": {"code", "message", "innerError"}}`; any part may be missing or of another kind."""
    return refusal_of(answer.status, answer.body, answer.headers.get("request-id"))


def refusal_of(status: int, body: bytes, request_id: str | None = None) -> Refusal:
    """The same for one item of a batch."""
    error = _table(_table(_decoded(body)).get("error"))
    inner = _table(error.get("innerError") or error.get("innererror"))
    code = error.get("code")
    return Refusal(
        status=status,
        code=code if isinstance(code, str) and _CODE.match(code) else None,
        text=_printable(error.get("message")),
        request_id=_printable(request_id or inner.get("request-id")) or None,
    )


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _printable(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = _UNWANTED.sub(" ", value).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
