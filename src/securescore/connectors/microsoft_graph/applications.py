"""Applications, their credentials, service principals and delegated grants."""

from collections.abc import Iterable, Iterator

from securescore.connectors.microsoft_graph.read import JsonObject, decoded, listed, objects
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence.tables.entra_id import (
    APPLICATION_CREDENTIALS,
    APPLICATIONS,
    DELEGATED_GRANTS,
    SERVICE_PRINCIPALS,
)

_LARGEST_PAGE = {"$top": "999"}
_CREDENTIALS = {"passwordCredentials": "secret", "keyCredentials": "certificate"}


def fetch_applications(reading: Reading) -> Iterator[list[bytes]]:
    """Every application with its credentials, read once for both tables."""
    return reading.graph.pages(
        "/applications", select=(*APPLICATIONS.select, *_CREDENTIALS), params=_LARGEST_PAGE
    )


def shape_credentials(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each secret and certificate. The secret itself is never sent, nor its hint kept."""
    for application in map(decoded, page):
        for name, kind in _CREDENTIALS.items():
            for credential in objects(application.get(name)):
                yield _credential_row(application, kind, credential)


def _credential_row(application: JsonObject, kind: str, credential: JsonObject) -> Row:
    return {
        "application_id": application.get("id"),
        "kind": kind,
        "key_id": credential.get("keyId"),
        "credential_name": credential.get("displayName"),
        "starts": credential.get("startDateTime"),
        "ends": credential.get("endDateTime"),
    }


SOURCES = (
    Source(
        (Output(APPLICATIONS), Output(APPLICATION_CREDENTIALS, shape_credentials)),
        fetch_applications,
    ),
    listed(SERVICE_PRINCIPALS, "/servicePrincipals", params=_LARGEST_PAGE),
    listed(DELEGATED_GRANTS, "/oauth2PermissionGrants", params=_LARGEST_PAGE, select=False),
)
