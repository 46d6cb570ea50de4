"""Every rule of the content, one small function each. The name of the function is the id of the rule.

An action that must break one is listed in `exceptions.yaml` with the reason; the essential rules have no exceptions.
"""

import string
from collections.abc import Iterator
from urllib.parse import urlsplit

from securescore.catalog import sql as query
from securescore.catalog.essential import ESSENTIAL, Context, Rule
from securescore.catalog.model import LANGUAGES, Action, Case, Confidence, Texts
from securescore.errors import CatalogError
from securescore.model import Kind, Lifecycle, Verdict

COLUMNS = ("entity_id", "entity_name", "verdict", "detail")
"""What every query answers with; a shared one puts `action_id` before them."""

PROFILE = ("tier", "cost", "user_impact", "threats")
"""What Microsoft says of a control or leaves open; what we filled in stands under `our_judgement`."""

_TEXTS = ("title", "why", "do", "users_notice", "prerequisites")
_WRITTEN = frozenset({Lifecycle.EXPERIMENTAL, Lifecycle.STABLE})


def nothing_is_measured_without_query(action: Action, _: Context) -> Iterator[str]:
    if action.measured:
        return
    for key in ("evidence", "when_empty", "confidence", "reads_clock"):
        if getattr(action, key):
            yield f"{key} is given, but there is no {action.path.stem}.sql; write the query or remove the key"
    if action.path.with_suffix(".cases.yaml").exists():
        yield f"there are cases, but there is no {action.path.stem}.sql for them"


def task_has_a_cadence(action: Action, _: Context) -> Iterator[str]:
    if (action.kind is Kind.TASK) != (action.cadence_days is not None):
        yield "cadence_days belongs to every task and to nothing else"
    if action.kind is Kind.TASK and action.measured:
        yield "a task is done by an attestation and has no query"


def scoring_is_known(action: Action, _: Context) -> Iterator[str]:
    if action.lifecycle in _WRITTEN and action.kind is not Kind.INFORMATIONAL and action.scoring is None:
        yield "scoring is missing; say proportional or all_or_nothing"


def sql_is_one_select(action: Action, _: Context) -> Iterator[str]:
    if action.sql is not None and (problem := _problem_of(action.sql)):
        yield problem


def sql_answers_with_the_four_columns(action: Action, _: Context) -> Iterator[str]:
    sql = _readable(action)
    if sql is None or "*" in (columns := query.columns_of(sql)):
        return
    wanted = COLUMNS if action.query is None else ("action_id", *COLUMNS)
    if columns != wanted:
        yield f"the query answers with {', '.join(columns)}; the columns are {', '.join(wanted)}"


def evidence_is_what_sql_reads(action: Action, _: Context) -> Iterator[str]:
    sql = _readable(action)
    if sql is None:
        return
    read, declared = query.relations_of(sql), {name.lower() for name in action.evidence}
    if missing := sorted(read - declared):
        yield f"the query reads {', '.join(missing)}, which evidence does not declare"
    if idle := sorted(declared - read):
        yield f"evidence declares {', '.join(idle)}, which the query does not read"


def evidence_is_known(action: Action, context: Context) -> Iterator[str]:
    if context.relations is None:
        return
    for name in action.evidence:
        if name not in context.relations:
            yield f"{name} is neither a table of evidence nor a fact"


def clock_is_declared(action: Action, _: Context) -> Iterator[str]:
    sql = _readable(action)
    if sql is not None and query.reads_clock(sql) != action.reads_clock:
        fault = (
            "is declared, but the query does not use it"
            if action.reads_clock
            else "is used, but not declared"
        )
        yield f"the clock {fault}: reads_clock and getvariable('{query.CLOCK_PARAMETER}') go together"


def cases_cover_every_verdict(action: Action, _: Context) -> Iterator[str]:
    if not action.measured:
        return
    if not action.cases:
        yield f"there are no cases; write {action.path.stem}.cases.yaml"
        return
    for verdict in Verdict:
        if not any(getattr(case.expect, verdict) for case in action.cases):
            yield f"no case expects an entity that is {verdict}; add one to {action.path.stem}.cases.yaml"
    if not any(_is_empty(case) for case in action.cases):
        yield f"no case is empty; add one in which nobody is concerned to {action.path.stem}.cases.yaml"


def cases_give_declared_rows(action: Action, context: Context) -> Iterator[str]:
    for case in action.cases:
        for relation, rows in case.given.items():
            if relation not in action.evidence:
                yield f"case {case.name!r} gives {relation}, which evidence does not declare"
            elif context.relations is not None and relation in context.relations:
                strange = sorted(
                    {column for row in rows for column in row} - set(context.relations[relation])
                )
                yield from (
                    f"case {case.name!r} gives {relation}.{column}, which does not exist"
                    for column in strange
                )


def cases_are_dated_when_the_clock_is_read(action: Action, _: Context) -> Iterator[str]:
    for case in action.cases:
        if (case.as_of is not None) != action.reads_clock:
            yield f"case {case.name!r}: as_of is given exactly when the action reads the clock"


def details_are_worded(action: Action, _: Context) -> Iterator[str]:
    sql = _readable(action)
    if sql is None:
        return
    codes = query.detail_codes_of(sql) | {
        code for case in action.cases for code in case.expect.details.values()
    }
    for language, texts in action.texts.items():
        for code in sorted(codes - texts.details.keys()):
            yield f"the detail code {code} has no wording in {language}"


def languages_match(action: Action, _: Context) -> Iterator[str]:
    first, *others = (language for language in LANGUAGES if language in action.texts)
    for other in others:
        one, another, names = action.texts[first], action.texts[other], f"{first} and {other}"
        yield from _differing_details(one, another, names)
        if not _title_only(another):
            yield from _differences(one, another, names)


