"""The locked requirements fit pyproject.toml, and name no place they came from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\;]+)")
LOCKS = ("requirements-uv.txt", "requirements.txt", "requirements-dev.txt")
STALE = "run `make lock`"


def text_of(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, Version]:
    matches = filter(None, map(PIN.match, text_of(lock).splitlines()))
    return {canonicalize_name(match["name"]): Version(match["version"]) for match in matches}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(*, dev: bool) -> list[Requirement]:
    lines = list(project()["project"]["dependencies"])
    if dev:
        lines += [line for group in project()["dependency-groups"].values() for line in group]
        lines += project()["build-system"]["requires"]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("lock", "dev"), [("requirements.txt", False), ("requirements-dev.txt", True)])
def test_every_dependency_is_locked_at_a_version_that_it_allows(lock: str, *, dev: bool) -> None:
    locked = pins(lock)
    for requirement in wanted(dev=dev):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{lock} lacks {name}: {STALE}"
        assert requirement.specifier.contains(locked[name]), f"{lock} has {name} {locked[name]}: {STALE}"


def test_what_runs_is_what_was_tested() -> None:
    developed = pins("requirements-dev.txt")
    assert {name: developed.get(name) for name in pins("requirements.txt")} == pins("requirements.txt"), STALE


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text_of(lock))
    pinned = [block for block in blocks if PIN.match(block)]
    assert pinned
    assert [block.splitlines()[0] for block in pinned if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address_or_a_path(lock: str) -> None:
    assert re.findall(r"\S+://\S+|--(?:extra-)?index-url|--find-links|^/.*|file:\S*", text_of(lock)) == []
