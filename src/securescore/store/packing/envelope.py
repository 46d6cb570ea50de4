"""The outside of every packed value: version, checksum, compression. The package's docstring has the format."""

import zlib
from typing import TypeVar

import msgspec

from securescore.errors import SecureScoreError

VERSION = 1
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes after decompression. A snapshot of 500 actions has some 50,000."""

APART = "its parts do not belong together"

_HEADER = 5
_RAW_DEFLATE = -15
_MEMORY = 9
_Body = TypeVar("_Body")


class RecordError(SecureScoreError):
    """What the database keeps of a snapshot cannot be read back."""


def damaged(what: str) -> RecordError:
    return RecordError(f"a stored snapshot is damaged ({what}); restore the database from a backup")


def newer(what: str) -> RecordError:
    return RecordError(
        f"a stored snapshot was written by a newer version of securescore, or is damaged ({what}); "
        "update securescore, or restore the database from a backup"
    )


def seal(body: object) -> bytes:
    """The body as the bytes that are stored.

    Raises:
        ValueError: when a number does not fit into 64 bits, or the whole is larger than `LARGEST_BODY`.
    """
    try:
        plain = msgspec.msgpack.encode(body)
    except OverflowError as error:
        raise ValueError("a number is too large to be stored; correct where it comes from") from error
    if len(plain) > LARGEST_BODY:
        raise ValueError(f"a snapshot of {len(plain)} bytes cannot be stored; leave out titles and texts")
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE, _MEMORY)
    packed = packer.compress(plain) + packer.flush()
    return bytes([VERSION]) + _checksum(packed) + packed


def unseal(value: bytes, decoder: "msgspec.msgpack.Decoder[_Body]") -> _Body:
    """The body that `seal` was given.

    Raises:
        RecordError: when the bytes are damaged, or of a version that is not known here.
    """
    if not value:
        raise damaged("it is empty")
    if value[0] != VERSION:
        raise newer(f"its format is {value[0]}, known is {VERSION}")
    if value[1:_HEADER] != _checksum(value[_HEADER:]):
        raise damaged("its checksum is wrong")
    try:
        return decoder.decode(_inflated(value[_HEADER:]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise damaged(f"its content is not a record: {error}") from error


def _checksum(packed: bytes) -> bytes:
    return zlib.crc32(packed, zlib.crc32(bytes([VERSION]))).to_bytes(4, "big")


def _inflated(packed: bytes) -> bytes:
    opener = zlib.decompressobj(_RAW_DEFLATE)
    try:
        plain = opener.decompress(packed, LARGEST_BODY)
    except zlib.error as error:
        raise damaged(str(error)) from error
    if not opener.eof or opener.unused_data:
        raise damaged(f"it does not end where it should, or is larger than {LARGEST_BODY} bytes")
    return plain
