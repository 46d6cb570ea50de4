"""A server in a thread, on a real socket of this machine, and a client for it."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp
from tests.worker.tenants import wait_until

from securescore.web.listening import Listening, open_socket
from securescore.web.serving import _config, _Server


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Asking:
    port: int

    def get(self, path: str, **headers: str) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), dict(answer.getheaders()))


@contextmanager
def answering(application: ASGIApp, proxies: tuple[str, ...] = ()) -> Iterator[Asking]:
    """The application behind a real socket until the block ends."""
    where = Listening("127.0.0.1", 0, None, proxies)
    with open_socket(where) as opened:
        server = _Server(_config(application, where))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[opened])))
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "the server answers")
            yield Asking(opened.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
