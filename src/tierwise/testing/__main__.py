"""The scripted provider as a program: `python -m tierwise.testing --port 9100`."""

import argparse
import asyncio
import contextlib
import sys

from tierwise.testing.server import serving
from tierwise.upstream.scripted import Scripted


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tierwise.testing", description="Serve the scripted provider on loopback.")
    parser.add_argument("--port", type=int, default=9100, help="the port to listen on, 0 for any (9100)")
    parser.add_argument("--pace", type=float, default=4.0, help="milliseconds between two pieces of a stream (4)")
    parser.add_argument("--lenient", action="store_true", help="take requests that real providers would refuse")
    parser.add_argument("--model", action="append", default=[], help="a model that is known; may be given often (any)")
    return parser.parse_args()


async def _serve(given: argparse.Namespace) -> None:
    provider = Scripted(pace=given.pace / 1000, strict=not given.lenient, models=tuple(given.model))
    async with serving(provider, given.port) as served:
        sys.stdout.write(f"the scripted provider listens on {served.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
