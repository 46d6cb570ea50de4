"""The policies of mail filtering in an invented organisation: what each does with mail.

Intended flaws. The default policies are as somebody left them: newsletters always come through, phishing is not taken
back out of mailboxes, mail may be forwarded anywhere, nobody hears of a mailbox that sends spam. Those of the warehouse
were softened "until the scanners work". The standard preset imitates nobody in particular: no person is named whom it
should protect. Built-in protection rewrites no links for Office apps, and lets people click through.
"""

from securescore.demo.frame import Frame, Json

STRICT, STANDARD = "Strict Preset Security Policy", "Standard Preset Security Policy"
DEFAULT = "Default"
DEFAULT_ANTI_PHISH = "Office365 AntiPhish Default"
BUILT_IN = "Built-In Protection Policy"
WAREHOUSE, TRIAL, YARD, OFFICE = "Magazijn", "Proef streng", "Werf", "Kantoor"


def preset(name: str) -> str:
    """The policy behind a preset: its name ends in a number that differs in every organisation."""
    return f"{name}1659535429826"


def spam_policies() -> list[Json]:
    strict = {
        "SpamAction": "Quarantine",
        "BulkSpamAction": "Quarantine",
        "BulkThreshold": 5,
    }
    default = {
        "IsDefault": True,
        "HighConfidenceSpamAction": "MoveToJmf",
        "HighConfidencePhishAction": "MoveToJmf",
        "BulkThreshold": 7,
        "QuarantineRetentionPeriod": 15,
        "AllowedSenders": ["nieuwsbrief@containerlijn.example"],
        "PhishZapEnabled": False,
    }
    warehouse = {
        "SpamAction": "AddXHeader",
        "HighConfidenceSpamAction": "MoveToJmf",
        "PhishSpamAction": "MoveToJmf",
        "BulkSpamAction": "NoAction",
        "MarkAsSpamBulkMail": "Off",
        "AllowedSenderDomains": ["scanners.example"],
        "SpamZapEnabled": False,
    }
    return [
        _spam(DEFAULT, default),
        _spam(preset(STANDARD), {"RecommendedPolicyType": "Standard"}),
        _spam(preset(STRICT), {**strict, "RecommendedPolicyType": "Strict"}),
        _spam(WAREHOUSE, warehouse),
        _spam(TRIAL, strict),
    ]


def _named(name: str) -> Json:
    return {"Identity": name, "Name": name, "IsDefault": False}


def _spam(name: str, changes: Json) -> Json:
    good = {
        "RecommendedPolicyType": "Custom",
        "SpamAction": "MoveToJmf",
        "HighConfidenceSpamAction": "Quarantine",
        "PhishSpamAction": "Quarantine",
        "HighConfidencePhishAction": "Quarantine",
        "BulkSpamAction": "MoveToJmf",
        "BulkThreshold": 6,
        "MarkAsSpamBulkMail": "On",
        "QuarantineRetentionPeriod": 30,
        "SpamZapEnabled": True,
        "PhishZapEnabled": True,
        "InlineSafetyTipsEnabled": True,
        "AllowedSenders": [],
        "AllowedSenderDomains": [],
    }
    return _named(name) | good | changes


def malware_policies() -> list[Json]:
    good = {
        "EnableFileFilter": True,
        "FileTypes": ["ace", "exe", "iso", "js", "vbs"],
        "ZapEnabled": True,
    }
    soft = {"EnableFileFilter": False, "FileTypes": [], "ZapEnabled": False}
    return [
        _named(DEFAULT) | good | {"IsDefault": True},
        _named(preset(STANDARD)) | good,
        _named(preset(STRICT)) | good,
        _named(WAREHOUSE) | soft,
    ]


def anti_phish_policies(frame: Frame, protected: list[str]) -> list[Json]:
    """`protected`: people whose names are imitated, as the service writes them."""
    strict = {"PhishThresholdLevel": 4, "TargetedUsersToProtect": protected}
    default = {
        "IsDefault": True,
        "PhishThresholdLevel": 1,
        "MailboxIntelligenceProtectionAction": "NoAction",
        "EnableTargetedUserProtection": False,
        "EnableTargetedDomainsProtection": False,
        "TargetedDomainsToProtect": [],
        "TargetedDomainProtectionAction": "NoAction",
        "EnableFirstContactSafetyTips": False,
    }
    warehouse = {
        "PhishThresholdLevel": 1,
        "EnableMailboxIntelligence": False,
        "EnableMailboxIntelligenceProtection": False,
        "EnableSpoofIntelligence": False,
        "TargetedUsersToProtect": protected,
        "TargetedUserProtectionAction": "MoveToJmf",
        "EnableSimilarUsersSafetyTips": False,
        "EnableSimilarDomainsSafetyTips": False,
        "EnableUnusualCharactersSafetyTips": False,
        "TargetedDomainProtectionAction": "MoveToJmf",
    }
    return [
        _anti_phish(frame, DEFAULT_ANTI_PHISH, default),
        _anti_phish(frame, preset(STANDARD), {}),
        _anti_phish(frame, preset(STRICT), strict),
        _anti_phish(frame, WAREHOUSE, warehouse),
    ]


