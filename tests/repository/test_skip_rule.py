"""The rule of tests/conftest.py is a check of its own: it must fail what it should fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REASON = "the shared real inputs are not on this machine (SECURESCORE_SHARED)"
IN_TEST = "import pytest\ndef test_a(): pytest.skip({reason!r})\ndef test_b(): pass\n"
IN_MODULE = "import pytest\npytest.skip({reason!r}, allow_module_level=True)\n"


def run_tests(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "tests").mkdir()
    for name in ("conftest.py", "allowed_skips.txt"):
        (folder / "tests" / name).write_bytes((ROOT / "tests" / name).read_bytes())
    (folder / "tests" / "test_it.py").write_text(source)
    (folder / "tests" / "test_other.py").write_text("def test_c(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist", *options, "tests"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("source", [IN_TEST, IN_MODULE], ids=["in a test", "of a module"])
@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "in workers"])
def test_a_skip_without_a_listed_reason_fails_the_run(
    tmp_path: Path, source: str, options: tuple[str, ...]
) -> None:
    result = run_tests(tmp_path, source.format(reason="felt like it"), *options)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "felt like it" in result.stdout.partition("skips without a reason")[2]


@pytest.mark.parametrize("source", [IN_TEST, IN_MODULE], ids=["in a test", "of a module"])
def test_a_listed_reason_passes(tmp_path: Path, source: str) -> None:
    result = run_tests(tmp_path, source.format(reason=REASON))
    assert result.returncode == pytest.ExitCode.OK, result.stdout
