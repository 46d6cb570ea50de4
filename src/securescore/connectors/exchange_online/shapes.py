"""From objects of cmdlets to rows, for what a path cannot say. Pure: the same for live answers and for files.

Three things are kept apart: a condition that is null at the service is not used (`[]`), one that is absent is not
known (null), and one that is something else than a list of texts is handed on so that the writer rejects it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JsonObject = Mapping[str, Any]
Row = dict[str, Any]

_RECIPIENTS = {
    "recipients": "SentTo",
    "member_of": "SentToMemberOf",
    "domains": "RecipientDomainIs",
    "except_recipients": "ExceptIfSentTo",
    "except_member_of": "ExceptIfSentToMemberOf",
    "except_domains": "ExceptIfRecipientDomainIs",
}
_SENDERS = {
    "recipients": "From",
    "member_of": "FromMemberOf",
    "domains": "SenderDomainIs",
    "except_recipients": "ExceptIfFrom",
    "except_member_of": "ExceptIfFromMemberOf",
    "except_domains": "ExceptIfSenderDomainIs",
}
_CHOOSING = ("recipients", "member_of", "domains")
_PRESETS = {"strict preset security policy": "strict", "standard preset security policy": "standard"}
_CUSTOM = "custom"
_BUILT_IN = "built_in"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that one cmdlet returns.

    Attributes:
        policies: for each kind of policy that such a rule decides about, the property that names the policy.
        family: of all its rules; None: the name of each rule tells.
        conditions: for each column, the property that holds the condition.
    """

    cmdlet: str
    policies: Mapping[str, str]
    family: str | None = _CUSTOM
    conditions: Mapping[str, str] = field(default_factory=lambda: _RECIPIENTS)

    @property
    def select(self) -> tuple[str, ...]:
        """The properties that are read."""
        conditions = (
            column for column in self.conditions if self.family != _BUILT_IN or column.startswith("except")
        )
        return (
            "Name",
            "State",
            "Priority",
            *self.policies.values(),
            *(self.conditions[column] for column in conditions),
        )


SPAM_RULES = RuleSet("Get-HostedContentFilterRule", {"spam": "HostedContentFilterPolicy"})
MALWARE_RULES = RuleSet("Get-MalwareFilterRule", {"malware": "MalwareFilterPolicy"})
ANTI_PHISH_RULES = RuleSet("Get-AntiPhishRule", {"anti_phish": "AntiPhishPolicy"})
OUTBOUND_SPAM_RULES = RuleSet(
    "Get-HostedOutboundSpamFilterRule",
    {"outbound_spam": "HostedOutboundSpamFilterPolicy"},
    conditions=_SENDERS,
)
PRESET_RULES = RuleSet(
    "Get-EOPProtectionPolicyRule",
    {
        "spam": "HostedContentFilterPolicy",
        "malware": "MalwareFilterPolicy",
        "anti_phish": "AntiPhishPolicy",
    },
    family=None,
)
SAFE_LINKS_RULES = RuleSet("Get-SafeLinksRule", {"safe_links": "SafeLinksPolicy"})
SAFE_ATTACHMENT_RULES = RuleSet("Get-SafeAttachmentRule", {"safe_attachments": "SafeAttachmentPolicy"})
_DEFENDER_POLICIES = {"safe_links": "SafeLinksPolicy", "safe_attachments": "SafeAttachmentPolicy"}
DEFENDER_PRESET_RULES = RuleSet("Get-ATPProtectionPolicyRule", _DEFENDER_POLICIES, family=None)
BUILT_IN_RULES = RuleSet("Get-ATPBuiltInProtectionRule", _DEFENDER_POLICIES, family=_BUILT_IN)

MAIL_RULE_SETS = (SPAM_RULES, MALWARE_RULES, ANTI_PHISH_RULES, OUTBOUND_SPAM_RULES, PRESET_RULES)
DEFENDER_RULE_SETS = (SAFE_LINKS_RULES, SAFE_ATTACHMENT_RULES, DEFENDER_PRESET_RULES, BUILT_IN_RULES)


def rule_rows(rules: RuleSet, items: Iterable[JsonObject]) -> Iterator[Row]:
    """Rows of `mail_rules` or `defender_mail_rules`: one for each rule and kind of policy it decides about."""
    for item in items:
        conditions = _conditions(rules, item)
        for kind, policy in rules.policies.items():
            yield {
                "policy_kind": kind,
                "family": rules.family or _preset(item.get("Name")),
                "rule": item.get("Name"),
                "policy": item.get(policy),
                "state": item.get("State"),
                "priority": item.get("Priority"),
                **conditions,
            }


def _preset(name: object) -> str:
    """Which preset a rule is of. A name that is not known is not guessed at."""
    return _PRESETS.get(name.strip().lower(), "unknown") if isinstance(name, str) else "unknown"


def _conditions(rules: RuleSet, item: JsonObject) -> Row:
    found = {column: condition(item, name) for column, name in rules.conditions.items()}
    if rules.family == _BUILT_IN:
        # built-in protection is for everybody: its rule has exceptions and nothing to choose recipients by
        found.update((column, []) for column in _CHOOSING if rules.conditions[column] not in item)
    return found


