"""Whole collections against the stub: what is published, what is missing and why, and what is never published."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import trustme
from tests.connectors import tenant_data as data
from tests.connectors.conftest import FakeTime, TenantFile
from tests.connectors.stub import TENANT, Reply, Seen, Stub, error, page

from securescore.connectors import Clock, CollectionReport, Event, Tenant, collect, load_tenant
from securescore.connectors.registry import FROM_FILES_ONLY, SOURCES
from securescore.connectors.runner import SOURCE
from securescore.errors import ConfigurationError, ConnectionRefusedByServiceError, EvidenceError
from securescore.evidence import TABLES, EvidenceFolder
from securescore.model import Reason

LIVE = set(TABLES) - FROM_FILES_ONLY
FILLED = sum(len(source.tables) for source in SOURCES)


def rows(report: CollectionReport, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    path = report.run.table_path(table)
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY ALL").fetchall()


def missing(report: CollectionReport) -> dict[str, tuple[Reason | None, str | None]]:
    return {
        name: (record.reason, record.code)
        for name, record in report.tables.items()
        if record.state == "missing"
    }


def denied() -> Reply:
    return error(403, "Authorization_RequestDenied")


def test_every_table_has_exactly_one_source() -> None:
    filled = [table.name for source in SOURCES for table in source.tables]
    assert sorted(filled) == sorted(LIVE)


def test_dependencies_are_tables_that_some_source_fills() -> None:
    filled = {table.name for source in SOURCES for table in source.tables}
    assert {table.name for source in SOURCES for table in (*source.needs, *source.after)} <= filled


def test_an_empty_tenant_is_complete(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.empty(stub)
    report = collect(tenant, folder, clock=clock)
    assert report.complete
    assert missing(report) == {}
    assert set(report.tables) == LIVE
    assert report.tables["users"].rows == 0
    assert report.run.manifest.tenant_id == TENANT
    assert report.run.manifest.source == SOURCE
    assert not report.run.manifest.partial
    assert [run.id for run in folder.runs()] == [report.run.id]


def test_groups_are_those_that_policies_and_roles_refer_to(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    report = collect(tenant, folder, clock=clock)
    assert missing(report) == {}
    assert rows(report, "groups", "group_id::VARCHAR, group_name, role_assignable") == [
        (data.BREAK_GLASS, "Break-glass accounts", True),
        (data.ADMINS, "Administrators", True),
        (data.GONE, None, None),
    ]
    assert rows(report, "group_members", "group_id::VARCHAR, user_id::VARCHAR") == [
        (data.BREAK_GLASS, data.ADA),
        (data.ADMINS, data.ADA),
        (data.ADMINS, data.BEN),
    ]
    members = stub.requests(f"/v1.0/groups/{data.ADMINS}/transitiveMembers/microsoft.graph.user")[0]
    assert members.headers["consistencylevel"] == "eventual"
    assert members.query == {"$select": "id", "$count": "true", "$top": "999"}


def test_per_user_mfa_asks_for_every_enabled_user(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    report = collect(tenant, folder, clock=clock)
    assert rows(report, "per_user_mfa", "user_id::VARCHAR, state") == [
        (data.ADA, "disabled"),
        (data.BEN, "enforced"),
    ]


def refusing(*paths: str) -> Callable[[Seen], Reply]:
    """Batches in which these reads find nothing."""

    def answer(seen: Seen) -> Reply:
        asked = json.loads(seen.body)["requests"]
        items = json.loads(data.batch(seen).content)["responses"]
        gone = {"status": 404, "body": json.loads(error(404, "Request_ResourceNotFound").content)}
        found = [
            {**item, **gone} if one["url"].startswith(paths) else item
            for one, item in zip(asked, items, strict=True)
        ]
        return Reply(body={"responses": found})

    return answer


def test_a_user_who_is_gone_by_then_has_no_state(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/beta/$batch", refusing(f"/users/{data.ADA}"))
    report = collect(tenant, folder, clock=clock)
    assert rows(report, "per_user_mfa", "user_id::VARCHAR, state") == [
        (data.ADA, None),
        (data.BEN, "enforced"),
    ]


def test_where_every_user_is_gone_the_state_was_not_read(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/beta/$batch", refusing("/users/"))
    assert missing(collect(tenant, folder, clock=clock)) == {
        "per_user_mfa": (Reason.COLLECTION_FAILED, "Request_ResourceNotFound")
    }


@pytest.mark.parametrize("name", ["enabled=true", f"group_id={data.ADA}", "user's"])
def test_the_name_of_the_folder_changes_nothing(
    tenant: Tenant, tmp_path: Path, clock: Clock, stub: Stub, name: str
) -> None:
    data.small(stub)
    report = collect(tenant, EvidenceFolder(tmp_path / name), clock=clock)
    assert [report.tables[table].rows for table in ("per_user_mfa", "groups", "group_members")] == [2, 3, 3]


def test_policies_are_read_once_for_both_tables(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    report = collect(tenant, folder, clock=clock)
    assert rows(report, "conditional_access_targets", "ordinal, excluded, kind, target_id::VARCHAR") == [
        (0, False, "role", data.GLOBAL_ADMIN),
        (1, True, "group", data.BREAK_GLASS),
        (2, True, "group", data.GONE),
    ]
    assert len(stub.requests("/v1.0/identity/conditionalAccess/policies")) == 1


def test_users_ask_for_exactly_what_the_columns_read(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    collect(tenant, folder, clock=clock)
    queries = {seen.query["$select"]: seen.query["$top"] for seen in stub.requests("/v1.0/users")}
    assert queries == {",".join(TABLES["users"].select): "999", "id,signInActivity": "500"}


def two_pages(stub: Stub, second: Reply) -> Callable[[Seen], Reply]:
    """/users in two pages; /users for the activity stays small."""

    def answer(seen: Seen) -> Reply:
        if "$skiptoken" in seen.query:
            return second
        follow = f"{stub.url}/v1.0/users?$skiptoken=2"
        return page(data.user(data.ADA, "ada"), link=None if seen.query["$top"] == "500" else follow)

    return answer


def test_two_pages_make_one_table(tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> None:
    data.small(stub)
    stub.script("/v1.0/users", two_pages(stub, page(data.user(data.BEN, "ben"))))
    assert collect(tenant, folder, clock=clock).tables["users"].rows == 2


@pytest.mark.parametrize(
    "second",
    [
        error(503, "x"),
        Reply(body=b'{"value": [{"id":'),
        Reply(drop=True),
        page({"userPrincipalName": "nobody"}),
    ],
)
def test_a_second_page_that_fails_publishes_nothing_of_the_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub, second: Reply
) -> None:
    data.small(stub)
    stub.script("/v1.0/users", two_pages(stub, second))
    report = collect(tenant, folder, clock=clock)
    assert missing(report)["users"][0] is Reason.COLLECTION_FAILED
    assert missing(report)["per_user_mfa"][0] is Reason.NOT_COLLECTED
    assert set(missing(report)) == {"users", "per_user_mfa"}
    assert report.unexpected == ("per_user_mfa", "users")
    assert report.run.manifest.partial
    assert sorted(path.name for path in report.run.path.iterdir() if "users" in path.name) == []


def test_one_refused_endpoint_stops_no_other(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/domains", denied())
    report = collect(tenant, folder, clock=clock)
    assert missing(report) == {"domains": (Reason.NO_PERMISSION, "Authorization_RequestDenied")}
    record = report.tables["domains"]
    assert record.error is not None
    assert "Grant the app registration the application permission Domain.Read.All" in record.error


CA = ("conditional_access_policies", "conditional_access_targets")


@pytest.mark.parametrize(
    ("skus", "code", "reason"),
    [
        (data.plans("AAD_PREMIUM_P2"), "Authorization_RequestDenied", Reason.NO_PERMISSION),
        (data.plans("AAD_PREMIUM"), "AadPremiumLicenseRequired", Reason.NO_PERMISSION),
        (data.plans("EXCHANGE_S_STANDARD"), "Authorization_RequestDenied", Reason.NO_LICENCE),
        (page(), "AadPremiumLicenseRequired", Reason.NO_LICENCE),
        (denied(), "AadPremiumLicenseRequired", Reason.NO_LICENCE),
        (denied(), "Authorization_RequestDenied", Reason.NO_PERMISSION),
    ],
)
def test_the_plans_of_the_run_tell_a_licence_from_a_permission(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub, skus: Reply, code: str, reason: Reason
) -> None:
    data.small(stub)
    stub.script("/v1.0/subscribedSkus", skus)
    stub.script("/v1.0/identity/conditionalAccess/policies", error(403, code))
    found = missing(collect(tenant, folder, clock=clock))
    assert {found[table] for table in CA} == {(reason, code)}


def test_a_plan_that_is_switched_off_is_not_owned(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    plan = {"servicePlanId": data.ADA, "servicePlanName": "AAD_PREMIUM", "provisioningStatus": "Disabled"}
    stub.script(
        "/v1.0/subscribedSkus",
        page({"skuId": data.BEN, "capabilityStatus": "Enabled", "servicePlans": [plan]}),
    )
    stub.script("/v1.0/identity/conditionalAccess/namedLocations", denied())
    assert missing(collect(tenant, folder, clock=clock))["named_locations"][0] is Reason.NO_LICENCE


def test_a_plan_that_is_about_to_be_switched_on_proves_no_empty_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    plan = {
        "servicePlanId": data.ADA,
        "servicePlanName": "AAD_PREMIUM",
        "provisioningStatus": "PendingProvisioning",
    }
    stub.script(
        "/v1.0/subscribedSkus",
        page({"skuId": data.BEN, "capabilityStatus": "Enabled", "servicePlans": [plan]}),
    )
    stub.script("/v1.0/identity/conditionalAccess/namedLocations", denied())
    assert missing(collect(tenant, folder, clock=clock))["named_locations"][0] is Reason.NO_PERMISSION


def test_a_tenant_without_premium_licences_is_complete(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/subscribedSkus", page())
    for path in ("policies", "namedLocations"):
        stub.script(f"/v1.0/identity/conditionalAccess/{path}", error(403, "AadPremiumLicenseRequired"))
    report = collect(tenant, folder, clock=clock)
    assert report.complete
    assert not report.run.manifest.partial
    assert set(missing(report)) == {*CA, "named_locations"}
    # a group that only holds a role is found without any policy
    assert rows(report, "groups", "group_id::VARCHAR") == [(data.ADMINS,)]


def test_groups_are_missing_when_nothing_refers_to_them(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/identity/conditionalAccess/policies", denied())
    for path in ("roleAssignments", "roleAssignmentScheduleInstances", "roleEligibilityScheduleInstances"):
        stub.script(f"/v1.0/roleManagement/directory/{path}", denied())
    found = missing(collect(tenant, folder, clock=clock))
    assert found["groups"][0] is found["group_members"][0] is Reason.NOT_COLLECTED


def test_a_group_that_is_refused_is_no_empty_group(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script(f"/v1.0/groups/{data.ADMINS}/transitiveMembers/microsoft.graph.user", denied())
    found = missing(collect(tenant, folder, clock=clock))
    assert found == {"group_members": (Reason.NO_PERMISSION, "Authorization_RequestDenied")}


def test_a_group_that_hides_its_members_is_no_empty_group(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    def hiding(seen: Seen) -> Reply:
        responses = json.loads(data.batch(seen).content)["responses"]
        for one in responses:
            one["body"]["visibility"] = "HiddenMembership"
        return Reply(body={"responses": responses})

    data.small(stub)
    stub.script("/v1.0/$batch", hiding)
    assert missing(collect(tenant, folder, clock=clock)) == {}, "what they show is believed"
    stub.script(f"/v1.0/groups/{data.ADMINS}/transitiveMembers/microsoft.graph.user", page())
    report = collect(tenant, folder, clock=clock)
    assert missing(report) == {"group_members": (Reason.NO_PERMISSION, None)}
    assert "Member.Read.Hidden" in str(report.tables["group_members"].error)


def test_a_mistake_of_ours_about_one_table_stops_no_other(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("alice@northwharf.example")

    data.small(stub)
    monkeypatch.setattr("securescore.connectors.microsoft_graph.per_user_mfa._batch", broken)
    report = collect(tenant, folder, clock=clock)
    assert missing(report) == {"per_user_mfa": (Reason.COLLECTION_FAILED, "internal_error")}
    said = str(report.tables["per_user_mfa"].error)
    assert "KeyError at test_collect.py" in said
    assert "alice" not in said


def test_a_group_that_is_there_and_not_found_is_no_empty_group(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    path = f"/v1.0/groups/{data.ADMINS}/transitiveMembers/microsoft.graph.user"
    stub.script(path, error(404, "Request_ResourceNotFound"))
    assert missing(collect(tenant, folder, clock=clock)) == {
        "group_members": (Reason.COLLECTION_FAILED, "Request_ResourceNotFound")
    }


def test_synchronisation_that_is_not_there_is_an_empty_table_and_half_of_it_is_none(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    path = "/v1.0/directory/onPremisesSynchronization"
    stub.script(path, error(404, "Request_ResourceNotFound"))
    assert collect(tenant, folder, clock=clock).tables["on_premises_synchronization"].rows == 0
    second = page({"id": "s"}, link=f"{stub.url}{path}?$skiptoken=2")
    stub.script(path, second, error(404, "Request_ResourceNotFound"))
    assert set(missing(collect(tenant, folder, clock=clock))) == {"on_premises_synchronization"}


def test_a_storm_of_429_is_weathered(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub, time: FakeTime
) -> None:
    data.small(stub)
    for path in ("/v1.0/domains", "/v1.0/applications", "/v1.0/servicePrincipals", "/v1.0/groupSettings"):
        with_time = [error(429, "TooManyRequests", Retry_After="7")] * 2
        stub.script(path, *with_time, *[error(429, "TooManyRequests")] * 2, page())
    assert missing(collect(tenant, folder, clock=clock)) == {}
    assert time.slept > 14


def test_a_token_that_expires_midway_is_renewed(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/domains", error(401, "InvalidAuthenticationToken"), page())
    assert collect(tenant, folder, clock=clock).complete


def test_an_unchanged_table_points_to_the_last_run(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    first = collect(tenant, folder, clock=clock)
    second = collect(tenant, folder, clock=clock)
    assert second.tables["users"].file == f"../{first.run.id}/users.parquet"


def test_some_tables_bring_those_they_depend_on(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    report = collect(tenant, folder, clock=clock, tables=["per_user_mfa"])
    assert set(report.tables) == {"users", "per_user_mfa"}
    with pytest.raises(EvidenceError, match="no table of evidence is called 'usres'"):
        collect(tenant, folder, clock=clock, tables=["usres"])


def test_progress_is_told_for_every_table(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/domains", denied())
    events: list[Event] = []
    collect(tenant, folder, clock=clock, progress=events.append)
    last = {event.table: event for event in events}
    assert set(last) == LIVE
    assert (last["users"].state, last["users"].rows) == ("collected", 3)
    assert last["domains"].state == "missing"
    assert "403" in (last["domains"].note or "")


def nothing_kept(folder: EvidenceFolder) -> bool:
    return folder.runs() == [] and not any((folder.path / "runs").glob("*"))


def refused(tenant: Tenant, folder: EvidenceFolder, clock: Clock) -> str:
    with pytest.raises(ConnectionRefusedByServiceError) as raised:
        collect(tenant, folder, clock=clock)
    assert raised.value.exit_code == 3
    assert nothing_kept(folder)
    return str(raised.value)


def test_without_a_token_nothing_is_begun(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.token_answers = [Reply(401, {"error": "invalid_client", "error_codes": [7000222]})]
    assert "has expired" in refused(tenant, folder, clock)
    assert not folder.path.exists()


def test_a_token_that_is_never_accepted(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/organization", error(401, "InvalidAuthenticationToken", "Invalid audience."))
    assert "does not accept the token (401 InvalidAuthenticationToken" in refused(tenant, folder, clock)


def test_a_wrong_authority(tenant_file: TenantFile, folder: EvidenceFolder, clock: Clock) -> None:
    path = tenant_file()
    trustme.CA().cert_pem.write_to_path(str(path.parent / "ca.pem"))
    assert "not trusted" in refused(load_tenant(path), folder, clock)


def test_nobody_there(
    tenant_file: TenantFile, folder: EvidenceFolder, clock: Clock, stub: Stub, time: FakeTime
) -> None:
    path = tenant_file()
    path.write_text(
        path.read_text(encoding="utf-8").replace(stub.url, "https://localhost:1"), encoding="utf-8"
    )
    assert "no connection to Microsoft Graph at localhost:1" in refused(load_tenant(path), folder, clock)
    assert time.slept < 30


def test_when_every_table_is_refused_nothing_is_published(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    paths = everything(stub, tenant, folder, clock)
    for path in paths:
        stub.script(path, denied())
    before = [run.id for run in folder.runs()]
    with pytest.raises(
        ConnectionRefusedByServiceError,
        match=rf"not one of {FILLED} tables could be read.*Authorization_RequestDenied",
    ):
        collect(tenant, folder, clock=clock)
    assert [run.id for run in folder.runs()] == before


def everything(stub: Stub, tenant: Tenant, folder: EvidenceFolder, clock: Clock) -> Iterable[str]:
    """Every path that a collection asks for."""
    data.small(stub)
    collect(tenant, folder, clock=clock)
    return {
        seen.path for seen in stub.seen if seen.path.startswith(("/v1.0/", "/beta/", "/adminapi/", "/api/"))
    }


def test_a_storm_at_the_first_contact_is_weathered_too(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    organization = page({"id": TENANT, "displayName": "Northwharf"})
    stub.script("/v1.0/organization", *[error(429, "TooManyRequests", Retry_After="90")] * 5, organization)
    assert collect(tenant, folder, clock=clock).complete


def test_a_credential_of_another_tenant(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/organization", page({"id": data.ADA}))
    with pytest.raises(ConfigurationError, match=f"belongs to tenant {data.ADA}"):
        collect(tenant, folder, clock=clock)
    assert not folder.path.exists()


DOMAIN = "a-company-of-36-letters-nl.q.example"


@pytest.fixture
def named_tenant(tenant_file: TenantFile, stub: Stub) -> Tenant:
    """The tenant, by a domain name as long as an id."""
    assert len(DOMAIN) == len(TENANT)
    data.empty(stub)
    path = tenant_file()
    path.write_text(path.read_text(encoding="utf-8").replace(TENANT, DOMAIN), encoding="utf-8")
    stub.script(f"/{DOMAIN}/v2.0/.well-known/openid-configuration", Reply(body=stub.discovery()))
    return load_tenant(path)


def token_of(tenant_id: str) -> Reply:
    """A token that tells whose it is."""
    claims = urlsafe_b64encode(json.dumps({"tid": tenant_id}).encode()).decode().rstrip("=")
    return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": f"e30.{claims}.c2ln"})


def test_a_domain_name_gives_way_to_the_id(
    named_tenant: Tenant, folder: EvidenceFolder, clock: Clock
) -> None:
    assert collect(named_tenant, folder, clock=clock).run.manifest.tenant_id == TENANT


def test_a_domain_name_gives_way_to_the_id_in_the_token(
    named_tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/organization", denied())
    stub.token_answers = [token_of(TENANT)]
    assert collect(named_tenant, folder, clock=clock).run.manifest.tenant_id == TENANT


def test_evidence_is_never_filed_under_a_domain_name(
    named_tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/organization", denied())
    with pytest.raises(ConfigurationError, match=f"tenant_id is '{DOMAIN}'.*put the tenant's id there"):
        collect(named_tenant, folder, clock=clock)
    assert not folder.path.exists()


def test_a_token_of_another_tenant_is_noticed_without_any_permission(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    stub.script("/v1.0/organization", denied())
    stub.token_answers = [token_of(data.ADA)]
    with pytest.raises(ConfigurationError, match=f"belongs to tenant {data.ADA}"):
        collect(tenant, folder, clock=clock)


def test_a_folder_of_another_tenant_is_refused(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    with folder.begin("somebody-else", clock.now(), "test") as run:
        run.publish(clock.now())
    data.empty(stub)
    with pytest.raises(EvidenceError, match="somebody-else"):
        collect(tenant, folder, clock=clock)


def test_an_interruption_leaves_nothing_behind(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)

    def interrupt(event: Event) -> None:
        if event.table == "users" and event.state == "collected":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(tenant, folder, clock=clock, progress=interrupt)
    assert nothing_kept(folder)


def test_a_stopped_clock_leaves_nothing_behind(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/domains", lambda _: clock.stop() or page())  # type: ignore[func-returns-value]
    with pytest.raises(Exception, match="interrupted"):
        collect(tenant, folder, clock=clock)
    assert nothing_kept(folder)


def test_native_scores_are_collected_live(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    control = {
        "controlName": "AdminMFAV2",
        "controlCategory": "Identity",
        "score": 8.0,
        "count": "8",
        "total": "10",
    }
    score = {
        "id": f"{TENANT}_2026-01-15",
        "azureTenantId": TENANT,
        "createdDateTime": "2026-01-15T00:00:00Z",
        "currentScore": 412.37,
        "maxScore": 803.0,
        "controlScores": [control],
        "averageComparativeScores": [{"basis": "AllTenants", "averageScore": 43.1}],
    }
    stub.script("/v1.0/security/secureScores", page(score))
    stub.script("/v1.0/security/secureScoreControlProfiles", page({"id": "AdminMFAV2", "maxScore": 10.0}))
    report = collect(tenant, folder, clock=clock)
    assert rows(report, "native_scores", "points, maximum") == [(412.37, 803.0)]
    assert rows(report, "native_controls", "control_id, points, count, total") == [("AdminMFAV2", 8.0, 8, 10)]
    assert rows(report, "native_profiles", "control_id, maximum") == [("AdminMFAV2", 10.0)]
    assert rows(report, "native_averages", "basis, average") == [("AllTenants", 43.1)]


def test_a_native_score_without_its_day_is_missing(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/security/secureScores", page({"currentScore": 1.0}))
    found = missing(collect(tenant, folder, clock=clock))
    assert set(found) == {"native_scores", "native_controls", "native_averages"}
    assert {reason for reason, _ in found.values()} == {Reason.COLLECTION_FAILED}


def test_hostile_shapes_cost_one_table_each(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/subscribedSkus", page({"skuId": data.ADA, "servicePlans": [1, 2]}))
    stub.script("/v1.0/groupSettings", page({"templateId": data.ADA, "values": "none"}))
    stub.script("/v1.0/applications", page(7))
    found = missing(collect(tenant, folder, clock=clock))
    assert set(found) == {"service_plans", "group_settings", "applications", "application_credentials"}


def test_a_list_that_is_not_there_is_no_empty_list(
    tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub
) -> None:
    data.small(stub)
    stub.script("/v1.0/subscribedSkus", page({"skuId": data.ADA}))
    stub.script("/v1.0/groupSettings", page({"templateId": data.ADA, "values": None}))
    stub.script("/v1.0/policies/authenticationMethodsPolicy", Reply(body={"id": "methods"}))
    found = missing(collect(tenant, folder, clock=clock))
    assert set(found) == {"service_plans", "group_settings", "authentication_methods"}


def test_files_are_private(tenant: Tenant, folder: EvidenceFolder, clock: Clock, stub: Stub) -> None:
    data.small(stub)
    report = collect(tenant, folder, clock=clock)
    files: list[Path] = [path for path in report.run.path.iterdir() if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
