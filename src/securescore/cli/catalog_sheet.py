"""One improvement action as a sheet for people: what it is worth, how it is measured, what to do."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from securescore.catalog import Action, Catalog, Dated, Texts
from securescore.catalog.coverage import REASONS
from securescore.catalog.diff import points_in_words
from securescore.cli.output import plain
from securescore.model import Category, Kind

_FRAMEWORKS = {
    "cis_m365": "CIS Microsoft 365",
    "nist_800_53": "NIST SP 800-53",
    "iso_27001": "ISO/IEC 27001",
}


def sheet(action: Action, catalog: Catalog, language: str) -> Iterable[RenderableType]:
    """Everything about one action, part by part."""
    texts = action.text(language)
    yield plain(texts.title, "bold")
    yield plain(f"{action.id} · {action.product} · {action.lifecycle}", "dim")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(ratio=1, overflow="fold")
    for name, value in _facts_of(action, catalog):
        if value:
            facts.add_row(name, plain(value))
    yield Padding(facts, (1, 0))
    told = list(_told(texts))
    see = " The link above leads to Microsoft's page." if action.link else ""
    yield from told or [plain(f"No text of ours yet; the title is a short label for Microsoft's own.{see}")]


def _facts_of(action: Action, catalog: Catalog) -> Iterable[tuple[str, str]]:
    yield "Category", _dated_in_words(action.category)
    yield "Points", "[Not scored]" if action.kind is Kind.INFORMATIONAL else points_in_words(action.points)
    yield "Scoring", (action.scoring or "").replace("_", " ")
    yield "Measured by", _measurement_in_words(action)
    yield "When empty", (action.when_empty or "").replace("_", " ")
    yield "Licence", _licence_in_words(action, catalog)
    yield "Tier", _judged(action, "tier", (action.tier or "").replace("_", " "))
    yield "Cost", _judged(action, "cost", action.cost or "")
    yield "User impact", _judged(action, "user_impact", action.user_impact or "")
    threats = ", ".join(threat.replace("_", " ") for threat in action.threats)
    yield "Protects from", _judged(action, "threats", threats)
    yield "Do first", ", ".join(action.after)
    yield "Frameworks", _frameworks_in_words(action)
    yield "Link", action.link or ""
    yield "*", "our judgement: Microsoft says nothing here" if action.our_judgement else ""


def _judged(action: Action, key: str, words: str) -> str:
    return f"{words} *" if key in action.our_judgement else words


def _frameworks_in_words(action: Action) -> str:
    return "; ".join(f"{_FRAMEWORKS[name]} {', '.join(parts)}" for name, parts in action.frameworks.items())


def _dated_in_words(values: Iterable[Dated[Category]]) -> str:
    return ", ".join(f"{dated.value} from {dated.start}" if dated.start else dated.value for dated in values)


def _measurement_in_words(action: Action) -> str:
    if action.native_because is not None:
        return f"Microsoft's own score: {REASONS[action.native_because]}"
    if not action.measured:
        return "Microsoft's own score"
    return f"a query for each {action.entity} over {', '.join(action.evidence)} ({action.confidence})"


def _licence_in_words(action: Action, catalog: Catalog) -> str:
    if action.licence is None:
        return ""
    plans = " or ".join(catalog.plans.get(plan, plan) for plan in action.licence.plans)
    note = action.licence.note if action.licence.note != "none" else None
    if not plans:
        return note or "none needed"
    return plans if note is None or note.casefold() in plans.casefold() else f"{plans} ({note})"


def _told(texts: Texts) -> Iterable[RenderableType]:
    if texts.why:
        yield _paragraphs(texts.why)
    for heading, items in (("What to do", texts.do), ("The result can be wrong when", texts.wrong_when)):
        if items:
            yield Padding(Group(plain(heading, "bold"), _numbered(items)), (1, 0, 0, 0))
    for heading, text in (
        ("What people will notice", texts.users_notice),
        ("Needed first", texts.prerequisites),
    ):
        if text:
            yield Padding(Group(plain(heading, "bold"), _paragraphs(text)), (1, 0, 0, 0))


def _paragraphs(text: str) -> Text:
    return Text("\n").join(plain(line) for line in text.splitlines())


def _numbered(items: Iterable[str]) -> Table:
    steps = Table.grid(padding=(0, 1))
    steps.add_column(justify="right")
    steps.add_column(ratio=1, overflow="fold")
    for number, item in enumerate(items, 1):
        steps.add_row(f"{number}.", _paragraphs(item))
    return steps
