"""Several cmdlets in one request (`$batch`), so that a table of many small answers costs one."""

import msgspec

from securescore.connectors.http.answers import UNREADABLE

LARGEST_BATCH = 10

_OK = 200


class Part(msgspec.Struct, frozen=True):
    """One request inside a batch, as the service reads it."""

    id: str
    url: str
    body: msgspec.Raw
    headers: dict[str, str]
    method: str = "POST"


class _Answer(msgspec.Struct):
    id: str
    status: int
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Answers(msgspec.Struct):
    responses: list[_Answer]


def batch_body(parts: list[Part]) -> bytes:
    """What is sent."""
    return msgspec.json.encode({"requests": parts})


def successes(body: bytes) -> dict[str, bytes]:
    """The bodies of the parts that succeeded, by id.

    Everything else is left out: a part that failed or was not answered is asked for again by itself, which waits as
    long as the service wants and tells its refusal as any other.
    """
    try:
        answers = msgspec.json.decode(body, type=_Answers).responses
    except UNREADABLE:
        return {}
    return {one.id: bytes(one.body) for one in answers if one.status == _OK}
