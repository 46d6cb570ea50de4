"""Devices, and every secure configuration of every device."""

from collections.abc import Iterator

from securescore.connectors.defender_for_endpoint.client import DefenderEndpoint
from securescore.connectors.defender_for_endpoint.errors import NothingThereError
from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.http.pages import json_object
from securescore.connectors.source import Output, Reading, Source
from securescore.errors import CollectionError
from securescore.evidence.tables.defender import DEVICE_CONFIGURATIONS, MACHINES

PAGED_UP_TO = 2_000
"""Devices whose configurations are read page by page. Of more, the files of an export are read: a page with as many rows as the
service allows would be held in memory whole, and there are 30 a minute."""

LARGEST_PAGE = 10_000
"""Devices that the service puts on a page at most."""

_NAME = "Defender for Endpoint"
_WATCHED = "lower(onboarding) = 'onboarded' AND lower(health) = 'active'"
_BY_MACHINE = "/machines/SecureConfigurationsAssessmentByMachine?pageSize=50000"
_EXPORT = "/machines/SecureConfigurationsAssessmentExport?sasValidHours=6"


def fetch_machines(reading: Reading) -> Iterator[list[bytes]]:
    """Every device. None at all is an error 404 at the service, and an empty table here.

    A page as large as pages can be, and without a link to another, is not taken for the last.
    """
    service, count, last = defender(reading), 0, list[object]()
    full = True
    while full:
        page: list[bytes] = []
        path = f"/machines?$skip={count}" if count else "/machines"
        for page in if_any(service.pages(path, ServiceClass.DEFENDER_ENDPOINT)):
            ids = [json_object(item, _NAME).get("id") for item in page]
            if page and ids == last:
                raise CollectionError(f"{_NAME} gave the same devices twice", code="link_loop")
            count += len(page)
            last = ids
            yield page
        full = len(page) >= LARGEST_PAGE


def fetch_configurations(reading: Reading) -> Iterator[list[bytes]]:
    """Every configuration of every device, by pages or from exported files.

    Raises:
        CollectionError: there are none although devices are watched: they were not assessed, which is not the same.
    """
    empty = True
    for page in _configurations(reading):
        empty = empty and not page
        yield page
    if empty and (watched := _devices(reading, _WATCHED)):
        raise CollectionError(
            f"{_NAME} watches {watched} devices and has assessed the configuration of none; a device that is new is "
            "assessed within a day or two",
            reason="not_collected",
        )


def _configurations(reading: Reading) -> Iterator[list[bytes]]:
    service = defender(reading)
    if files := _exported(service) if _devices(reading) > PAGED_UP_TO else []:
        yield from service.contents(files, DEVICE_CONFIGURATIONS.select)
    else:
        yield from if_any(service.pages(_BY_MACHINE, ServiceClass.DEFENDER_ASSESSMENT))


def _exported(service: DefenderEndpoint) -> list[str]:
    """The files of an export. That there are none is not believed: the pages have to say so too."""
    try:
        return service.exported(_EXPORT)
    except NothingThereError:
        return []


def if_any(pages: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """The same pages; none when the service says at the first that there is nothing. Later that is an error."""
    try:
        first = next(pages, [])
    except NothingThereError:
        return
    yield first
    yield from pages


def defender(reading: Reading) -> DefenderEndpoint:
    """The client. Raises CollectionError where the cloud does not offer the service."""
    found = reading.services.defender_endpoint
    if found is None:
        raise CollectionError(
            "Defender for Endpoint is not offered in this cloud; where it is, give its address as "
            "endpoints.defender_endpoint of the tenant file",
            reason="not_collected",
        )
    return found


def _devices(reading: Reading, condition: str = "true") -> int:
    rows = reading.collected.query(f"SELECT count(*) FROM machines WHERE {condition}", (MACHINES,))
    return int(next(rows)[0][0])


SOURCES = (
    Source((Output(MACHINES),), fetch_machines),
    Source((Output(DEVICE_CONFIGURATIONS),), fetch_configurations, needs=(MACHINES,)),
)
