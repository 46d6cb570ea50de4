"""Runs the server until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from securescore.web.listening import Listening

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_GRACE = 20


def serve(application: ASGIApp, where: Listening, opened: socket.socket) -> None:
    """Answers until SIGTERM or SIGINT; then what was begun is answered, for a while. A second signal ends that too."""
    asyncio.run(_Server(_config(application, where)).until_told(opened))


def _config(application: ASGIApp, where: Listening) -> uvicorn.Config:
    certificate, key = where.certificate or (None, None)
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=bool(where.proxies),
        forwarded_allow_ips=list(where.proxies),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=16 * 1024,
    )


class _Server(uvicorn.Server):
    """As the library has it, but signals end it without ending the process: there is more to be closed."""

    async def until_told(self, opened: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            await self.serve(sockets=[opened])
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Done above."""
        yield