def texts_are_complete(action: Action, _: Context) -> Iterator[str]:
    """English in full; other languages in full or with their title only, which the pages then fill up in English."""
    if action.lifecycle not in _WRITTEN:
        return
    for language in LANGUAGES:
        texts = action.texts.get(language)
        if texts is None:
            yield f"{language} lacks a title; only a skeleton may"
        elif language == LANGUAGES[0] or not _title_only(texts):
            needed = (*_TEXTS, *(["wrong_when"] if action.measured else []))
            missing = [key for key in needed if not getattr(texts, key)]
            if missing:
                yield f"{language} lacks {', '.join(missing)}; only a skeleton may"


def profile_is_complete(action: Action, _: Context) -> Iterator[str]:
    if action.lifecycle not in _WRITTEN or action.kind is not Kind.CONFIGURATION:
        return
    missing = [key for key in ("licence", *PROFILE) if not getattr(action, key)]
    if missing:
        yield f"the profile lacks {', '.join(missing)}; fill it in, under our_judgement where it is ours"
    for key in action.our_judgement:
        if key not in PROFILE:
            yield f"our_judgement names {key}; it is for {', '.join(PROFILE)}"


def what_is_remembered_is_experimental(action: Action, _: Context) -> Iterator[str]:
    if action.confidence is Confidence.REMEMBERED and action.lifecycle is Lifecycle.STABLE:
        yield "the measurement is from memory; such an action is experimental"


def native_has_a_reason(action: Action, _: Context) -> Iterator[str]:
    if action.measured and action.native_because is not None:
        yield "native_because is given beside a query; keep one of the two"
    scored = action.kind is Kind.CONFIGURATION and action.lifecycle in _WRITTEN
    if scored and not action.measured and action.native_because is None:
        yield "there is neither a query nor native_because; say why Microsoft's score has to do"


def link_is_https(action: Action, _: Context) -> Iterator[str]:
    if action.link is None:
        return
    parts = urlsplit(action.link)
    if parts.scheme != "https" or not parts.hostname or any(letter.isspace() for letter in action.link):
        yield f"the link {action.link} is no https address"


def licence_plans_are_known(action: Action, context: Context) -> Iterator[str]:
    for plan in action.licence.plans if action.licence else ():
        if plan not in context.plans:
            yield f"the service plan {plan} is not in services.yaml; correct it or add its name there"


def prior_actions_exist(action: Action, context: Context) -> Iterator[str]:
    for prior in action.after:
        if context.find(prior) is None:
            yield f"after names {prior}, and there is no such action"


def prior_actions_form_no_circle(action: Action, context: Context) -> Iterator[str]:
    reached: set[str] = set()
    waiting = list(action.after)
    while waiting:
        prior = context.find(waiting.pop())
        if prior is action:
            yield "after leads back to this action; one of them must come first"
            return
        if prior is not None and prior.id not in reached:
            reached.add(prior.id)
            waiting.extend(prior.after)


def folder_is_that_of_the_service(action: Action, context: Context) -> Iterator[str]:
    folder = context.services[action.service].folder
    if action.folder != folder:
        yield f"actions of {action.service} stand in {folder}/, and this one stands in {action.folder}/"


RULES: tuple[Rule, ...] = (
    *ESSENTIAL,
    nothing_is_measured_without_query,
    task_has_a_cadence,
    scoring_is_known,
    sql_is_one_select,
    sql_answers_with_the_four_columns,
    evidence_is_what_sql_reads,
    evidence_is_known,
    clock_is_declared,
    cases_cover_every_verdict,
    cases_give_declared_rows,
    cases_are_dated_when_the_clock_is_read,
    details_are_worded,
    languages_match,
    texts_are_complete,
    profile_is_complete,
    what_is_remembered_is_experimental,
    native_has_a_reason,
    link_is_https,
    licence_plans_are_known,
    prior_actions_exist,
    prior_actions_form_no_circle,
    folder_is_that_of_the_service,
)


def _problem_of(sql: str) -> str | None:
    try:
        query.relations_of(sql)
    except CatalogError as error:
        return str(error)
    return None


def _readable(action: Action) -> str | None:
    """The query, unless there is none or another rule already complains about it."""
    return None if action.sql is None or _problem_of(action.sql) else action.sql


def _is_empty(case: Case) -> bool:
    return not (case.expect.protected or case.expect.exposed or case.expect.unknown)


def _differences(one: Texts, other: Texts, names: str) -> Iterator[str]:
    for key in ("why", "users_notice", "prerequisites"):
        if bool(getattr(one, key)) != bool(getattr(other, key)):
            yield f"{names}: only one of them has {key}"
    for key in ("do", "wrong_when"):
        if len(getattr(one, key)) != len(getattr(other, key)):
            yield f"{names} differ in the number of entries of {key}"


def _title_only(texts: Texts) -> bool:
    return not (texts.why or texts.do or texts.users_notice or texts.prerequisites or texts.wrong_when)


def _differing_details(one: Texts, other: Texts, names: str) -> Iterator[str]:
    for code in sorted(one.details.keys() ^ other.details.keys()):
        yield f"{names}: only one of them words the detail code {code}"
    for code in sorted(one.details.keys() & other.details.keys()):
        if _placeholders(one.details[code]) != _placeholders(other.details[code]):
            yield f"{names} name different values in the detail code {code}"


def _placeholders(wording: str) -> set[str | None] | str:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(wording) if name is not None}
    except ValueError:
        return wording  # an unbalanced brace equals nothing but itself
