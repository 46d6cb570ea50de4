"""What every part of an invented organisation hangs on: its name, its moment, its ids and its chance."""

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
"""One object as Microsoft Graph writes it."""

AS_OF = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
"""The moment at which the invented organisations stand still, unless another is given."""

_NAMESPACE = uuid.UUID("5b0b7e0e-6f0b-5d0c-9b7a-6e6f6f726468")


def stamp(moment: datetime) -> str:
    """The moment as the service writes it: UTC, whole seconds, a Z at the end."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """What `stamp` wrote, read again."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Frame:
    """Name, seed and moment of one invented organisation.

    Everything random comes from `chance`, with a stream of its own for each purpose, so that adding a group
    never renames a person.
    """

    name: str
    seed: int
    as_of: datetime

    @property
    def slug(self) -> str:
        return "".join(letter for letter in self.name.lower() if letter.isalnum())

    @property
    def tenant_id(self) -> str:
        return self.id("tenant")

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    @property
    def initial_domain(self) -> str:
        return f"{self.slug}.onmicrosoft.example"

    @property
    def federated_domain(self) -> str:
        return f"werf-{self.slug}.example"

    def id(self, *words: str) -> str:
        """A GUID that depends on nothing but the organisation and these words."""
        return str(uuid.uuid5(_NAMESPACE, "/".join((self.slug, str(self.seed), *words))))

    def chance(self, purpose: str) -> random.Random:
        return random.Random(f"{self.slug}/{self.seed}/{purpose}")  # noqa: S311 - repeatable by design, guards nothing

    def ago(self, *, days: float = 0, hours: float = 0) -> str:
        """The moment that long before `as_of`, as the service writes it; negative values lie ahead."""
        return stamp(self.as_of - timedelta(days=days, hours=hours))
