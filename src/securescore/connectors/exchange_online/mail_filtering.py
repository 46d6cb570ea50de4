"""Mail filtering: the policies of each kind, and the rules that decide for whom each applies."""

from collections.abc import Iterator, Sequence
from functools import partial

from securescore.connectors.exchange_online.client import Run
from securescore.connectors.exchange_online.read import exchange, listed, objects
from securescore.connectors.exchange_online.shapes import (
    DEFENDER_RULE_SETS,
    MAIL_RULE_SETS,
    RuleSet,
    rule_rows,
)
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence import Table
from securescore.evidence.tables.microsoft_365.mail_policies import (
    ANTI_PHISH_POLICIES,
    CONNECTION_FILTERS,
    DEFENDER_MAIL_RULES,
    DEFENDER_OFFICE_SETTINGS,
    MAIL_RULES,
    MALWARE_POLICIES,
    OUTBOUND_SPAM_POLICIES,
    SAFE_ATTACHMENT_POLICIES,
    SAFE_LINKS_POLICIES,
    SPAM_POLICIES,
)

Rules = tuple[RuleSet, list[bytes]]


def _rules(table: Table, sets: Sequence[RuleSet]) -> Source:
    return Source((Output(table, shape_rules),), partial(_fetch_rules, sets))


def _fetch_rules(sets: Sequence[RuleSet], reading: Reading) -> Iterator[Rules]:
    runs = [Run(rules.cmdlet, rules.select) for rules in sets]
    for number, page in exchange(reading).batched(runs):
        yield sets[number], page


def shape_rules(page: Rules) -> Iterator[Row]:
    """The rows of one page of rules."""
    rules, items = page
    return rule_rows(rules, objects(items))


SOURCES = (
    _rules(MAIL_RULES, MAIL_RULE_SETS),
    _rules(DEFENDER_MAIL_RULES, DEFENDER_RULE_SETS),
    listed(SPAM_POLICIES, "Get-HostedContentFilterPolicy"),
    listed(MALWARE_POLICIES, "Get-MalwareFilterPolicy"),
    listed(OUTBOUND_SPAM_POLICIES, "Get-HostedOutboundSpamFilterPolicy"),
    listed(CONNECTION_FILTERS, "Get-HostedConnectionFilterPolicy"),
    listed(ANTI_PHISH_POLICIES, "Get-AntiPhishPolicy"),
    listed(SAFE_LINKS_POLICIES, "Get-SafeLinksPolicy"),
    listed(SAFE_ATTACHMENT_POLICIES, "Get-SafeAttachmentPolicy"),
    listed(DEFENDER_OFFICE_SETTINGS, "Get-AtpPolicyForO365"),
)
