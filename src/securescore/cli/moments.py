"""Moments as people write them on the command line."""

import re
from datetime import UTC, datetime

from securescore.errors import ConfigurationError

_A_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_YEARS = range(2000, 2200)


def parse_start(option: str, text: str) -> datetime:
    """The same where a stretch of time begins: a date is its first second."""
    return parse_moment(option, f"{text}T00:00:00" if _A_DATE.match(text) else text)


def parse_moment(option: str, text: str) -> datetime:
    """A date (its last second, UTC) or a moment in ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(f"{text}T23:59:59" if _A_DATE.match(text) else text)
    except ValueError:
        raise ConfigurationError(
            f"{option} {text!r} is no date: write it as 2026-01-31 or 2026-01-31T06:00:00Z"
        ) from None
    if moment.year not in _YEARS:
        raise ConfigurationError(f"{option} {text!r} lies outside the years {_YEARS[0]} to {_YEARS[-1]}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
