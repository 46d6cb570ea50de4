"""Names that come from a tenant or from Microsoft print harmlessly, whatever they hold."""

import unicodedata
from typing import Any

import pytest
from tests.assess.hand_made import Evidence, action, catalog_of, day, native, people, profiles, uid
from tests.cli.program import Answer, Program, in_process, run

HOSTILE = "\x1b[2J\x1b]0;owned\x07[red]x[/red]\u202egnp.exe\r\nsecond\u2028line\x9b31m\u200b[/]"
SHOWN = "[red]x[/red]"
LONG = "l" * 3000
TENANT = f"tenant {HOSTILE}"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    return in_process(monkeypatch, capsys, catalog_of(action("Sample")))


def user(name: str, **more: Any) -> dict[str, Any]:
    return (
        people(ada=False)[0]
        | {"user_id": uid(name), "user_name": name, "display_name": f"{name} policy"}
        | more
    )


@pytest.fixture
def hostile(evidence: Evidence) -> Evidence:
    rows = {"Sample": {"points": 3, "text": HOSTILE}, f"Control{HOSTILE}": {"points": 1, "text": HOSTILE}}
    described = profiles(**{f"Control{HOSTILE}": {"title": HOSTILE, "service": HOSTILE, "maximum": 5.0}})
    users = [user(HOSTILE), user(LONG)]
    evidence.run(day(0), {"users": users} | native(day(0), rows) | described, tenant=TENANT)
    users = [user(HOSTILE, enabled=True), user(LONG)]
    evidence.run(day(1), {"users": users} | native(day(1), rows) | described, tenant=TENANT)
    return evidence


def is_harmless(answer: Answer) -> None:
    assert answer.code == 0, answer.err
    bad = {char for char in answer.out + answer.err if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}}
    assert bad <= {"\n"}, [ascii(char) for char in bad]
    assert max(map(len, answer.lines)) <= 80


COMMANDS = {
    "assess": ["assess", "F", "--all"],
    "explain": ["explain", "F", "Sample"],
    "explain a control of Microsoft's": ["explain", "F", f"control{HOSTILE.casefold()}"],
    "reconcile": ["reconcile", "F", "--all"],
    "changes": ["changes", "F"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_tables(program: Program, hostile: Evidence, arguments: list[str]) -> None:
    answer = program(*[hostile.folder.path if one == "F" else one for one in arguments])
    is_harmless(answer)
    assert SHOWN in "".join(answer.out.split()), "markup is shown as it is written"


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_json_is_pure_ascii_and_keeps_every_character(
    program: Program, hostile: Evidence, arguments: list[str]
) -> None:
    given = [hostile.folder.path if one == "F" else one for one in arguments if one != "--all"]
    answer = program(*given, "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.out.isascii()
    assert {char for char in answer.out if ord(char) < 32} == {"\n"}
    assert any(HOSTILE in text for text in _strings(answer.json))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


def test_errors(program: Program, hostile: Evidence) -> None:
    """Also the sentence that names two tenants stays one harmless line."""
    answer = program("explain", hostile.folder.path, HOSTILE)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert "\x1b" not in answer.err


def test_a_long_name_is_whole(program: Program, hostile: Evidence) -> None:
    answer = program("explain", hostile.folder.path, "Sample")
    column = [line[len("protected ") :] for line in answer.lines]
    assert sum(line.count("l") for line in column) >= 2 * len(LONG)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_the_letters_shows_question_marks(evidence: Evidence, encoding: str) -> None:
    evidence.run(day(0), {"users": people(ada=True)}, tenant="Ωmega ünïcode 🙂")
    answer = run("assess", evidence.folder.path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert answer.code == 0, answer.err
    assert "mega" in answer.out
