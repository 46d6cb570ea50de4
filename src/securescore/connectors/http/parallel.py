"""Several streams read side by side and handed on as one, with memory for a few items only."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Full, Queue
from threading import Event, Lock
from typing import Generic, TypeVar

T = TypeVar("T")

_LOOK_UP = 0.05


def merged(streams: Iterable[Callable[[], Iterable[T]]], width: int) -> Iterator[T]:
    """Items of all streams, `width` streams at a time, in no particular order.

    The first exception of any stream ends all of them and is raised here. Nothing goes on in the background
    once the iterator has ended or was closed.
    """
    merge = _Merge(streams, width)
    with ThreadPoolExecutor(width) as pool:
        works = [pool.submit(merge.work) for _ in range(width)]
        try:
            working = True
            while working or merge.waiting:
                working = not all(work.done() for work in works)
                for work in works:
                    if work.done():
                        work.result()
                yield from merge.ready()
        finally:
            merge.end()


class _Merge(Generic[T]):
    def __init__(self, streams: Iterable[Callable[[], Iterable[T]]], width: int) -> None:
        self._streams = iter(streams)
        self._lock = Lock()
        self._items: Queue[T] = Queue(maxsize=width)
        self._ended = Event()

    @property
    def waiting(self) -> bool:
        return not self._items.empty()

    def ready(self) -> Iterator[T]:
        try:
            while True:
                yield self._items.get(timeout=_LOOK_UP)
        except Empty:
            return

    def end(self) -> None:
        self._ended.set()

    def work(self) -> None:
        try:
            while (stream := self._next()) is not None:
                for item in stream():
                    if not self._put(item):
                        return
        finally:
            with self._lock:
                self._streams = iter(())

    def _next(self) -> Callable[[], Iterable[T]] | None:
        with self._lock:
            return next(self._streams, None)

    def _put(self, item: T) -> bool:
        while not self._ended.is_set():
            try:
                self._items.put(item, timeout=_LOOK_UP)
            except Full:
                continue
            return True
        return False
