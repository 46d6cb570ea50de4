"""An organisation to look at, a small one to change, and a client that speaks to its cloud."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from securescore.demo import InventedCloud, Organisation


@pytest.fixture(scope="session")
def noordhaven() -> Organisation:
    """The organisation of the demonstration. Not to be changed."""
    return Organisation.build()


@pytest.fixture
def small() -> Organisation:
    """A small organisation of the test's own."""
    return Organisation.build(people=150)


class Speaker:
    """A plain client of one cloud, with a token."""

    def __init__(self, cloud: InventedCloud, client: httpx2.Client) -> None:
        self.cloud = cloud
        self.client = client
        self.token = ""

    def ask_token(self, **changes: str) -> httpx2.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.cloud.client_id,
            "client_secret": self.cloud.client_secret,
            "scope": f"{self.cloud.address}/.default",
        }
        return self.client.post(f"/{self.cloud.tenant_id}/oauth2/v2.0/token", data=form | changes)

    def sign_in(self) -> None:
        self.token = self.ask_token().json()["access_token"]

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}", **headers})

    def post(self, path: str, content: Any) -> httpx2.Response:
        return self.client.post(path, json=content, headers={"Authorization": f"Bearer {self.token}"})

    def pages(self, path: str, **headers: str) -> list[list[dict[str, Any]]]:
        """Every page of a list."""
        pages = []
        link: str | None = path
        while link:
            answer = self.get(link, **headers)
            assert answer.status_code == 200, answer.text
            pages.append(answer.json()["value"])
            link = answer.json().get("@odata.nextLink")
        return pages

    def items(self, path: str, **headers: str) -> list[dict[str, Any]]:
        return [item for page in self.pages(path, **headers) for item in page]

    def error(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.get(path, **headers)
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def speak() -> Iterator[Callable[..., Speaker]]:
    """Starts a cloud for an organisation and signs in to it."""
    with ExitStack() as stack:

        def start(organisation: Organisation, **options: Any) -> Speaker:
            cloud = stack.enter_context(InventedCloud(organisation, **options))
            trust = ssl.create_default_context(cafile=cloud.ca_file)
            client = stack.enter_context(httpx2.Client(base_url=cloud.address, verify=trust))
            speaker = Speaker(cloud, client)
            speaker.sign_in()
            return speaker

        yield start
