from pathlib import Path

import pytest
from tests.catalog.content_folder import ContentFolder

from securescore.catalog import load_catalog
from securescore.catalog.loader import SHIPPED, read_services
from securescore.catalog.new import write_new
from securescore.errors import CatalogError

SERVICES, _ = read_services()


def test_a_new_action_loads_and_says_what_is_missing(content: ContentFolder) -> None:
    content.skeleton()
    files = write_new("custom.my_rule", SERVICES["EXO"], content.path)
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
    ("action_id", "problem"),
    [
        ("../escape", "'../escape' cannot be an id"),
        ("custom.x\n", "cannot be an id"),
        ("BARE", r"BARE is taken by entra_id/Bare\.yaml"),
    ],
)
def test_an_id_that_cannot_be_used_is_refused(content: ContentFolder, action_id: str, problem: str) -> None:
    content.skeleton()
    with pytest.raises(CatalogError, match=problem):
        write_new(action_id, SERVICES["AzureAD"], content.path)


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_actions_says_how_to_fill_it(tmp_path: Path, there: bool) -> None:  # noqa: FBT001
    folder = tmp_path / "my scratch"
    if there:
        folder.mkdir()
    with pytest.raises(CatalogError) as refused:
        write_new("custom.x", SERVICES["EXO"], folder)
    assert f"(cp -r {SHIPPED}/. '{folder}')" in str(refused.value)
    assert folder.exists() is there


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(CatalogError, match="file is a file: give a folder"):
        write_new("custom.x", SERVICES["EXO"], file)


def test_a_folder_that_cannot_be_written_says_to_copy_it(
    content: ContentFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.skeleton()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(CatalogError, match=r"cannot be written \(Permission denied\): copy the actions"):
        write_new("custom.x", SERVICES["EXO"], content.path)


def test_a_file_that_is_there_is_never_overwritten(content: ContentFolder) -> None:
    content.skeleton()
    query = content.path / "entra_id" / "custom.x.sql"
    query.write_text("select 1", "utf-8")
    with pytest.raises(CatalogError, match="already there"):
        write_new("custom.x", SERVICES["AzureAD"], content.path)
    assert query.read_text("utf-8") == "select 1"
