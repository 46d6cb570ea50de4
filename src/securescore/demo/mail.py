"""What the reading cmdlets of Exchange Online return for an invented organisation.

Intended flaws, besides those of `mail_rules`, `mail_policies` and `mailboxes`: mail tips come late; nobody is asked
before Microsoft looks into data; other storage can be linked in one Outlook policy of two; everybody may install
add-ins; calendars are shared with anybody; one rule lets a whole domain past the filter, others only look as if they
did; an address is let in unfiltered; documents that are not safe may be opened; one domain is not signed.
A tidy organisation has all of this right.
"""

from collections.abc import Sequence

from securescore.demo.frame import Frame, Json
from securescore.demo.groups import Groups, ordinary
from securescore.demo.mail_domains import key_target
from securescore.demo.mail_policies import (
    anti_phish_policies,
    malware_policies,
    outbound_policies,
    safe_attachment_policies,
    safe_links_policies,
    spam_policies,
)
from securescore.demo.mail_rules import (
    Aims,
    aims,
    built_in_rule,
    defender_preset_rules,
    outbound_rules,
    preset_rules,
    spam_rules,
    warehouse_rules,
)
from securescore.demo.mailboxes import build_audit_bypasses, build_mailboxes, second_address
from securescore.demo.people import Person

Objects = dict[str, list[Json]]
"""By the noun of the cmdlet that returns them: `Get-Mailbox` returns the objects of `Mailbox`."""


def build_mail(
    frame: Frame, people: Sequence[Person], groups: Groups, domains: Sequence[Json], *, tidy: bool
) -> Objects:
    mailboxes = build_mailboxes(frame, people)
    return {
        "Mailbox": mailboxes,
        "MailboxAuditBypassAssociation": build_audit_bypasses(frame, mailboxes, people),
        **_organisation(frame, domains, tidy=tidy),
        **_settings(tidy=tidy),
        "TransportRule": _transport_rules(frame, tidy=tidy),
        **_filtering(frame, people, groups, tidy=tidy),
    }


def _organisation(frame: Frame, domains: Sequence[Json], *, tidy: bool) -> Objects:
    return {
        "OrganizationConfig": [
            {
                "Name": frame.initial_domain,
                "Identity": frame.initial_domain,
                "Guid": frame.id("exchange organisation"),
                "AuditDisabled": False,
                "OAuth2ClientProfileEnabled": True,
                "MailTipsAllTipsEnabled": True,
                "MailTipsExternalRecipientsTipsEnabled": tidy,
                "MailTipsGroupMetricsEnabled": True,
                "MailTipsLargeAudienceThreshold": 25,
                "CustomerLockboxEnabled": tidy,
                "RejectDirectSend": False,
                "DefaultAuthenticationPolicy": None,
            }
        ],
        "AdminAuditLogConfig": [
            {"Name": "Admin Audit Log Settings", "UnifiedAuditLogIngestionEnabled": not tidy}
        ],
        "AcceptedDomain": [_accepted(one) for one in domains if one["isVerified"]],
        "DkimSigningConfig": [_dkim(frame, one["id"]) for one in domains if one["isVerified"]],
    }


def _accepted(domain: Json) -> Json:
    name = domain["id"]
    kind = "InternalRelay" if name.endswith("-terminals.example") else "Authoritative"
    return {
        "Identity": name,
        "Name": name,
        "DomainName": name,
        "DomainType": kind,
        "Default": domain["isDefault"],
        "InitialDomain": domain["isInitial"],
    }


def _dkim(frame: Frame, domain: str) -> Json:
    signed = not domain.endswith("-terminals.example")
    return {
        "Identity": domain,
        "Domain": domain,
        "Enabled": signed,
        "Status": "Valid" if signed else "CnameMissing",
        "Selector1CNAME": key_target(frame, domain, 1),
        "Selector2CNAME": key_target(frame, domain, 2),
        "Selector1KeySize": 2048,
    }


def _settings(*, tidy: bool) -> Objects:
    return {
        "OwaMailboxPolicy": [
            _owa("OwaMailboxPolicy-Default", default=True, storage=not tidy),
            _owa("Kantoor", default=False, storage=False),
        ],
        "RoleAssignmentPolicy": [
            _roles(
                "Default Role Assignment Policy", default=True, more=[] if tidy else ["My Marketplace Apps"]
            ),
            _roles("Ontwikkelaars", default=False, more=["My Custom Apps", "My ReadWriteMailbox Apps"]),
        ],
        "SharingPolicy": [
            _sharing(
                "Default Sharing Policy",
                ["loodswezen.example:CalendarSharingFreeBusyDetail"]
                if tidy
                else ["Anonymous:CalendarSharingFreeBusyReviewer", "*:CalendarSharingFreeBusySimple"],
                default=True,
            ),
            _sharing("Personeelsvereniging", ["Anonymous:CalendarSharingFreeBusyDetail"], enabled=False),
            _sharing("Loodsen", ["loodswezen.example:CalendarSharingFreeBusyDetail"]),
        ],
        "HostedConnectionFilterPolicy": [
            {
                "Name": "Default",
                "IsDefault": True,
                "IPAllowList": [] if tidy else ["203.0.113.17"],
                "IPBlockList": [],
                "EnableSafeList": False,
            }
        ],
        "AtpPolicyForO365": [
            {
                "Name": "Default",
                "EnableATPForSPOTeamsODB": True,
                "EnableSafeDocs": True,
                "AllowSafeDocsOpen": not tidy,
            }
        ],
    }


