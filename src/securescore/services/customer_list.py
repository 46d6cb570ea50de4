"""A service provider's list of customers: CSV, one line each, every line checked before anything is done.

Columns: `tenant_id` (Microsoft's id) and `name`; optional `time_zone`, `industry`, `seats`, `region`, `group` (several
separated by `;`). UTF-8, separated by commas or semicolons. Each line stands for itself: a line that is not right never
takes the next one with it, so its number is the number that an editor shows.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from securescore.errors import ConfigurationError
from securescore.services.naming import LONGEST_NAME as LONGEST_GROUP
from securescore.services.naming import can_be_shown
from securescore.services.tenants import About

COLUMNS = ("tenant_id", "name", "time_zone", "industry", "seats", "region", "group")
_REQUIRED = COLUMNS[:2]
_SEPARATORS = ",;"
_LARGEST_FILE = 64 * 1024 * 1024
_LONGEST_LINE = 10_000
_LONGEST_TEXT = 200
_MOST_SEATS = 100_000_000
_MOST_GROUPS = 50
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NO_TENANT = "00000000-0000-0000-0000-000000000000"
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_FORMULA = ("=", "+", "-", "@")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Customer:
    """One line that is right."""

    line: int
    directory_id: str
    about: About
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that is not, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CustomerList:
    """Every line of the file, in its order."""

    customers: tuple[Customer, ...]
    bad: tuple[BadLine, ...]


class _LineError(ValueError):
    """Why a line is not right."""


def read_customers(path: Path) -> CustomerList:
    """Reads and checks the file.

    Raises:
        ConfigurationError: it cannot be read, or has no line with the names of the columns.
    """
    try:
        return _read(_content(path).split(b"\n"))
    except _LineError as error:
        raise ConfigurationError(f"customer list {path}: {error}") from None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise _LineError(f"it cannot be read ({error.strerror})") from None
    if len(content) > _LARGEST_FILE:
        raise _LineError(f"it is larger than {_LARGEST_FILE >> 20} MB: split it")
    if content.startswith(_UTF16):
        raise _LineError("it is UTF-16: save it as 'CSV UTF-8'")
    return content.removeprefix(codecs.BOM_UTF8)


def _read(lines: list[bytes]) -> CustomerList:
    separator, columns = _header(lines[0])
    customers: dict[str, Customer] = {}
    bad: list[BadLine] = []
    for number, line in enumerate(lines[1:], 2):
        try:
            cells = _cells(line, separator)
            if any(cells):
                customer = _customer(number, columns, cells)
                _refuse_repeated(customers.setdefault(customer.directory_id, customer), customer)
        except _LineError as error:
            bad.append(BadLine(number, str(error)))
    return CustomerList(tuple(customers.values()), tuple(bad))


def _header(line: bytes) -> tuple[str, list[str]]:
    """The separator and the columns, in the order of the file."""
    found = [(one, [cell.casefold() for cell in _cells(line, one)]) for one in _SEPARATORS]
    separator, columns = max(found, key=lambda one: len(one[1]))
    for column in columns:
        if column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(COLUMNS)}"
            raise _LineError(f"its first line has a column {column[:50]!r}; {advice}")
    for column in _REQUIRED:
        if column not in columns:
            raise _LineError(f"its first line has no column {column}")
    if len(set(columns)) < len(columns):
        raise _LineError("its first line names a column twice")
    return separator, columns


def _cells(line: bytes, separator: str) -> list[str]:
    if len(line) > _LONGEST_LINE:
        raise _LineError(f"it is longer than {_LONGEST_LINE} bytes")
    try:
        text = line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        raise _LineError("it is not UTF-8: save the file as 'CSV UTF-8'") from None
    try:
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        raise _LineError("a quotation mark or a line break is out of place") from None
    return [cell.strip() for cell in rows[0]] if rows else []


def _customer(number: int, columns: list[str], cells: list[str]) -> Customer:
    if len(cells) > len(columns):
        raise _LineError(f"it has {len(cells)} cells, and there are {len(columns)} columns")
    given = dict(zip(columns, cells, strict=False))
    texts = {name: _text(name, value) for name, value in given.items() if value}
    missing = [name for name in _REQUIRED if name not in texts]
    if missing:
        raise _LineError(f"{missing[0]} is empty")
    about = About(
        name=texts["name"],
        time_zone=_time_zone(texts.get("time_zone")),
        industry=texts.get("industry"),
        seats=_seats(texts.get("seats")),
        region=texts.get("region"),
    )
    return Customer(number, _directory_id(texts["tenant_id"]), about, tuple(_groups(texts)))


def _refuse_repeated(first: Customer, customer: Customer) -> None:
    if first is not customer:
        raise _LineError(f"it repeats the tenant {customer.directory_id} of line {first.line}")


def _text(name: str, value: str) -> str:
    if not can_be_shown(value):
        raise _LineError(f"{name} holds characters that cannot be shown")
    if value.startswith(_FORMULA):
        raise _LineError(f"{name} begins with {value[0]!r}, which a spreadsheet takes for a formula")
    if len(value) > _LONGEST_TEXT and name != "group":
        raise _LineError(f"{name} is longer than {_LONGEST_TEXT} letters")
    return value


def _directory_id(value: str) -> str:
    if not _ID.fullmatch(value) or value == _NO_TENANT:
        raise _LineError(
            f"tenant_id {value!r} is not Microsoft's id of a tenant, such as 11111111-2222-3333-4444-555555555555"
        )
    return value.lower()


def _seats(value: str | None) -> int | None:
    if value is None:
        return None
    if not _WHOLE.fullmatch(value) or not 0 < int(value) <= _MOST_SEATS:
        raise _LineError(f"seats {value[:50]!r} is no whole number from 1 to {_MOST_SEATS}")
    return int(value)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(value: str | None) -> str | None:
    if value is not None and value not in _time_zones():
        raise _LineError(f"time_zone {value[:50]!r} is none: write one such as Europe/Amsterdam or UTC")
    return value


def _groups(texts: Mapping[str, str]) -> Iterator[str]:
    names = dict.fromkeys(name.strip() for name in texts.get("group", "").split(";"))
    if len(names) > _MOST_GROUPS:
        raise _LineError(f"group names more than {_MOST_GROUPS} groups")
    for name in filter(None, names):
        if len(name) > LONGEST_GROUP:
            raise _LineError(f"group holds a name longer than {LONGEST_GROUP} letters")
        yield _text("group", name)
