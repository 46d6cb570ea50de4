"""Bad input: one clear sentence on stderr, an exit code that says so, and never a traceback."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.assess.hand_made import Evidence, day, native, people
from tests.cli.program import PROGRAM, Answer, Program, run

from securescore.cli.main import main

Folder = Callable[[Path], object]


def healthy(path: Path) -> Path:
    evidence = Evidence(path)
    evidence.run(day(0), {"users": people(ada=True)} | native(day(0), {"OneAdmin": 1}))
    return path


def damaged_manifest(path: Path, **changes: Any) -> Path:
    file = healthy(path) / "runs" / "20260112T060000Z-0001" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | changes), encoding="utf-8")
    return path


def other_schema(path: Path) -> Path:
    return damaged_manifest(path, format="securescore-evidence/2")


def other_table_version(path: Path) -> Path:
    file = healthy(path) / "runs" / "20260112T060000Z-0001" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    for record in manifest["tables"].values():
        record["schema_version"] = 99
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return path


def cut_manifest(path: Path) -> Path:
    file = healthy(path) / "runs" / "20260112T060000Z-0001" / "manifest.json"
    file.write_bytes(file.read_bytes()[:200])
    return path


def two_tenants(path: Path) -> Path:
    healthy(path)
    other = Evidence(path.with_name("other"))
    for number in (0, 1):
        run = other.run(day(number), {"domains": []}, tenant="somebody-else")
    shutil.copytree(run.path, path / "runs" / run.id)
    return path


def corrupt(path: Path) -> Path:
    for file in (healthy(path) / "runs").rglob("native_*.parquet"):
        file.write_bytes(file.read_bytes()[:-20] + b"\0" * 20)
    return path


def gone(path: Path) -> Path:
    for file in (healthy(path) / "runs").rglob("native_scores.parquet"):
        file.unlink()
    return path


def empty(path: Path) -> Path:
    path.mkdir()
    return path


def plain_file(path: Path) -> Path:
    path.write_text("no folder", encoding="utf-8")
    return path


FOLDERS: dict[str, tuple[Folder, str]] = {
    "missing": (lambda path: path, "does not exist: name the folder"),
    "empty": (empty, "holds no published run: collect first"),
    "a file": (plain_file, "is a file, not an evidence folder"),
    "another schema version": (other_schema, "this program reads 'securescore-evidence/1'"),
    "another version of a table": (other_table_version, "has schema version 99, this program reads 1"),
    "half a manifest": (cut_manifest, "is damaged"),
    "two tenants": (two_tenants, "holds evidence of several tenants"),
    "a corrupt Parquet file": (corrupt, "is damaged: its checksum is not the one in the manifest"),
    "a missing Parquet file": (gone, "native_scores.parquet is not there: restore the evidence folder"),
}
COMMANDS = (
    ["assess"],
    ["explain", "OneAdmin"],
    ["reconcile"],
    ["changes", "--from", "2026-01-12T06", "--to", "2026-02-01"],
)


def is_one_sentence(answer: Answer, sentence: str, code: int = 2) -> None:
    assert answer.code == code, answer
    assert len(answer.err.splitlines()) == 1, answer.err
    assert answer.err.startswith("securescore: ")
    assert sentence in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(("make", "sentence"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_that_cannot_be_read(program: Program, tmp_path: Path, make: Folder, sentence: str) -> None:
    make(tmp_path / "evidence")
    for command, *rest in COMMANDS:
        is_one_sentence(program(command, tmp_path / "evidence", *rest), sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain", "F", "NoSuchAction"], "no improvement action is called 'NoSuchAction'"),
        (["explain", "F", "\x1b[2Jx\n"], r"no improvement action is called '\x1b[2Jx\n'"),
        (["explain", "F", "OneAdmin", "--language", "de"], "--language 'de' is none of en, nl"),
        (["assess", "F", "--at", "yesterday"], "--at 'yesterday' is no date: write it as 2026-01-31"),
        (["assess", "F", "--at", ""], "--at '' is no date"),
        (["assess", "F", "--at", "2026-13-01"], "is no date"),
        (["assess", "F", "--at", "0001-01-01"], "lies outside the years 2000 to 2199"),
        (["assess", "F", "--at", "9999-12-31T23:59:59-12:00"], "lies outside the years"),
        (["changes", "F"], "holds fewer than 2 runs to compare"),
        (["changes", "F", "--from", "2026-02-01", "--to", "2026-01-20"], "exchange them"),
        (["changes", "F", "--from", "soon"], "--from 'soon' is no date"),
        (["changes", "F", "--to", "late"], "--to 'late' is no date"),
        (["changes", "F", "--from", "2020-01-01"], "is before the first run of F"),
        (["assess", "F", "--organisation", "nowhere.toml"], "nowhere.toml cannot be read: No such file"),
        (["assess", "F", "--organisation", "."], "cannot be read: Is a directory"),
        (["assess", "F", "--organisation", "bad.toml"], "did you mean 'action'?"),
        (["import", "native-score", "bad.toml", "--out", "X"], "bad.toml is no native score"),
        (["import", "native-score", "nothing.json", "--out", "X"], "nothing.json cannot be read"),
        (["assess", "F", "--unknown"], "No such option: --unknown"),
        (["assess", "F", "--format", "xml"], "'xml' is not one of 'table', 'json'"),
        (["assess"], "Missing argument 'FOLDER'"),
        (["assess", "F", "G"], "unexpected extra argument"),
        (["nothing"], "No such command 'nothing'"),
        ([], "Missing command"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_arguments_that_cannot_be_used(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    healthy(Path("F"))
    Path("bad.toml").write_text("[[decision]]\nacton = 'A'\n", encoding="utf-8")
    is_one_sentence(program(*arguments), sentence)
    assert not Path("X").exists()


def test_reconcile_without_a_score_of_microsoft(program: Program, evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    is_one_sentence(
        program("reconcile", evidence.folder.path), "there is no score of Microsoft to lay beside ours"
    )


# the same in processes of their own: what the shell sees


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["assess", "nowhere"], 2), (["assess", "nowhere", "--unknown"], 2), (["explain", "nowhere", "x"], 2)],
    ids=["missing folder", "unknown option", "explain"],
)
def test_as_a_process(arguments: list[str], code: int) -> None:
    is_one_sentence(run(*arguments), "", code)


def test_findings_arrive_as_exit_code_1(tmp_path: Path) -> None:
    """Typer brings a Click of its own: its Exit must not pass by as an unknown exception."""
    broken = tmp_path / "actions" / "entra_id"
    broken.mkdir(parents=True)
    (broken / "Bad.yaml").write_text("id: Bad\n", encoding="utf-8")
    answer = run("catalog", "check", tmp_path / "actions")
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert "Bad.yaml" in answer.out


@pytest.mark.parametrize(
    "arguments", [["--help"], ["assess", "-h"], ["--version"], ["catalog", "list", "--help"]]
)
def test_help_is_no_error(program: Program, arguments: list[str]) -> None:
    answer = program(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out


@pytest.mark.parametrize("arguments", [["catalog"], ["import"]])
def test_a_bare_group_of_commands_shows_its_help(program: Program, arguments: list[str]) -> None:
    answer = program(*arguments)
    assert answer.code == 2
    assert "Usage:" in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_an_interruption_leaves_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("securescore.cli.assess.assess_subject", interrupted)
    monkeypatch.setattr(sys, "argv", ["securescore", "assess", "F"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A program that a shell starts in the background ignores interruptions, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_real_interruption_leaves_no_traceback(tmp_path: Path) -> None:
    """In the middle of a collection, with threads at work and a server running."""
    command = [str(PROGRAM), "demo", "--folder", str(tmp_path / "demo")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        told = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        told += process.communicate(timeout=60)[1]
    assert process.returncode == 130, told
    assert b"Traceback" not in told, told.decode()
