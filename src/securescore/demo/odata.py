"""The query options that the invented cloud understands, in the forms that it documents."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from securescore.demo.exchange import RefusedError
from securescore.demo.frame import Json

LARGEST_PAGE = 999

_UNIFIED = re.compile(r"^groupTypes/any\((\w+):\s*\1 eq 'Unified'\)$")
_ADDRESS = re.compile(
    r"^mail eq '(?P<mail>[^']*)' or proxyAddresses/any\((\w+):\s*\2 eq '(?P<proxy>[^']*)'\)$"
)
_EQUALS = re.compile(r"^\(?(\w+) eq '([^']*)'\)?$")

Test = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Paging:
    """Sizes of pages: without `$top`, and at most. `clamp`: more is answered with the most, not refused."""

    size: int = 100
    most: int = LARGEST_PAGE
    clamp: bool = False

    def of(self, top: str | None) -> int:
        """The page size. Raises RefusedError on a `$top` that is none or too large."""
        if top is None:
            return self.size
        if not top.isdecimal() or int(top) < 1 or (int(top) > self.most and not self.clamp):
            raise unsupported(f"A page can hold 1 to {self.most} items, not {top}.")
        return min(int(top), self.most)


USUAL = Paging()


def unsupported(message: str) -> RefusedError:
    return RefusedError(400, "Request_UnsupportedQuery", message)


def test_of(text: str, filterable: frozenset[str]) -> Test:
    """The filter as a function. Raises RefusedError on a form this route does not take."""
    if "groupTypes" in filterable and _UNIFIED.match(text):
        return lambda item: "Unified" in item["groupTypes"]
    address = _ADDRESS.match(text) if "proxyAddresses" in filterable else None
    if address:
        return _addressed(address["mail"].lower(), address["proxy"].lower())
    alternatives = [_equals(part.strip(), filterable) for part in text.split(" or ")]
    return lambda item: any(str(item.get(name)) == value for name, value in alternatives)


def _addressed(mail: str, proxy: str) -> Test:
    def passes(item: Json) -> bool:
        own = str(item["mail"]).lower() == mail
        return own or any(one.lower() == proxy for one in item["proxyAddresses"])

    return passes


def _equals(text: str, filterable: frozenset[str]) -> tuple[str, str]:
    match = _EQUALS.match(text)
    if match is None or match[1] not in filterable:
        raise unsupported(f"This filter is not supported here: {text}")
    return match[1], match[2]


def names_of(select: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in select.split(",") if name.strip()) if select else ()


def project(items: Sequence[Json], names: Sequence[str]) -> list[Json]:
    """Only these properties of each. Raises RefusedError on a name that no item has."""
    unknown = set(names) - {name for item in items for name in item} if items else set()
    if unknown:
        message = f"There is no property called {', '.join(sorted(unknown))} here."
        raise RefusedError(400, "Request_BadRequest", message)
    return [_projected(item, names) for item in items]


def _projected(item: Json, names: Sequence[str]) -> Json:
    kept = {name: item[name] for name in names if name in item}
    return {"@odata.type": item["@odata.type"], **kept} if "@odata.type" in item else kept


def without(items: Sequence[Json], names: Sequence[str], kept: Sequence[str]) -> list[Json]:
    """Each item without these properties, but for those that are kept."""
    gone = set(names) - set(kept)
    return [{name: value for name, value in item.items() if name not in gone} for item in items]


def page_bounds(total: int, size: int) -> list[tuple[int, int]]:
    """Where each page begins and ends. Long lists get an empty page in their midst, as the service does at times."""
    return list(_with_empty_page(list(_bounds(total, size))))


def _bounds(total: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(0, max(total, 1), size):
        yield start, min(start + size, total)


def _with_empty_page(bounds: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for number, (start, end) in enumerate(bounds):
        yield start, end
        if number == 0 and len(bounds) > 2:  # noqa: PLR2004 - lists of more than two pages
            yield end, end
