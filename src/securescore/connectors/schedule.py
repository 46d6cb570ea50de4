"""In which order sources are read: each after those it depends on, otherwise side by side."""

import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from securescore.connectors.http.clock import Clock, StoppedError
from securescore.connectors.missing import Failures
from securescore.connectors.progress import Event, Progress
from securescore.connectors.source import Output, Reading, Source
from securescore.errors import CollectionError, SecureScoreError
from securescore.evidence import RunWriter, Table, TableWriter, table_named

_THREADS = 8
_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What data that nobody foresaw raises in code that shapes it. It is our mistake, and it stops no other product."""


def chosen(sources: Iterable[Source], names: Iterable[str] | None) -> tuple[Source, ...]:
    """The sources that fill these tables, and those they depend on. Raises EvidenceError on an unknown name."""
    everything = tuple(sources)
    if names is None:
        return everything
    by_table = {table.name: source for source in everything for table in source.tables}
    wanted = [table_named(name).name for name in names]
    found: dict[str, Source] = {}
    while wanted:
        name = wanted.pop()
        source = by_table.get(name)
        if source is not None and name not in found:
            found.update((table.name, source) for table in source.tables)
            wanted.extend(table.name for table in (*source.needs, *source.after))
    return tuple(source for source in everything if source.tables[0].name in found)


class Schedule:
    """One run through a set of sources."""

    def __init__(
        self, sources: tuple[Source, ...], run: RunWriter, reading: Reading, clock: Clock, progress: Progress
    ) -> None:
        self._waiting = list(sources)
        self._run = run
        self._reading = reading
        self._clock = clock
        self._progress = progress
        self._open = {table.name for source in sources for table in source.tables}
        self._failures = Failures()

    def run(self) -> Failures:
        """Reads everything. Returns what failed, by table.

        Raises:
            StoppedError: the clock was stopped.
        """
        running: dict[Future[None], Source] = {}
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="collect") as pool, ExitStack() as undo:
            undo.callback(pool.shutdown, wait=False, cancel_futures=True)
            undo.callback(self._clock.stop)
            while self._waiting or running:
                running.update((pool.submit(self._fill, source), source) for source in self._ready())
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._settle(running.pop(future), future)
            undo.pop_all()
        return self._failures

    def _ready(self) -> list[Source]:
        ready = [s for s in self._waiting if not any(t.name in self._open for t in (*s.needs, *s.after))]
        for source in ready:
            self._waiting.remove(source)
        return ready

    def _settle(self, source: Source, future: Future[None]) -> None:
        try:
            future.result()
        except StoppedError:
            raise
        except SecureScoreError as error:
            self._fail(source, error)
        except _MISTAKES as error:
            self._fail(source, _mistake(error))
        self._open -= {table.name for table in source.tables}

    def _fail(self, source: Source, error: SecureScoreError) -> None:
        for table in source.tables:
            if not self._reading.collected.has(table):
                self._failures.add(table, error)
                self._progress(Event(table.name, "missing", note=str(error)))

    def _fill(self, source: Source) -> None:
        """Reads one source to its end, then closes its tables. One that cannot be closed stops no other."""
        self._check_needs(source)
        counts = dict.fromkeys((table.name for table in source.tables), 0)
        for name in counts:
            self._progress(Event(name, "reading"))
        with ExitStack() as stack:
            writers = [
                (output, stack.enter_context(self._run.table(output.table))) for output in source.outputs
            ]
            with closing(_through(source.fetch(self._reading))) as pages:
                for page in pages:
                    self._clock.check()
                    for output, writer in writers:
                        counts[output.table.name] += _write(output, writer, page)
                        self._progress(Event(output.table.name, "reading", counts[output.table.name]))
        for table in source.tables:
            self._progress(Event(table.name, "collected", self._rows(table)))

    def _rows(self, table: Table) -> int:
        record = self._run.record(table)
        return (record.rows or 0) if record else 0

    def _check_needs(self, source: Source) -> None:
        for table in source.needs:
            if not self._reading.collected.has(table):
                raise CollectionError(
                    f"it is read for each row of the table {table.name}, which is missing",
                    reason="not_collected",
                )


def _mistake(error: Exception) -> CollectionError:
    """An error that nobody foresaw, told without what was being read: by its kind and its place in our code."""
    *_, place = traceback.extract_tb(error.__traceback__)
    return CollectionError(
        f"an error in securescore itself ({type(error).__name__} at {Path(place.filename).name}:{place.lineno}); please "
        "report it",
        code="internal_error",
    )


def _through(pages: Iterator[Any]) -> Generator[Any, None, None]:
    """The same pages; closing this closes them too."""
    yield from pages


def _write(output: Output, writer: TableWriter, page: Any) -> int:
    """Writes one page. Returns how many rows it gave."""
    if output.shape is None:
        writer.write_objects(page)
        return len(page)
    rows: list[Mapping[str, Any]] = list(output.shape(page))
    writer.write_rows(rows)
    return len(rows)
