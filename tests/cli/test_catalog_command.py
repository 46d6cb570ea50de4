import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.catalog.content_folder import ContentFolder, texts
from tests.cli.program import Program
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
        == f"1 action, 1 measured, catalog {load_catalog(content.path).version}: nothing wrong\n"
    )


def test_check_prints_a_line_for_each_finding_and_leaves_with_1(content: ContentFolder) -> None:
    content.skeleton("Bare", points=[{"value": 10.01}])
    content.write("Sample", sql="drop table organization")
    result = invoke("check", content.path)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "entra_id/Bare.yaml: 10.01 points are not allowed; a maximum is above 0 and at",
        "  most 10 [maximum_is_within_limits]",
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


def test_every_id_stands_whole_on_a_line_of_its_own() -> None:
    lines = invoke("list").stdout.splitlines()
    assert set(load_catalog().actions) <= {line.strip() for line in lines}
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("code", ["azuread", "AZUREAD", "AzureAD"])
def test_a_service_code_is_known_in_any_case(content: ContentFolder, code: str) -> None:
    content.skeleton()
    assert invoke("new", "custom.mine", "--service", code, "--folder", content.path).exit_code == 0
    assert load_catalog(content.path).actions["custom.mine"].service == "AzureAD"
    assert len(answer("list", "--service", code, "--folder", content.path)["actions"]) == 2


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("azuraed", "'AzureAD'"), ("Exchange", "'EXO'"), ("microsoft entra id", "'AzureAD'"), ("qqq", None)],
)
@pytest.mark.parametrize("command", [["list"], ["new", "custom.mine"]], ids=lambda words: words[0])
def test_an_unknown_service_is_refused_with_the_nearest_first_and_every_product(
    content: ContentFolder, command: list[str], wanted: str, meant: str | None
) -> None:
    content.skeleton()
    result = invoke(*command, "--service", wanted, "--folder", content.path)
    assert isinstance(result.exception, CatalogError)
    nearest = f" Did you mean {meant}?" if meant else ""
    assert str(result.exception).startswith(
        f"{wanted!r} is no service code.{nearest} The codes are AzureAD (Microsoft Entra ID), MDATP"
    )
    assert "EXO (Exchange Online)" in str(result.exception)


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


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("adminmfa", "there is no action 'adminmfa'. Did you mean 'AdminMFAV2'? `securescore catalog list`"),
        ("zzzzzz", "there is no action 'zzzzzz'. `securescore catalog list` names them all"),
    ],
)
def test_show_refuses_an_id_that_does_not_exist_and_names_the_nearest(wanted: str, told: str) -> None:
    result = invoke("show", wanted)
    assert isinstance(result.exception, CatalogError)
    assert str(result.exception).startswith(told)


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ({"plans": ["AAD_PREMIUM_P2"], "note": "Entra ID P2"}, "Microsoft Entra ID P2"),
        ({"plans": ["AAD_PREMIUM_P2"], "note": "for guests too"}, "Microsoft Entra ID P2 (for guests too)"),
        ({"plans": [], "note": "none, or P1 with Conditional Access"}, "none, or P1 with Conditional Access"),
        ({"plans": [], "note": "none"}, "none needed"),
        ({"plans": []}, "none needed"),
    ],
)
def test_show_says_the_licence_once(content: ContentFolder, licence: dict[str, object], told: str) -> None:
    content.write("Sample", licence=licence)
    lines = invoke("show", "Sample", "--folder", content.path).stdout.splitlines()
    assert [line.split(None, 1)[1].strip() for line in lines if line.startswith("Licence")] == [told]


def test_show_says_that_an_informational_action_is_not_scored(content: ContentFolder) -> None:
    content.write("Sample", kind="informational", points=None, scoring=None)
    content.skeleton("Bare")

    def points(action_id: str) -> str:
        shown = invoke("show", action_id, "--folder", content.path).stdout
        return next(line.removeprefix("Points").strip() for line in shown.splitlines() if "Points" in line)

    assert points("Sample") == "[Not scored]"
    assert points("Bare") == "unknown"


def test_show_says_when_there_is_no_text_yet(content: ContentFolder) -> None:
    content.skeleton("Bare")
    content.skeleton("Linked", link="https://entra.microsoft.com/")
    content.write("Sample")
    shown = {
        name: invoke("show", name, "--folder", content.path).stdout for name in ("Bare", "Linked", "Sample")
    }
    assert shown["Bare"].rstrip().endswith("the title is a short label for Microsoft's own.")
    assert shown["Linked"].rstrip().endswith("above leads to Microsoft's page.")
    assert "No text of ours" not in shown["Sample"]


