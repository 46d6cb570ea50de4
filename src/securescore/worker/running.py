"""Runs a worker until it is told to stop, or until nothing is left to do."""

import asyncio
import signal
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from securescore.errors import StoreError
from securescore.services.installation import Installation
from securescore.store import queue
from securescore.worker.application import UPKEEP, make_app
from securescore.worker.clocks import Clocks
from securescore.worker.jobs import Jobs, Tell
from securescore.worker.schedule import queue_due

_SHORT = 60.0
_MOST_LOSSES = 5
"""A connection that breaks is opened again. One that breaks at once so many times in a row is somebody else's to mend."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOST = "the worker lost the database: see that it runs, then start the worker again; what it did not finish is done again"


@dataclass(frozen=True)
class Pace:
    """How a worker works.

    Attributes:
        concurrency: so many tenants at a time.
        poll: seconds after which it looks into the queue unasked. The end of a job on a tenant wakes nobody, so
            another on the same tenant waits that long.
        heartbeat: seconds between its signs of life.
        silence: seconds without one after which a worker is taken for dead. Of all workers the same.
        grace: seconds that work which is going on has to end by itself when the worker is stopped.
    """

    concurrency: int = 2
    poll: float = 1.0
    heartbeat: float = 10.0
    silence: float = 60.0
    grace: float = 20.0


def work(here: Installation, tell: Tell, pace: Pace | None = None) -> None:
    """Works until SIGTERM or SIGINT. A second signal, or the end of the grace, stops what is going on.

    Raises:
        StoreError: the database went away.
    """
    _run(_Worker(here, tell, pace or Pace()).forever())


def work_once(here: Installation, tell: Tell, pace: Pace | None = None) -> None:
    """Does what is due now, waits for work on the same tenants that others do, and ends. Raises what `work` raises."""
    _run(_Worker(here, tell, pace or Pace()).once())


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except (ConnectorException, PoolTimeout) as error:
        raise StoreError(_LOST) from error


class _Worker:
    def __init__(self, here: Installation, tell: Tell, pace: Pace) -> None:
        self._clocks = Clocks(here.clock)
        self._here = replace(here, clock=self._clocks)
        self._pace = pace
        self._tell = tell
        self._jobs = Jobs(self._here, tell, timedelta(seconds=pace.silence))
        self._stop = asyncio.Event()

    async def forever(self) -> None:
        self._use_threads()
        with self._told_to_stop():
            losses = 0
            while True:
                began = time.monotonic()
                await self._until_lost()
                if self._stop.is_set():
                    return
                self._tell("the connection to the database broke; opening another")
                losses = losses + 1 if time.monotonic() - began < _SHORT else 1
                if losses > _MOST_LOSSES:
                    raise StoreError(_LOST)
                await self._pause()

    async def _until_lost(self) -> None:
        """Works until told to stop, or until a connection breaks: what went on then is found by the sweeper."""
        app = make_app(self._jobs, self._here.database.url, upkeep=True)
        async with app.open_async():
            with suppress(ConnectorException, StoreError):
                await asyncio.to_thread(self._jobs.sweep)
                await self._until_stopped(
                    self._worker(app, queue.TENANTS, self._pace.concurrency),
                    self._worker(app, UPKEEP, 1, delete_jobs="always"),
                )

    async def once(self) -> None:
        self._use_threads()
        app = make_app(self._jobs, self._here.database.url, upkeep=False)
        with self._told_to_stop():
            async with app.open_async():
                await asyncio.to_thread(queue_due, self._here)
                while not self._stop.is_set():
                    await asyncio.to_thread(self._jobs.sweep)
                    await self._until_stopped(
                        self._worker(app, queue.TENANTS, self._pace.concurrency, wait=False)
                    )
                    if not await asyncio.to_thread(self._anything_waits):
                        break
                    await self._pause()

    def _use_threads(self) -> None:
        """Jobs run in threads of the loop; what looks after the queue has some to itself."""
        threads = ThreadPoolExecutor(self._pace.concurrency + 2, thread_name_prefix="work")
        asyncio.get_running_loop().set_default_executor(threads)

    def _worker(self, app: App, name: str, concurrency: int, **options: Any) -> Coroutine[Any, Any, None]:
        return app.run_worker_async(
            queues=[name],
            name=name,
            concurrency=concurrency,
            fetch_job_polling_interval=self._pace.poll,
            update_heartbeat_interval=self._pace.heartbeat,
            stalled_worker_timeout=self._pace.silence,
            install_signal_handlers=False,
            **options,
        )

    async def _until_stopped(self, *workers: Coroutine[Any, Any, None]) -> None:
        """Runs workers until one of them ends or all are told to stop; then lets each finish what it began."""
        tasks = [asyncio.create_task(worker) for worker in workers]
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    @contextmanager
    def _told_to_stop(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._told)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _told(self) -> None:
        if self._stop.is_set():
            self._clocks.stop()
        self._stop.set()
        asyncio.get_running_loop().call_later(self._pace.grace, self._clocks.stop)

    async def _pause(self) -> None:
        """Waits as long as until the next look into the queue, or until told to stop."""
        try:
            await asyncio.wait_for(self._stop.wait(), self._pace.poll)
        except TimeoutError:
            return

    def _anything_waits(self) -> bool:
        with self._here.database.installation() as connection:
            return queue.any_waiting(connection)
