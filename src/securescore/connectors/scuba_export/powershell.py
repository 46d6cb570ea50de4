"""Undoes what PowerShell does to objects on their way into JSON. Pure.

A list with one element may have become that element, a list with nothing in it a list with null in it; property names
begin with a capital; times read `/Date(1613679244000)/`; what an old schema did not know stands under
`AdditionalProperties`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

JsonObject = dict[str, Any]

_DATE = re.compile(r"/?Date\((-?\d{1,15})(?:[+-]\d{4})?\)/?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXTRA = "additionalProperties"


class NotUsableError(Exception):
    """Something else stands in the export than what belongs there; the message goes on after "it" or "the export"."""


def objects(value: object) -> list[JsonObject]:
    """The objects of a list that may have lost its brackets. Raises NotUsableError where something else stands there."""
    found: list[JsonObject] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            found.append(item)
        elif item is not None:
            raise NotUsableError(f"holds {kind_of(item)} where an object belongs")
    return found


def kind_of(value: object) -> str:
    """What a JSON value is, for a sentence."""
    names = {str: "a text", bool: "a truth value", type(None): "null", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def listing(value: object) -> Any:
    """The list that a single text may stand for. A text with spaces may have been several: it is handed on as it is."""
    if not isinstance(value, str):
        return value
    if not value:
        return []
    return value if any(one.isspace() for one in value) else [value]


def with_lists(item: JsonObject, names: Iterable[str]) -> JsonObject:
    """The object, with the lists of these names as lists."""
    return item | {name: listing(item[name]) for name in names if name in item}


def in_graph_shape(value: object, lists: frozenset[str] = frozenset()) -> Any:
    """The value as Microsoft Graph writes it.

    Args:
        lists: properties that are lists wherever they stand.
    """
    if isinstance(value, dict):
        return _renamed(value, lists)
    if isinstance(value, list):
        return [in_graph_shape(item, lists) for item in value]
    return time_text(value) if isinstance(value, str) else value


def _renamed(item: JsonObject, lists: frozenset[str]) -> JsonObject:
    renamed = {name[:1].lower() + name[1:]: in_graph_shape(part, lists) for name, part in item.items()}
    extra = renamed.pop(_EXTRA, None)
    if isinstance(extra, Mapping):
        renamed = {**extra, **renamed}
    for name in lists & renamed.keys():
        if renamed[name] is not None and not isinstance(renamed[name], list):
            renamed[name] = [renamed[name]]
    return renamed


def time_text(text: str) -> str:
    """The same time as people write it; any other text as it is."""
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    try:
        return (_EPOCH + timedelta(milliseconds=int(found[1]))).isoformat()
    except OverflowError:
        return text