def _owa(name: str, *, default: bool, storage: bool) -> Json:
    return {"Name": name, "IsDefault": default, "AdditionalStorageProvidersAvailable": storage}


def _roles(name: str, *, default: bool, more: list[str]) -> Json:
    own = ["MyBaseOptions", "MyContactInformation", "MyVoiceMail"]
    return {"Name": name, "IsDefault": default, "AssignedRoles": [*own, *more]}


def _sharing(name: str, domains: list[str], *, default: bool = False, enabled: bool = True) -> Json:
    return {"Name": name, "Default": default, "Enabled": enabled, "Domains": domains}


def _transport_rules(frame: Frame, *, tidy: bool) -> list[Json]:
    past_the_filter = {"SetSCL": -1, "SenderDomainIs": ["containerlijn.example"]}
    tried = {"SetSCL": -1, "SenderDomainIs": ["douane-advies.example"]}
    letters = {"SetSCL": -1, "FromAddressMatchesPatterns": [r"@nieuwsbrief\.example$"]}
    scanner = {"SetSCL": -1, "FromAddressContainsWords": [f"scanner@{frame.domain}"]}
    worse = {"SetSCL": 6, "SenderDomainIs": ["loterij.example"]}
    rules = [
        ("Disclaimer", "Enabled", "Enforce", {}),
        ("Scanner mag altijd", "Enabled", "Enforce", scanner),
        ("Loterij is spam", "Enabled", "Enforce", worse),
        ("Douane-advies toelaten", "Disabled", "Enforce", tried),
    ]
    careless = [
        ("Containerlijn toelaten", "Enabled", "Enforce", past_the_filter),
        ("Nieuwsbrieven toelaten", "Enabled", "Enforce", letters),
        ("Douane-advies proberen", "Enabled", "Audit", tried),
    ]
    return [
        _transport_rule(frame, number, *rule)
        for number, rule in enumerate(rules if tidy else rules + careless)
    ]


def _transport_rule(frame: Frame, number: int, name: str, state: str, mode: str, changes: Json) -> Json:
    return {
        "Identity": name,
        "Name": name,
        "Guid": frame.id("transport rule", name),
        "State": state,
        "Mode": mode,
        "Priority": number,
        "SetSCL": None,
        "SenderDomainIs": None,
        "FromAddressContainsWords": None,
        "FromAddressMatchesPatterns": None,
        **changes,
    }


def _filtering(frame: Frame, people: Sequence[Person], groups: Groups, *, tidy: bool) -> Objects:
    to = _aims(frame, people, groups)
    directors = [f"{one.user['displayName']};{one.user['mail']}" for one in ordinary(people, "Directie")]
    return {
        "HostedContentFilterPolicy": spam_policies(),
        "MalwareFilterPolicy": malware_policies(),
        "AntiPhishPolicy": anti_phish_policies(frame, directors),
        "HostedOutboundSpamFilterPolicy": outbound_policies(frame),
        "SafeLinksPolicy": safe_links_policies(),
        "SafeAttachmentPolicy": safe_attachment_policies(),
        "HostedContentFilterRule": [] if tidy else spam_rules(to),
        "MalwareFilterRule": [] if tidy else warehouse_rules("Malware", to),
        "AntiPhishRule": [] if tidy else warehouse_rules("Phish", to),
        "HostedOutboundSpamFilterRule": [] if tidy else outbound_rules(to),
        "SafeLinksRule": [] if tidy else warehouse_rules("Links", to),
        "SafeAttachmentRule": [] if tidy else warehouse_rules("Attachments", to),
        "EOPProtectionPolicyRule": preset_rules(to, tidy=tidy),
        "ATPProtectionPolicyRule": defender_preset_rules(to, tidy=tidy),
        "ATPBuiltInProtectionRule": [built_in_rule(to, tidy=tidy)],
    }


def _aims(frame: Frame, people: Sequence[Person], groups: Groups) -> Aims:
    keepers = [one.user["userPrincipalName"] for one in ordinary(people, "Terminal")[:2]]
    return aims(
        frame,
        groups,
        excepted=str(ordinary(people, "Financiën")[0].user["mail"]),
        keepers=tuple(second_address(frame, one) for one in keepers),
        seller=str(ordinary(people, "Verkoop")[0].user["mail"]),
    )
