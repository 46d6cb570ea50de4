"""A thin client for the interface of Defender for Endpoint: lists, and files it exports to storage elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

import msgspec

from securescore.connectors.clouds import Address
from securescore.connectors.defender_for_endpoint.errors import failure
from securescore.connectors.defender_for_endpoint.exports import objects
from securescore.connectors.http.answers import UNREADABLE, refusal
from securescore.connectors.http.files import fetched
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.pages import linked, split
from securescore.connectors.http.service import Request, Service
from securescore.connectors.http.wire import DroppedError, Hosts, Wire
from securescore.errors import CollectionError

STORAGE = (Address("blob.core.windows.net"), Address("blob.core.usgovcloudapi.net"))
"""Where the clouds of Microsoft keep exported files."""

_OK = 200
_MOST_FILES = 10_000


class _Export(msgspec.Struct):
    files: list[str] = msgspec.field(name="exportFiles")


class DefenderEndpoint:
    """Reads from Defender for Endpoint as one tenant's application. May be shared between threads.

    Args:
        wire: fetches exported files from other hosts, without any token.
        also: hosts besides `STORAGE` that exported files may be fetched from.
    """

    def __init__(
        self, service: Service, address: Address, wire: Wire, also: tuple[Address, ...] = ()
    ) -> None:
        self._service = service
        self._root = f"{address.url}/api"
        self._wire = wire
        self._storage = Hosts(STORAGE[0], (*STORAGE[1:], *also))

    def pages(self, path: str, service_class: ServiceClass) -> Iterator[list[bytes]]:
        """The items of a list, page by page, each as its JSON text, to the end.

        Args:
            path: below `/api`, with its query.

        Raises:
            NothingThereError: the service says that there is nothing at all.
            CollectionError: refused, cut off, no list, or a link that must not be followed or leads round.
        """
        name = self._service.name

        def page_at(link: str) -> tuple[list[bytes], str | None]:
            return split(self._answer(link, path, service_class), path, name)

        return linked(self._root + path, page_at, path)

    def exported(self, path: str) -> list[str]:
        """The addresses of the files of an export, which lie on other hosts.

        Raises:
            NothingThereError: the service says that there is nothing at all.
            CollectionError: refused, no list of files, or one of them on a host that is not known.
        """
        body = self._answer(self._root + path, path, ServiceClass.DEFENDER_EXPORT)
        try:
            files = msgspec.json.decode(body, type=_Export).files
        except UNREADABLE as error:
            raise CollectionError(
                f"{self._service.name} answered {path} with something other than exported files ({error})",
                code="bad_answer",
            ) from error
        if len(files) > _MOST_FILES:
            raise CollectionError(
                f"{self._service.name} exported {len(files)} files; more than {_MOST_FILES} are not read",
                code="too_large",
            )
        return [self._storage.check(file, f"the export of {self._service.name}") for file in files]

    def contents(self, files: Iterable[str], select: Sequence[str]) -> Iterator[list[bytes]]:
        """The objects of exported files, some at a time, each as its JSON text.

        The address of a file is itself the key to it: no token is sent there.

        Args:
            files: as `exported` returned them.
            select: the properties to keep of each object.

        Raises:
            CollectionError: a file cannot be read whole.
        """
        service = self._service
        for file in files:
            try:
                with closing(fetched(self._wire, file, service.clock, service.retry)) as chunks:
                    yield from objects(chunks, service.name, select)
            except DroppedError as error:
                raise CollectionError(
                    f"a file that {service.name} exported did not come whole ({error}); collect again",
                    code="bad_answer",
                ) from error

    def _answer(self, url: str, what: str, service_class: ServiceClass) -> bytes:
        answer = self._service.ask(Request("GET", url, service_class))
        if answer.status != _OK:
            raise failure(refusal(answer), what, self._service.name)
        return answer.body
