"""Names that people give: of groups, templates, and whatever stands in a list of customers."""

import unicodedata

from securescore.errors import ConfigurationError

LONGEST_NAME = 100
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def can_be_shown(text: str) -> bool:
    """Whether every letter of it can be seen: nothing in it moves, hides or ends what stands beside it."""
    return not any(unicodedata.category(one) in _UNSHOWN for one in text)


def checked_name(what: str, name: str) -> str:
    """The name as it is kept. Raises ConfigurationError when it can be none.

    Args:
        what: what is named, such as `group`.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not can_be_shown(name):
        raise ConfigurationError(f"the name of a {what} is 1 to {LONGEST_NAME} letters that can be shown")
    return name
