"""Damaged bytes never become a snapshot, and never anything but a sentence."""

import random
import zlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.packing.invented import AT, NEXT, many, usual

from securescore.model import Category
from securescore.scoring.change import Cause
from securescore.store.packing import (
    RecordError,
    StoredEffect,
    apply_changes,
    pack_changes,
    pack_effects,
    pack_full,
    unpack_effects,
    unpack_full,
)
from securescore.store.packing.envelope import LARGEST_BODY, VERSION, seal

BEFORE, AFTER = many(12), tuple(usual(f"scid_{number}", 3) for number in range(5, 17))
EFFECTS = [StoredEffect("scid_7", Cause.JOINED, Category.IDENTITY, 5, 0)]
Kind = tuple[bytes, Callable[[bytes], object]]
KINDS: dict[str, Kind] = {
    "full": (pack_full(BEFORE, AT), lambda value: unpack_full(value, AT)),
    "changes": (
        pack_changes(BEFORE, AFTER, AT, NEXT),
        lambda value: apply_changes(BEFORE, value, AT, NEXT),
    ),
    "effects": (
        pack_effects(EFFECTS, [], BEFORE, AFTER),
        lambda value: unpack_effects(value, BEFORE, AFTER),
    ),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@every_kind
def test_every_truncation_is_refused(kind: Kind) -> None:
    packed, read = kind
    for length in range(len(packed)):
        with pytest.raises(RecordError, match="restore"):
            read(packed[:length])


@every_kind
def test_every_flipped_bit_is_refused(kind: Kind) -> None:
    packed, read = kind
    for place in range(8 * len(packed)):
        damaged = bytearray(packed)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises(RecordError, match="restore"):
            read(bytes(damaged))


@every_kind
def test_bytes_too_many_are_refused(kind: Kind) -> None:
    packed, read = kind
    with pytest.raises(RecordError, match="checksum"):
        read(packed + b"\0")
    with pytest.raises(RecordError, match="does not end"):
        read(_sealed(packed[5:] + b"\0"))


@every_kind
def test_a_newer_version_is_named_as_that(kind: Kind) -> None:
    packed, read = kind
    with pytest.raises(RecordError, match=r"newer version of securescore.*format is 2.*update securescore"):
        read(bytes([VERSION + 1]) + packed[1:])


@every_kind
def test_a_bomb_is_refused_before_it_opens(kind: Kind) -> None:
    _, read = kind
    with pytest.raises(RecordError, match=f"larger than {LARGEST_BODY}"):
        read(_sealed(_deflated(b"\0" * (LARGEST_BODY + 1))))
    with pytest.raises(RecordError, match="not a record"):
        read(_sealed(_deflated(b"\xdd\xff\xff\xff\xff")))


def test_what_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        seal("x" * (LARGEST_BODY + 1))


@every_kind
@given(content=st.binary(max_size=60))
def test_any_content_behind_a_good_checksum_is_refused(kind: Kind, content: bytes) -> None:
    _, read = kind
    for value in (content, _sealed(content), _sealed(_deflated(content))):
        with pytest.raises(RecordError):
            read(value)


@every_kind
def test_any_change_behind_a_good_checksum_is_refused_or_another_record(kind: Kind) -> None:
    """Nobody but a writer with a fault makes these; still nothing but a `RecordError` may come of them."""
    packed, read = kind
    plain = zlib.decompress(packed[5:], -15)
    dice = random.Random(4)
    for _ in range(2000):
        damaged = bytearray(plain)
        damaged[dice.randrange(len(plain))] = dice.randrange(256)
        try:
            read(_sealed(_deflated(bytes(damaged))))
        except RecordError:
            continue


def test_a_word_of_a_newer_version_is_named_as_that() -> None:
    packed, read = KINDS["full"]
    plain = zlib.decompress(packed[5:], -15)
    with pytest.raises(RecordError, match="newer version"):
        read(_sealed(_deflated(plain.replace(b"to_address", b"in_reserve"))))
    packed, read = KINDS["effects"]
    plain = zlib.decompress(packed[5:], -15)
    with pytest.raises(RecordError, match="newer version"):
        read(_sealed(_deflated(plain.replace(b"joined", b"beamed"))))


def test_the_outside_is_as_documented() -> None:
    packed, _ = KINDS["full"]
    assert packed[0] == 1
    assert int.from_bytes(packed[1:5], "big") == zlib.crc32(packed[:1] + packed[5:])
    body = msgspec.msgpack.decode(zlib.decompress(packed[5:], -15))
    assert body[0] == "full"
    assert len(body) == 8


def _sealed(packed: bytes) -> bytes:
    return bytes([VERSION]) + zlib.crc32(bytes([VERSION]) + packed).to_bytes(4, "big") + packed


def _deflated(plain: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(plain) + packer.flush()
