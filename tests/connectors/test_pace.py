"""Waiting: how long a service may ask for, the pace of a class, and stopping."""

from contextlib import closing
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.stub import Reply, Seen, Stub, page

from securescore.connectors import Clock, Tenant, load_tenant
from securescore.connectors.connection import connect
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.http.limits import Limit, Limiter, Limiters, ServiceClass
from securescore.connectors.http.retry import (
    FIRST_CONTACT,
    Patience,
    RetrySettings,
    closes_class,
    retry_after,
    worth_retrying,
)

NOW = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 2.128 ", 2.128),
        ("0", 0.0),
        ("Thu, 15 Jan 2026 06:00:30 GMT", 30.0),
        ("Thu, 15 Jan 2026 05:00:00 GMT", 0.0),
        ("Thu, 15 Jan 2026 06:00:30 -0000", 30.0),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_what_retry_after_means(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_a_wait_or_nothing(text: str) -> None:
    found = retry_after({"retry-after": text}, NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("status", "repeatable", "worth"),
    [
        (429, False, True),
        (503, False, True),
        (504, False, True),
        (502, True, True),
        (502, False, False),
        (500, True, False),
    ],
)
def test_what_is_worth_another_try(status: int, repeatable: bool, worth: bool) -> None:  # noqa: FBT001
    assert worth_retrying(status, repeatable=repeatable) is worth


def test_only_a_429_or_a_dated_503_speaks_for_the_class() -> None:
    assert closes_class(429, {})
    assert closes_class(503, {"retry-after": "1"})
    assert not closes_class(503, {})
    assert not closes_class(502, {"retry-after": "1"})


def test_patience_ends_with_attempts_and_with_time(clock: Clock, time: FakeTime) -> None:
    three = Patience(RetrySettings(attempts=3), clock)
    assert [three.wait_before_next(1.0) for _ in range(3)] == [1.0, 1.0, None]
    minute = Patience(RetrySettings(seconds=60), clock)
    assert minute.wait_before_next(50.0) == 50.0
    time.pass_by(50)
    assert minute.wait_before_next(11.0) is None


def test_silence_tires_sooner_than_answers_at_the_first_contact(clock: Clock) -> None:
    silent = Patience(FIRST_CONTACT, clock)
    assert [silent.wait_before_next(None, answered=False) is None for _ in range(3)] == [False, False, True]
    busy = Patience(FIRST_CONTACT, clock)
    assert [busy.wait_before_next(1.0) for _ in range(9)] == [1.0] * 9


def test_a_limiter_lets_so_many_begin_in_a_window(clock: Clock, time: FakeTime) -> None:
    limiter = Limiter(Limit(concurrent=1, calls=3, seconds=10), clock)
    begun = []
    for _ in range(7):
        with limiter.turn():
            begun.append(time.seconds - 1000)
    assert begun == pytest.approx([0, 0, 0, 10, 10, 10, 20])


def test_a_limiter_lets_so_many_work_at_once() -> None:
    limiter = Limiter(Limit(concurrent=2), Clock())
    working: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with limiter.turn():
                working.append(1)
                most.append(len(working))
                working.pop()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= max(most) <= 2
    assert len(most) == 300


def test_a_limiter_is_shared_by_tenant_and_class(clock: Clock) -> None:
    limiters = Limiters(clock)
    one = limiters.of("Tenant-1", ServiceClass.REPORTS)
    assert limiters.of("tenant-1", ServiceClass.REPORTS) is one
    assert limiters.of("tenant-2", ServiceClass.REPORTS) is not one
    assert limiters.of("tenant-1", ServiceClass.SECURITY) is not one


def test_stopping_ends_a_real_wait() -> None:
    clock = Clock()
    waiting: list[type[BaseException]] = []

    def wait() -> None:
        try:
            clock.sleep(60)
        except StoppedError as error:
            waiting.append(type(error))

    thread = Thread(target=wait)
    begun = monotonic()
    thread.start()
    clock.stop()
    thread.join()
    assert waiting == [StoppedError]
    assert monotonic() - begun < 30


def test_stopping_breaks_off_an_answer_that_is_waited_for(tenant: Tenant, stub: Stub) -> None:
    clock = Clock()
    asked, let_go = Event(), Event()

    def stalled(_: Seen) -> Reply:
        asked.set()
        let_go.wait(50)
        return page()

    stub.script("/v1.0/users", stalled)
    ended: list[type[BaseException]] = []

    def read() -> None:
        try:
            list(connection.graph.pages("/users"))
        except StoppedError as error:
            ended.append(type(error))

    with closing(connect(tenant, clock)) as connection:
        thread = Thread(target=read)
        thread.start()
        assert asked.wait(30)
        begun = monotonic()
        clock.stop()
        thread.join()
    let_go.set()
    assert ended == [StoppedError]
    assert monotonic() - begun < 20


def test_loopback_never_goes_through_a_proxy(
    tenant_file: TenantFile, clock: Clock, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    connection = connect(load_tenant(tenant_file()), clock)
    try:
        assert list(connection.graph.pages("/users")) == [[]]
    finally:
        connection.close()
    assert len(stub.requests("/v1.0/users")) == 1
