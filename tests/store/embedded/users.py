"""Processes of securescore that use a server, to be killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_USER = """
import sys
from pathlib import Path
from securescore.store.embedded import EmbeddedServer

with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.application_url, flush=True)
    sys.stdin.read()
print("left", flush=True)
"""


@contextmanager
def using(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that starts or adopts the server and uses it until its input ends. It may not be ready yet."""
    command = [sys.executable, "-c", _USER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_ready(process: subprocess.Popen[str]) -> str:
    """The address for the application, once the server runs."""
    assert process.stdout
    line = process.stdout.readline().strip()
    assert line.startswith("postgresql+psycopg://")
    return line


def leave(process: subprocess.Popen[str]) -> None:
    """Lets the process stop using the server in the ordinary way."""
    output, _ = process.communicate(timeout=60)
    assert output.splitlines()[-1] == "left"
    assert process.returncode == 0
