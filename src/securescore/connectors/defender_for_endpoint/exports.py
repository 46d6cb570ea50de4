"""Exported files: gzip with one JSON object a line, read in pieces, so that a large one takes no memory."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from securescore.connectors.http.answers import UNREADABLE
from securescore.errors import CollectionError
from securescore.evidence.shaping import LARGEST_OBJECT

LARGEST_FILE = 16 * 1024**3
"""Bytes that one file may have when it is unpacked."""

_PIECE = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_encoder = msgspec.json.Encoder()


def objects(
    chunks: Iterable[bytes], name: str, select: Sequence[str], largest: int = LARGEST_FILE
) -> Iterator[list[bytes]]:
    """The objects of one file, about a megabyte of them at a time, each as its JSON text.

    Args:
        chunks: the packed bytes as they come.
        name: the service, for errors.
        select: the properties to keep; the service knows no way to ask for some only.
        largest: bytes that the file may have when it is unpacked.

    Raises:
        CollectionError: no gzip, cut off, too large, or a line that is no JSON object.
    """
    decoder = _decoder(select)
    rest = b""
    for piece in _unpacked(chunks, name, largest):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LARGEST_OBJECT:
            raise _broken(name, "a line of it is too long")
        yield _kept(lines, name, decoder)
    yield _kept([rest], name, decoder)


def _decoder(select: Sequence[str]) -> msgspec.json.Decoder[Any]:
    """Reads of an object these properties alone, each as the JSON text that stands there."""
    properties = [
        (
            f"property_{number}",
            msgspec.Raw | msgspec.UnsetType,
            msgspec.field(name=name, default=msgspec.UNSET),
        )
        for number, name in enumerate(select)
    ]
    return msgspec.json.Decoder(msgspec.defstruct("Kept", properties))


def _kept(lines: Iterable[bytes], name: str, decoder: msgspec.json.Decoder[Any]) -> list[bytes]:
    try:
        return [_encoder.encode(decoder.decode(line)) for line in lines if line.strip()]
    except UNREADABLE as error:
        raise _broken(name, f"a line of it is no JSON object ({error})") from error


def _unpacked(chunks: Iterable[bytes], name: str, largest: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    size = 0
    for chunk in chunks:
        waiting = chunk
        while waiting:
            piece, unpacker, waiting = _next_piece(unpacker, waiting, name)
            size += len(piece)
            if size > largest:
                raise _broken(name, f"it has more than {largest} bytes")
            yield piece
    if not unpacker.eof:
        raise _broken(name, "it is cut off")


def _next_piece(
    unpacker: "zlib._Decompress", waiting: bytes, name: str
) -> tuple[bytes, "zlib._Decompress", bytes]:
    """Some of what is packed, what unpacks the rest, and the rest. A file may be several packed one after another."""
    if unpacker.eof:
        unpacker = zlib.decompressobj(_GZIP)
    try:
        piece = unpacker.decompress(waiting, _PIECE)
    except zlib.error as error:
        raise _broken(name, f"it is no gzip ({error})") from error
    return piece, unpacker, unpacker.unconsumed_tail or unpacker.unused_data


def _broken(name: str, why: str) -> CollectionError:
    return CollectionError(
        f"a file that {name} exported cannot be read: {why}; collect again", code="bad_answer"
    )
