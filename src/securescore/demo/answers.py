"""Yes, no, and "cannot be told": what the truth about an invented organisation is worked out with."""

from collections.abc import Iterable

from securescore.model import Verdict

Answer = bool | None
"""None where it cannot be told."""

Verdicts = dict[str, Verdict]
"""By entity id."""


def every(answers: Iterable[Answer]) -> Answer:
    seen = set(answers)
    return False if False in seen else None if None in seen else True


def some(answers: Iterable[Answer]) -> Answer:
    seen = set(answers)
    return True if True in seen else None if None in seen else False


def opposite(answer: Answer, /) -> Answer:
    return None if answer is None else not answer


def verdict(answer: Answer, /) -> Verdict:
    """Protected where the answer is yes."""
    if answer is None:
        return Verdict.UNKNOWN
    return Verdict.PROTECTED if answer else Verdict.EXPOSED
