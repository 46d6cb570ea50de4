"""Runs the program as a person does: in a process of its own, or in this one where that is enough."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from securescore.catalog import Catalog
from securescore.cli.main import main

PROGRAM = Path(sys.executable).with_name("securescore")


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def words(self) -> str:
        """What was printed, whatever the line breaks."""
        return " ".join(self.out.split())


def run(*arguments: object, **environment: str) -> Answer:
    """The program in a process of its own, without a terminal."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"COLUMNS": "80", "TERM": "dumb"} | environment,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


Program = Callable[..., Answer]


def in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], catalog: Catalog
) -> Program:
    """The same in this process, with that catalog."""
    for module in ("assess", "changes"):
        monkeypatch.setattr(f"securescore.cli.{module}.load_catalog", lambda: catalog)
    monkeypatch.setenv("COLUMNS", "80")

    def program(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["securescore", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return Answer(int(left.value.code or 0), printed.out, printed.err)

    return program