def condition(item: JsonObject, name: str) -> Any:
    """A list of texts inside an object: `[]` where it is not used, None where it is not known."""
    if name not in item:
        return None
    value = item[name]
    if value is None:
        return []
    return value if _is_texts(value) else _unusable(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _unusable(value: object) -> object:
    """The same, as the writer rejects it: a list would pass with its numbers read as texts and its nulls as gaps."""
    return [value] if isinstance(value, list) else value


TRANSPORT_RULE_PROPERTIES = (
    "Guid",
    "Name",
    "State",
    "Mode",
    "Priority",
    "SetSCL",
    "SenderDomainIs",
    "FromAddressContainsWords",
    "FromAddressMatchesPatterns",
)


def transport_rule_rows(items: Iterable[JsonObject]) -> Iterator[Row]:
    """Rows of `transport_rules`."""
    for item in items:
        yield {
            "rule_id": item.get("Guid"),
            "rule_name": item.get("Name"),
            "state": item.get("State"),
            "mode": item.get("Mode"),
            "priority": item.get("Priority"),
            "spam_score": item.get("SetSCL"),
            "sets_spam_score": item["SetSCL"] is not None if "SetSCL" in item else None,
            "sender_domains": condition(item, "SenderDomainIs"),
            "from_words": condition(item, "FromAddressContainsWords"),
            "from_patterns": condition(item, "FromAddressMatchesPatterns"),
        }


@dataclass(frozen=True, slots=True)
class Locations:
    """Where a policy of the compliance service applies: what several properties say together.

    Attributes:
        needed: without one of these the whole is not known.
        also: what adds to them where the service has it, such as adaptive scopes, whose names stand for people
            that are not known.
        instead: what takes their place where it is used, for it narrows them.
    """

    needed: tuple[str, ...]
    also: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties that are read."""
        return (*self.needed, *self.also, *self.instead)

    def of(self, item: JsonObject) -> Any:
        """The places in lower case, each an address, a name or `all`: None where they are not known."""
        parts = {name: item[name] for name in self.properties if name in item}
        named = {name: _places(name, value) for name, value in parts.items()}
        unusable = [name for name, names in named.items() if names is None]
        if unusable:
            return _unusable(parts[unusable[0]])
        if any(name not in parts for name in self.needed):
            return None
        places = _joined(named, (*self.needed, *self.also))
        return places and (_joined(named, self.instead) or places)


def _joined(named: Mapping[str, list[str] | None], properties: Sequence[str]) -> list[str]:
    found = (place for name in properties for place in named.get(name) or ())
    return list(dict.fromkeys(found))


def _places(name: str, value: object) -> list[str] | None:
    """As `_names`. All groups are not everybody: not everybody is in one."""
    names = _names(value)
    if names is None or not name.startswith("ModernGroup"):
        return names
    return ["all groups" if place == "all" else place for place in names]


def _names(value: object) -> list[str] | None:
    """The names in a list of texts or of objects with a name; `[]` for null. None: it is something else."""
    if value is None:
        return []
    if not isinstance(value, list):
        return None
    names = [part.get("Name") if isinstance(part, Mapping) else part for part in value]
    texts = [name.strip().lower() for name in names if isinstance(name, str)]
    return texts if len(texts) == len(names) else None


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that one cmdlet of the compliance service returns.

    Attributes:
        locations: for each column, where the places stand.
        lists: for each column, the property that holds a list of texts.
    """

    cmdlet: str
    locations: Mapping[str, Locations]
    lists: Mapping[str, str]

    @property
    def select(self) -> tuple[str, ...]:
        """The properties that are read."""
        places = (name for locations in self.locations.values() for name in locations.properties)
        return ("Guid", "Name", "Mode", "Enabled", *self.lists.values(), *dict.fromkeys(places))


def _workload(name: str) -> Locations:
    return Locations((f"{name}Location",), also=(f"{name}AdaptiveScopes",))


DLP_POLICIES = PolicySet(
    "Get-DlpCompliancePolicy",
    {
        "exchange_locations": _workload("Exchange"),
        "sharepoint_locations": _workload("SharePoint"),
        "onedrive_locations": _workload("OneDrive"),
        "teams_locations": _workload("Teams"),
    },
    {},
)
LABEL_POLICIES = PolicySet(
    "Get-LabelPolicy",
    {
        "locations": Locations(("ExchangeLocation", "ModernGroupLocation"), also=("ExchangeAdaptiveScopes",)),
        "except_locations": Locations(
            ("ExchangeLocationException", "ModernGroupLocationException"),
            also=("ExchangeAdaptiveScopesException",),
        ),
    },
    {"labels": "Labels"},
)
AUTO_LABEL_POLICIES = PolicySet(
    "Get-AutoSensitivityLabelPolicy",
    {
        "exchange_locations": Locations(
            ("ExchangeLocation",),
            also=("ExchangeAdaptiveScopes",),
            instead=("ExchangeSender", "ExchangeSenderMemberOf"),
        ),
        "except_exchange_locations": Locations(
            ("ExchangeSenderException", "ExchangeSenderMemberOfException"),
            also=("ExchangeLocationException", "ExchangeAdaptiveScopesException"),
        ),
        "sharepoint_locations": _workload("SharePoint"),
        "onedrive_locations": _workload("OneDrive"),
    },
    {},
)


def policy_rows(policies: PolicySet, items: Iterable[JsonObject]) -> Iterator[Row]:
    """Rows of `dlp_policies`, `label_policies` or `auto_label_policies`."""
    for item in items:
        yield {
            "policy_id": item.get("Guid"),
            "policy": item.get("Name"),
            "mode": item.get("Mode"),
            "enabled": item.get("Enabled"),
            **{column: condition(item, name) for column, name in policies.lists.items()},
            **{column: locations.of(item) for column, locations in policies.locations.items()},
        }


def compliance_settings_rows(items: Iterable[JsonObject]) -> Iterator[Row]:
    """The row of `compliance_settings`: an organisation has one such object, called Settings."""
    for item in items:
        yield {"settings": "Settings", "purview_label_consent": item.get("PurviewLabelConsent")}
