"""Files that are no settings export are refused in one sentence, and leave nothing behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.scuba_export.exports import MADE, TENANT, export, imported, rows, saved

from securescore.connectors.scuba_export import import_scuba
from securescore.connectors.scuba_export.documents import LARGEST
from securescore.errors import EvidenceError, ImportedFileError
from securescore.evidence import EvidenceFolder

OTHER = "0d6a5f7e-9999-4222-8333-444455556666"
ORGANISATION = [{"Name": "contoso", "AuditDisabled": False}]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("<html>", "is not JSON"),
        ('{"a": ', "is not JSON"),
        ("[]", "holds a list"),
        ('"text"', "holds a text"),
        ("3", "holds a number"),
        ("{}", "an empty object"),
        ('{"value": []}', "the keys value"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 150 + "1" + "}" * 150, "nested too deeply"),
        (export(timestamp_zulu=None), "when it was made"),
        (export(timestamp_zulu="yesterday"), "when it was made"),
        (export(tenant_details=[]), "of which tenant"),
        (export(tenant_details=[{"TenantId": "contoso"}]), "of which tenant"),
        (export(tenant_details="Contoso"), "holds a text where an object belongs under tenant_details"),
        (export(tenant_id=OTHER), "of several tenants"),
        (export(tenant_details=[{"TenantId": TENANT}, {"TenantId": OTHER}]), "of several tenants"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, content: object, told: str) -> None:
    with pytest.raises(ImportedFileError) as refused:
        imported(tmp_path, content)
    assert told in str(refused.value)
    assert "ProviderSettingsExport.json that ScubaGear writes" in str(refused.value)
    assert EvidenceFolder(tmp_path / "evidence").runs() == []


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(b'{"module_version": "\xff\xfe"}')
    with pytest.raises(ImportedFileError, match="is not JSON"):
        import_scuba(file, EvidenceFolder(tmp_path / "evidence"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    with file.open("wb") as sparse:
        sparse.truncate(LARGEST + 1)
    with pytest.raises(ImportedFileError, match="has more than 256 megabytes"):
        import_scuba(file, EvidenceFolder(tmp_path / "evidence"))


@pytest.mark.parametrize("name", ["absent.json", "a\0b.json", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportedFileError, match="cannot be read"):
        import_scuba(tmp_path / name, EvidenceFolder(tmp_path / "evidence"))


def test_an_export_without_a_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportedFileError, match="fills no table"):
        imported(tmp_path, export(strange=[1]))
    with pytest.raises(ImportedFileError, match=r"fills no table \(the export holds a text where"):
        imported(tmp_path, export(org_config="<html>"))


def test_a_folder_takes_one_tenant(tmp_path: Path) -> None:
    imported(tmp_path, export(org_config=ORGANISATION))
    other = export(org_config=ORGANISATION, tenant_details=[{"TenantId": OTHER}])
    with pytest.raises(EvidenceError, match=OTHER):
        imported(tmp_path, other)
    assert len(EvidenceFolder(tmp_path / "evidence").runs()) == 1


def test_a_mark_at_the_beginning_of_the_file_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text("\ufeff" + json.dumps(export(org_config=ORGANISATION)), encoding="utf-8")
    report = import_scuba(file, EvidenceFolder(tmp_path / "evidence"))
    assert (report.tenant_id, report.version) == (TENANT, "1.8.0")
    assert report.run.ended.isoformat().startswith(MADE[:19])


@pytest.mark.parametrize("twice", [("full", "nothing"), ("nothing", "full")])
def test_of_a_key_that_is_there_twice_the_one_that_says_something_counts(
    tmp_path: Path, twice: tuple[str, str]
) -> None:
    texts = {"full": json.dumps(ORGANISATION), "nothing": "[null]"}
    head = json.dumps(export()).removesuffix("}")
    report = imported(tmp_path, head + "".join(f', "org_config": {texts[one]}' for one in twice) + "}")
    assert rows(report, "exchange_organization", "organization") == [("contoso",)]


def test_a_key_that_this_program_does_not_know_is_named(tmp_path: Path) -> None:
    strange: dict[str, Any] = {"brand_new_settings": [{"A": 1}], "\x1b[31m": None, "\ud800": {}}
    report = imported(tmp_path, export(org_config=ORGANISATION, cap_table_data=[], **strange))
    assert report.unknown == tuple(strange)
    assert report.used == {"org_config": ("exchange_organization",)}
    assert report.unused["cap_table_data"] == "says again what another key holds"


def test_every_key_is_accounted_for_once(tmp_path: Path) -> None:
    content: dict[str, Any] = export(
        org_config=ORGANISATION, conn_filter="wrong", new=1, built_in_protection_rules=[]
    )
    report = imported(tmp_path, content)
    told = [*report.used, *report.unused, *report.unknown]
    assert sorted(told) == sorted(content)
    assert report.unused["conn_filter"].startswith("connection_filters: the export holds a text")
    assert report.unused["built_in_protection_rules"].startswith("defender_mail_rules: ")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 30, "9" * 6000, str(2**63), "NaN", "Infinity"])
def test_a_number_that_no_column_holds_is_counted(tmp_path: Path, number: str) -> None:
    policy = f'{{"Name": "p", "IsDefault": true, "Enabled": true, "PhishThresholdLevel": {number}}}'
    head = json.dumps(export()).removesuffix("}")
    report = imported(tmp_path, f'{head}, "anti_phish_policies": [{policy}]}}')
    assert rows(report, "anti_phish_policies", "threshold") == [(None,)]
    assert report.rejections == {"anti_phish_policies": {"threshold": 1}}


def test_the_file_itself_is_not_changed(tmp_path: Path) -> None:
    file = saved(tmp_path, export(org_config=ORGANISATION))
    before = file.read_bytes()
    import_scuba(file, EvidenceFolder(tmp_path / "evidence"))
    assert file.read_bytes() == before
