"""The connector reads the invented cloud whole: nothing missing, nothing rejected, every row there."""

from pathlib import Path

from securescore.connectors import collect, load_tenant
from securescore.demo import STANDARD, InventedCloud, Organisation, write_tenant_file
from securescore.evidence import EvidenceFolder


def collected(organisation: Organisation, folder: Path) -> dict[str, tuple[str, int | None]]:
    with InventedCloud(organisation) as cloud:
        tenant = load_tenant(write_tenant_file(cloud, folder / "tenant"))
        report = collect(tenant, EvidenceFolder(folder / "evidence"))
    assert report.complete
    assert not any(record.rejections or record.repeated for record in report.tables.values())
    return {name: (record.state, record.rows) for name, record in report.tables.items()}


def test_every_table_is_collected_whole(small: Organisation, tmp_path: Path) -> None:
    tables = collected(small, tmp_path)
    assert {state for state, _ in tables.values()} == {"collected"}
    rows = {name: count for name, (_, count) in tables.items()}
    assert rows["users"] == rows["user_activity"] == len(small.users)
    assert rows["registration_details"] == len(small.registrations)
    assert rows["per_user_mfa"] == sum(one["accountEnabled"] for one in small.users)
    assert rows["conditional_access_policies"] == 15
    assert rows["role_assignments"] == len(small.roles.assignments)
    assert rows["native_profiles"] == len(small.native.profiles)
    assert rows["native_controls"] == sum(len(one["controlScores"]) for one in small.native.scores)


def test_without_premium_licences_only_what_takes_them_is_missing(tmp_path: Path) -> None:
    organisation = Organisation.build(people=150, edition=STANDARD, security_defaults=True)
    missing = {name for name, (state, _) in collected(organisation, tmp_path).items() if state == "missing"}
    assert {"risk_detections", "registration_details", "conditional_access_policies"} <= missing
    assert not missing & {"users", "security_defaults", "native_scores"}
