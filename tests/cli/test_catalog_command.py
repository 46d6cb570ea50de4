import json
from pathlib import Path
from typing import Any

import pytest
from tests.catalog.content_folder import ContentFolder, texts
from typer.testing import CliRunner, Result

from securescore.catalog import load_catalog
from securescore.cli.catalog import app
from securescore.errors import CatalogError


@pytest.fixture
def content(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path / "actions")


def invoke(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "80", "TERM": "dumb"}).invoke(app, [str(part) for part in arguments])


def answer(*arguments: object) -> dict[str, Any]:
    result = invoke(*arguments, "--format", "json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_check_passes_right_content(content: ContentFolder) -> None:
    content.write()
    result = invoke("check", content.path)
    assert result.exit_code == 0, result.output
    assert (
        result.stdout
        == f"1 actions, 1 measured, catalog {load_catalog(content.path).version}: nothing wrong\n"
    )


def test_check_prints_a_line_for_each_finding_and_leaves_with_1(content: ContentFolder) -> None:
    content.skeleton("Bare", points=[{"value": 10.01}])
    content.write("Sample", sql="drop table organization")
    result = invoke("check", content.path)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "entra_id/Bare.yaml: 10.01 points are not allowed; a maximum is above 0 and at most 10 [maximum_is_within_limits]",
        "entra_id/Sample.yaml: only a SELECT is allowed, not DROP [sql_is_one_select]",
    ]
    assert "2 wrong" in result.stderr


def test_check_answers_in_json(content: ContentFolder) -> None:
    content.skeleton("Bare", link="http://example.org/")
    result = invoke("check", content.path, "--format", "json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["place"] == "entra_id/Bare.yaml"
    assert finding["validator"] == "link_is_https"


def test_check_refuses_a_folder_without_content(tmp_path: Path) -> None:
    result = invoke("check", tmp_path)
    assert isinstance(result.exception, CatalogError)


def test_list_fits_eighty_columns_and_names_every_action() -> None:
    result = invoke("list", "--service", "mdo")
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "mdo_safelinksforOfficeApps" in result.stdout
    assert "exo_mailtipsenabled" not in result.stdout
    assert "38 actions" in result.stdout


def test_list_filters_by_category_and_measurement(content: ContentFolder) -> None:
    content.write("Sample")
    content.skeleton("Bare")
    content.skeleton("Data", category="Data")

    def ids(*arguments: str) -> list[str]:
        return [row["id"] for row in answer("list", "--folder", content.path, *arguments)["actions"]]

    assert ids() == ["Bare", "Data", "Sample"]
    assert ids("--measured") == ["Sample"]
    assert ids("--native") == ["Bare", "Data"]
    assert ids("--category", "data") == ["Data"]
    assert ids("--category", "Identity", "--native") == ["Bare"]
    assert ids("--service", "EXO") == []


def test_list_gives_the_points_of_today_in_json(content: ContentFolder) -> None:
    content.write("Sample")
    content.skeleton("Bare")
    bare, sample = answer("list", "--folder", content.path)["actions"]
    assert (bare["points"], sample["points"]) == (None, 8.0)
    assert sample["title"] == "Titel en"


def test_list_refuses_an_unknown_service() -> None:
    result = invoke("list", "--service", "Exchange")
    assert isinstance(result.exception, CatalogError)
    assert "'Exchange' is no service code" in str(result.exception)


def test_show_tells_everything_in_the_language_asked_for(content: ContentFolder) -> None:
    content.write("Sample", nl=texts("nl") | {"why": "Omdat het moet."})
    result = invoke("show", "sample", "--language", "nl", "--folder", content.path)
    assert result.exit_code == 0, result.output
    for part in (
        "Titel nl",
        "Omdat het moet.",
        "7, 8 from 2023-12-01",
        "Microsoft Entra ID P1",
        "organization",
    ):
        assert part in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_show_answers_in_json(content: ContentFolder) -> None:
    content.write("Sample")
    action = answer("show", "SAMPLE", "--folder", content.path)["action"]
    assert action["point_history"] == [{"value": 7.0, "from": None}, {"value": 8.0, "from": "2023-12-01"}]
    assert action["licence"] == {"plans": ["AAD_PREMIUM"], "note": "Entra ID P1"}
    assert action["do"] == ["First.", "Second."]


def test_show_refuses_an_id_that_does_not_exist() -> None:
    result = invoke("show", "NoSuchThing")
    assert isinstance(result.exception, CatalogError)
    assert "'NoSuchThing'" in str(result.exception)


def test_hostile_text_is_shown_and_not_obeyed(content: ContentFolder) -> None:
    title = "[red]x[/red] \x1b[2J\x1b]0;owned\x07 \u202egnp.exe [link=https://evil.example]y[/link]"
    content.skeleton("Bare", en={"title": title, "why": title}, link="http://evil.example/\x1b[31m")
    for arguments in (("list", "--folder"), ("show", "Bare", "--folder"), ("check",)):
        result = invoke(*arguments, content.path)
        printed = result.stdout + result.stderr
        assert not {"\x1b", "\x07", "\u202e"} & set(printed), arguments
    shown = " ".join(invoke("show", "Bare", "--folder", content.path).stdout.split())
    assert "[red]x[/red]" in shown
    assert "[link=https://evil.example]y[/link]" in shown


def test_new_writes_three_files_and_says_what_to_do(content: ContentFolder) -> None:
    content.skeleton()
    result = invoke("new", "custom.mine", "--service", "AzureAD", "--folder", content.path)
    assert result.exit_code == 0, result.output
    assert "securescore catalog check" in result.stdout
    assert len(list((content.path / "entra_id").glob("custom.mine.*"))) == 3


def test_diff_tells_what_changed(content: ContentFolder, tmp_path: Path) -> None:
    old = ContentFolder(tmp_path / "old")
    old.write("Sample", points=[{"value": 7}])
    content.write("Sample")
    result = invoke("diff", old.path, content.path)
    assert result.exit_code == 0, result.output
    assert "re weighted" in result.stdout
    assert "7, 8 from 2023-12-01" in " ".join(result.stdout.split())
    (change,) = answer("diff", old.path, content.path)["changes"]
    assert change == {"change": "re_weighted", "id": "Sample", "before": "7", "after": "7, 8 from 2023-12-01"}


def test_diff_of_equal_content_says_so(content: ContentFolder) -> None:
    content.write()
    assert invoke("diff", content.path, content.path).stdout.startswith("No difference: both are catalog 1-")
