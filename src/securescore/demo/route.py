"""What a path of the invented Microsoft Graph is: what answers, to whom, and with which licence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from securescore.demo.frame import Json
from securescore.demo.odata import USUAL, Paging
from securescore.demo.organisation import Organisation

P1 = ("AAD_PREMIUM", "AAD_PREMIUM_P2")
P2 = ("AAD_PREMIUM_P2",)

Found = list[Json] | Json | None
"""A list is answered page by page, an object whole, None as "not found"."""

Keys = Mapping[str, str]
"""What the placeholders of a path stand for."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Any of these plans must be owned; `code` is what the service says when none is."""

    plans: tuple[str, ...]
    code: str


PREMIUM = Gate(P1, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
ACCESS = Gate(P1, "AadPremiumLicenseRequired")
PRIVILEGED = Gate(P2, "AadPremiumLicenseRequired")
RISK = Gate(P2, "Forbidden")


@dataclass(frozen=True, slots=True)
class Route:
    """One path.

    Attributes:
        path: below the version; `{id}` is a placeholder.
        permissions: any of them opens it.
        default: properties that come without `$select`; none: all of them.
        filterable: properties that may be compared in `$filter`.
        takes: the query options that are heeded; others are passed over without a word.
        expands: properties that come only when `$expand` names them.
        eventual: refuses without the header `ConsistencyLevel: eventual`.
        limited: counted with conditional access, one request a second.
    """

    path: str
    read: Callable[[Organisation, Keys], Found]
    permissions: tuple[str, ...]
    gate: Gate | None = None
    paging: Paging = USUAL
    default: tuple[str, ...] = ()
    filterable: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset({"select", "top"})
    expands: tuple[str, ...] = ()
    eventual: bool = False
    limited: bool = False
    version: str | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        names = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        return re.compile(f"^{names}$", re.IGNORECASE)


def named(items: Callable[[Organisation], list[Json]]) -> Callable[[Organisation, Keys], Found]:
    """One of these by its id, whatever the case."""

    def read(organisation: Organisation, keys: Keys) -> Found:
        return next((one for one in items(organisation) if one["id"].lower() == keys["id"].lower()), None)

    return read


def filterable(*names: str) -> dict[str, Any]:
    return {"filterable": frozenset(names), "takes": frozenset({"select", "top", "filter"})}
