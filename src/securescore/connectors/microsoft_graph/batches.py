"""Many small reads in one request (`$batch`): at most 20, each throttled on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from securescore.connectors.http.answers import UNREADABLE, refusal, refusal_of
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.retry import Patience, closes_class, retry_after, worth_retrying
from securescore.connectors.http.service import Request, Service
from securescore.connectors.microsoft_graph.errors import NotFoundError, failure
from securescore.errors import CollectionError

LARGEST_BATCH = 20

_OK = 200


@dataclass(frozen=True, slots=True)
class BatchItem:
    """The answer to one read of a batch."""

    path: str
    status: int
    body: bytes

    @property
    def found(self) -> bool:
        return self.status == _OK

    @property
    def gone(self) -> bool:
        """Whether the service says that there is no such thing."""
        return isinstance(self.failure(), NotFoundError)

    def failure(self) -> CollectionError:
        """The error for an item that is no success."""
        return failure(refusal_of(self.status, self.body), self.path)


class _Item(msgspec.Struct):
    id: str
    status: int
    body: msgspec.Raw = msgspec.Raw(b"null")
    headers: dict[str, Any] = {}


class _Batch(msgspec.Struct):
    responses: list[_Item]


class Batches:
    """Sends batches of reads."""

    def __init__(self, service: Service, root: str) -> None:
        self._service = service
        self._root = root

    def read(self, paths: Sequence[str], version: str, service_class: ServiceClass) -> list[BatchItem]:
        """Answers in the order of the paths. Raises CollectionError when one could not be had."""
        if len(paths) > LARGEST_BATCH:
            raise ValueError(f"a batch takes {LARGEST_BATCH} reads, not {len(paths)}")
        done: dict[str, BatchItem] = {}
        open_paths = list(dict.fromkeys(paths))
        patience = Patience(self._service.retry, self._service.clock)
        while open_paths:
            items = self._sent(open_paths, version, service_class)
            again = [path for path, item in items.items() if worth_retrying(item.status, repeatable=True)]
            done.update(
                (path, BatchItem(path, item.status, bytes(item.body)))
                for path, item in items.items()
                if path not in again
            )
            if again:
                self._pause(patience, [items[path] for path in again], service_class)
            open_paths = again
        return [done[path] for path in dict.fromkeys(paths)]

    def _sent(self, paths: list[str], version: str, service_class: ServiceClass) -> dict[str, _Item]:
        requests = [{"id": str(n), "method": "GET", "url": path} for n, path in enumerate(paths)]
        request = Request(
            "POST",
            f"{self._root}/{version}/$batch",
            service_class,
            {"Content-Type": "application/json"},
            msgspec.json.encode({"requests": requests}),
        )
        answer = self._service.ask(request)
        if answer.status != _OK:
            raise failure(refusal(answer), "a batch of reads")
        answers = {item.id: item for item in _decoded(answer.body)}
        missing = [path for n, path in enumerate(paths) if str(n) not in answers]
        if missing:
            raise CollectionError(
                f"Microsoft Graph left {len(missing)} of {len(paths)} reads of a batch unanswered, {missing[0]} among them",
                code="bad_answer",
            )
        return {path: answers[str(n)] for n, path in enumerate(paths)}

    def _pause(self, patience: Patience, items: list[_Item], service_class: ServiceClass) -> None:
        now = self._service.clock.now()
        headers = [{key.lower(): str(value) for key, value in item.headers.items()} for item in items]
        asked = [retry_after(one, now) for one in headers]
        known = [seconds for seconds in asked if seconds is not None]
        wait = patience.wait_before_next(max(known) if known else None)
        if wait is None:
            raise CollectionError(
                f"Microsoft Graph still answered {items[0].status} to {len(items)} reads of a batch after "
                f"{patience.attempts} attempts; collect again later",
                code=str(items[0].status),
            )
        if any(closes_class(item.status, one) for item, one in zip(items, headers, strict=True)):
            self._service.slow_down(service_class, wait)
        else:
            self._service.clock.sleep(wait)


def _decoded(body: bytes) -> list[_Item]:
    try:
        return msgspec.json.decode(body, type=_Batch).responses
    except UNREADABLE as error:
        raise CollectionError(
            f"Microsoft Graph answered a batch of reads with something else ({error})", code="bad_answer"
        ) from error
