"""What the program tells while it runs: one line an event, in which no secret and no name of an entity can stand.

JSON, or for people where standard error is a terminal. A line has `time`, `level`, `event` and fields. Only the fields of the
list below are written, each in its own form: what has another name or another form is left out and counted in `withheld`.
An exception is told by its type, with its sentence when it is one of ours; every other by a reference. At level debug
the places in the code that it came through follow, never the values that were there.

What libraries log is told from warnings on: by whom, and where in their code. Of their messages no word is taken over.
"""

import json
import logging
import re
import secrets
import sys
import threading
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import FilteringBoundLogger, Processor

from securescore.errors import SecureScoreError

Event = MutableMapping[str, Any]

_EVENT = re.compile(r"[a-z][a-zA-Z ,'-]{0,119}", re.ASCII)
_LONGEST = 500
_NAMING = re.compile(r"[^\s<>\"'()]*@[^\s<>\"'()]*|\beyJ[\w.-]{8,}|[?&][\w-]+=\S+")
"""In a sentence: addresses of people, logins within addresses, tokens, and what queries of addresses hold."""
_NO_LETTERS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_WITHHELD = "(withheld)"


def _form(pattern: str) -> Callable[[object], str | None]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: value if isinstance(value, str) and compiled.fullmatch(value) else None


def _id(value: object) -> str | None:
    try:
        return str(UUID(str(value))) if isinstance(value, str | UUID) else None
    except ValueError:
        return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) else round(value, 3)


def _sentence(value: object) -> str | None:
    return harmless_sentence(value) if isinstance(value, str) else None


def _places(value: object) -> list[str] | None:
    return value if isinstance(value, _Places) else None


class _Places(list[str]):
    """Places in code; made here only."""


_WORD = _form(r"[a-z][a-z0-9_]{0,39}")
_PLACE = _form(r"[\w.-]{1,80}:\d{1,7}")

FIELDS: Mapping[str, Callable[[object], object]] = {
    "tenant": _id,
    "run": _form(r"\d{8}T\d{6}Z-\d{4,9}"),
    "job": _number,
    "task": _WORD,
    "action": _form(r"[A-Za-z0-9_.]{1,80}"),
    "part": _WORD,
    "state": _WORD,
    "count": _number,
    "attempt": _number,
    "seconds": _number,
    "exit_code": _number,
    "process": _number,
    "listening": _form(r"https?://[0-9a-zA-Z.:\[\]%-]{1,80}"),
    "version": _form(r"[0-9A-Za-z.+-]{1,40}"),
    "library": _form(r"[A-Za-z_][\w.]{0,80}"),
    "place": _PLACE,
    "error": _form(r"[A-Za-z_]\w{0,80}"),
    "problem": _sentence,
    "reference": _form(r"[0-9a-f]{8}"),
    "places": _places,
}
"""What a line may hold, and in which form. `tenant` is our id of it."""


def start(level: str = "info", stream: TextIO | None = None) -> None:
    """Begins to log, for the whole process. Before that, nothing is written.

    Args:
        level: debug, info, warning or error.
        stream: standard error, unless told otherwise.
    """
    to = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=_processors(debug=threshold <= logging.DEBUG, people=to.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=to),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_FromLibraries(logging.WARNING)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    threading.excepthook = lambda ended: _ended(ended.exc_type, ended.exc_value, ended.exc_traceback)


def log() -> FilteringBoundLogger:
    """What to log with: `log().info("a tenant was read", tenant=tenant_id, seconds=3.2)`."""
    logger: FilteringBoundLogger = structlog.get_logger() if structlog.is_configured() else _SILENT
    return logger


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line of the block has these fields too."""
    with bound_contextvars(**fields):
        yield


def harmless_sentence(text: str) -> str:
    """The sentence in one line, without what could name a person or open a door."""
    shown = "".join(
        " " if unicodedata.category(char) in _NO_LETTERS else char for char in text[: 4 * _LONGEST]
    )
    return _NAMING.sub(_WITHHELD, " ".join(shown.split()))[:_LONGEST]


def _processors(*, debug: bool, people: bool) -> list[Processor]:
    return [
        merge_contextvars,
        _told_errors(debug=debug),
        _only_known,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _for_people if people else _as_json,
    ]


def _told_errors(*, debug: bool) -> Processor:
    """An exception becomes its type and its sentence or a reference; the exception itself goes no further."""

    def process(_logger: Any, _method: str, event: Event) -> Event:
        error = _error_of(event.pop("exc_info", None))
        if error is not None:
            event.update(_told(error))
            if debug:
                event["places"] = _places_of(error.__traceback__)
        return event

    return process


def _told(error: BaseException) -> dict[str, str]:
    kind = {"error": type(error).__name__}
    if isinstance(error, SecureScoreError):
        return kind | {"problem": str(error)}
    return kind | {"reference": secrets.token_hex(4)}


def _error_of(given: object) -> BaseException | None:
    if given is True:
        return sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1] if len(given) > 1 else None
    return given if isinstance(given, BaseException) else None


def _places_of(trace: TracebackType | None) -> _Places:
    return _Places(
        f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace, limit=-30)
    )


def _only_known(_logger: Any, _method: str, event: Event) -> Event:
    told = event.pop("event", None)
    kept: dict[str, Any] = {
        "event": told if isinstance(told, str) and _EVENT.fullmatch(told) else "event withheld"
    }
    for name, form in FIELDS.items():
        value = form(event[name]) if event.get(name) is not None else None
        if value is not None:
            kept[name] = value
    withheld = sum(value is not None and name not in kept for name, value in event.items())
    return kept | ({"withheld": withheld} if withheld else {})


def _as_json(_logger: Any, _method: str, event: Event) -> str:
    first = {name: event.pop(name) for name in ("time", "level", "event")}
    return json.dumps(first | dict(event))


def _for_people(_logger: Any, _method: str, event: Event) -> str:
    time, level, told = (event.pop(name) for name in ("time", "level", "event"))
    fields = "".join(f"  {name}={_shown(value)}" for name, value in event.items())
    return f"{time[11:19]} {level:<7} {told}{fields}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " < ".join(reversed(value))
    return f'"{value}"' if " " in str(value) else str(value)


class _FromLibraries(logging.Handler):
    """Tells where a library logged something. Its message may hold anything, so none of it is told."""

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log(), level)(
            "a library reports something",
            library=record.name,
            place=f"{record.filename}:{record.lineno}",
            exc_info=record.exc_info,
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """The library would print the arguments."""


def _ended(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    log().critical("something ended that should not", exc_info=error or kind())


def _nothing(_logger: Any, _method: str, _event: Event) -> Event:
    raise structlog.DropEvent


_SILENT: FilteringBoundLogger = structlog.wrap_logger(
    None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), processors=[_nothing]
)