def _anti_phish(frame: Frame, name: str, changes: Json) -> Json:
    good = {
        "Enabled": True,
        "PhishThresholdLevel": 3,
        "EnableMailboxIntelligence": True,
        "EnableMailboxIntelligenceProtection": True,
        "MailboxIntelligenceProtectionAction": "MoveToJmf",
        "EnableSpoofIntelligence": True,
        "EnableTargetedUserProtection": True,
        "TargetedUsersToProtect": [],
        "TargetedUserProtectionAction": "Quarantine",
        "EnableOrganizationDomainsProtection": True,
        "EnableTargetedDomainsProtection": True,
        "TargetedDomainsToProtect": [f"loodswezen-{frame.slug}.example"],
        "TargetedDomainProtectionAction": "Quarantine",
        "EnableSimilarUsersSafetyTips": True,
        "EnableSimilarDomainsSafetyTips": True,
        "EnableUnusualCharactersSafetyTips": True,
        "EnableFirstContactSafetyTips": True,
        "HonorDmarcPolicy": True,
    }
    return _named(name) | good | changes


def outbound_policies(frame: Frame) -> list[Json]:
    """The policy of the yard says that somebody is told, and names nobody."""
    reader = [f"beveiliging@{frame.domain}"]
    office = {
        "AutoForwardingMode": "Off",
        "RecipientLimitExternalPerHour": 500,
        "RecipientLimitInternalPerHour": 1000,
        "RecipientLimitPerDay": 1000,
        "ActionWhenThresholdReached": "BlockUser",
        "NotifyOutboundSpam": True,
        "NotifyOutboundSpamRecipients": reader,
        "BccSuspiciousOutboundMail": True,
        "BccSuspiciousOutboundAdditionalRecipients": reader,
    }
    yard = {
        "AutoForwardingMode": "Automatic",
        "ActionWhenThresholdReached": "Alert",
        "NotifyOutboundSpamRecipients": [],
        "BccSuspiciousOutboundAdditionalRecipients": [],
    }
    default = {
        "IsDefault": True,
        "AutoForwardingMode": "On",
        "RecipientLimitExternalPerHour": 0,
        "RecipientLimitInternalPerHour": 0,
        "RecipientLimitPerDay": 0,
        "ActionWhenThresholdReached": "BlockUserForToday",
        "NotifyOutboundSpam": False,
        "NotifyOutboundSpamRecipients": [],
        "BccSuspiciousOutboundMail": False,
        "BccSuspiciousOutboundAdditionalRecipients": [],
    }
    return [
        _named(DEFAULT) | office | default,
        _named(OFFICE) | office,
        _named(YARD) | office | yard,
    ]


def safe_links_policies() -> list[Json]:
    built_in = {
        "IsBuiltInProtection": True,
        "EnableForInternalSenders": False,
        "AllowClickThrough": True,
        "DisableUrlRewrite": True,
    }
    return [
        _safe_links(BUILT_IN, built_in),
        _safe_links(preset(STANDARD), {}),
        _safe_links(preset(STRICT), {}),
        _safe_links(WAREHOUSE, {"EnableForInternalSenders": False, "TrackClicks": False}),
    ]


def _safe_links(name: str, changes: Json) -> Json:
    good = {
        "IsBuiltInProtection": False,
        "EnableSafeLinksForEmail": True,
        "EnableSafeLinksForTeams": True,
        "EnableSafeLinksForOffice": True,
        "EnableForInternalSenders": True,
        "ScanUrls": True,
        "DeliverMessageAfterScan": True,
        "TrackClicks": True,
        "AllowClickThrough": False,
        "DisableUrlRewrite": False,
        "DoNotRewriteUrls": [],
    }
    return {"Identity": name, "Name": name} | good | changes


def safe_attachment_policies() -> list[Json]:
    return [
        _safe_attachments(BUILT_IN, "Block") | {"IsBuiltInProtection": True},
        _safe_attachments(preset(STANDARD), "Block"),
        _safe_attachments(preset(STRICT), "Block"),
        _safe_attachments(WAREHOUSE, "DynamicDelivery"),
    ]


def _safe_attachments(name: str, action: str) -> Json:
    return {
        "Identity": name,
        "Name": name,
        "IsBuiltInProtection": False,
        "Enable": True,
        "Action": action,
        "Redirect": False,
        "QuarantineTag": "AdminOnlyAccessPolicy",
    }
