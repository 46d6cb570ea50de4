import pytest
from tests.catalog.content_folder import ContentFolder

from securescore.catalog import load_catalog
from securescore.catalog.new import write_new
from securescore.errors import CatalogError


def test_a_new_action_loads_and_says_what_is_missing(content: ContentFolder) -> None:
    content.skeleton()
    files = write_new("custom.my_rule", "EXO", content.path)
    assert [str(file.relative_to(content.path)) for file in files] == [
        "exchange_online/custom.my_rule.cases.yaml",
        "exchange_online/custom.my_rule.sql",
        "exchange_online/custom.my_rule.yaml",
    ]
    assert load_catalog(content.path).actions["custom.my_rule"].measured
    assert [(finding.validator, finding.message.split(";")[0]) for finding in content.findings()] == [
        ("cases_cover_every_verdict", "no case expects an entity that is exposed"),
        ("cases_cover_every_verdict", "no case expects an entity that is protected"),
    ]


@pytest.mark.parametrize(
    ("action_id", "service", "problem"),
    [
        ("../escape", "EXO", "'../escape' cannot be an id"),
        ("custom.x\n", "EXO", "cannot be an id"),
        ("custom.x", "Exchange", "'Exchange' is no service code; known are AzureAD"),
        ("BARE", "AzureAD", r"BARE is taken by entra_id/Bare\.yaml"),
    ],
)
def test_an_id_or_service_that_cannot_be_used_is_refused(
    content: ContentFolder, action_id: str, service: str, problem: str
) -> None:
    content.skeleton()
    with pytest.raises(CatalogError, match=problem):
        write_new(action_id, service, content.path)


def test_a_file_that_is_there_is_never_overwritten(content: ContentFolder) -> None:
    content.skeleton()
    query = content.path / "entra_id" / "custom.x.sql"
    query.write_text("select 1", "utf-8")
    with pytest.raises(CatalogError, match="already there"):
        write_new("custom.x", "AzureAD", content.path)
    assert query.read_text("utf-8") == "select 1"
