"""`python -m securescore.cli.supervised COMMAND`: a command that ends in the ordinary way when its input does.

Its input is a pipe from the process that began it. However that one dies, the pipe ends.
"""

import os
import signal
import sys
import threading

from securescore.cli.main import main


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    main()
