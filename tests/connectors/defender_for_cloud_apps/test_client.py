"""Lists of Defender for Cloud Apps over real https: by numbers, not links, and each to its end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.connectors.conftest import FakeTime
from tests.connectors.stub import TENANT, Reply, Seen, Stub, error

from securescore.connectors.defender_for_cloud_apps.client import PAGE, RESOURCE, CloudApps
from securescore.errors import CollectionError

STREAMS = "/api/discovery/streams/"


def some(*items: Any, more: bool = False) -> Reply:
    """One page. The total is approximate at the service, so it says nothing here either."""
    return Reply(body={"total": 7, "hasNext": more, "data": list(items)})


def numbered(count: int) -> Callable[[Seen], Reply]:
    """A list of so many numbers, from where it is asked for, in pages as the service has them."""

    def answer(seen: Seen) -> Reply:
        skip = json.loads(seen.body)["skip"]
        end = min(skip + PAGE, count)
        return some(*range(skip, end), more=end < count)

    return answer


def read(cloud_apps: CloudApps, most: int | None = None) -> list[int]:
    return [json.loads(item) for items in cloud_apps.pages(STREAMS, most) for item in items]


@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 3 * PAGE])
def test_every_page_is_asked_for(cloud_apps: CloudApps, stub: Stub, count: int) -> None:
    stub.script(STREAMS, numbered(count))
    assert read(cloud_apps) == list(range(count))
    asked = stub.requests(STREAMS)
    assert [json.loads(seen.body) for seen in asked] == [
        {"skip": skip, "limit": PAGE} for skip in range(0, max(count, 1), PAGE)
    ]
    assert {(seen.method, seen.headers["content-type"]) for seen in asked} == {("POST", "application/json")}


def test_a_short_page_in_the_middle_leaves_nothing_out(cloud_apps: CloudApps, stub: Stub) -> None:
    stub.script(STREAMS, some(0, 1, more=True), some(2, more=True), some(3))
    assert read(cloud_apps) == [0, 1, 2, 3]
    assert [json.loads(seen.body)["skip"] for seen in stub.requests(STREAMS)] == [0, 2, 3]


def test_no_more_pages_than_wanted(cloud_apps: CloudApps, stub: Stub) -> None:
    stub.script(STREAMS, numbered(10 * PAGE))
    assert read(cloud_apps, 3) == list(range(3 * PAGE))
    assert len(stub.requests(STREAMS)) == 3


def test_the_token_is_one_for_the_application_whatever_the_address(cloud_apps: CloudApps, stub: Stub) -> None:
    read(cloud_apps)
    (asked,) = stub.requests(f"/{TENANT}/oauth2/v2.0/token")
    assert asked.form["scope"] == f"{RESOURCE}/.default" == "05a65629-4c1b-48c1-a78b-804c4abdd4af/.default"
    assert stub.requests(STREAMS)[0].headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        (Reply(401, b""), "no_permission", "401"),
        (Reply(403, {"detail": "You do not have permission"}), "no_permission", "403"),
        (Reply(404, b""), "collection_failed", "404"),
        (error(404, "ResourceNotFound"), "collection_failed", "404"),
        (Reply(400, b"<html>"), "collection_failed", "400"),
        (Reply(500, b""), "collection_failed", "500"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "collection_failed", "302"),
    ],
)
def test_what_a_refusal_means(
    cloud_apps: CloudApps, stub: Stub, answer: Reply, reason: str, code: str
) -> None:
    stub.script(STREAMS, answer)
    with pytest.raises(CollectionError, match="Defender for Cloud Apps refused") as raised:
        read(cloud_apps)
    assert (raised.value.reason, raised.value.code) == (reason, code)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"data": [1, 2], "hasNext": fal',
        [],
        {"data": [1]},
        {"hasNext": False},
        {"data": None, "hasNext": False},
        {"data": {}, "hasNext": False},
        {"data": [1], "hasNext": None},
        {"data": [1], "hasNext": "false"},
        {"data": [1], "hasNext": 1},
    ],
)
def test_what_is_no_list(cloud_apps: CloudApps, stub: Stub, body: object) -> None:
    stub.script(STREAMS, some(0, more=True), Reply(body=body))
    with pytest.raises(CollectionError, match="something other than a list") as raised:
        read(cloud_apps)
    assert raised.value.code == "bad_answer"


def test_an_empty_page_that_is_not_the_last(cloud_apps: CloudApps, stub: Stub) -> None:
    stub.script(STREAMS, some(0, more=True), some(more=True))
    with pytest.raises(CollectionError, match="said that there is more") as raised:
        read(cloud_apps)
    assert raised.value.code == "bad_answer"
    assert len(stub.requests(STREAMS)) == 2


def test_429_waits_as_long_as_it_says(cloud_apps: CloudApps, stub: Stub, time: FakeTime) -> None:
    stub.script(STREAMS, Reply(429, b"", {"Retry-After": "19"}), numbered(1))
    assert read(cloud_apps) == [0]
    assert time.slept == pytest.approx(19)


def test_a_dropped_answer_is_asked_for_again(cloud_apps: CloudApps, stub: Stub) -> None:
    """It is a POST that only reads."""
    stub.script(STREAMS, Reply(drop=True), Reply(502, b""), numbered(2))
    assert read(cloud_apps) == [0, 1]


def test_no_more_than_thirty_a_minute(cloud_apps: CloudApps, stub: Stub, time: FakeTime) -> None:
    begun: list[float] = []

    def answer(seen: Seen) -> Reply:
        begun.append(time.seconds)
        return numbered(40 * PAGE)(seen)

    stub.script(STREAMS, answer)
    assert len(read(cloud_apps)) == 40 * PAGE
    assert len(begun) == 40
    assert all(later - earlier >= 60 for earlier, later in zip(begun, begun[30:], strict=False))
