"""Ids as Microsoft's directory writes them."""

from uuid import UUID


def is_id(value: object) -> bool:
    """Whether the value is the text of a GUID."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False
