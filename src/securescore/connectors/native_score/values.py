"""Single values of the native score: text that is a number, dates in three spellings, markup that should be text.

A value that is there and cannot be right is handed on as a `misfit`: a text that fits no number and no date, so
that the evidence writer counts it as a rejection of its column instead of losing it silently.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, TypeVar

T = TypeVar("T")
Folded = Mapping[str, Any]
"""An object of the service by lower-case property name."""

_SCRIPT_DATE = re.compile(r"^/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/$")
_SPACE = re.compile(r"\s+")
_WORD_BREAK = re.compile(r"[\s/_-]+")
_BLOCKS = frozenset({"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3"})


def fold(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object by lower-case property name.

    Property names differ in case between clouds and clients, and the PowerShell module puts whatever the
    schema does not declare under `AdditionalProperties`.
    """
    folded = {name.casefold(): value for name, value in item.items()}
    extra = folded.pop("additionalproperties", None)
    if isinstance(extra, Mapping):
        folded = {name.casefold(): value for name, value in extra.items()} | folded
    return folded


def number(value: Any, *, most: float) -> float | int | str | None:
    """A number from 0 to `most`, given as a number or as text; None when absent; a misfit otherwise."""
    if value is None or value == "":
        return None
    try:
        read = value if isinstance(value, int) else float(value)
    except (TypeError, ValueError):
        return misfit(value)
    # no finiteness is asked of an integer: one of 400 digits cannot be told as a float; nan compares false
    if isinstance(value, bool) or not 0 <= read <= most:
        return misfit(value)
    return read


def misfit(value: Any) -> str:
    """A text that no number, date or truth column takes, so that the value is counted as rejected."""
    return f"not usable: {value!r:.80}"


def flag(value: Any) -> bool | str | None:
    """A truth value given as such or as text in any case; None when absent; a misfit otherwise."""
    if value is None or isinstance(value, bool):
        return value
    known = {"true": True, "false": False, "": None}
    word = str(value).strip().casefold()
    return known[word] if word in known else misfit(value)


def moment(value: Any) -> datetime | None:
    """A UTC time from ISO text or the `/Date(ms)/` of Windows PowerShell; None when it is neither."""
    text = str(value).strip() if value else ""
    script = _SCRIPT_DATE.match(text)
    try:
        if script:
            return datetime.fromtimestamp(int(script[1]) / 1000, tz=UTC)
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        return None


def moment_or_misfit(value: Any) -> datetime | str | None:
    """As `moment`, but a value that is there and is no time is a misfit."""
    return moment(value) or (misfit(value) if value else None)


def text(value: Any) -> str | None:
    """Text without surrounding space; None for absent or empty. Numbers become their digits."""
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(value).strip() or None


def word(value: Any) -> str | None:
    """An enumeration's word in one spelling: `Defense In Depth` -> `defense_in_depth`. Unknown and Medium have synonyms."""
    given = text(value)
    if given is None:
        return None
    spelled = _WORD_BREAK.sub("_", given.casefold())
    return {"unknown": None, "medium": "moderate"}.get(spelled, spelled)


def told(read: Callable[[Any], T], value: Any) -> T | list[Any]:
    """What `read` makes of the value. Of an object or a list nothing can be read: it comes as what no text column takes."""
    return [value] if isinstance(value, Mapping | list) else read(value)


def plain(value: Any) -> str | None:
    """Reason texts as people read them: without markup, blocks joined by a semicolon."""
    given = text(value)
    return _without_markup(given) or None if given else None


@lru_cache(maxsize=4096)  # the same sentences come back every day
def _without_markup(given: str) -> str:
    if "<" not in given and "&" not in given:
        return _SPACE.sub(" ", given)
    reader = _PlainText()
    reader.feed(given)
    reader.close()
    return reader.result()


class _PlainText(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _BLOCKS:
            self._blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._blocks.append("")

    def handle_data(self, data: str) -> None:
        self._blocks[-1] += data

    def result(self) -> str:
        blocks = (_SPACE.sub(" ", block).strip() for block in self._blocks)
        return "; ".join(block for block in blocks if block)