def test_show_takes_the_language_in_any_case(content: ContentFolder) -> None:
    content.write("Sample")
    assert "Titel nl" in invoke("show", "Sample", "--language", "NL", "--folder", content.path).stdout


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


def test_new_writes_three_files_and_says_what_to_do(tmp_path: Path) -> None:
    content = ContentFolder(tmp_path / "my actions")
    content.skeleton()
    result = invoke("new", "custom.mine", "--service", "AzureAD", "--folder", content.path)
    assert result.exit_code == 0, result.output
    assert len(list((content.path / "entra_id").glob("custom.mine.*"))) == 3
    assert "  entra_id/custom.mine.sql\n" in result.stdout
    hint = next(line for line in result.stdout.splitlines() if "catalog check" in line)
    checked = invoke(*shlex.split(hint)[2:])
    assert "custom.mine.cases.yaml" in checked.stdout
    assert "2 actions" in checked.stderr


def test_new_in_the_shipped_folder_needs_no_folder_in_the_hint(
    content: ContentFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.skeleton()
    monkeypatch.setattr("securescore.cli.catalog.SHIPPED", content.path)
    result = invoke("new", "custom.mine", "--service", "AzureAD", "--folder", content.path)
    assert "  securescore catalog check\n" in result.stdout
    assert max(map(len, result.stdout.splitlines()[1:])) <= 80


def test_diff_tells_what_changed(content: ContentFolder, tmp_path: Path) -> None:
    old = ContentFolder(tmp_path / "old")
    old.write("Sample", points=[{"value": 7}])
    content.write("Sample")
    result = invoke("diff", old.path, content.path)
    assert result.exit_code == 0, result.output
    assert "re weighted\n  Sample" in strip_lines(result.stdout)
    assert "    7 -> 7, 8 from 2023-12-01" in result.stdout
    (change,) = answer("diff", old.path, content.path)["changes"]
    assert change == {"change": "re_weighted", "id": "Sample", "before": "7", "after": "7, 8 from 2023-12-01"}


def test_diff_of_equal_content_says_so(content: ContentFolder) -> None:
    content.write()
    assert invoke("diff", content.path, content.path).stdout.startswith("No difference: both are catalog 1-")


def test_diff_folds_no_id(content: ContentFolder, tmp_path: Path) -> None:
    old, long = ContentFolder(tmp_path / "old"), "A" * 70
    old.skeleton("Bare")
    content.skeleton("Bare")
    content.skeleton(long, en={"title": "word " * 40})
    lines = invoke("diff", old.path, content.path).stdout.splitlines()
    assert f"  {long}" in [line.rstrip() for line in lines]
    assert max(map(len, lines)) <= 80


def strip_lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--format", "csv"], "Invalid value for '--format': 'csv' is not one of 'table', 'json'"),
        (["show", "x", "--language", "de"], "Invalid value for '--language': 'de' is not one of 'en', 'nl'"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_wrong_choice_is_told_in_plain_words(program: Program, arguments: list[str], told: str) -> None:
    answered = program("catalog", *arguments)
    assert answered.code == 2
    assert answered.err == f"securescore: {told} (securescore catalog {arguments[0]} --help)\n"


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("", "Usage: securescore catalog [OPTIONS] COMMAND [ARGS]..."),
        ("check", "Usage: securescore catalog check [OPTIONS] [FOLDER]"),
        ("list", "Usage: securescore catalog list [OPTIONS]"),
        ("show", "Usage: securescore catalog show [OPTIONS] ID"),
        ("coverage", "Usage: securescore catalog coverage [OPTIONS]"),
        ("new", "Usage: securescore catalog new [OPTIONS] ID"),
        ("diff", "Usage: securescore catalog diff [OPTIONS] OLD [NEW]"),
    ],
)
def test_help_is_plain_and_names_what_to_give(program: Program, command: str, usage: str) -> None:
    answered = program("catalog", *command.split(), "--help")
    assert answered.lines[0] == usage
    assert not set("<>{}\u2502\u256d") & set(answered.out)
    assert "completion" not in answered.out
    assert max(map(len, answered.lines)) <= 80
    assert "..." not in answered.out.removeprefix(usage), "nothing is cut off"


def test_help_names_the_choices(program: Program) -> None:
    assert "--language en|nl " in program("catalog", "show", "--help").out
