"""Finds the names in what somebody wants to declare that nobody and nothing has: most often they are misspelt."""

from uuid import UUID

from securescore.assess import Organisation, assess
from securescore.assess.organisation import Account, Decision, Exclusion
from securescore.assess.warnings import unknown_names
from securescore.services.actor import Actor, Right
from securescore.services.decisions.asked import Accounts, Excluded, Wanted
from securescore.services.installation import Installation


def names_of_nobody(here: Installation, actor: Actor, tenant_id: UUID, wanted: Wanted) -> list[str]:
    """The names that neither a user nor an entity of the actions has in the newest evidence; none where there is none.

    Raises:
        EvidenceError: a file of evidence cannot be read.
    """
    actor.require(Right.READ, tenant_id)
    folder, content = here.evidence(tenant_id), here.content()
    if not folder.runs():
        return []
    return unknown_names(assess(folder, content.catalog, content.facts), _declared(wanted))


def _declared(wanted: Wanted) -> Organisation:
    if isinstance(wanted, Accounts):
        return Organisation(accounts=(Account(wanted.account_class, frozenset(wanted.names)),))
    if isinstance(wanted, Excluded):
        actions = frozenset(action.casefold() for action in wanted.actions)
        return Organisation(exclusions=(Exclusion(actions, wanted.entities, wanted.reason),))
    decision = Decision(wanted.action.casefold(), wanted.status, order=1, entities=wanted.entities)
    return Organisation(decisions=(decision,))
