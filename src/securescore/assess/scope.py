"""Which actions are part of this organisation's total, and why (design, "Rules of the score")."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from securescore.assess.native import NativeScore
from securescore.catalog import Action, Service
from securescore.model import Kind, Lifecycle


class ScopeReason(StrEnum):
    """Why an action is in the total or not."""

    NATIVE_ROW = "scored_by_microsoft"
    NATIVE_ROW_BEFORE = "scored_by_microsoft_before"
    LICENSED = "product_licensed"
    EVERY_TENANT = "product_of_every_tenant"
    OWN_ACTION = "own_action"
    NO_NATIVE_ROW = "not_scored_by_microsoft"
    NOT_LICENSED = "product_not_licensed"
    LICENCES_UNKNOWN = "licences_not_collected"
    NO_CONNECTOR = "connector_not_seen"
    NO_DEVICE = "no_applicable_device"
    INFORMATIONAL = "informational"
    RETIRED = "retired"


_INSIDE = {
    ScopeReason.NATIVE_ROW,
    ScopeReason.NATIVE_ROW_BEFORE,
    ScopeReason.LICENSED,
    ScopeReason.EVERY_TENANT,
    ScopeReason.OWN_ACTION,
}

_NEEDED = {"connector": ScopeReason.NO_CONNECTOR, "device": ScopeReason.NO_DEVICE}
_UNSEEN = {
    ScopeReason.LICENCES_UNKNOWN,
    ScopeReason.NO_CONNECTOR,
    ScopeReason.NO_DEVICE,
    ScopeReason.RETIRED,
}
"""Out of the total for want of evidence, not because of it."""


@dataclass(frozen=True)
class Scope:
    """Decides for one organisation.

    Attributes:
        native: Microsoft's own score when it is recent enough to define the scope.
        before: the newest there is, whatever its age: what it scored was in the total, and stays there until a
            product is known to be gone, so that a score that can no longer be read raises nothing.
        plans: service plans owned; None when they were never collected.
    """

    native: NativeScore | None
    before: NativeScore | None
    plans: frozenset[str] | None
    services: Mapping[str, Service]

    def reason(self, control_id: str, service: str, action: Action | None, *, seen: bool) -> ScopeReason:
        """Why this action is in or out. `seen`: whether anything was found that the action is about."""
        if action is not None and action.kind is Kind.INFORMATIONAL:
            return ScopeReason.INFORMATIONAL
        if action is not None and action.id.startswith("custom."):
            return ScopeReason.OWN_ACTION
        if self.native is not None:
            return ScopeReason.NATIVE_ROW if self.native.scores(control_id) else ScopeReason.NO_NATIVE_ROW
        retired = action is None or action.lifecycle is Lifecycle.DEPRECATED
        reason = (
            ScopeReason.RETIRED if retired else self._by_licence(self.services[service], action, seen=seen)
        )
        if reason in _UNSEEN and self.before is not None and self.before.scores(control_id):
            return ScopeReason.NATIVE_ROW_BEFORE
        return reason

    def _by_licence(self, service: Service, action: Action | None, *, seen: bool) -> ScopeReason:
        if service.plans and self.plans is not None and not self._licensed(service, action, self.plans):
            return ScopeReason.NOT_LICENSED
        if service.needs == "connector" or (service.needs == "device" and not seen):
            return _NEEDED[service.needs]
        if not service.plans:
            return ScopeReason.EVERY_TENANT
        return ScopeReason.LICENCES_UNKNOWN if self.plans is None else ScopeReason.LICENSED

    def _licensed(self, service: Service, action: Action | None, owned: frozenset[str]) -> bool:
        """Any edition of the product, or the plan that this one action asks for: filtering of mail comes with Exchange."""
        own = action.licence if action else None
        return bool(owned & set(service.plans)) or (own is not None and own.held(owned))


def inside(reason: ScopeReason) -> bool:
    """Whether that reason puts an action into the total."""
    return reason in _INSIDE
