"""Reads files that somebody saved from `secureScores` or `secureScoreControlProfiles`.

A file holds a response (`{"value": [...]}`, with or without its `@odata` properties), a list of objects, or one
object. What the objects are is told by their content, never by the file's name.
"""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from securescore.connectors.native_score.values import Folded, fold
from securescore.errors import ImportedFileError

Kind = Literal["scores", "profiles"]

_SCORE = frozenset({"controlscores", "currentscore", "averagecomparativescores"})
_PROFILE = frozenset({"controlstateupdates", "implementationcost", "remediationimpact", "actiontype"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ADVICE = "give the answers of GET /security/secureScores and /security/secureScoreControlProfiles"


@dataclass(frozen=True)
class Document:
    """The objects of one file.

    Attributes:
        path: where it was read.
        kind: told by the items, or by the `@odata.context` of an empty list.
        items: the objects as given.
        last_page: false when a `nextLink` says that more would follow.
    """

    path: Path
    kind: Kind
    items: Sequence[Mapping[str, Any]]
    last_page: bool

    def refuse(self, looks_like: str) -> ImportedFileError:
        """The error to raise when this file turns out not to be what it seemed."""
        return refusal(self.path, looks_like)


def read_document(path: Path) -> Document:
    """Reads one file.

    Raises:
        ImportedFileError: it cannot be read, or is neither of the two.
    """
    content = _decode(path)
    items, head = _items(path, content)
    kinds = {_kind_of(path, position, item) for position, item in enumerate(items, 1)}
    kinds |= {kind for kind in (_announced(head),) if kind}
    if not kinds:
        raise refusal(path, "holds an empty list and does not say of what")
    if len(kinds) > 1:
        raise refusal(path, "mixes secure scores and control profiles")
    return Document(path, kinds.pop(), items, last_page=not head.get("@odata.nextlink"))


def refusal(path: Path, looks_like: str) -> ImportedFileError:
    """One sentence: the file, what it looks like, what to give instead."""
    return ImportedFileError(f"{path} is no native score: it {looks_like}; {_ADVICE}")


def _decode(path: Path) -> Any:
    raw = _read(path)
    if not raw.strip():
        raise refusal(path, "is empty")
    try:
        return msgspec.json.decode(_as_text(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(path, _looks_like(raw, error)) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name is not usable"
        raise ImportedFileError(f"{path} cannot be read ({reason}): check the name and the rights") from error


def _as_text(raw: bytes) -> str:
    """PowerShell writes UTF-16 or UTF-8 with a mark; without a mark UTF-16 shows by its zero bytes."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding)
    if raw[1:2] == b"\0":
        return raw.decode("utf-16-le")
    return raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-8")


def _looks_like(raw: bytes, error: Exception) -> str:
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    signs = (
        (b"PK\x03\x04", "looks like a ZIP archive or an Excel workbook"),
        (b"%PDF", "looks like a PDF document"),
        (b"PAR1", "looks like a Parquet file"),
        (b"<", "looks like a web page or XML, perhaps a sign-in page"),
    )
    for sign, words in signs:
        if start.startswith(sign):
            return words
    if start[:1] in {b"{", b"["}:
        return f"looks like JSON that was cut off or damaged ({_reason(error)})"
    line = start.splitlines()[0] if start else b""
    return "looks like a CSV table" if line.count(b",") > 1 or line.count(b";") > 1 else "is not JSON"


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _items(path: Path, content: Any) -> tuple[Sequence[Mapping[str, Any]], Folded]:
    head = fold(content) if isinstance(content, dict) else {}
    listed = head.get("value", [content]) if isinstance(content, dict) else content
    if isinstance(head.get("error"), dict):
        code = fold(head["error"]).get("code")
        raise refusal(path, f"is an error answer of the service ({code!s:.80})")
    if not isinstance(listed, list):
        raise refusal(path, f"holds {_named(content)}")
    for item in listed:
        if not isinstance(item, dict):
            raise refusal(path, f"holds a list with {_named(item)} in it")
    return listed, head


def _named(content: Any) -> str:
    names = {str: "a text", bool: "a truth value", type(None): "null", list: "a list"}
    return "an object" if isinstance(content, dict) else names.get(type(content), "a number")


def _announced(head: Folded) -> Kind | None:
    context = str(head.get("@odata.context") or "").casefold()
    if "securescorecontrolprofiles" in context:
        return "profiles"
    return "scores" if "securescores" in context else None


def _kind_of(path: Path, position: int, item: Mapping[str, Any]) -> Kind:
    names = fold(item).keys()
    if names & _SCORE:
        return "scores"
    if names & _PROFILE or {"maxscore", "service"} <= names:
        return "profiles"
    shown = ", ".join(f"{name:.40}" for name in list(item)[:5]) or "none"
    raise refusal(path, f"holds an object (number {position}) with the properties {shown}")
