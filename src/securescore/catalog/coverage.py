"""Which actions are measured from evidence, which stand on Microsoft's own score, and why: docs/coverage.md."""

from collections.abc import Iterator, Mapping

from securescore.catalog.model import Action, Catalog, NativeBecause
from securescore.model import Kind, Lifecycle

REASONS: Mapping[NativeBecause, str] = {
    NativeBecause.PORTAL_ONLY: "the setting shows in a portal, and no interface for applications gives it",
    NativeBecause.DIRECTORY_ONLY: "what decides stands in Active Directory or on its servers, which are not read from here",
    NativeBecause.PARTNER_PRODUCT: "what decides stands in the product of a partner that Defender for Identity is connected to",
    NativeBecause.APP_CONNECTOR: "what decides stands in an app that Defender for Cloud Apps is connected to",
    NativeBecause.UNDOCUMENTED_INTERFACE: "the only interface is not documented and was not found to be dependable",
    NativeBecause.RETIRED: "Microsoft has retired the control",
}
"""Why an action stands on Microsoft's own score, in words."""

_WAITING = "the texts are still to be written; title and link are short labels, for steps follow the link"
_HEAD = """\
# What is measured, and what stands on Microsoft's own score

Made by `securescore catalog coverage` from the actions themselves; do not edit. **Measured** means: a query of ours over evidence says for
each user, mailbox, device or setting whether it is protected. **Confidence** says how sure we are that it is the measurement
Microsoft makes: *verified* (condition and properties were read in public sources), *partly* (one of the two), *remembered*
(neither; such an action is experimental). All others are **native**: they take the points of Microsoft's own control score, labelled
so, and are `not_assessed` without it. What reads `teams_meeting_policies` is measured from a settings export alone
(`securescore import scuba`): no interface for applications gives these policies, so a live collection leaves it to Microsoft's score.
"""


def coverage_page(catalog: Catalog) -> str:
    """The whole page, in Markdown."""
    scored = [action for action in catalog.actions.values() if action.kind is not Kind.INFORMATIONAL]
    parts = [_HEAD, *_totals(catalog, scored), *_measured(catalog, scored), *_native(scored), *_own(catalog)]
    return "\n".join(parts)


def _totals(catalog: Catalog, scored: list[Action]) -> Iterator[str]:
    yield "| product | actions | measured | native | retired |\n| --- | ---: | ---: | ---: | ---: |"
    counts = [_counts([one for one in scored if one.service == code]) for code in catalog.services]
    for service, (every, measured, native, retired) in zip(catalog.services.values(), counts, strict=True):
        if every:
            yield f"| {service.product} | {every} | {measured} | {native} | {retired} |"
    sums = [sum(column) for column in zip(*counts, strict=True)]
    yield f"| **all** | {sums[0]} | {sums[1]} | {sums[2]} | {sums[3]} |\n"


def _counts(actions: list[Action]) -> tuple[int, int, int, int]:
    """All, measured, native and retired ones."""
    retired = sum(one.lifecycle is Lifecycle.DEPRECATED for one in actions)
    measured = sum(one.measured for one in actions)
    return len(actions), measured, len(actions) - measured - retired, retired


def _measured(catalog: Catalog, scored: list[Action]) -> Iterator[str]:
    yield "## Measured\n"
    for code, service in catalog.services.items():
        actions = [one for one in scored if one.service == code and one.measured]
        if actions:
            yield f"### {service.product}\n\n| action | title | confidence | reads |\n| --- | --- | --- | --- |"
            for one in actions:
                reads = ", ".join(f"`{name}`" for name in one.evidence)
                yield f"| `{one.id}` | {one.title} | {one.confidence} | {reads} |"
            yield ""


def _native(scored: list[Action]) -> Iterator[str]:
    yield "## Native\n"
    for because, words in REASONS.items():
        actions = [one for one in scored if _because(one) is because]
        yield from _listed(because.replace("_", " ").capitalize(), words, actions)
    waiting = [one for one in scored if one.lifecycle is Lifecycle.SKELETON and not one.measured]
    yield from _listed("Connected apps, waiting for texts", _WAITING, waiting)


def _because(action: Action) -> NativeBecause | None:
    if action.lifecycle is Lifecycle.DEPRECATED and not action.measured:
        return NativeBecause.RETIRED
    return action.native_because


def _listed(heading: str, words: str, actions: list[Action]) -> Iterator[str]:
    if actions:
        yield f"### {heading}\n\n{len(actions)}: {words}.\n\n| action | title | product |\n| --- | --- | --- |"
        yield from (f"| `{one.id}` | {one.title} | {one.product} |" for one in actions)
        yield ""


def _own(catalog: Catalog) -> Iterator[str]:
    yield "## Our own, informational\n\nNever scored: what an administrator wants to see beside the score.\n"
    yield "| action | title | reads |\n| --- | --- | --- |"
    for one in catalog.actions.values():
        if one.kind is Kind.INFORMATIONAL:
            yield f"| `{one.id}` | {one.title} | {', '.join(f'`{name}`' for name in one.evidence)} |"
    yield ""
