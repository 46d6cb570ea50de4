from pathlib import Path

import pytest
from tests.catalog.content_folder import ContentFolder

from securescore.catalog.check import EXCEPTIONS, check_content, read_exemptions
from securescore.catalog.loader import read_content
from securescore.errors import CatalogError


def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_still_checked(
    content: ContentFolder,
) -> None:
    content.write("Broken", kind="config")
    content.skeleton("Bare", link="http://example.org/")
    assert content.lines() == [
        "entra_id/Bare.yaml: the link http://example.org/ is no https address [link_is_https]",
        "entra_id/Broken.yaml: kind: 'config' is not one of configuration, task, informational [form]",
    ]


def test_broken_cases_are_one_finding(content: ContentFolder) -> None:
    content.write(cases="- {name: x}")
    assert content.lines() == [
        "entra_id/Sample.yaml: Sample.cases.yaml, case 1: given: must map each relation to its rows [form]"
    ]


def test_a_query_without_a_form_is_a_stray(content: ContentFolder) -> None:
    content.skeleton()
    (content.path / "entra_id" / "Lost.sql").write_text("select 1", "utf-8")
    (content.path / "entra_id" / "Gone.cases.yaml").write_text("[]", "utf-8")
    assert [finding.place for finding in content.findings()] == [
        "entra_id/Gone.cases.yaml",
        "entra_id/Lost.sql",
    ]


def test_what_only_the_schema_forbids_is_found(content: ContentFolder) -> None:
    content.skeleton("Bare", threats=["spoofing", "spoofing"])
    (finding,) = content.findings()
    assert finding.validator == "file_follows_schema"
    assert finding.message.startswith("threats: ")


def test_without_known_relations_the_rules_about_them_are_silent(content: ContentFolder) -> None:
    content.write(sql="select 1 as entity_id, 2 as entity_name, 3 as verdict, 4 as detail from people", evidence=["people"])  # fmt: skip
    validators = {finding.validator for finding in check_content(read_content(content.path), None)}
    assert "evidence_is_known" not in validators


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {validator: link_is_https, action: X}", "exceptions.yaml, entry 1: reason: is missing"),
        ("- {validator: no_rule, action: X, reason: y}", "exceptions.yaml, entry 1: validator: 'no_rule' is no rule"),
        ("- {validator: dates_ascend, action: X, reason: y}", "exceptions.yaml, entry 1: validator: 'dates_ascend' is no"),
    ],
)  # fmt: skip
def test_a_broken_list_of_exceptions_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / EXCEPTIONS.name
    file.write_text(text, "utf-8")
    with pytest.raises(CatalogError) as error:
        read_exemptions(file)
    assert str(error.value).startswith(problem)
