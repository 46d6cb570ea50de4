"""How a table of evidence is declared: its columns, where each is found, what is needed to read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal

_PATH = re.compile(r"[A-Za-z_]\w*(\[\*\])?(\.[A-Za-z_]\w*(\[\*\])?)*", re.ASCII)


EVERYONE = "everyone"
"""The id of the one entity that stands for a population that was not collected."""

EVERYONE_ID = "00000000-0000-0000-0000-0000000000ff"
"""The same where the id of an entity is a directory id."""


class Api(StrEnum):
    """The interface that answers for a table, by the name of the service principal that holds its permissions."""

    GRAPH = "Microsoft Graph"
    EXCHANGE = "Office 365 Exchange Online"
    DEFENDER_ENDPOINT = "WindowsDefenderATP"
    CLOUD_APPS = "Microsoft Cloud App Security"

    @property
    def directory_role(self) -> str | None:
        """The role of the directory that an application needs here besides its permission: one that only reads."""
        return "Global Reader" if self is Api.EXCHANGE else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: the name in the table and in SQL.
        type: a DuckDB type. A value that is there and does not fit it is a counted rejection.
        path: where the value stands in the collected object, dots between names and `[*]` for "every
            element" (`features.passwordSyncEnabled`, `assignedLicenses[*].skuId`). None: the connector's
            own `shape` function writes it under `name`.
        when_null: an SQL literal that null (not absence) of the service's property stands for, where the
            service documents it. Without one, null is "not known". In rows shaped in Python null is null.
        respelled: what the services write in two ways, and the way it is kept: `("-", "_")` makes `scid-9`
            and `scid_9` the same text.
    """

    name: str
    type: str
    path: str | None = None
    when_null: str | None = None
    respelled: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.path is not None and not _PATH.fullmatch(self.path):
            raise ValueError(f"column {self.name}: {self.path!r} is not a path")
        if self.when_null is not None and (self.type == "JSON" or self.type.endswith("[]")):
            raise ValueError(f"column {self.name}: when_null is for single values, not for {self.type}")
        if self.respelled is not None and self.type != "VARCHAR":
            raise ValueError(f"column {self.name}: only a text is respelled, not {self.type}")

    @property
    def root(self) -> str:
        """The top-level property to ask the service for."""
        return re.split(r"[.\[]", self.path or self.name)[0]


@dataclass(frozen=True)
class Table:
    """One table of evidence.

    Attributes:
        name: as in SQL, in the manifest and as `<name>.parquet`.
        about: one line for people.
        key: columns that are never null and never twice together.
        columns: in the order of the file.
        permission: what an app registration needs to read it (an application permission, read-only);
            None where none is needed, or where only files hold it.
        api: the interface that the permission is of.
        licence: service plans of which one must be owned before the service answers.
        when_not_licensed: `empty` when lacking the licence proves that there are no rows (without Entra ID
            P1 no conditional access policy is enforced) or leaves each entity unknown; None when lacking
            it means the table is missing.
        stand_in: rows that stand for a population that was not collected, so that what is the same for
            everybody can still be said of everybody; columns left out are null, "not known". No rows: whoever
            stands for everybody finds nothing there. None: nothing can stand in for this table. Only actions
            that are `uniform` are measured so.
        version: raised with every change that an older reader would misread.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    permission: str | None
    licence: tuple[str, ...] = ()
    when_not_licensed: Literal["empty"] | None = None
    version: int = 1
    api: Api = Api.GRAPH
    stand_in: tuple[Mapping[str, str], ...] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        unknown = set(self.key) - {column.name for column in self.columns}
        if unknown:
            raise ValueError(f"table {self.name}: key {sorted(unknown)} is no column")

    @cached_property
    def select(self) -> tuple[str, ...]:
        """The properties to ask for: exactly those that a column reads."""
        return tuple(dict.fromkeys(column.root for column in self.columns if column.path))
