"""What is true of the mail domains of an invented organisation, straight from what its name servers answer."""

from securescore.demo.answers import Verdicts, verdict
from securescore.demo.mail_domains import EXCHANGE_SPF, MailRecords
from securescore.demo.organisation import Organisation
from securescore.model import Verdict

_REFUSING = {"p=quarantine", "p=reject"}


def mail_domain_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """What each domain that receives mail publishes about its senders, but for the one of the service itself."""
    records = organisation.mail_records
    own = [one["id"].lower() for one in organisation.domains if one["isVerified"] and not one["isInitial"]]
    answering = [one for one in own if one not in (*records.failing, *records.silent)]
    signing = {one["Domain"].lower() for one in organisation.mail["DkimSigningConfig"] if one["Enabled"]}
    not_known = dict.fromkeys(own, Verdict.UNKNOWN)
    return {
        "exo_SPF_records_for_all_domains": not_known
        | {one: verdict(_names_exchange(records, one)) for one in answering},
        "custom.dmarc_policy": not_known | {one: verdict(_refuses(records, one)) for one in answering},
        "custom.dkim_signing": {one: not_known[one] if one in signing else Verdict.EXPOSED for one in own}
        | {one: verdict(one in signing and _has_key(records, one)) for one in answering},
    }


def _names_exchange(records: MailRecords, domain: str) -> bool:
    policies = [one for one in records.texts.get(domain, []) if one.lower().startswith("v=spf1")]
    return len(policies) == 1 and f"include:{EXCHANGE_SPF}" in policies[0].lower().split()


def _refuses(records: MailRecords, domain: str) -> bool:
    """A domain below another of the organisation's follows that one's record where it has none."""
    above = domain.partition(".")[2]
    found = records.texts.get(f"_dmarc.{domain}") or records.texts.get(f"_dmarc.{above}") or [""]
    return not _REFUSING.isdisjoint(part.strip() for part in found[0].split(";"))


def _has_key(records: MailRecords, domain: str) -> bool:
    return any(
        records.aliases.get(f"selector{number}._domainkey.{domain}") in records.texts for number in (1, 2)
    )
