import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import Program
from typer.testing import CliRunner, Result

from securescore.cli.import_files import app
from securescore.errors import ImportedFileError
from securescore.evidence import EvidenceFolder

SCORE: dict[str, Any] = {
    "azureTenantId": "Contoso \x1b[31m",
    "createdDateTime": "2026-01-15T00:00:00Z",
    "currentScore": 6.4,
    "maxScore": 20,
    "controlScores": [{"controlName": f"[b]C{n}\x1b[2J", "score": n} for n in range(8)],
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "scores.json"
    file.write_text(json.dumps({"value": [SCORE]}), encoding="utf-8")
    return file


def invoke(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["native-score", *map(str, arguments)])


def test_what_was_imported_is_printed(saved: Path, tmp_path: Path) -> None:
    result = invoke(saved, "--out", tmp_path / "evidence")
    assert result.exit_code == 0, result.output
    assert "6.4 of 20 points, 8 controls" in result.stdout
    assert "1 (2026-01-15 to 2026-01-15)" in result.stdout
    assert "8 scored controls have no profile" in " ".join(result.stdout.split())
    assert "and 3 more" in " ".join(result.stdout.split())
    assert len(EvidenceFolder(tmp_path / "evidence").runs()) == 1


def test_hostile_names_print_harmlessly(saved: Path, tmp_path: Path) -> None:
    result = invoke(saved, "--out", tmp_path / "evidence")
    assert "\x1b" not in result.stdout
    assert "[b]C0?[2J" in result.stdout


def test_as_json(saved: Path, tmp_path: Path) -> None:
    result = invoke(saved, "--out", tmp_path / "evidence", "--format", "json")
    report = json.loads(result.stdout)
    assert (report["points"], report["maximum"], report["controls"], report["days"]) == (6.4, 20, 8, 1)
    assert report["partial"] is True
    assert len(report["without_profile"]) == 8
    assert report["tenant_id"] == "Contoso \x1b[31m"


def test_what_was_not_usable_is_told(tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    file.write_text(
        json.dumps(SCORE | {"controlScores": [{"controlName": "A", "score": -1}]}), encoding="utf-8"
    )
    result = invoke(file, "--out", tmp_path / "evidence")
    assert "native_controls: points 1 (kept as not known)" in result.stdout


def test_a_wrong_file_raises_what_the_program_turns_into_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html>", encoding="utf-8")
    result = invoke(file, "--out", tmp_path / "evidence")
    assert isinstance(result.exception, ImportedFileError)


def test_files_are_needed(tmp_path: Path) -> None:
    assert invoke("--out", tmp_path / "evidence").exit_code == 2


def test_the_same_moment_again_is_said(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    assert "already holds" not in invoke(saved, "--out", folder).stdout
    first = EvidenceFolder(folder).newest().id
    again = " ".join(invoke(saved, "--out", folder).stdout.split())
    assert f"the folder already holds a run of this moment ({first}); nothing in it is new" in again
    assert len(EvidenceFolder(folder).runs()) == 2
    report = json.loads(invoke(saved, "--out", folder, "--format", "json").stdout)
    assert len(report["runs_of_the_same_moment"]) == 2
    assert first in report["runs_of_the_same_moment"]


def test_the_same_moment_with_other_content_is_said(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    invoke(saved, "--out", folder)
    saved.write_text(json.dumps(SCORE | {"currentScore": 7}), encoding="utf-8")
    assert "1 of its 3 tables are new or differ" in " ".join(invoke(saved, "--out", folder).stdout.split())


def test_another_moment_is_no_repetition(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    invoke(saved, "--out", folder)
    saved.write_text(json.dumps(SCORE | {"createdDateTime": "2026-01-16T00:00:00Z"}), encoding="utf-8")
    assert "already holds" not in invoke(saved, "--out", folder).stdout
    report = json.loads(invoke(saved, "--out", tmp_path / "other", "--format", "json").stdout)
    assert report["runs_of_the_same_moment"] == []


def test_eighty_columns_with_nothing_cut_off(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("evidence" * 12)
    arguments = ["native-score", str(saved), "--out", str(folder)]
    printed = CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments).stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "\u2026" not in printed
    assert folder.name in re.sub(r"\s", "", printed)


def test_help_and_a_wrong_choice_speak_as_the_other_commands_do(program: Program) -> None:
    shown = program("import", "native-score", "--help")
    assert shown.lines[0] == "Usage: securescore import native-score [OPTIONS] FILES..."
    assert "  FILES...  Saved answers" in shown.out
    assert not set("<>{}") & set(shown.out)
    bare = program("import", "--help")
    assert "native-score  Import saved answers of Microsoft's own score." in bare.out
    wrong = program("import", "native-score", "x", "--out", "y", "--format", "csv")
    assert wrong.err.startswith("securescore: Invalid value for '--format': 'csv' is not one of")
