"""One client in one scene: lay out its home and a repository, run it, and hold what it did against what it should have done."""

import secrets
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from e2e.kit.client import ANTHROPIC, CHAT, RESPONSES, TOOL, WEBSOCKET, Client, Run, Stage
from e2e.kit.installing import folder_name, installed
from e2e.kit.servers import sealed
from e2e.kit.tap import Call

PATHS: Final = MappingProxyType({ANTHROPIC: "/messages", CHAT: "/chat/completions", RESPONSES: "/responses", WEBSOCKET: "/responses"})
PATIENCE: Final = 120.0
TOO_LATE: Final = 124
FAILED: Final = 400
PROBES: Final = frozenset({"HEAD"})
"""Methods of calls that may go unanswered: clients try them to warm a connection up."""


class Done(Struct, frozen=True):
    """What came of a command."""

    code: int
    out: str
    errors: str
    seconds: float


class Trial(Struct, frozen=True):
    """What came of a client in a scene; `wrong` says what was not as it should be, nothing if all was."""

    scene: str
    calls: int
    seconds: float
    wrong: tuple[str, ...] = ()


class Judged(Struct, frozen=True):
    """All that a verdict is drawn from. `secret` is a file name that only the repository has."""

    client: Client
    stage: Stage
    done: Done
    answer: str
    secret: str
    calls: Sequence[Call]
    upstream: Sequence[Call]
    upstream_wire: str
    real: bool = False


@contextmanager
def stage(client: Client, url: str, wire: str, scene: str) -> Iterator[tuple[Stage, str]]:
    """A home and a git repository of their own, and the name of a file that is only there."""
    place = installed(client.installer, folder_name(client.name, client.version), client.packages)
    with tempfile.TemporaryDirectory(prefix="tierwise-e2e-", ignore_cleanup_errors=True) as folder:
        home, repo = Path(folder) / "home", Path(folder) / "repo"
        secret = f"0-kestrel-{secrets.token_hex(4)}.txt"
        for path, text in ((repo / secret, "A bird.\n"), (repo / "greet.py", "print('hi')\n"), (home / ".keep", "")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        subprocess.run(("git", "init", "-q", str(repo)), check=True)  # noqa: S603, S607  # the machine's git
        for command in (("add", "."), ("-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "-qm", "Start")):
            subprocess.run(("git", "-C", str(repo), *command), check=True)  # noqa: S603, S607  # the same
        yield Stage(place, home, repo, url, wire, scene), secret


def ran(run: Run, at: Stage) -> Done:
    """A command run to its end, or ended when it takes too long."""
    for name, text in run.files.items():
        path = at.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    start = time.monotonic()
    try:
        ended = subprocess.run(  # noqa: S603  # the client, as its file says
            run.argv,
            cwd=at.repo,
            env=sealed(at.home, run.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        code, out, errors = ended.returncode, ended.stdout, ended.stderr
    except subprocess.TimeoutExpired as late:
        code, out, errors = TOO_LATE, late.stdout or b"", late.stderr or b""
    return Done(code, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace"), time.monotonic() - start)


def verdict(seen: Judged) -> Trial:
    """What was wrong, by every check that there is."""
    wrong = tuple(said for check in CHECKS for said in check(seen))
    return Trial(seen.stage.scene, sum(one.method not in PROBES for one in seen.calls), seen.done.seconds, wrong)


def _ended_well(seen: Judged) -> Iterator[str]:
    if seen.done.code:
        yield f"exit code {seen.done.code}: {(seen.done.errors or seen.done.out).strip()[-400:]}"


def _answered(seen: Judged) -> Iterator[str]:
    """The words of the scripted model's last answer are what the client says last; a real model may say anything."""
    expected = ("",) if seen.real else ANSWERS[seen.stage.scene]
    for words in expected:
        if not seen.answer.strip() or words not in seen.answer:
            yield f"the answer has no {words!r}: {seen.answer.strip()[-300:]!r}"


def _ran_tool(seen: Judged) -> Iterator[str]:
    if seen.stage.scene == TOOL and seen.secret not in seen.answer:
        yield f"{seen.secret} is not in the answer, so the tool did not run: {seen.answer.strip()[-300:]!r}"


def _spoke(seen: Judged) -> Iterator[str]:
    """The client spoke its wire to the gateway, and the gateway the upstream's."""
    if not any(_path(one).endswith(PATHS[seen.stage.wire]) for one in seen.calls):
        yield f"no call to {PATHS[seen.stage.wire]}, but {_listed(seen.calls)}"
    if seen.stage.wire == WEBSOCKET and {one.status for one in seen.calls if _path(one).endswith("/responses")} != {101}:
        yield f"not by WebSocket alone: {_listed(seen.calls)}"
    if not any(_path(one).endswith(PATHS[seen.upstream_wire]) for one in seen.upstream):
        yield f"the upstream saw no call to {PATHS[seen.upstream_wire]}, but {_listed(seen.upstream)}"


def _no_errors(seen: Judged) -> Iterator[str]:
    for side, calls in (("gateway", seen.calls), ("upstream", seen.upstream)):
        yield from (
            f"{side}: {one.method} {one.path} was answered with {one.status}: {one.answered[:300].decode('utf-8', 'replace')}"
            for one in calls
            if (one.status >= FAILED or one.status <= 0) and one.method not in PROBES
        )


def _no_retries(seen: Judged) -> Iterator[str]:
    """No call is made twice: not by the client's own count, nor with the same body."""
    for one in seen.calls:
        if int(one.headers.get("x-stainless-retry-count", "0")):
            yield f"{one.path} is a retry by the client's own count"
    for side, calls in (("client", seen.calls), ("gateway", seen.upstream)):
        twice = Counter((one.path, one.digest) for one in calls if one.method == "POST")
        yield from (f"the {side} sent the same to {path} {times} times" for (path, _), times in twice.items() if times > 1)


def _path(call: Call) -> str:
    return call.path.partition("?")[0]


def _listed(calls: Sequence[Call]) -> str:
    return ", ".join(f"{one.method} {one.path} {one.status}" for one in calls) or "none at all"


ANSWERS: Final = MappingProxyType({"plain": ("Hello",), TOOL: ("The tool answered",)})
CHECKS: Final[tuple[Callable[[Judged], Iterator[str]], ...]] = (_ended_well, _answered, _ran_tool, _spoke, _no_errors, _no_retries)
