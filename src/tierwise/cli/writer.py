"""The ledger's writer as a process of its own. tierwise serve starts it; nobody has to know it.

    TIERWISE_WRITER_STORE=ledger.db python -m tierwise.cli.writer --spool FOLDER

It ends when its standard input does and everything is in the store. With --stay it ends only when it is told to.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tierwise import plugins
from tierwise.ledger import addresses
from tierwise.ledger.loud import to_stderr
from tierwise.ledger.supervising import ADDRESS
from tierwise.ledger.writer import Plan, life, ready, work


def main(arguments: Sequence[str] | None = None) -> int:
    """Move what is spooled into the store."""
    parser = argparse.ArgumentParser(prog="python -m tierwise.cli.writer", description=__doc__)
    parser.add_argument("--spool", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=1 << 30, metavar="BYTES", help="the most that the folder should have")
    parser.add_argument("--keep-days", type=int, default=0, metavar="N", help="forget older entries (0: never)")
    parser.add_argument("--stay", action="store_true", help="go on when standard input ends")
    asked = parser.parse_args(arguments)
    until = life()

    def end(_number: int, _frame: FrameType | None) -> None:
        until.told.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if not asked.stay:
        until.watch(sys.stdin.fileno())
    kinds = plugins.found(plugins.STORES)
    writer = ready(Plan(asked.spool, asked.size, asked.keep_days), lambda: addresses.opened(os.environ.get(ADDRESS, ""), kinds), to_stderr)
    work(writer, until)
    return 0


if __name__ == "__main__":
    sys.exit(main())
