"""No secret, no name of an entity and no value of a program's variables can come into a log, whatever is logged."""

import io
import json
import logging
import sys
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from securescore import logs
from securescore.errors import ConfigurationError, StoreError

SECRET = "hunter2-S3cr3t"
PERSON = "anna@westerkade.example"
TENANT = uuid.UUID("11111111-2222-4333-8444-555555555555")

Lines = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    yield
    logging.captureWarnings(capture=False)
    root.handlers, level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    to = io.StringIO()
    logs.start("info", to)
    return to


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_bad_what_and_about_which_tenant(stream: io.StringIO) -> None:
    with logs.about(tenant=TENANT, run="20260302T060000Z-0001", job=7):
        logs.log().info("a tenant was read", seconds=1.23456)
    (line,) = lines_of(stream)
    assert list(line)[:3] == ["time", "level", "event"]
    assert line["time"].endswith("Z")
    assert line | {"time": ""} == {
        "time": "",
        "level": "info",
        "event": "a tenant was read",
        "tenant": str(TENANT),
        "run": "20260302T060000Z-0001",
        "job": 7,
        "seconds": 1.235,
    }


def test_what_is_not_on_the_list_is_left_out_and_counted(stream: io.StringIO) -> None:
    logs.log().warning("a table is missing", user=PERSON, password=SECRET, count=3)
    (line,) = lines_of(stream)
    assert (line["count"], line["withheld"]) == (3, 2)
    assert PERSON not in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.mark.parametrize("name", sorted(logs.FIELDS))
@pytest.mark.parametrize("value", [f"{SECRET} {PERSON}", {"a": SECRET}, [SECRET], SECRET.encode(), object()])
def test_a_known_name_lets_nothing_in_that_has_not_its_form(
    stream: io.StringIO, name: str, value: object
) -> None:
    logs.log().info("something happened", **{name: value})
    told = stream.getvalue()
    assert PERSON not in told
    assert name == "problem" or SECRET not in told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.text(max_size=12), st.one_of(st.text(), st.integers(), st.binary(), st.none())))
def test_anything_at_all_is_one_line_of_json(fields: dict[str, Any]) -> None:
    stream = io.StringIO()
    logs.start("info", stream)
    for name in ("event", "self"):
        fields.pop(name, None)
    logs.log().info("anything", **fields)
    (line,) = lines_of(stream)
    assert set(line) <= set(logs.FIELDS) | {"time", "level", "event", "withheld"}


def test_an_event_is_words_and_no_data(stream: io.StringIO) -> None:
    logs.log().info(f"read {PERSON}")
    logs.log().info(f"token {SECRET}")
    assert {line["event"] for line in lines_of(stream)} == {"event withheld"}


def test_our_errors_are_told_by_their_sentence(stream: io.StringIO) -> None:
    logs.log().error("a job ended", exc_info=StoreError("the database cannot be used: it does not answer"))
    (line,) = lines_of(stream)
    assert (line["error"], line["problem"]) == (
        "StoreError",
        "the database cannot be used: it does not answer",
    )
    assert "reference" not in line


@pytest.mark.parametrize(
    "sentence",
    [
        f"{PERSON} cannot be read",
        f"postgresql://app:{SECRET}@host/database is no address",
        f"https://graph.example/v1.0/users?token={SECRET} refused",
        f"the token eyJhbGciOi.{SECRET} is not accepted",
        f"two\nlines, \x1b[31m {PERSON}",
    ],
)
def test_a_sentence_names_nobody_and_opens_nothing(stream: io.StringIO, sentence: str) -> None:
    logs.log().error("something failed", exc_info=ConfigurationError(sentence))
    told = stream.getvalue()
    assert PERSON not in told
    assert SECRET not in told
    assert "\x1b" not in told
    assert told.count("\n") == 1


def test_other_errors_are_told_by_their_kind_and_a_reference(stream: io.StringIO) -> None:
    def broken(password: str) -> None:
        raise ValueError(f"{password} of {PERSON}")

    try:
        broken(SECRET)
    except ValueError:
        logs.log().exception("a job ended")
    (line,) = lines_of(stream)
    assert line["error"] == "ValueError"
    assert len(line["reference"]) == 8
    assert set(line) == {"time", "level", "event", "error", "reference"}


def test_at_debug_the_places_follow_and_no_values() -> None:
    stream = io.StringIO()
    logs.start("debug", stream)

    def broken(password: str) -> None:
        raise ValueError(password)

    try:
        broken(SECRET)
    except ValueError:
        logs.log().exception("a job ended")
    (line,) = lines_of(stream)
    assert [place.split(" ")[1] for place in line["places"]] == [
        "test_at_debug_the_places_follow_and_no_values",
        "broken",
    ]
    assert SECRET not in stream.getvalue()


def test_libraries_are_told_from_warnings_on_without_a_word_of_theirs(stream: io.StringIO) -> None:
    library = logging.getLogger("procrastinate.worker")
    library.info("Job %s", SECRET)
    library.warning("Job %s failed for %s", SECRET, PERSON)
    library.error(f"Job {SECRET}", exc_info=ValueError(PERSON))
    first, second = lines_of(stream)
    assert (first["level"], first["library"]) == ("warning", "procrastinate.worker")
    assert first["place"].startswith("test_logs.py:")
    assert (second["level"], second["error"]) == ("error", "ValueError")
    assert SECRET not in stream.getvalue()
    assert PERSON not in stream.getvalue()


def test_warnings_of_python_come_the_same_way(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(SECRET, stacklevel=1)
    assert SECRET not in stream.getvalue()
    assert "py.warnings" in stream.getvalue()


def test_what_ends_a_thread_is_told_without_its_values(stream: io.StringIO) -> None:
    def broken() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    (line,) = lines_of(stream)
    assert (line["level"], line["error"]) == ("critical", "ValueError")
    assert SECRET not in stream.getvalue()


def test_for_people_on_a_terminal() -> None:
    stream = Terminal()
    logs.start("warning", stream)
    logs.log().info("not told at this level")
    logs.log().warning("the worker ended", exit_code=-9, problem="it was killed")
    told = stream.getvalue()
    assert told[8:] == ' warning the worker ended  exit_code=-9  problem="it was killed"\n'


def test_before_the_start_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    logs.log().error("something failed", password=SECRET)
    logs.log().critical("something failed", password=SECRET)
    assert capsys.readouterr() == ("", "")
