"""Streams read side by side: nothing lost, nothing left running, the first failure told."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from threading import Event, active_count

import pytest

from securescore.connectors.http.parallel import merged


def counting(start: int, count: int) -> Iterator[int]:
    yield from range(start, start + count)


def streams(number: int, count: int) -> Iterator[Callable[[], Iterable[int]]]:
    return (partial(counting, n * count, count) for n in range(number))


@pytest.mark.parametrize("width", [1, 3, 16])
def test_every_item_of_every_stream_arrives_once(width: int) -> None:
    assert sorted(merged(streams(7, 50), width)) == list(range(350))


def test_no_streams_give_nothing() -> None:
    assert list(merged(iter(()), 4)) == []


def failing() -> Iterator[int]:
    yield 1
    raise ValueError("broken stream")


def test_the_first_failure_ends_everything() -> None:
    before = active_count()
    with pytest.raises(ValueError, match="broken stream"):
        list(merged([failing, *streams(50, 1000)], 2))
    assert active_count() == before


def test_a_failure_while_finding_streams_is_told() -> None:
    def found() -> Iterator[Callable[[], Iterable[int]]]:
        yield from streams(2, 3)
        raise ValueError("no more streams")

    with pytest.raises(ValueError, match="no more streams"):
        list(merged(found(), 2))


def test_closing_leaves_nothing_running() -> None:
    before = active_count()
    items = merged(streams(10, 10_000), 3)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert active_count() == before


def test_streams_do_not_run_ahead_of_the_reader() -> None:
    ahead = Event()

    def watched() -> Iterator[int]:
        for n in range(1000):
            if n > 100:
                ahead.set()
            yield n

    items = merged([watched], 1)
    next(items)
    assert not ahead.wait(0.2)
    items.close()  # type: ignore[attr-defined]
