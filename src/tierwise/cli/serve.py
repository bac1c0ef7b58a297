"""`tierwise serve`: the gateway. With no provider's key it plays the built-in demo upstream, so that everything can be tried at once."""

import argparse
import gc
import os
import signal
import socket
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from msgspec.structs import replace

from tierwise import __version__, assembly
from tierwise.assembly import keeping, local, serving
from tierwise.assembly.serving import Stock, Transports
from tierwise.cli import descriptors, malloc
from tierwise.config.reader import BadSettings
from tierwise.config.settings import ServerSettings, Settings
from tierwise.gateway.app import App
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.http import Http
from tierwise.upstream.scripted import Scripted

QUEUE: Final = 2048
SHOWN: Final = 6
YOUNG: Final = 50_000
"""Objects after which young garbage is looked for: a request makes thousands that die by themselves."""


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--host", metavar="ADDRESS", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="N", type=int, help="the port (default: 8484; 0 takes a free one)")
    parser.add_argument("--local", action="store_true", help="serve a small real model on this machine (needs tierwise[local])")
    parser.add_argument("--demo", action="store_true", help="serve the built-in demo upstream whatever keys there are")
    parser.add_argument("--log", choices=("debug", "info", "warning", "error"), default="warning", help="what the server writes down")
    parser.add_argument("--log-format", choices=("human", "json", "none"), help="one line for each request: for people, as JSON, or none")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Serve until told to stop."""
    return serve(assembly.opened(Path(asked.config) if asked.config else None), asked)


def serve(house: assembly.House, asked: argparse.Namespace) -> int:
    """Serve a house until told to stop."""
    malloc.tuned()
    descriptors.raised()
    house = replace(house, settings=_settings(house.settings, asked))
    env: Mapping[str, str] = {} if asked.demo else os.environ
    with local.model(house, wanted=asked.local) as found:
        bound, kept = _bound(found.settings.server), keeping.kept(found.settings, os.environ)
        transports = Transports(Http(context=ssl.create_default_context()), Scripted(strict=False))
        stock = serving.stocked(found, env, transports)
        gateway = serving.gateway(found, stock, os.environ, transports, kept)
        with keeping.moved(kept):
            print(_greeting(stock, found.settings, bound.getsockname()[1], getattr(asked, "secret", "")), flush=True)
            _serve(app(gateway), bound, found.settings.server, asked.log)
    return 0


def _settings(said: Settings, asked: argparse.Namespace) -> Settings:
    server = said.server
    if asked.port is not None and not 0 <= asked.port <= 65_535:  # noqa: PLR2004  # what a port is
        raise BadSettings(f"--port: {asked.port} is no port (0 to 65535)")
    server = replace(server, host=asked.host or server.host, port=server.port if asked.port is None else asked.port)
    return replace(said, server=server, log=getattr(asked, "log_format", None) or said.log)


def _bound(server: ServerSettings) -> socket.socket:
    """A listening socket; an error names the address."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((server.host, server.port))
        one.listen(QUEUE)  # what connects from here on waits until it is served: the address is told before that
    except OSError as error:
        one.close()
        raise BadSettings(f"cannot listen on {server.host}:{server.port}: {error.strerror}; choose another with --port") from None
    return one


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """End well: being told to stop is no error. The server calls this when it has let its streams finish."""
    raise SystemExit(0)


class Ending(uvicorn.Server):
    """A server that tells the gateway as soon as it is told to stop: who follows what comes in lets go, and is not waited for."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        """A server of a gateway."""
        super().__init__(config)
        self.gateway = gateway

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self.gateway.closing = True
        super().handle_exit(sig, frame)


def _serve(application: App, bound: socket.socket, server: ServerSettings, log: str) -> None:
    """Run the server on a socket until it is told to stop; running requests get their time to finish."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, _stopped)
    gc.set_threshold(YOUNG, 10, 10)
    gc.freeze()
    config = uvicorn.Config(
        application,
        log_level=log,
        access_log=False,
        http="httptools",
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws="websockets-sansio",
        ws_max_size=server.body,
        backlog=QUEUE,
        limit_concurrency=server.connections,
        timeout_graceful_shutdown=round(server.drain),
        timeout_keep_alive=75,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        lifespan="on",
    )
    Ending(config, application.gateway).run(sockets=[bound])


def _greeting(stock: Stock, said: Settings, port: int, secret: str = "") -> str:
    """What a person needs to know to use it; with the secret of a key that signs in to the console where there is one."""
    host = f"[{said.server.host}]" if ":" in said.server.host else said.server.host
    base = f"http://{host}:{port}"
    key = secret or ("$YOUR_KEY" if said.keys else "any")
    lines = [f"tierwise {__version__} at {base}", "", *_found(stock), ""]
    console = [f"Console: {base}/console/{f'#/key/{secret}' if secret else ''}", ""] if said.console else []
    return "\n".join((*lines, *console, *_lines(base, key)))


def _found(stock: Stock) -> Sequence[str]:
    if stock.demo:
        return [
            "No provider key found: the built-in demo upstream answers, at the prices of the real models. Nothing leaves this machine.",
            "Set a key (ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY, ...) and start again to serve real models.",
        ]
    sold: dict[str, list[str]] = {}
    for site in stock.sites.values():
        sold.setdefault(site.provider.title if site.provider.name in site.provider.title.lower() else site.provider.name, []).append(
            site.model
        )
    return ["Providers found:", *(f"  {name}: {_some(models)}" for name, models in sorted(sold.items()))]


def _some(models: Sequence[str]) -> str:
    more = f" and {len(models) - SHOWN} more" if len(models) > SHOWN else ""
    return ", ".join(models[:SHOWN]) + more


def _lines(base: str, key: str) -> Sequence[str]:
    """Ready-made lines to try it and to point tools at it."""
    said = """'{"model": "auto", "messages": [{"role": "user", "content": "Say hello."}]}'"""
    provider = f"""{{name="tierwise", base_url="{base}/v1", env_key="TIERWISE_KEY", wire_api="responses"}}"""
    return (
        "Try it:",
        f"  curl {base}/v1/chat/completions -H 'content-type: application/json' -H 'authorization: Bearer {key}' -d {said}",
        "Claude Code:",
        f"  ANTHROPIC_BASE_URL={base} ANTHROPIC_API_KEY={key} ANTHROPIC_MODEL=auto claude",
        "Codex:",
        f"""  TIERWISE_KEY={key} codex -m auto -c model_provider=tierwise -c 'model_providers.tierwise={provider}'""",
        "Stop it with Ctrl-C.",
    )
