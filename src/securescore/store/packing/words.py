"""Texts as numbers: a packed value lists each of its texts once. 0 is no text, 1 the first of the list."""

from collections.abc import Sequence

from securescore.store.packing.envelope import damaged


class Words:
    """The list while it grows."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        return 0 if text is None else self._numbers.setdefault(text, len(self._numbers) + 1)

    @property
    def listed(self) -> list[str]:
        return list(self._numbers)


def word_of(number: int | None, words: Sequence[str]) -> str | None:
    """The text of that number.

    Raises:
        RecordError: when there is none.
    """
    if number == 0:
        return None
    if number is None or not 0 < number <= len(words):
        raise damaged("it names a text that is not there")
    return words[number - 1]
