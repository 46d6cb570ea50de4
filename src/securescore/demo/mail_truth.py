"""What is true of an invented organisation's mail and of its labels, in plain Python and never through a query of ours.

For each mailbox of a person, kind of policy and rule in order of precedence a loop asks whether the rule fits, until
one surely does. Whom a rule means that names a group nobody can find is not known: then more than one policy can win,
and a verdict is only one when it is the same for all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from securescore.demo.answers import Answer, Verdicts, every, opposite, some, verdict
from securescore.demo.frame import Json
from securescore.demo.mail_truth_settings import MAILBOX_CONTROLS
from securescore.demo.organisation import Organisation
from securescore.model import Verdict

_EXCHANGE = {"EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"}
_DEFENDER = {"ATP_ENTERPRISE", "THREAT_INTELLIGENCE"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of filtering.

    Attributes:
        policies, rules, presets: nouns of the cmdlets that return them.
        names: the property of a rule that names its policy.
        conditions: recipients, groups and domains.
        built_in: what comes last is built-in protection; otherwise the default policy.
    """

    policies: str
    rules: str
    presets: str | None
    names: str
    conditions: tuple[str, str, str] = ("SentTo", "SentToMemberOf", "RecipientDomainIs")
    built_in: bool = False


KINDS = {
    "spam": Kind(
        "HostedContentFilterPolicy",
        "HostedContentFilterRule",
        "EOPProtectionPolicyRule",
        "HostedContentFilterPolicy",
    ),
    "malware": Kind(
        "MalwareFilterPolicy", "MalwareFilterRule", "EOPProtectionPolicyRule", "MalwareFilterPolicy"
    ),
    "anti_phish": Kind("AntiPhishPolicy", "AntiPhishRule", "EOPProtectionPolicyRule", "AntiPhishPolicy"),
    "outbound_spam": Kind(
        "HostedOutboundSpamFilterPolicy",
        "HostedOutboundSpamFilterRule",
        None,
        "HostedOutboundSpamFilterPolicy",
        ("From", "FromMemberOf", "SenderDomainIs"),
    ),
    "safe_links": Kind(
        "SafeLinksPolicy", "SafeLinksRule", "ATPProtectionPolicyRule", "SafeLinksPolicy", built_in=True
    ),
    "safe_attachments": Kind(
        "SafeAttachmentPolicy",
        "SafeAttachmentRule",
        "ATPProtectionPolicyRule",
        "SafeAttachmentPolicy",
        built_in=True,
    ),
}
"""The kinds of policy, as the fact calls them."""


