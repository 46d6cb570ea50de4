from pathlib import Path

import pytest
from tests.assess.hand_made import SHIPPED, Evidence
from tests.cli.program import Program, in_process


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    """An empty evidence folder."""
    return Evidence(tmp_path / "evidence")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program in this process, with the shipped catalog."""
    return in_process(monkeypatch, capsys, SHIPPED)
