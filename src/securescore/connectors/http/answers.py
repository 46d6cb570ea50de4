"""What an answer of a Microsoft service says when it is not what was asked for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from securescore.connectors.http.wire import Answer

_LONGEST = 200
_LOOKED_AT = 8 * 1024
_LARGEST_REFUSAL = 1024 * 1024
_CODE = re.compile(r"^[\w.:-]{1,100}$")
_UNWANTED = re.compile(r"[^\x20-\x7e\u00a0-\uffff]+")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises at a text that is no JSON, holds bytes that are no text, or is nested too deeply."""

_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]++(\.[\w-]*){0,2}")
"""A token, or what is left of one that was cut off."""

Words = Callable[[Mapping[str, Any]], object]
"""Finds the message inside the `error` of an answer."""


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


def plain_words(error: Mapping[str, Any]) -> object:
    """The message where most services put it."""
    return error.get("message")


def refusal(answer: Answer, words: Words = plain_words) -> Refusal:
    """Reads `{"error": {"code", "message", "innerError"}}`; any part may be missing or of another kind."""
    return refusal_of(answer.status, answer.body, answer.headers.get("request-id"), words)


def refusal_of(
    status: int, body: bytes, request_id: str | None = None, words: Words = plain_words
) -> Refusal:
    """The same for one item of a batch."""
    error = _table(_table(_decoded(body) if len(body) <= _LARGEST_REFUSAL else None).get("error"))
    inner = _table(error.get("innerError") or error.get("innererror"))
    code = error.get("code")
    return Refusal(
        status=status,
        code=code if isinstance(code, str) and _CODE.match(code) else None,
        text=_printable(words(error)),
        request_id=_printable(request_id or inner.get("request-id")) or None,
    )


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        return None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _printable(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = _TOKEN.sub("(a token)", _UNWANTED.sub(" ", value[:_LOOKED_AT])).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