def mail_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Each control of mail filtering and Exchange Online that the licences let anybody read."""
    if organisation.plans.isdisjoint(_EXCHANGE):
        return {}
    found = dict(_organisation(organisation)) | _mailboxes(organisation)
    return found | (dict(_defender(organisation)) if organisation.plans & _DEFENDER else {})


# --- the mailboxes of people --------------------------------------------------------------------------------


def _mailboxes(organisation: Organisation) -> dict[str, Verdicts]:
    licensed = bool(organisation.plans & _DEFENDER)
    found: dict[str, Verdicts] = {}
    for name, kind in KINDS.items():
        if kind.built_in and not licensed:
            continue
        possible = possible_policies(organisation, name)
        for control, holds in MAILBOX_CONTROLS[name].items():
            found[control] = {entity: _agreed(holds, policies) for entity, policies in possible.items()}
    return found


def _agreed(holds: Callable[[Json], bool], policies: Iterable[Json | None]) -> Verdict:
    """What all of these say; no policy at all protects from nothing."""
    answers = {policy is not None and holds(policy) for policy in policies}
    return verdict(answers.pop() if len(answers) == 1 else None)


def possible_policies(organisation: Organisation, kind: str) -> dict[str, list[Json | None]]:
    """For each mailbox of a person the policies that may win there; None stands for none at all."""
    finder = _Finder(organisation, KINDS[kind])
    return {entity_of(mailbox): finder.possible(mailbox) for mailbox in _of_people(organisation)}


def _of_people(organisation: Organisation) -> Iterator[Json]:
    for mailbox in organisation.mail["Mailbox"]:
        if mailbox["RecipientTypeDetails"] == "UserMailbox":
            yield mailbox


def entity_of(mailbox: Json) -> str:
    """The id of its account in the directory; of a mailbox without one, its own."""
    return str(mailbox["ExternalDirectoryObjectId"] or mailbox["Guid"]).lower()


@dataclass
class _Finder:
    """Looks for the policies of one kind."""

    organisation: Organisation
    kind: Kind

    def __post_init__(self) -> None:
        self._members: dict[str, set[str] | None] = {}
        self._rules = list(self._in_order())

    def _in_order(self) -> Iterator[Json]:
        mail = self.organisation.mail
        presets = mail[self.kind.presets] if self.kind.presets else []
        for first in ("Strict", "Standard"):
            yield from (rule for rule in presets if rule["Name"].startswith(first))
        yield from sorted(mail[self.kind.rules], key=lambda rule: int(rule["Priority"]))

    def possible(self, mailbox: Json) -> list[Json | None]:
        found: list[Json | None] = []
        for rule in self._rules:
            fits = rule["State"] == "Enabled" and self._fits(rule, mailbox)
            if fits is not False:
                found.append(self._named(rule[self.kind.names]))
            if fits is True:
                return found
        return [*found, *self._last(mailbox)]

    def _named(self, name: str) -> Json:
        return next(one for one in self.organisation.mail[self.kind.policies] if one["Name"] == name)

    def _last(self, mailbox: Json) -> list[Json | None]:
        policies = self.organisation.mail[self.kind.policies]
        if not self.kind.built_in:
            return [next(one for one in policies if one["IsDefault"])]
        built_in = next(one for one in policies if one["IsBuiltInProtection"])
        rule = self.organisation.mail["ATPBuiltInProtectionRule"][0]
        excepted = self._excepted(rule, mailbox)
        return [built_in] if excepted is False else [None] if excepted else [built_in, None]

    def _fits(self, rule: Json, mailbox: Json) -> Answer:
        chosen = [self._condition(rule[name], name, mailbox) for name in self.kind.conditions if rule[name]]
        return every([*chosen, opposite(self._excepted(rule, mailbox))])

    def _excepted(self, rule: Json, mailbox: Json) -> Answer:
        names = [(name, rule[f"ExceptIf{name}"]) for name in self.kind.conditions]
        return some(self._condition(values, name, mailbox) for name, values in names if values)

    def _condition(self, values: list[str], name: str, mailbox: Json) -> Answer:
        people, groups, _ = self.kind.conditions
        if name == people:
            return bool(_addresses(mailbox) & {value.lower() for value in values})
        if name == groups:
            return some(self._member(value.lower(), mailbox) for value in values)
        domain = mailbox["PrimarySmtpAddress"].partition("@")[2].lower()
        return any(f".{domain}".endswith(f".{value.lower()}") for value in values)

    def _member(self, address: str, mailbox: Json) -> Answer:
        if address not in self._members:
            self._members[address] = members_of(self.organisation, address)
        members = self._members[address]
        own = mailbox["ExternalDirectoryObjectId"]
        return own in members if own and members is not None else None


def members_of(organisation: Organisation, address: str) -> set[str] | None:
    """Ids of all in the group with that address, through other groups as well; None: there is no such group."""
    for group in organisation.groups.items:
        if address in {one.lower().removeprefix("smtp:") for one in group["proxyAddresses"]}:
            return set(organisation.groups.transitive(group["id"]))
    return None


def _addresses(mailbox: Json) -> set[str]:
    return {one.partition(":")[2].lower() for one in mailbox["EmailAddresses"]}


# --- settings of the organisation ---------------------------------------------------------------------------


def _organisation(organisation: Organisation) -> Iterator[tuple[str, Verdicts]]:
    mail = organisation.mail
    config = mail["OrganizationConfig"][0]
    own = exchange_tenant(organisation)
    tips = ("MailTipsAllTipsEnabled", "MailTipsExternalRecipientsTipsEnabled", "MailTipsGroupMetricsEnabled")
    told = all(config[name] for name in tips) and config["MailTipsLargeAudienceThreshold"] <= 25  # noqa: PLR2004
    yield "exo_oauth2clientprofileenabled", {own: verdict(config["OAuth2ClientProfileEnabled"])}
    yield "exo_mailtipsenabled", {own: verdict(told)}
    yield "CustomerLockBoxEnabled", {own: verdict(config["CustomerLockboxEnabled"])}
    recorded = mail["AdminAuditLogConfig"][0]["UnifiedAuditLogIngestionEnabled"]
    yield "mip_search_auditlog", {own: verdict(recorded)}
    yield "exo_mailboxaudit", _audit(organisation)
    yield (
        "exo_storageproviderrestricted",
        _each(mail["OwaMailboxPolicy"], lambda one: not one["AdditionalStorageProvidersAvailable"]),
    )
    yield (
        "exo_outlookaddins",
        _each(
            (one for one in mail["RoleAssignmentPolicy"] if one["IsDefault"]),
            lambda one: not _ADD_INS & set(one["AssignedRoles"]),
        ),
    )
    yield "exo_individualsharing", _each(mail["SharingPolicy"], _keeps_calendars)
    yield "exo_transportrulesallowlistdomains", _each(mail["TransportRule"], _filters, "Guid")
    default = next(one for one in mail["HostedConnectionFilterPolicy"] if one["IsDefault"])
    yield "mdo_connectionfilter", {organisation.tenant_id: verdict(not default["IPAllowList"])}


def exchange_tenant(organisation: Organisation) -> str:
    """The id of the organisation for what Exchange Online says of it: its name there."""
    return str(organisation.mail["OrganizationConfig"][0]["Name"]).lower()


_ADD_INS = {"My Custom Apps", "My Marketplace Apps", "My ReadWriteMailbox Apps"}


def _each(items: Iterable[Json], holds: Callable[[Json], bool], key: str = "Name") -> Verdicts:
    return {item[key]: verdict(holds(item)) for item in items}


def _keeps_calendars(policy: Json) -> bool:
    """Switched off, or shared with nobody but organisations that it names."""
    named = {entry.partition(":")[0].lower() for entry in policy["Domains"]}
    return not policy["Enabled"] or named.isdisjoint({"anonymous", "*"})


def _filters(rule: Json) -> bool:
    """Whether the rule lets no whole domain past the filter."""
    works = rule["State"] == "Enabled" and rule["Mode"] == "Enforce" and rule["SetSCL"] == -1
    words = rule["FromAddressContainsWords"] or []
    whole = [one for one in words if not one.partition("@")[0] or "@" not in one]
    return not (works and (rule["SenderDomainIs"] or rule["FromAddressMatchesPatterns"] or whole))


_LEFT_OUT = {"RoomMailbox", "EquipmentMailbox", "PublicFolderMailbox", "DiscoveryMailbox"}
"""Mailboxes that auditing by default takes no notice of."""


def _audit(organisation: Organisation) -> Verdicts:
    """The organisation, the mailboxes that have to be switched on one by one, and whoever is never recorded."""
    mail = organisation.mail
    found: Verdicts = {
        exchange_tenant(organisation): verdict(not mail["OrganizationConfig"][0]["AuditDisabled"])
    }
    boxes = {one["Guid"]: entity_of(one) for one in mail["Mailbox"]}
    for mailbox in mail["Mailbox"]:
        if mailbox["RecipientTypeDetails"] in _LEFT_OUT:
            found[entity_of(mailbox)] = verdict(mailbox["AuditEnabled"])
    for account in mail["MailboxAuditBypassAssociation"]:
        if account["AuditBypassEnabled"]:
            found[boxes.get(account["Guid"], str(account["Guid"]))] = Verdict.EXPOSED
    return found


def _defender(organisation: Organisation) -> Iterator[tuple[str, Verdicts]]:
    settings = organisation.mail["AtpPolicyForO365"][0]
    own = organisation.tenant_id
    yield "mdo_atpprotection", {own: verdict(settings["EnableATPForSPOTeamsODB"])}
    documents = settings["EnableSafeDocs"] and not settings["AllowSafeDocsOpen"]
    yield "mdo_safedocuments", {own: verdict(documents)}


# --- labels and data loss prevention ------------------------------------------------------------------------

_LOSS = {"BPOS_S_DlpAddOn", "COMMUNICATIONS_DLP"}
_LABELS = {"RMS_S_ENTERPRISE", "RMS_S_PREMIUM", "RMS_S_PREMIUM2", "MIP_S_CLP1", "MIP_S_CLP2"}
_SIMULATED = {"TestWithNotifications", "TestWithoutNotifications"}


def purview_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """Each control of labels and data loss prevention that the licences let anybody read."""
    found: dict[str, Verdicts] = {}
    if organisation.plans & _LOSS:
        found |= _losses(organisation)
    if organisation.plans & _LABELS:
        found |= _labels(organisation)
    return found


def _losses(organisation: Organisation) -> dict[str, Verdicts]:
    own, policies = exchange_tenant(organisation), organisation.purview["DlpCompliancePolicy"]
    alive = [one for one in policies if one["Enabled"] and one["Mode"] in {"Enable", *_SIMULATED}]
    chats = [one for one in alive if one["Mode"] == "Enable" and one["TeamsLocation"]]
    return {
        "dlp_datalossprevention": {own: verdict(bool(alive))},
        "mip_DLP_policies_Teams": {own: verdict(bool(chats))},
    }


def _labels(organisation: Organisation) -> dict[str, Verdicts]:
    settings = organisation.purview["PolicyConfig"][0]
    people = _licensed(organisation, {"RMS_S_ENTERPRISE", "MIP_S_CLP1"})
    automatic = _licensed(organisation, {"MIP_S_CLP2", "RMS_S_PREMIUM2"})
    return {
        "mip_purviewlabelconsent": {"settings": verdict(settings["PurviewLabelConsent"])},
        "mip_sensitivitylabelspolicies": _reached(people, _published(organisation)),
        "mip_autosensitivitylabelspolicies": _reached(automatic, _automatic(organisation)),
    }


def _licensed(organisation: Organisation, plans: set[str]) -> list[str]:
    """Enabled users who hold a licence with one of these plans."""
    skus = {
        sku["skuId"]
        for sku in organisation.subscribed_skus
        if plans & {plan["servicePlanName"] for plan in sku["servicePlans"]}
    }
    return [
        user["id"]
        for user in organisation.users
        if user["accountEnabled"] and skus & {one["skuId"] for one in user["assignedLicenses"]}
    ]


def _reached(people: Iterable[str], reached: set[str]) -> Verdicts:
    return {one: verdict(one in reached) for one in people}


def _published(organisation: Organisation) -> set[str]:
    """Ids of everybody to whom a policy that is on publishes a label."""
    found: set[str] = set()
    for policy in organisation.purview["LabelPolicy"]:
        if policy["Enabled"] and policy["Labels"]:
            places = [*policy["ExchangeLocation"], *policy["ModernGroupLocation"]]
            excepted = [*policy["ExchangeLocationException"], *policy["ModernGroupLocationException"]]
            found |= _meant(organisation, places) - _meant(organisation, excepted)
    return found


def _automatic(organisation: Organisation) -> set[str]:
    """Ids of everybody whose mail or OneDrive a policy that is on labels by itself."""
    found: set[str] = set()
    for policy in organisation.purview["AutoSensitivityLabelPolicy"]:
        if policy["Enabled"] and policy["Mode"] == "Enable":
            senders = [*policy["ExchangeSender"], *policy["ExchangeSenderMemberOf"]]
            mail = [{"Name": one} for one in senders] if senders else policy["ExchangeLocation"]
            found |= _meant(organisation, mail if policy["ExchangeLocation"] else [])
            found |= _owners(organisation, policy["OneDriveLocation"])
    return found


def _meant(organisation: Organisation, places: Iterable[Mapping[str, Any]]) -> set[str]:
    found: set[str] = set()
    for place in places:
        name = place["Name"].lower()
        found |= {
            one["id"] for one in organisation.users if name in ("all", one["userPrincipalName"].lower())
        }
        found |= members_of(organisation, name) or set()
    return found


def _owners(organisation: Organisation, drives: Iterable[Mapping[str, Any]]) -> set[str]:
    """Whose OneDrives these are, by the end of each address."""
    owned = {one["Name"].lower().rpartition("/")[2] for one in drives}
    return {
        user["id"]
        for user in organisation.users
        if "".join(letter if letter.isalnum() else "_" for letter in user["userPrincipalName"].lower())
        in owned
    }
