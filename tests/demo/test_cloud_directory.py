"""What the invented cloud answers: every object, page by page, to those who may, with the licences it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from securescore.demo import E3, STANDARD, Organisation
from securescore.demo.groups import EXCEPTIONS

EVENTUAL = {"ConsistencyLevel": "eventual"}
REPORT = "/v1.0/reports/authenticationMethods/userRegistrationDetails"
ACCESS = "/v1.0/identity/conditionalAccess/policies"
ELIGIBLE = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"

Speak = Callable[..., Any]


def test_every_user_comes_once_whatever_the_page_size(speak: Speak, noordhaven: Organisation) -> None:
    speaker = speak(noordhaven)
    wanted = sorted(one["id"] for one in noordhaven.users)
    for query, size in (("", 100), ("&$top=999", 999), ("&$top=7", 7)):
        pages = speaker.pages(f"/v1.0/users?$select=id{query}")
        assert sorted(one["id"] for page in pages for one in page) == wanted
        assert max(len(page) for page in pages) == size


def test_a_long_list_has_an_empty_page_in_its_midst(speak: Speak, noordhaven: Organisation) -> None:
    pages = speak(noordhaven).pages("/v1.0/users?$select=id")
    assert [len(page) for page in pages[:3]] == [100, 0, 100]


def test_links_are_opaque_keep_the_options_and_stay_the_same(speak: Speak, noordhaven: Organisation) -> None:
    speaker = speak(noordhaven)
    links = {
        speaker.get("/v1.0/users?$select=id,userType&$top=500").json()["@odata.nextLink"] for _ in range(2)
    }
    link = links.pop()
    assert not links
    assert link.startswith(f"{speaker.cloud.address}/v1.0/users?$select=id,userType&$top=500&$skiptoken=")
    assert speaker.error(link[:-1] + "0")[0] == 400


def test_only_what_is_selected_is_answered(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    assert set(speaker.items("/v1.0/users?$select=id,accountEnabled")[0]) == {"id", "accountEnabled"}
    assert "accountEnabled" not in speaker.items("/v1.0/users")[0]
    assert speaker.error("/v1.0/users?$select=id,shoeSize") == (400, "Request_BadRequest")


def test_sign_in_activity_comes_at_most_500_a_page(speak: Speak, noordhaven: Organisation) -> None:
    pages = speak(noordhaven).pages("/v1.0/users?$select=id,signInActivity&$top=999")
    assert max(len(page) for page in pages) == 500


def test_pages_that_are_too_large_are_refused(speak: Speak, small: Organisation) -> None:
    assert speak(small).error("/v1.0/users?$top=1000") == (400, "Request_UnsupportedQuery")


def test_filters_are_taken_in_known_forms_only(speak: Speak, noordhaven: Organisation) -> None:
    speaker = speak(noordhaven)
    assert len(speaker.items("/v1.0/groups?$filter=groupTypes/any(c:c eq 'Unified')")) == 24
    risk = "/v1.0/identityProtection/riskDetections?$filter="
    assert len(speaker.items(f"{risk}riskState eq 'atRisk'")) == 2
    assert len(speaker.items(f"{risk}riskState eq 'atRisk' or riskState eq 'confirmedCompromised'")) == 3
    for query in ("users?$filter=accountEnabled eq true", "groups?$filter=startswith(displayName,'CA')"):
        assert speaker.error(f"/v1.0/{query}") == (400, "Request_UnsupportedQuery")


def test_transitive_members_take_the_header_on_every_page(speak: Speak, noordhaven: Organisation) -> None:
    speaker = speak(noordhaven)
    group = noordhaven.groups.id_of(EXCEPTIONS)
    path = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user?$select=id&$count=true&$top=20"
    assert speaker.error(path) == (400, "Request_UnsupportedQuery")
    first = speaker.get(path, **EVENTUAL).json()
    assert first["@odata.count"] == 52
    assert speaker.error(first["@odata.nextLink"])[0] == 400
    wanted = {one["id"] for one in noordhaven.transitive_users(group)}
    assert {one["id"] for one in speaker.items(path, **EVENTUAL)} == wanted


def test_transitive_members_of_all_kinds_name_their_kind(speak: Speak, noordhaven: Organisation) -> None:
    group = noordhaven.groups.id_of(EXCEPTIONS)
    items = speak(noordhaven).items(f"/v1.0/groups/{group}/transitiveMembers")
    assert [one["@odata.type"] for one in items].count("#microsoft.graph.group") == 1
    assert len(items) == 53


def test_what_does_not_exist_is_not_found(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert speaker.error(f"/v1.0/users/{nobody}") == (404, "Request_ResourceNotFound")
    assert speaker.error(f"/v1.0/groups/{nobody}") == (404, "Request_ResourceNotFound")
    assert speaker.error("/v1.0/nothing/here")[0] == 400


def test_paths_do_not_mind_their_case(speak: Speak, small: Organisation) -> None:
    assert speak(small).get("/v1.0/Security/securescores?$top=1").json()["value"][0]["controlScores"]


def test_a_score_and_a_profile_are_found_by_id(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    score = small.native.scores[3]
    assert (
        speaker.get(f"/v1.0/security/secureScores/{score['id']}").json()["currentScore"]
        == score["currentScore"]
    )
    assert speaker.get("/v1.0/security/secureScoreControlProfiles/adminmfav2").json()["id"] == "AdminMFAV2"


def test_top_limits_a_page_of_scores(speak: Speak, small: Organisation) -> None:
    answer = speak(small).get("/v1.0/security/secureScores?$top=1").json()
    assert [one["createdDateTime"] for one in answer["value"]] == ["2026-01-15T00:00:00Z"]
    assert "@odata.nextLink" in answer


def test_per_user_mfa_is_told_user_by_user_on_beta_only(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    user = small.user("svc-scanner")["id"]
    path = f"users/{user}/authentication/requirements"
    assert speaker.get(f"/beta/{path}").json()["perUserMfaState"] == "enforced"
    assert speaker.get(f"/v1.0/{path}").status_code == 400


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/v1.0/users", "User.Read.All"),
        ("/v1.0/users?$select=id,signInActivity", "AuditLog.Read.All"),
        (ACCESS, "Policy.Read.All"),
        (ELIGIBLE, "RoleManagement.Read.Directory"),
        ("/v1.0/security/secureScores", "SecurityEvents.Read.All"),
    ],
)
def test_each_route_takes_its_permission(
    speak: Speak, small: Organisation, path: str, permission: str
) -> None:
    speaker = speak(small, granted={"User.Read.All"} - {permission})
    assert speaker.error(path) == (403, "Authorization_RequestDenied")
    speaker.cloud.granted.update({"User.Read.All", permission})
    assert speaker.get(path).status_code == 200


def test_without_p1_reports_and_policies_are_refused(speak: Speak) -> None:
    speaker = speak(Organisation.build(people=150, edition=STANDARD))
    not_premium = (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert speaker.error(REPORT) == not_premium
    assert speaker.error("/v1.0/users?$select=id,signInActivity") == not_premium
    assert speaker.error(ACCESS) == (403, "AadPremiumLicenseRequired")
    assert speaker.get("/v1.0/users?$select=id").status_code == 200


def test_without_p2_eligibility_and_risk_are_refused(speak: Speak) -> None:
    speaker = speak(Organisation.build(people=150, edition=E3))
    assert speaker.error(ELIGIBLE) == (403, "AadPremiumLicenseRequired")
    assert speaker.error("/v1.0/identityProtection/riskDetections")[0] == 403
    assert speaker.get(REPORT).status_code == 200
    assert speaker.get(ACCESS).status_code == 200


def test_the_organisation_can_change_under_way(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    assert speaker.get(ELIGIBLE).status_code == 200
    small.change_edition(STANDARD)
    assert speaker.error(ELIGIBLE)[0] == 403


def test_nothing_can_be_written(speak: Speak, small: Organisation) -> None:
    assert speak(small).post("/v1.0/users", {"displayName": "Nobody"}).status_code == 405
