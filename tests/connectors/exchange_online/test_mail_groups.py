"""Groups that rules and policies name by an address: found, empty and not to be found are three things."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors import tenant_data as data
from tests.connectors.exchange_online.cmdlets import Cmdlets
from tests.connectors.stub import Reply, Seen, Stub, error, page
from tests.evidence.desk import read

from securescore.connectors import Clock, CollectionReport, Tenant, collect
from securescore.connectors.exchange_online import mail_filtering, mail_groups, purview
from securescore.connectors.exchange_online.mail_groups import shape
from securescore.errors import CollectionError
from securescore.evidence import EvidenceFolder
from securescore.model import Reason

SOURCES = (*mail_filtering.SOURCES, *purview.SOURCES, *mail_groups.SOURCES)
SALES = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c2001"
BOARD = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c2002"
EMPTY = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c2003"
TWIN = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c2004"
GROUPS: list[dict[str, Any]] = [
    {"id": SALES, "mail": "Sales@northwharf.example", "proxyAddresses": ["SMTP:Sales@northwharf.example"]},
    {"id": BOARD, "mail": None, "proxyAddresses": ["X500:/o=x", "smtp:o'board@northwharf.example"]},
    {"id": EMPTY, "mail": "empty@northwharf.example", "proxyAddresses": []},
    {"id": TWIN, "mail": "twin@northwharf.example"},
    {"id": BOARD, "mail": "twin@northwharf.example"},
    {"id": "no id", "mail": "odd@northwharf.example"},
]


def found_groups(seen: Seen) -> Reply:
    """Groups whose addresses stand in the filter; the service does not tell upper case from lower."""
    asked = seen.query["$filter"].lower().replace("''", "'")
    return page(*(group for group in GROUPS if any(address in asked for address in _addresses(group))))


def _addresses(group: dict[str, Any]) -> list[str]:
    texts = [group.get("mail"), *group.get("proxyAddresses", [])]
    return [f"'{text.lower()}'" for text in texts if text]


@pytest.fixture(autouse=True)
def _groups(stub: Stub) -> None:
    data.empty(stub)
    stub.script("/v1.0/groups", found_groups)
    for group, members in ((SALES, [data.ADA, data.BEN]), (BOARD, [data.EVE]), (EMPTY, [])):
        path = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user"
        stub.script(path, page(*({"id": member} for member in members)))


def members(report: CollectionReport) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in read(report.run.table_path("mail_group_members"))]


def collected(tenant: Tenant, folder: EvidenceFolder, clock: Clock) -> CollectionReport:
    return collect(tenant, folder, clock=clock, sources=SOURCES)


def test_groups_of_rules_and_of_policies(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, stub: Stub
) -> None:
    cmdlets.returns(
        "Get-HostedContentFilterRule", {"Name": "a", "SentToMemberOf": ["SALES@northwharf.example"]}
    )
    cmdlets.returns(
        "Get-SafeLinksRule", {"Name": "b", "ExceptIfSentToMemberOf": ["empty@northwharf.example"]}
    )
    label = {
        "Guid": "c",
        "ExchangeLocation": [{"Name": "O'Board@northwharf.example"}, "All"],
        "ModernGroupLocation": ["sales@northwharf.example"],
    }
    cmdlets.returns("Get-LabelPolicy", label)
    automatic = {
        "Guid": "d",
        "ExchangeLocation": ["All"],
        "ExchangeSenderMemberOf": ["gone@northwharf.example"],
    }
    cmdlets.returns("Get-AutoSensitivityLabelPolicy", automatic)
    assert members(collected(tenant, folder, clock)) == [
        ("empty@northwharf.example", ""),
        ("o'board@northwharf.example", data.EVE),
        ("sales@northwharf.example", data.ADA),
        ("sales@northwharf.example", data.BEN),
    ]
    filters = sorted(seen.query["$filter"] for seen in stub.requests("/v1.0/groups"))
    assert len(filters) == 4, "each address is looked up once, `all` is not"
    assert filters[2] == (
        "mail eq 'o''board@northwharf.example' or "
        "proxyAddresses/any(p:p eq 'smtp:o''board@northwharf.example')"
    )
    listed = stub.requests(f"/v1.0/groups/{SALES}/transitiveMembers/microsoft.graph.user")[0]
    assert listed.headers["consistencylevel"] == "eventual"


@pytest.mark.parametrize(
    ("shown", "found"),
    [([], []), ([data.ADA], [("hidden@northwharf.example", data.ADA)])],
    ids=["not shown", "shown"],
)
def test_a_group_that_hides_its_members_is_not_taken_for_empty(
    tenant: Tenant,
    folder: EvidenceFolder,
    clock: Clock,
    cmdlets: Cmdlets,
    stub: Stub,
    shown: list[str],
    found: Any,
) -> None:
    group = {"id": SALES, "mail": "hidden@northwharf.example", "visibility": "HiddenMembership"}
    stub.script("/v1.0/groups", page(group))
    path = f"/v1.0/groups/{SALES}/transitiveMembers/microsoft.graph.user"
    stub.script(path, page(*({"id": member} for member in shown)))
    cmdlets.returns(
        "Get-HostedContentFilterRule", {"Name": "a", "SentToMemberOf": ["hidden@northwharf.example"]}
    )
    assert members(collected(tenant, folder, clock)) == found


@pytest.mark.parametrize(
    "named",
    [
        "gone@northwharf.example",
        "twin@northwharf.example",
        "odd@northwharf.example",
        "Sales",
        "CN=Sales,OU=x",
        "",
        "sales@northwharf.example ",
        "a@b@northwharf.example",
        "x" * 20_000 + "@northwharf.example",
        "' or true or mail eq 'sales@northwharf.example",
    ],
)
def test_what_is_not_one_group_has_no_row(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, named: str
) -> None:
    cmdlets.returns("Get-HostedContentFilterRule", {"Name": "a", "SentToMemberOf": [named]})
    assert members(collected(tenant, folder, clock)) == []


def test_members_stand_on_several_pages(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, stub: Stub
) -> None:
    cmdlets.returns(
        "Get-HostedContentFilterRule", {"Name": "a", "SentToMemberOf": ["empty@northwharf.example"]}
    )
    path = f"/v1.0/groups/{EMPTY}/transitiveMembers/microsoft.graph.user"
    stub.script(path, page(link=f"{stub.url}{path}?$skiptoken=2"), page({"id": data.ADA}))
    assert members(collected(tenant, folder, clock)) == [("empty@northwharf.example", data.ADA)]


@pytest.mark.parametrize(
    "path", ["/v1.0/groups", f"/v1.0/groups/{SALES}/transitiveMembers/microsoft.graph.user"]
)
def test_a_refused_look_up_publishes_no_half_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets, stub: Stub, path: str
) -> None:
    cmdlets.returns(
        "Get-HostedContentFilterRule", {"Name": "a", "SentToMemberOf": ["sales@northwharf.example"]}
    )
    stub.script(path, error(403, "Authorization_RequestDenied"))
    report = collected(tenant, folder, clock)
    assert report.unexpected == ("mail_group_members",)
    record = report.tables["mail_group_members"]
    assert record.reason is Reason.NO_PERMISSION
    assert record.error is not None
    assert record.error.endswith(
        "application permission GroupMember.Read.All of Microsoft Graph and consent to it"
    )


def test_without_rules_and_policies_nothing_tells_which_groups_matter(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, cmdlets: Cmdlets
) -> None:
    for cmdlet in (
        "Get-AntiPhishRule",
        "Get-SafeLinksRule",
        "Get-LabelPolicy",
        "Get-AutoSensitivityLabelPolicy",
    ):
        cmdlets.script(cmdlet, Reply(403, b""))
    record = collected(tenant, folder, clock).tables["mail_group_members"]
    assert record.reason is Reason.NOT_COLLECTED


def test_what_is_no_member_is_an_error() -> None:
    with pytest.raises(CollectionError, match="no JSON object"):
        list(shape(("a@b.example", [b"7"])))


@given(
    st.dictionaries(
        st.sampled_from(["mail", "proxyAddresses"]), st.none() | st.text() | st.lists(st.none() | st.text())
    )
)
def test_any_group_has_addresses(group: dict[str, object]) -> None:
    assert all(address == address.lower() for address in mail_groups._addresses(group))
