"""Exchange Online, Defender for Office 365 and data loss prevention from an export: objects of the cmdlets."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from securescore.connectors.exchange_online import shapes
from securescore.connectors.scuba_export.documents import Export
from securescore.connectors.scuba_export.fillings import Filling, Part, Row, as_it_is, shaped
from securescore.connectors.scuba_export.powershell import JsonObject, with_lists
from securescore.evidence import Table
from securescore.evidence.tables.microsoft_365 import exchange_online, mail_policies, purview

_DEFENDER, _DLP = "defender_license", "defender_dlp_license"

ORGANISATION = Part(("org_config",), "Get-OrganizationConfig")
AUDIT = Part(("admin_audit_log_config",), "Get-AdminAuditLogConfig")
TRANSPORT = Part(("transport_rule",), "Get-TransportRule")
SHARING = Part(("sharing_policy",), "Get-SharingPolicy")
ACCEPTED = Part(("accepted_domains", "all_domains"), "Get-AcceptedDomain")
SIGNING = Part(("dkim_config",), "Get-DkimSigningConfig")
CONNECTION = Part(("conn_filter",), "Get-HostedConnectionFilterPolicy")
ANTI_PHISH = Part(("anti_phish_policies",), "Get-AntiPhishPolicy")
SPAM = Part(("hosted_content_filter_policies",), "Get-HostedContentFilterPolicy")
MALWARE = Part(("malware_filter_policies",), "Get-MalwareFilterPolicy")
SAFE_LINKS = Part(("safe_links_policies",), "Get-SafeLinksPolicy", _DEFENDER)
SAFE_ATTACHMENTS = Part(("safe_attachment_policies",), "Get-SafeAttachmentPolicy", _DEFENDER)
OFFICE = Part(("atp_policy_for_o365",), "Get-AtpPolicyForO365", _DEFENDER)
DLP = Part(("dlp_compliance_policies",), "Get-DlpCompliancePolicy", _DLP)

PRESET_RULES = Part(("protection_policy_rules",), "Get-EOPProtectionPolicyRule")
DEFENDER_PRESET_RULES = Part(("atp_policy_rules",), "Get-ATPProtectionPolicyRule", _DEFENDER)
BUILT_IN_RULES = Part(("built_in_protection_rules",), "Get-ATPBuiltInProtectionRule", _DEFENDER)
CUSTOM_RULES: Mapping[str, Part] = {
    "anti_phish": Part(("anti_phish_rules",), "Get-AntiPhishRule"),
    "spam": Part(("hosted_content_filter_rules",), "Get-HostedContentFilterRule"),
    "safe_links": Part(("safe_links_rules",), "Get-SafeLinksRule", _DEFENDER),
    "safe_attachments": Part(("safe_attachment_rules",), "Get-SafeAttachmentRule", _DEFENDER),
}
_RULE_SETS = {
    "anti_phish": shapes.ANTI_PHISH_RULES,
    "spam": shapes.SPAM_RULES,
    "safe_links": shapes.SAFE_LINKS_RULES,
    "safe_attachments": shapes.SAFE_ATTACHMENT_RULES,
}
_POLICIES = {"anti_phish": ANTI_PHISH}
"""Kinds whose policies tell by themselves whether they are of a preset."""

_KINDS = ("anti_phish", "spam", "malware", "outbound_spam")
_DEFENDER_KINDS = ("safe_links", "safe_attachments")
_PRESETS = frozenset({"standard", "strict"})


def _transport_rules(export: Export) -> Iterable[Row]:
    lists = ("SenderDomainIs", "FromAddressContainsWords", "FromAddressMatchesPatterns")
    return shapes.transport_rule_rows(with_lists(item, lists) for item in TRANSPORT.of(export))


def _dlp_policies(export: Export) -> Iterable[Row]:
    lists = [name for places in shapes.DLP_POLICIES.locations.values() for name in places.properties]
    return shapes.policy_rows(shapes.DLP_POLICIES, (with_lists(item, lists) for item in DLP.of(export)))


def _rules(rules: shapes.RuleSet, items: Iterable[JsonObject]) -> Iterator[Row]:
    return shapes.rule_rows(rules, (with_lists(item, rules.conditions.values()) for item in items))


def _mail_rules(export: Export) -> Iterator[Row]:
    yield from _rules(shapes.PRESET_RULES, PRESET_RULES.of(export))
    for kind in _KINDS:
        yield from _custom_rules(kind, export)


def _defender_mail_rules(export: Export) -> Iterator[Row]:
    yield from _rules(shapes.DEFENDER_PRESET_RULES, DEFENDER_PRESET_RULES.of(export))
    if BUILT_IN_RULES.is_there(export):
        yield from _rules(shapes.BUILT_IN_RULES, BUILT_IN_RULES.of(export))
    for kind in _DEFENDER_KINDS:
        yield from _custom_rules(kind, export)


def _custom_rules(kind: str, export: Export) -> Iterator[Row]:
    """The custom rules of a kind. Where the export does not hold them, one of which nothing is known stands for them."""
    part = CUSTOM_RULES.get(kind)
    if part is not None and part.is_there(export):
        yield from _rules(_RULE_SETS[kind], part.of(export))
    elif not _has_no_custom_policy(kind, export):
        yield {"policy_kind": kind, "family": "custom", "rule": mail_policies.UNREAD_RULES}


def _has_no_custom_policy(kind: str, export: Export) -> bool:
    """A custom rule applies a policy of its own, neither the default nor one of a preset: without one there is no rule."""
    part = _POLICIES.get(kind)
    return part is not None and part.is_there(export) and all(map(_is_not_custom, part.of(export)))


def _is_not_custom(policy: JsonObject) -> bool:
    return policy.get("IsDefault") is True or str(policy.get("RecommendedPolicyType")).lower() in _PRESETS


def _rule_table(
    table: Table, shape: Callable[[Export], Iterable[Row]], families: Iterable[Part], kinds: Iterable[str]
) -> Filling:
    custom = (CUSTOM_RULES[kind] for kind in kinds if kind in CUSTOM_RULES)
    return shaped(table, (*families, *custom), shape)


FILLINGS: tuple[Filling, ...] = (
    as_it_is(exchange_online.EXCHANGE_ORGANIZATION, ORGANISATION),
    as_it_is(exchange_online.AUDIT_LOG_SETTINGS, AUDIT),
    shaped(exchange_online.TRANSPORT_RULES, (TRANSPORT,), _transport_rules),
    as_it_is(exchange_online.SHARING_POLICIES, SHARING),
    as_it_is(exchange_online.ACCEPTED_DOMAINS, ACCEPTED),
    as_it_is(exchange_online.DKIM_SIGNING, SIGNING),
    as_it_is(mail_policies.CONNECTION_FILTERS, CONNECTION),
    as_it_is(mail_policies.ANTI_PHISH_POLICIES, ANTI_PHISH),
    as_it_is(mail_policies.SPAM_POLICIES, SPAM),
    as_it_is(mail_policies.MALWARE_POLICIES, MALWARE),
    as_it_is(mail_policies.SAFE_LINKS_POLICIES, SAFE_LINKS),
    as_it_is(mail_policies.SAFE_ATTACHMENT_POLICIES, SAFE_ATTACHMENTS),
    as_it_is(mail_policies.DEFENDER_OFFICE_SETTINGS, OFFICE),
    shaped(purview.DLP_POLICIES, (DLP,), _dlp_policies),
    _rule_table(mail_policies.MAIL_RULES, _mail_rules, (PRESET_RULES,), _KINDS),
    _rule_table(
        mail_policies.DEFENDER_MAIL_RULES,
        _defender_mail_rules,
        (DEFENDER_PRESET_RULES, BUILT_IN_RULES),
        _DEFENDER_KINDS,
    ),
)
