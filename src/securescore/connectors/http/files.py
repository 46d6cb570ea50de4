"""Files whose address is the key to them: fetched without a token, and gone on with where they broke off."""

from collections.abc import Generator
from contextlib import closing

from securescore.connectors.http.clock import Clock
from securescore.connectors.http.retry import Patience, RetrySettings
from securescore.connectors.http.wire import DroppedError, Wire

_PROGRESS = 1 << 20
"""Bytes after which a file that breaks off is waited for as patiently as at its beginning: a large one takes long."""


def fetched(wire: Wire, url: str, clock: Clock, retry: RetrySettings) -> Generator[bytes]:
    """The bytes of one file as they come.

    What is gone on with must have a checksum of its own: nothing here proves that the parts are of one file.

    Raises:
        DroppedError: it did not come whole, however often it was asked for.
        ConnectionRefusedByServiceError: the server's certificate is not trusted.
        CollectionError: the answer is no file.
    """
    patience = Patience(retry, clock)
    received = waited_for = 0
    while True:
        try:
            with closing(wire.stream(url, received)) as chunks:
                for chunk in chunks:
                    received += len(chunk)
                    yield chunk
        except DroppedError as error:
            if received - waited_for >= _PROGRESS:
                patience, waited_for = Patience(retry, clock), received
            wait = patience.wait_before_next(error.asked)
            if wait is None:
                raise
            clock.sleep(wait)
        else:
            return
