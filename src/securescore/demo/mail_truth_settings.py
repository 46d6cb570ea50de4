"""When a policy of mail filtering is good enough, control by control, in plain Python."""

from collections.abc import Callable, Mapping

from securescore.demo.frame import Json

Holds = Callable[[Json], bool]

_JUNK = {"MoveToJmf", "Quarantine"}
_MOST_DAYS = 30


def _is(name: str, *values: object) -> Holds:
    """Whether the property has one of these values; without any: whether it is on."""
    return lambda policy: policy[name] in (values or (True,))


def _all(*conditions: Holds) -> Holds:
    return lambda policy: all(condition(policy) for condition in conditions)


def _between(name: str, least: int, most: int) -> Holds:
    return lambda policy: least <= policy[name] <= most


def _filled(*names: str) -> Holds:
    return lambda policy: all(policy[name] for name in names)


def _empty(*names: str) -> Holds:
    return lambda policy: not any(policy[name] for name in names)


_SPAM: Mapping[str, Holds] = {
    "mdo_spamaction": _is("SpamAction", *_JUNK),
    "mdo_bulkspamaction": _is("BulkSpamAction", *_JUNK),
    "mdo_highconfidencespamaction": _is("HighConfidenceSpamAction", "Quarantine"),
    "mdo_phisspamacation": _is("PhishSpamAction", "Quarantine"),
    "mdo_highconfidencephishaction": _is("HighConfidencePhishAction", "Quarantine"),
    "mdo_bulkthreshold": _all(_is("MarkAsSpamBulkMail", "On"), _between("BulkThreshold", 1, 6)),
    "mdo_quarantineretentionperiod": _is("QuarantineRetentionPeriod", _MOST_DAYS),
    "mdo_allowedsenderscombined": _empty("AllowedSenders", "AllowedSenderDomains"),
    "mdo_zapspam": _is("SpamZapEnabled"),
    "mdo_zapphish": _is("PhishZapEnabled"),
}

_MALWARE: Mapping[str, Holds] = {
    "mdo_zapmalware": _is("ZapEnabled"),
    "mdo_commonattachmentsfilter": _is("EnableFileFilter"),
}

_OUTBOUND: Mapping[str, Holds] = {
    "mdo_blockmailforward": _is("AutoForwardingMode", "Off"),
    "mdo_autoforwardingmode": _is("AutoForwardingMode", "Automatic", "Off"),
    "mdo_recipientexternallimitperhour": _between("RecipientLimitExternalPerHour", 1, 500),
    "mdo_recipientinternallimitperhour": _between("RecipientLimitInternalPerHour", 1, 1000),
    "mdo_recipientlimitperday": _between("RecipientLimitPerDay", 1, 1000),
    "mdo_thresholdreachedaction": _is("ActionWhenThresholdReached", "BlockUser"),
    "mdo_spam_notifications_only_for_admins": _filled(
        "NotifyOutboundSpam",
        "NotifyOutboundSpamRecipients",
        "BccSuspiciousOutboundMail",
        "BccSuspiciousOutboundAdditionalRecipients",
    ),
}

_LEVEL = _between("PhishThresholdLevel", 2, 4)
_KNOWS_MAIL = _is("EnableMailboxIntelligence")
_ACTS_ON_IT = _all(_KNOWS_MAIL, _is("EnableMailboxIntelligenceProtection"))
_PEOPLE = _is("EnableTargetedUserProtection")
_DOMAINS = _all(_is("EnableOrganizationDomainsProtection"), _is("EnableTargetedDomainsProtection"))

_ANTI_PHISH: Mapping[str, Holds] = {
    "mdo_antiphishingpolicies": _all(_LEVEL, _ACTS_ON_IT, _is("EnableSpoofIntelligence")),
    "mdo_phishthresholdlevel": _LEVEL,
    "mdo_enablemailboxintelligence": _KNOWS_MAIL,
    "mdo_mailboxintelligenceprotection": _ACTS_ON_IT,
    "mdo_mailboxintelligenceprotectionaction": _all(
        _ACTS_ON_IT, _is("MailboxIntelligenceProtectionAction", *_JUNK)
    ),
    "mdo_targetedusersprotection": _all(_PEOPLE, _filled("TargetedUsersToProtect")),
    "mdo_targeteduserprotectionaction": _all(_PEOPLE, _is("TargetedUserProtectionAction", "Quarantine")),
    "mdo_enabledomainstoprotect": _DOMAINS,
    "mdo_targeteddomainprotectionaction": _all(_DOMAINS, _is("TargetedDomainProtectionAction", "Quarantine")),
    "mdo_similaruserssafetytips": _all(_PEOPLE, _is("EnableSimilarUsersSafetyTips")),
    "mdo_similardomainssafetytips": _all(_DOMAINS, _is("EnableSimilarDomainsSafetyTips")),
    "mdo_unusualcharacterssafetytips": _all(_PEOPLE, _is("EnableUnusualCharactersSafetyTips")),
}


def _safe_in_mail(policy: Json) -> bool:
    """Built-in protection counts here, although it leaves mail between colleagues alone."""
    own = policy["IsBuiltInProtection"] or policy["EnableForInternalSenders"]
    return bool(policy["EnableSafeLinksForEmail"] and own)


_SAFE_LINKS: Mapping[str, Holds] = {
    "mdo_safelinksforemail": _safe_in_mail,
    "mdo_safelinksforOfficeApps": _all(
        _filled(
            *("EnableSafeLinksForEmail", "EnableSafeLinksForTeams", "EnableSafeLinksForOffice"),
            *("TrackClicks", "ScanUrls", "EnableForInternalSenders", "DeliverMessageAfterScan"),
        ),
        _empty("AllowClickThrough", "DisableUrlRewrite"),
    ),
}

_BLOCKS = _all(_is("Enable"), _is("Action", "Block"))

MAILBOX_CONTROLS: Mapping[str, Mapping[str, Holds]] = {
    "spam": _SPAM,
    "malware": _MALWARE,
    "anti_phish": _ANTI_PHISH,
    "outbound_spam": _OUTBOUND,
    "safe_links": _SAFE_LINKS,
    "safe_attachments": {"mdo_safeattachments": _BLOCKS, "mdo_safeattachmentpolicy": _BLOCKS},
}
"""By kind of policy and control id."""
