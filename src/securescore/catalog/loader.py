"""Reads the content folder: one YAML file an action, with its query beside it.

The loader is strict but cheap, because every command starts with it: closed keys, right types, and the few rules
without which a score would be wrong. What needs a SQL parser or opens the cases is left to `securescore catalog check`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from securescore.catalog.essential import ESSENTIAL, Context
from securescore.catalog.form import Form, list_map
from securescore.catalog.model import (
    LANGUAGES,
    Action,
    Catalog,
    Confidence,
    Dated,
    Licence,
    NativeBecause,
    Service,
    Texts,
    Threat,
    Tier,
)
from securescore.catalog.queries import FORM as QUERY_FORM
from securescore.catalog.queries import SharedQuery, read_queries
from securescore.catalog.sql_parts import read_sql, read_text
from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError
from securescore.model import AccountClass, Category, Kind, Level, Lifecycle, Scoring, WhenEmpty

FORMAT = 1
"""Raised when the meaning of the files changes; the first part of every catalog version."""

SHIPPED = Path(__file__).parents[1] / "actions"
"""The content that comes with the package."""

CASES = ".cases.yaml"

KEYS = (
    "id", "service", "kind", "lifecycle", "category", "points", "scoring", "query", "entity", "when_empty",
    "confidence", "native_because", "evidence", "reads_clock", "uniform", "leaves_out", "licence", "tier", "cost",
    "user_impact", "threats", "our_judgement", "after", "aliases", "frameworks", "cadence_days", "link", *LANGUAGES,
)  # fmt: skip
"""Every key of an action, in the order in which the files give them."""

TEXT_KEYS = ("title", "why", "do", "users_notice", "prerequisites", "wrong_when", "details")

MEASUREMENT_KEYS = (
    "id",
    "scoring",
    "entity",
    "when_empty",
    "evidence",
    "reads_clock",
    "uniform",
    "leaves_out",
)
"""What, together with the SQL, decides a result. Points, categories and texts do not."""


@dataclass(frozen=True)
class Content:
    """What a folder holds, before it is known to be right.

    Attributes:
        actions: every file that could be read, by service and id; an id may still be there twice.
        problems: one sentence for each file that could not be read.
    """

    folder: Path
    version: str
    actions: tuple[Action, ...]
    problems: tuple[str, ...]
    services: Mapping[str, Service]
    plans: Mapping[str, str]
    queries: Mapping[tuple[str, str], SharedQuery]

    @property
    def context(self) -> Context:
        return Context(self.actions, self.services, self.plans)


def load_catalog(path: Path | None = None) -> Catalog:
    """The catalog in that folder, or the shipped one.

    Raises CatalogError with the first problem: a file that cannot be read, or a broken rule without which
    the score would be wrong (`essential.ESSENTIAL`).
    """
    content = read_content(path or SHIPPED)
    problems = [*content.problems, *essential_problems(content)]
    if problems:
        more = f" ({len(problems) - 1} more; see `securescore catalog check`)" if len(problems) > 1 else ""
        raise CatalogError(problems[0] + more)
    actions = {action.id: action for action in content.actions}
    return Catalog(content.version, actions, content.services, content.plans)


def essential_problems(content: Content) -> Iterable[str]:
    """One sentence for each broken essential rule."""
    context = content.context
    for action in content.actions:
        for rule in ESSENTIAL:
            yield from (f"{action.folder}/{action.path.name}: {problem}" for problem in rule(action, context))


def read_content(folder: Path) -> Content:
    """Everything in a content folder. Raises CatalogError when there is no such folder or it is empty."""
    files = sorted(folder.glob("*/*.yaml")) if folder.is_dir() else []
    if not files:
        raise CatalogError(f"{folder}: no folder with actions (<product>/<id>.yaml) is here; check the path")
    services, plans = read_services()
    queries = read_queries(folder, LANGUAGES)
    actions, problems = [], []
    for file in (file for file in files if not file.name.endswith((CASES, QUERY_FORM))):
        try:
            actions.append(read_action(file, services, queries))
        except CatalogError as error:
            problems.append(str(error))
    order = {code: number for number, code in enumerate(services)}
    actions.sort(key=lambda action: (order[action.service], action.id.casefold()))
    return Content(folder, _version(folder), tuple(actions), tuple(problems), services, plans, queries)


def read_services() -> tuple[Mapping[str, Service], Mapping[str, str]]:
    """The service codes and the names of the service plans. Raises CatalogError."""
    name = "services.yaml"
    text = (Path(__file__).parent / name).read_text("utf-8")
    form = Form(read_yaml(text, name), name, ("services", "plans"))
    services = {code: _service(code, value) for code, value in (form.raw("services") or {}).items()}
    return services, form.text_map("plans")


def _service(code: str, value: object) -> Service:
    form = Form(value, f"services.yaml: {code}", ("product", "family", "folder", "plans", "needs"))
    needs = form.optional_text("needs")
    if needs not in {None, "connector", "device"}:
        raise form.error("needs", f"{needs!r} is not one of connector, device")
    return Service(
        code,
        form.text("product"),
        form.text("family"),
        form.text("folder"),
        form.texts("plans"),
        cast("Any", needs),
    )


def read_action(
    file: Path, services: Mapping[str, Service], queries: Mapping[tuple[str, str], SharedQuery]
) -> Action:
    """One action with its query. Raises CatalogError naming file and key."""
    name = f"{file.parent.name}/{file.name}"
    form = Form(read_yaml(read_text(file), name), name, KEYS)
    service = services.get(form.text("service"))
    if service is None:
        raise form.error("service", f"{form.text('service')!r} is not in services.yaml")
    shared = _shared_query(form, file, queries)
    values = shared.merged(form.values) if shared else form.values
    form = Form(values, name, KEYS)
    sql = shared.sql if shared else _own_sql(file)
    return Action(
        id=form.text("id"),
        service=service.code,
        product=service.product,
        folder=file.parent.name,
        kind=form.choice("kind", Kind),
        lifecycle=form.choice("lifecycle", Lifecycle),
        category=_category(form),
        texts={
            language: _texts(form, language) for language in LANGUAGES if language in form or language == "en"
        },
        path=file,
        query=shared.name if shared else None,
        sql=sql,
        content_hash=_hash_of_measurement(values, sql),
        **_measurement(form),
        **_profile(form),
    )


def _shared_query(
    form: Form, file: Path, queries: Mapping[tuple[str, str], SharedQuery]
) -> SharedQuery | None:
    name = form.optional_text("query")
    if name is None:
        return None
    if (file.parent.name, name) not in queries:
        raise form.error("query", f"there is no {name}{QUERY_FORM} in {file.parent.name}/")
    if file.with_suffix(".sql").exists():
        raise form.error("query", f"is given beside {file.with_suffix('.sql').name}; keep one of the two")
    return queries[file.parent.name, name]


def _own_sql(file: Path) -> str | None:
    query = file.with_suffix(".sql")
    return read_sql(query) if query.exists() else None


def _measurement(form: Form) -> dict[str, Any]:
    return {
        "points": form.dated("points", form.micropoints),
        "scoring": form.optional_choice("scoring", Scoring),
        "entity": form.optional_text("entity"),
        "when_empty": form.optional_choice("when_empty", WhenEmpty),
        "confidence": form.optional_choice("confidence", Confidence),
        "evidence": form.texts("evidence"),
        "reads_clock": form.flag("reads_clock"),
        "uniform": form.flag("uniform"),
        "leaves_out": form.choices("leaves_out", AccountClass),
    }


def _profile(form: Form) -> dict[str, Any]:
    return {
        "licence": _licence(form),
        "tier": form.optional_choice("tier", Tier),
        "cost": form.optional_choice("cost", Level),
        "user_impact": form.optional_choice("user_impact", Level),
        "threats": form.choices("threats", Threat),
        "our_judgement": form.texts("our_judgement"),
        "native_because": form.optional_choice("native_because", NativeBecause),
        "after": form.texts("after"),
        "aliases": form.texts("aliases"),
        "frameworks": list_map(form, "frameworks"),
        "cadence_days": form.whole("cadence_days"),
        "link": form.optional_text("link"),
    }


def _category(form: Form) -> tuple[Dated[Category], ...]:
    if not isinstance(form.raw("category"), list):
        return (Dated(form.choice("category", Category)),)
    categories = form.dated("category", lambda key, value: form.member(key, value, Category))
    if not categories:
        raise form.error("category", "is empty")
    return categories


def _licence(form: Form) -> Licence | None:
    if "licence" not in form:
        return None
    licence = Form(form.raw("licence"), f"{form.name}: licence", ("plans", "note"))
    return Licence(licence.texts("plans"), licence.optional_text("note"))


def _texts(form: Form, language: str) -> Texts:
    texts = Form(form.raw(language), f"{form.name}: {language}", TEXT_KEYS)
    return Texts(
        title=texts.text("title"),
        why=texts.optional_text("why"),
        do=texts.texts("do"),
        users_notice=texts.optional_text("users_notice"),
        prerequisites=texts.optional_text("prerequisites"),
        wrong_when=texts.texts("wrong_when"),
        details=texts.text_map("details"),
    )


def _hash_of_measurement(value: Mapping[str, Any], sql: str | None) -> str:
    parts = {key: value[key] for key in MEASUREMENT_KEYS if key in value}
    text = json.dumps([FORMAT, parts, sql], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    files = [*folder.glob("*/*.yaml"), *folder.glob("*/*.sql")]
    for file in sorted(files, key=lambda file: (file.parent.name, file.name)):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.parent.name}/{file.name}\0{len(content)}\0".encode() + content)
    digest.update((Path(__file__).parent / "services.yaml").read_bytes())
    return f"{FORMAT}-{digest.hexdigest()[:12]}"
