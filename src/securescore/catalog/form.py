"""Reads one mapping of a content file key by key, and says which key of which file is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from securescore.catalog.model import Dated
from securescore.errors import CatalogError
from securescore.model import MICRO

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Form:
    """A mapping with a closed set of keys. Every method raises CatalogError naming file and key."""

    def __init__(self, value: object, name: str, keys: Iterable[str]) -> None:
        if not isinstance(value, dict):
            raise CatalogError(f"{name}: a mapping of keys and values is expected here")
        self.name = name
        self._values: dict[str, Any] = value
        known = set(keys)
        for key in value:
            if key not in known:
                raise self.error(key, f"is no known key; known are {', '.join(keys)}")

    def error(self, key: str, problem: str) -> CatalogError:
        return CatalogError(f"{self.name}: {key}: {problem}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def values(self) -> Mapping[str, Any]:
        """Everything, as it stands in the file."""
        return self._values

    def raw(self, key: str) -> Any:
        return self._values.get(key)

    def text(self, key: str) -> str:
        found = self.optional_text(key)
        if found is None:
            raise self.error(key, "is missing")
        return found

    def optional_text(self, key: str) -> str | None:
        if key not in self._values:
            return None
        value = self._values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "must be text; leave the key out when there is nothing to say")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(key, "must be a list of texts")
        return tuple(item.strip() for item in value)

    def text_map(self, key: str) -> dict[str, str]:
        value = self._values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.error(key, "must map names to texts")
        return value

    def flag(self, key: str) -> bool:
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def whole(self, key: str) -> int | None:
        value = self._values.get(key)
        if key in self._values and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise self.error(key, "must be a whole number above 0")
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        return self._one_of(key, self.text(key), kind)

    def optional_choice(self, key: str, kind: type[E]) -> E | None:
        return self.choice(key, kind) if key in self._values else None

    def choices(self, key: str, kind: type[E]) -> tuple[E, ...]:
        return tuple(self._one_of(key, text, kind) for text in self.texts(key))

    def dated(self, key: str, convert: Callable[[str, object], T]) -> tuple[Dated[T], ...]:
        """A list of `{value, from}`; `convert` gets the key and the raw value."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, "must be a list of {value: ..., from: YYYY-MM-DD}")
        return tuple(self._dated(key, item, convert) for item in value)

    def moment(self, key: str) -> datetime | None:
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            raise self.error(key, f"{text!r} is no moment such as 2026-01-15T00:00:00Z") from None

    def micropoints(self, key: str, value: object) -> int:
        """Points with at most six decimals, as micropoints."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, f"{value!r} is no number of points")
        micro = Decimal(str(value)) * MICRO
        if micro != micro.to_integral_value():
            raise self.error(key, f"{value!r} has more than six decimals")
        return int(micro)

    def member(self, key: str, value: object, kind: type[E]) -> E:
        return self._one_of(key, str(value), kind)

    def _dated(self, key: str, item: object, convert: Callable[[str, object], T]) -> Dated[T]:
        if not isinstance(item, dict) or not {"value"} <= item.keys() <= {"value", "from"}:
            raise self.error(
                key, "each entry must read {value: ..., from: YYYY-MM-DD}, the first without from"
            )
        start = self._day(key, item["from"]) if "from" in item else None
        return Dated(convert(key, item["value"]), start)

    def _day(self, key: str, value: object) -> date:
        try:
            return (
                date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else _no_day()
            )
        except ValueError:
            raise self.error(key, f"{value!r} is no day such as 2026-09-01") from None

    def _one_of(self, key: str, text: str, kind: type[E]) -> E:
        try:
            return kind(text)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise self.error(key, f"{text!r} is not one of {known}") from None


def _no_day() -> date:
    raise ValueError


def list_map(form: Form, key: str) -> Mapping[str, tuple[str, ...]]:
    """A mapping of names to lists of texts, such as `frameworks`."""
    value = form.raw(key) or {}
    if not isinstance(value, dict):
        raise form.error(key, "must map names to lists of texts")
    inner = Form(value, f"{form.name}: {key}", tuple(value))
    return {name: inner.texts(name) for name in value}
