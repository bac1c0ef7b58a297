"""A gateway that a cascade has started for itself, on a free port of this machine. Nobody has to know it.

    python -m tierwise.cli.lodged [--config FILE]

It tells its address and ends when its standard input does, so that it never outlasts the cascade, whatever happens to that. What is
spooled by then is moved to the store first.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tierwise import assembly
from tierwise.cli import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tierwise.cli.lodged", description=__doc__)
    parser.add_argument("--config", type=Path, metavar="FILE")
    parser.set_defaults(host="127.0.0.1", port=0, local=False, demo=False, log="error", log_format="none")
    asked = parser.parse_args(arguments)
    threading.Thread(target=_watch, args=(sys.stdin.fileno(),), name="lodged-parent", daemon=True).start()
    try:
        return serve.serve(assembly.opened(asked.config), asked)
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2


def _watch(descriptor: int) -> None:
    """Tell this process to end when whoever holds the other end of a pipe is gone."""
    while os.read(descriptor, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
