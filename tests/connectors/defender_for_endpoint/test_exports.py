"""Exported files: whole or refused, however they are cut into chunks and whatever stands in them."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.connectors.defender_for_endpoint.devices import configuration, lines, packed

from securescore.connectors.defender_for_endpoint.exports import objects
from securescore.errors import CollectionError
from securescore.evidence.shaping import LARGEST_OBJECT

SELECT = ("deviceId", "isCompliant")


def read(*chunks: bytes, select: tuple[str, ...] = SELECT, largest: int = 1 << 30) -> list[bytes]:
    return [item for some in objects(chunks, "The service", select, largest) for item in some]


def chunked(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def refused(*chunks: bytes, **options: Any) -> str:
    with pytest.raises(CollectionError) as raised:
        read(*chunks, **options)
    assert raised.value.code == "bad_answer"
    assert raised.value.reason == "collection_failed"
    return str(raised.value)


def test_only_what_is_asked_for_is_kept_and_exactly_as_it_stands() -> None:
    line = b'{"deviceId": "a", "other": {"isCompliant": 1}, "isCompliant" : 1.10, "x": [{}]}'
    assert read(packed(line)) == [b'{"deviceId":"a","isCompliant":1.10}']


def test_absent_stays_absent_and_null_stays_null() -> None:
    assert read(packed({"deviceId": "a"}, {"deviceId": "b", "isCompliant": None}, {})) == [
        b'{"deviceId":"a"}',
        b'{"deviceId":"b","isCompliant":null}',
        b"{}",
    ]


def test_an_empty_file_holds_nothing() -> None:
    assert read(gzip.compress(b"")) == []


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n  \n"])
def test_the_last_line_ends_as_it_likes(end: bytes) -> None:
    content = gzip.compress(b'{"deviceId":"a"}\r\n\n{"deviceId":"b"}' + end)
    assert [json.loads(item)["deviceId"] for item in read(content)] == ["a", "b"]


def test_several_packed_one_after_another_are_one_file() -> None:
    whole = lines(*(configuration(f"m{n}") for n in range(20)))
    content = gzip.compress(whole[:333]) + gzip.compress(b"") + gzip.compress(whole[333:])
    for size in (1, 7, len(content)):
        assert len(read(*chunked(content, size))) == 20


def test_a_large_file_comes_in_parts() -> None:
    content = packed(*(configuration(f"m{n}", padding="x" * 1000) for n in range(5000)))
    parts = list(objects([content], "The service", SELECT))
    assert sum(map(len, parts)) == 5000
    assert max(map(len, parts)) < 1000


ITEMS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "deviceId": st.text(st.characters(exclude_categories=["Cs"])),
            "isCompliant": st.none() | st.booleans() | st.integers() | st.lists(st.integers()),
            "other": st.text(st.characters(exclude_categories=["Cs"])),
        },
    ),
    max_size=20,
)


@settings(deadline=None)
@given(items=ITEMS, size=st.integers(1, 64))
def test_however_it_is_cut_into_chunks_nothing_is_lost(items: list[dict[str, Any]], size: int) -> None:
    found = [json.loads(item) for item in read(*chunked(packed(*items), size))]
    assert found == [{name: item[name] for name in SELECT if name in item} for item in items]


@settings(deadline=None)
@given(data=st.data())
def test_wherever_it_is_cut_off_it_is_refused(data: st.DataObject) -> None:
    content = packed(*(configuration(f"m{n}") for n in range(50)))
    refused(content[: data.draw(st.integers(0, len(content) - 1))])


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_objects_or_refused(content: bytes, packs: bool) -> None:  # noqa: FBT001
    try:
        found = read(gzip.compress(content) if packs else content)
    except CollectionError as error:
        assert error.code == "bad_answer"  # noqa: PT017
    else:
        assert all(isinstance(json.loads(item), dict) for item in found)


def test_a_file_that_is_no_gzip() -> None:
    assert "no gzip" in refused(lines(configuration("a")))
    assert "no gzip" in refused(packed(configuration("a")) + b"trailing")
    assert "no gzip" in refused(zlib.compress(lines(configuration("a"))))


def test_parts_of_two_files_do_not_pass_for_one() -> None:
    """Going on where a file broke off is safe only because its checksum tells."""
    first, second = (packed(*(configuration(f"{name}{n}") for n in range(99))) for name in "ab")
    middle = len(first) // 2
    assert "no gzip" in refused(first[:middle] + second[middle:])


def bomb(size: int) -> Iterable[bytes]:
    """A little that unpacks to much, chunk by chunk."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    zeros = b"\n" * (1 << 20)
    for _ in range(size >> 20):
        yield packer.compress(zeros)
    yield packer.flush()


def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    taken: list[int] = []

    def counted() -> Iterator[bytes]:
        for chunk in bomb(256 << 20):
            taken.append(len(chunk))
            yield chunk

    with pytest.raises(CollectionError, match="more than 4194304 bytes"):
        list(objects(counted(), "The service", SELECT, 4 << 20))
    assert len(taken) < 60


def test_a_file_may_have_exactly_the_limit() -> None:
    content = lines(configuration("a"))
    assert len(read(gzip.compress(content), largest=len(content))) == 1
    assert "more than" in refused(gzip.compress(content), largest=len(content) - 1)


def test_a_bomb_in_one_chunk_is_unpacked_piece_by_piece() -> None:
    content = b"".join(bomb(48 << 20))
    tracemalloc.start()
    try:
        assert read(content) == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 32 << 20


def test_a_line_without_an_end_is_given_up() -> None:
    endless = gzip.compress(b'{"deviceId":"' + b"a" * (LARGEST_OBJECT + (2 << 20)))
    assert "a line of it is too long" in refused(endless)


BAD_LINES = [
    b"<html>",
    b"[]",
    b'"text"',
    b"7",
    b"null",
    b'{"deviceId": "a"',
    b'{"deviceId": "a"}{"deviceId": "b"}',
    b'{"deviceId": "a"},',
    b"[" * 5000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_line_that_is_no_object_refuses_the_file(line: bytes) -> None:
    assert "a line of it is no JSON object" in refused(packed(configuration("a"), line, configuration("b")))
