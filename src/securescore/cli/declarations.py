"""What people declared about one action, in sentences: decisions, exclusions, states set at Microsoft."""

from datetime import date

from securescore.assess import AssessedAction, Organisation
from securescore.assess.entities import Entity
from securescore.assess.organisation import Decision, Exclusion
from securescore.model import Status

_WORDS = {
    Status.TO_ADDRESS: "to address",
    Status.PLANNED: "planned",
    Status.RISK_ACCEPTED: "risk accepted",
    Status.THIRD_PARTY: "resolved through a third party",
    Status.ALTERNATE_MITIGATION: "resolved through alternate mitigation",
    Status.COMPLETED: "completed",
}


class Declarations:
    """Everything declared about an action, as it holds on the day of the score."""

    def __init__(self, organisation: Organisation, action: AssessedAction, day: date) -> None:
        self._action = action
        self._day = day
        names = (action.id, *(action.action.aliases if action.action else ()))
        folded = {name.casefold() for name in names}
        self._decisions = [one for one in organisation.decisions if one.action in folded]
        self._exclusions = [one for one in organisation.exclusions if one.concerns(day, *names)]
        self._classes = [
            account
            for account in organisation.accounts
            if action.action and account.account_class in action.action.leaves_out
        ]

    def lines(self) -> list[str]:
        """One sentence a decision, the expired ones too, and one for a state set at Microsoft."""
        lines = [self._decision(one) for one in self._decisions]
        if self._action.overtaken:
            lines.append("The measurement has reached the maximum: the decision is no longer needed.")
        if self._action.declared_at_microsoft:
            lines.append(
                f"Declared at Microsoft as {self._action.declared_at_microsoft}; what is only declared there is not "
                "verified."
            )
        return lines

    def because(self, entity: Entity) -> str:
        """Why an entity is excluded or resolved; empty when it is neither."""
        if entity.excluded:
            return self._excluded(entity)
        return "resolved otherwise" if entity.credited is not entity.verdict else ""

    def _excluded(self, entity: Entity) -> str:
        for exclusion in self._exclusions:
            if _names(exclusion.entities, entity):
                return _exclusion(exclusion)
        for account in self._classes:
            if _names(account.users, entity):
                return f"account class {account.account_class.replace('_', ' ')}"
        return "excluded"

    def _decision(self, decision: Decision) -> str:
        expired = decision.expires is not None and decision.expires <= self._day
        whom = f", for {_scope(decision)}" if not decision.for_everything else ""
        parts = [f"{'Decision that expired' if expired else 'Decision'}: {_WORDS[decision.status]}{whom}"]
        parts += [f"by {decision.owner}"] if decision.owner else []
        parts += [f"until {decision.expires}"] if decision.expires else []
        parts += [f'"{decision.note}"'] if decision.note else []
        return "; ".join(parts)


def _scope(decision: Decision) -> str:
    if decision.account_class is not None:
        return f"the class {decision.account_class.replace('_', ' ')}"
    count = len(decision.entities or ())
    return f"{count} {'entity' if count == 1 else 'entities'}"


def _exclusion(exclusion: Exclusion) -> str:
    parts = [exclusion.reason]
    parts += [f"by {exclusion.owner}"] if exclusion.owner else []
    parts += [f"until {exclusion.expires}"] if exclusion.expires else []
    return "; ".join(parts)


def _names(names: frozenset[str], entity: Entity) -> bool:
    folded = {name.casefold() for name in names}
    return entity.id.casefold() in folded or (entity.name or "").casefold() in folded
