"""Takes over what people declared in Microsoft's own portal: states of controls become decisions, after a preview."""

from collections.abc import Sequence
from datetime import datetime

from securescore.evidence import Run
from securescore.evidence.queries import query_table
from securescore.evidence.tables.native_score import NATIVE_PROFILES
from securescore.model import Status
from securescore.services.actor import Actor, Right
from securescore.services.decisions.asked import Asked
from securescore.services.decisions.templates import Outcome, Template, lay_template
from securescore.services.installation import Installation
from securescore.store.tenants import Summary

NAME = "set at Microsoft"
_STATUSES = {
    "thirdparty": Status.THIRD_PARTY,
    "alternatemitigation": Status.ALTERNATE_MITIGATION,
    "ignored": Status.RISK_ACCEPTED,
    "riskaccepted": Status.RISK_ACCEPTED,
    "planned": Status.PLANNED,
}
"""By the state without spaces. Only the first and third are seen in public answers (reference section 19, point 7)."""
_STATES = (
    "SELECT control_id, state, state_comment, state_by, state_at FROM rows WHERE state IS NOT NULL ORDER BY 1"
)


def take_over(here: Installation, actor: Actor, tenant: Summary, *, apply: bool) -> Outcome:
    """Decides as Microsoft's portal says, or says what that would do. Again it changes nothing.

    Raises:
        EvidenceError: the evidence cannot be read.
    """
    actor.require(Right.WRITE, tenant.tenant_id)
    wanted = Template(NAME, tuple(_declared(here.evidence(tenant.tenant_id).runs())))
    return lay_template(here, actor, tenant, wanted, apply=apply)


def _declared(runs: Sequence[Run]) -> list[Asked]:
    run = next((one for one in runs if one.has(NATIVE_PROFILES.name)), None)
    if run is None:
        return []
    return [
        Asked(control, status, note=comment or None, evidence=_who(by, at))
        for control, state, comment, by, at in query_table(run, NATIVE_PROFILES.name, _STATES)
        if (status := _STATUSES.get("".join(state.casefold().split()))) is not None
    ]


def _who(by: str | None, at: datetime | None) -> str:
    who = f" by {by}" if by else ""
    when = f" on {at:%Y-%m-%d}" if at else ""
    return f"Set in Microsoft Secure Score{who}{when}"
