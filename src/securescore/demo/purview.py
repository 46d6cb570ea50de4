"""What the reading cmdlets of Security & Compliance return for an invented organisation.

Intended flaws: data loss prevention for Teams is only simulated; labels are published to the office, not to the quay,
and to the sales team through a group, but one person was left out and one policy is switched off; labelling by itself
reaches the sales team and one OneDrive, a policy for everybody never left its trial; labels stop at the data map.
A tidy organisation has no policy at all but one that publishes labels to everybody.
"""

from collections.abc import Sequence

from securescore.demo.frame import Frame, Json
from securescore.demo.groups import MAIL_OFFICE, Groups, ordinary
from securescore.demo.mail import Objects
from securescore.demo.people import Person

ALL = {"DisplayName": "All", "Name": "All"}
SALES_TEAM = "Team Verkoop"

_LABELS = ("Openbaar", "Intern", "Vertrouwelijk", "Vertrouwelijk-Directie")


def build_purview(frame: Frame, people: Sequence[Person], groups: Groups, *, tidy: bool) -> Objects:
    office, sales = groups.address_of(MAIL_OFFICE), groups.address_of(SALES_TEAM)
    publishing = _label_policies(frame, office, sales, _mail(ordinary(people, "Personeelszaken")[0]))
    everywhere = [_label_policy(frame, "Iedereen", ExchangeLocation=[ALL])]
    return {
        "DlpCompliancePolicy": [] if tidy else _loss_policies(frame),
        "LabelPolicy": everywhere if tidy else publishing,
        "AutoSensitivityLabelPolicy": [] if tidy else _auto_policies(frame, people, sales),
        "Label": [_label(frame, number, name) for number, name in enumerate(_LABELS)],
        "PolicyConfig": [{"Name": "Settings", "PurviewLabelConsent": tidy}],
        # here the answer is always the same; only the one of Exchange Online means something
        "AdminAuditLogConfig": [
            {"Name": "Admin Audit Log Settings", "UnifiedAuditLogIngestionEnabled": False}
        ],
    }


def _mail(person: Person) -> str:
    return str(person.user["userPrincipalName"])


def _location(name: str) -> Json:
    return {"DisplayName": name.partition("@")[0], "Name": name}


def _policy(frame: Frame, kind: str, name: str, locations: Sequence[str], changes: Json) -> Json:
    return {
        "Identity": name,
        "Name": name,
        "Guid": frame.id(kind, name),
        "Enabled": True,
        **{f"{one}Location": [] for one in locations},
        **changes,
    }


def _loss_policies(frame: Frame) -> list[Json]:
    places = ("Exchange", "SharePoint", "OneDrive", "Teams")
    return [
        _policy(
            frame,
            "dlp",
            "Burgerservicenummers",
            places,
            {"Mode": "Enable", "ExchangeLocation": [ALL], "SharePointLocation": [ALL]},
        ),
        _policy(
            frame,
            "dlp",
            "Chats met rekeningnummers",
            places,
            {"Mode": "TestWithNotifications", "TeamsLocation": [ALL]},
        ),
        _policy(
            frame,
            "dlp",
            "Oude proef",
            places,
            {"Mode": "Disable", "Enabled": False, "TeamsLocation": [ALL], "OneDriveLocation": [ALL]},
        ),
    ]


def _label_policy(frame: Frame, name: str, **changes: object) -> Json:
    usual = {
        "Mode": "Enforce",
        "Labels": list(_LABELS),
        "ExchangeLocationException": [],
        "ModernGroupLocationException": [],
    }
    return _policy(frame, "label policy", name, ("Exchange", "ModernGroup"), usual | changes)


def _label_policies(frame: Frame, office: str, sales: str, left_out: str) -> list[Json]:
    return [
        _label_policy(
            frame,
            "Kantoor",
            ExchangeLocation=[_location(office)],
            ExchangeLocationException=[_location(left_out)],
        ),
        _label_policy(frame, "Verkoop", ModernGroupLocation=[_location(sales)]),
        _label_policy(frame, "Iedereen (uit)", ExchangeLocation=[ALL], Enabled=False),
        _label_policy(frame, "Zonder labels", ExchangeLocation=[ALL], Labels=[]),
    ]


def _auto_policies(frame: Frame, people: Sequence[Person], sales: str) -> list[Json]:
    planner = ordinary(people, "Planning")[0]
    return [
        _auto_policy(frame, "Offertes", ExchangeLocation=[ALL], ExchangeSenderMemberOf=[sales]),
        _auto_policy(frame, "Planning", OneDriveLocation=[_location(_drive(frame, _mail(planner)))]),
        _auto_policy(frame, "Proef", ExchangeLocation=[ALL], Mode="TestWithNotifications"),
        _auto_policy(frame, "Kwaliteit", SharePointLocation=[_location(f"{_sites(frame)}/sites/kwaliteit")]),
    ]


def _sites(frame: Frame) -> str:
    return f"https://{frame.slug}.sharepoint.example"


def _drive(frame: Frame, upn: str) -> str:
    folder = "".join(letter if letter.isalnum() else "_" for letter in upn)
    return f"https://{frame.slug}-my.sharepoint.example/personal/{folder}"


def _auto_policy(frame: Frame, name: str, **changes: object) -> Json:
    usual = {
        "Mode": "Enable",
        "ExchangeSender": [],
        "ExchangeSenderMemberOf": [],
        "ExchangeSenderException": [],
        "ExchangeSenderMemberOfException": [],
    }
    places = ("Exchange", "SharePoint", "OneDrive")
    return _policy(frame, "auto label policy", name, places, usual | changes)


def _label(frame: Frame, number: int, name: str) -> Json:
    return {
        "Identity": name,
        "Name": name,
        "DisplayName": name,
        "Guid": frame.id("label", name),
        "Priority": number,
        "ParentId": None,
        "ContentType": "File, Email",
        "Disabled": False,
    }
