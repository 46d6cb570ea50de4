"""What the documents say exists: links, files, commands, options, make targets, settings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from securescore.catalog import load_catalog
from securescore.catalog.coverage import coverage_page
from securescore.cli.main import app
from securescore.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<body>.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACE = re.compile(
    r"^(?:\.ci|\.venv|benchmarks|docs|src|tests|tools)/[\w./*<>-]+$|^[\w.-]+\.(?:md|toml|txt)$"
)
GENERATED = (".venv/",)
TENANT_FILES = {"tenant.toml", "organisation.toml"}

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def code_of(document: Path) -> list[str]:
    """Code spans, and lines of code blocks without prompt and comment."""
    text = document.read_text(encoding="utf-8")
    blocks = [match["body"] for match in FENCE.finditer(text) if match["language"] in {"", "sh", "console"}]
    lines = [
        line.strip().removeprefix("$ ")
        for block in blocks
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return SPAN.findall(FENCE.sub("", text)) + [line.partition("  #")[0].strip() for line in lines]


def words_after(program: str, document: Path) -> Iterator[list[str]]:
    for code in code_of(document):
        match = re.match(rf"(?:\.venv/bin/)?{program}(?: (.*))?$", code)
        if match:
            yield (match[1] or "").split()


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.casefold()).strip().replace(" ", "-")


@documents
def test_links_lead_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        if anchor:
            headings = HEADING.findall(FENCE.sub("", linked.read_text(encoding="utf-8")))
            assert anchor in map(slug, headings), target


@documents
def test_commands_and_their_options_exist(document: Path) -> None:
    for words in words_after("securescore", document):
        command: Any = typer.main.get_command(app)
        while words and hasattr(command, "list_commands") and not words[0].startswith("-"):
            assert words[0] in command.list_commands(None), f"there is no command {words[0]!r}"
            command = command.get_command(None, words.pop(0))
        known = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        used = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert used <= known | {"--help"}, f"`securescore {command.name}` has no {sorted(used - known)}"


@documents
def test_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    used = {
        word for words in words_after("make", document) for word in words if re.fullmatch(r"[a-z]+", word)
    }
    assert used <= targets


@documents
def test_files_exist(document: Path) -> None:
    for code in code_of(document):
        if not PLACE.match(code) or code.startswith(GENERATED) or code in TENANT_FILES:
            continue
        pattern = re.sub(r"<[^>]*>", "*", code).rstrip("/")
        assert any(ROOT.glob(pattern)) or any(document.parent.glob(pattern)), code


@documents
def test_settings_are_read_somewhere(document: Path) -> None:
    used = set(re.findall(r"SECURESCORE_[A-Z_]+[A-Z]", document.read_text(encoding="utf-8")))
    sources = [*(ROOT / "src").rglob("*.py"), ROOT / "tests" / "conftest.py"]
    known = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    known += "\n".join(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)
    assert {name for name in used if name not in known} == set()


def test_every_decision_is_listed_and_numbered_once() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    numbers = [int(record.name[:4]) for record in records]
    assert numbers == list(range(len(records)))
    assert [record.name for record in records if f"({record.name})" not in index] == []


def test_the_coverage_page_is_of_today() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(load_catalog()), (
        "write it anew: securescore catalog coverage > docs/coverage.md"
    )
