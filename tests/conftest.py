"""What all tests share: the real inputs, and the rule that a skip must have a listed reason."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
NO_SHARED = "the shared real inputs are not on this machine (SECURESCORE_SHARED)"

# A run says the same twice. `make test PYTEST_ARGS=--hypothesis-profile=searching` looks for what no run has met.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("searching", derandomize=False)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real inputs; the test is skipped where it does not exist."""
    folder = Path(os.environ.get("SECURESCORE_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(NO_SHARED)
    return folder


class SkipRule:
    """Fails a run in which a test was skipped for a reason that is not in `allowed_skips.txt`.

    Collection happens in the workers of pytest-xdist, so each worker hands what it saw to the controller.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self.refused: list[str] = []

    def _saw(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if reason.removeprefix("Skipped: ") not in self._allowed:
            self.refused.append(f"{report.nodeid}: {reason}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._saw(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._saw(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        self.refused += getattr(node, "workeroutput", {}).get("refused_skips", [])

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        yield
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["refused_skips"] = [skip for skip in self.refused if "::" not in skip]
        elif self.refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.refused:
            terminalreporter.section("skips without a reason in tests/allowed_skips.txt")
            for skip in sorted(set(self.refused)):
                terminalreporter.line(skip, red=True)


def pytest_configure(config: pytest.Config) -> None:
    lines = (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8").splitlines()
    allowed = frozenset(line for line in lines if line and not line.startswith("#"))
    config.pluginmanager.register(SkipRule(allowed), "skip-rule")
