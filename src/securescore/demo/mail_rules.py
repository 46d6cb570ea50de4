"""The rules of mail filtering in an invented organisation: for whom each policy is.

Intended flaws: one person was taken out of the standard preset; the policies of the warehouse come before anything
better; a strict trial is switched off; a rule for the yard names a group that no longer exists, so that nobody can
say whom it reaches; the yard is an exception of built-in protection as well, and has none.
In a tidy organisation the standard preset is for everybody and there is nothing else.
"""

from dataclasses import dataclass

from securescore.demo.frame import Frame, Json
from securescore.demo.groups import MAIL_MANAGEMENT, MAIL_NOBODY, MAIL_OFFICE, MAIL_WAREHOUSE, Groups
from securescore.demo.mail_policies import BUILT_IN, OFFICE, STANDARD, STRICT, TRIAL, WAREHOUSE, YARD, preset

ENABLED, DISABLED = "Enabled", "Disabled"
BUILT_IN_RULE = "ATP Built-In Protection Rule"

_CONDITIONS = ("SentTo", "SentToMemberOf", "RecipientDomainIs")
_SENDERS = ("From", "FromMemberOf", "SenderDomainIs")


@dataclass(frozen=True, slots=True)
class Aims:
    """Addresses that rules name.

    Attributes:
        excepted: the person who was taken out of the standard preset.
        keepers: two people of the terminal, by the second address of each.
        seller: the person who may send more than others of the office.
    """

    management: str
    office: str
    warehouse: str
    nobody: str
    gone: str
    yard: str
    domain: str
    excepted: str
    keepers: tuple[str, ...]
    seller: str


def aims(frame: Frame, groups: Groups, excepted: str, keepers: tuple[str, ...], seller: str) -> Aims:
    return Aims(
        management=groups.address_of(MAIL_MANAGEMENT),
        office=groups.address_of(MAIL_OFFICE),
        warehouse=groups.address_of(MAIL_WAREHOUSE),
        nobody=groups.address_of(MAIL_NOBODY),
        gone=f"project-nieuwe-kraan@{frame.domain}",
        yard=frame.federated_domain,
        domain=frame.domain,
        excepted=excepted,
        keepers=keepers,
        seller=seller,
    )


def _rule(name: str, priority: int, state: str, policies: Json, conditions: Json) -> Json:
    """A rule as the service writes it: a condition that is not used is null."""
    names = (*_CONDITIONS, *(f"ExceptIf{one}" for one in _CONDITIONS))
    return {
        "Identity": name,
        "Name": name,
        "State": state,
        "Priority": priority,
        **dict.fromkeys(names),
        **policies,
        **conditions,
    }


def _outbound(name: str, priority: int, state: str, policy: str, conditions: Json) -> Json:
    """The same about senders."""
    names = (*_SENDERS, *(f"ExceptIf{one}" for one in _SENDERS))
    return {
        "Identity": name,
        "Name": name,
        "State": state,
        "Priority": priority,
        **dict.fromkeys(names),
        "HostedOutboundSpamFilterPolicy": policy,
        **conditions,
    }


def preset_rules(to: Aims, *, tidy: bool) -> list[Json]:
    """Of spam, malware and phishing."""
    return _presets(
        to,
        ("HostedContentFilterPolicy", "AntiPhishPolicy", "MalwareFilterPolicy"),
        {"SentToMemberOf": [to.office], "ExceptIfSentTo": [to.excepted]},
        tidy=tidy,
    )


def defender_preset_rules(to: Aims, *, tidy: bool) -> list[Json]:
    """Of Safe Links and Safe Attachments: without the exception, because somebody forgot it here."""
    return _presets(
        to,
        ("SafeLinksPolicy", "SafeAttachmentPolicy"),
        {
            "SentToMemberOf": [to.office],
            "RecipientDomainIs": [to.domain],
            "ExceptIfSentToMemberOf": [to.nobody],
        },
        tidy=tidy,
    )


def _presets(to: Aims, properties: tuple[str, ...], standard: Json, *, tidy: bool) -> list[Json]:
    strict = [] if tidy else [to.management]
    return [
        _rule(
            STRICT,
            0,
            DISABLED if tidy else ENABLED,
            dict.fromkeys(properties, preset(STRICT)),
            {"SentToMemberOf": strict or None},
        ),
        _rule(STANDARD, 1, ENABLED, dict.fromkeys(properties, preset(STANDARD)), {} if tidy else standard),
    ]


def spam_rules(to: Aims) -> list[Json]:
    return [
        _custom("Spam", WAREHOUSE, 0, ENABLED, WAREHOUSE, {"SentToMemberOf": [to.warehouse]}),
        _custom("Spam", "Proef voor allen", 1, DISABLED, TRIAL, {"RecipientDomainIs": [to.domain, to.yard]}),
        _custom(
            "Spam", YARD, 2, ENABLED, TRIAL, {"SentToMemberOf": [to.gone], "RecipientDomainIs": [to.yard]}
        ),
        _custom("Spam", "Wachtchefs", 3, ENABLED, TRIAL, {"SentTo": list(to.keepers)}),
    ]


_PROPERTIES = {
    "Spam": "HostedContentFilterPolicy",
    "Malware": "MalwareFilterPolicy",
    "Phish": "AntiPhishPolicy",
    "Links": "SafeLinksPolicy",
    "Attachments": "SafeAttachmentPolicy",
}


def _custom(kind: str, name: str, priority: int, state: str, policy: str, conditions: Json) -> Json:
    return _rule(name, priority, state, {_PROPERTIES[kind]: policy}, conditions)


def warehouse_rules(kind: str, to: Aims) -> list[Json]:
    """The one rule of a kind for the warehouse, but for its two keepers, and one that reaches nobody."""
    return [
        _custom(kind, "Seizoen", 0, ENABLED, WAREHOUSE, {"SentToMemberOf": [to.nobody]}),
        _custom(kind, WAREHOUSE, 1, ENABLED, WAREHOUSE, {"SentToMemberOf": [to.warehouse.upper()]}),
    ]


def outbound_rules(to: Aims) -> list[Json]:
    return [
        _outbound(OFFICE, 0, ENABLED, OFFICE, {"FromMemberOf": [to.office], "ExceptIfFrom": [to.seller]}),
        _outbound(YARD, 1, ENABLED, YARD, {"SenderDomainIs": [to.yard]}),
        _outbound("Oude proef", 2, DISABLED, OFFICE, {"SenderDomainIs": [to.domain]}),
    ]


def built_in_rule(to: Aims, *, tidy: bool) -> Json:
    """Built-in protection is for everybody but those it leaves out."""
    rule = _rule(
        BUILT_IN_RULE,
        0,
        ENABLED,
        {"SafeLinksPolicy": BUILT_IN, "SafeAttachmentPolicy": BUILT_IN},
        {} if tidy else {"ExceptIfRecipientDomainIs": [to.yard]},
    )
    return {name: value for name, value in rule.items() if name not in _CONDITIONS}
