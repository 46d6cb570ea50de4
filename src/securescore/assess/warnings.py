"""What a reader of the score should know beside it: sentences, the gravest first."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

import duckdb

from securescore.assess.organisation import EVERY_ACTION, Organisation
from securescore.assess.result import AssessedAction, Assessment
from securescore.errors import EvidenceError, first_line
from securescore.evidence.shaping import scan
from securescore.scoring.standing import STALE_AFTER

_NAMED = 5


def warnings_about(assessment: Assessment, organisation: Organisation) -> list[str]:
    """Everything that is not as it seems: a moment without evidence, lost evidence, names that fit nothing.

    Raises:
        EvidenceError: a file of evidence cannot be read.
    """
    return [
        *_about_the_moment(assessment),
        *_about_lost_evidence(assessment),
        *_about_actions(assessment, organisation),
        *_about_names(assessment, organisation),
        *_about_classes(organisation),
        *_about_what_expired(assessment, organisation),
    ]


def _about_the_moment(assessment: Assessment) -> list[str]:
    ended = assessment.newest.ended
    if ended > assessment.as_of:
        return [
            (
                f"No run had ended by {assessment.as_of:%Y-%m-%d %H:%M}. This is the evidence of {ended:%Y-%m-%d %H:%M}, "
                f"with the points that actions had on {assessment.as_of:%Y-%m-%d}; it does not say how things stood then."
            )
        ]
    if ended < assessment.as_of - STALE_AFTER:
        return [
            (
                f"The newest evidence is of {ended:%Y-%m-%d}, {(assessment.as_of - ended).days} days before this moment. "
                "Collect again."
            )
        ]
    return []


def _about_lost_evidence(assessment: Assessment) -> list[str]:
    lost = [action for action in assessment.counted if action.evidence_lost]
    if not lost:
        return []
    reasons = Counter(str(action.reason).replace("_", " ") for action in lost if action.reason)
    why = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
    return [
        (
            f"{len(lost)} actions that were in the total have no result that is recent enough; they count 0 of their "
            f"maximum until they are collected again ({why})."
        )
    ]


def _about_actions(assessment: Assessment, organisation: Organisation) -> Iterable[str]:
    for name in organisation.unknown_actions(assessment.names):
        near = get_close_matches(name, assessment.names, n=1)
        known = assessment.get(near[0]) if near else None
        hint = f" Did you mean {known.id}?" if known else ""
        yield f"What was declared names the action {name!r}, which does not exist and has no effect.{hint}"


def unknown_names(assessment: Assessment, organisation: Organisation) -> list[str]:
    """Names of entities that are no user and no entity of the actions they are declared for, in alphabetical order.

    Raises:
        EvidenceError: a file of evidence cannot be read.
    """
    named = {name.casefold(): name for name in _entity_names(organisation)}
    for path in _places(assessment, organisation) if named else ():
        known = _found(path, list(named))
        named = {key: name for key, name in named.items() if key not in known}
    return sorted(named.values())


def _about_names(assessment: Assessment, organisation: Organisation) -> list[str]:
    unknown = unknown_names(assessment, organisation)
    if not unknown:
        return []
    listed = ", ".join(unknown[:_NAMED])
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return [f"What was declared names {listed}{more}: nobody and nothing of that name was found."]


def _about_classes(organisation: Organisation) -> Iterable[str]:
    named = {decision.account_class for decision in organisation.decisions} - {None}
    for account_class in sorted(one for one in named if one and not organisation.members(one)):
        yield (
            f"What was declared holds a decision for the class {account_class}, to which no account was declared: it has no "
            "effect."
        )


def _about_what_expired(assessment: Assessment, organisation: Organisation) -> Iterable[str]:
    day = assessment.as_of.date()
    expired = [
        *(
            f"the decision on {found.id if (found := assessment.get(one.action)) else one.action}"
            for one in organisation.decisions
            if _over(one.expires, day)
        ),
        *("an exclusion" for one in organisation.exclusions if _over(one.expires, day)),
    ]
    if expired:
        counts = Counter(expired)
        listed = ", ".join(
            name if count == 1 else f"{name} ({count} times)" for name, count in counts.items()
        )
        yield f"Of what was declared this has expired and no longer counts: {listed}."


def _over(expires: date | None, day: date) -> bool:
    return expires is not None and expires <= day


def _entity_names(organisation: Organisation) -> set[str]:
    groups = [
        *(account.users for account in organisation.accounts),
        *(exclusion.entities for exclusion in organisation.exclusions),
        *(decision.entities or frozenset() for decision in organisation.decisions),
    ]
    return set().union(*groups)


def _places(assessment: Assessment, organisation: Organisation) -> Iterable[str]:
    """Relations with the columns `id` and `name` in which a declared name may be found."""
    if assessment.newest.has("users"):
        users = scan(assessment.newest.table_path("users"))
        yield f"SELECT user_id::VARCHAR AS id, user_name AS name FROM {users}"
    for action in _concerned(assessment, organisation):
        if action.reading.measurement is not None:
            verdicts = scan(action.reading.measurement.verdicts)
            yield f"SELECT entity_id AS id, entity_name AS name FROM {verdicts}"


def _concerned(assessment: Assessment, organisation: Organisation) -> Iterable[AssessedAction]:
    named = {decision.action for decision in organisation.decisions}.union(
        *(exclusion.actions for exclusion in organisation.exclusions)
    )
    if EVERY_ACTION in named:
        return assessment.actions
    return [action for action in map(assessment.get, sorted(named)) if action is not None]


def _found(relation: str, names: list[str]) -> set[str]:
    with duckdb.connect(":memory:") as connection:
        try:
            rows = connection.execute(
                f"SELECT n FROM unnest($names) AS t(n) SEMI JOIN (SELECT lower(unnest([id, name])) AS known "
                f"FROM ({relation})) ON known = n",
                {"names": names},
            ).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"the names that were declared cannot be looked up: {first_line(error)}"
            ) from error
    return {name for (name,) in rows}
