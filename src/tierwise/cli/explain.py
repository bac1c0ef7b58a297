"""`tierwise explain`: why this model. The receipt of a served request, of a captured one, or of a call of a log; and what a cascade did."""

import argparse
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import to_builtins
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import build
from tierwise.cli import dates, receipts, rigs, served, terminal
from tierwise.core.decision import Conditions, Decision, Policy
from tierwise.engine.decide import decide
from tierwise.lab import captured, sessions
from tierwise.lab.captured import Captured, NotCaptured
from tierwise.lab.replay import Rig, replayed
from tierwise.lab.sessions import Session

SMALL = 64 << 20
"""A file larger than this is a log, not one request."""

ID = re.compile(r"[A-Za-z]+-[0-9A-Za-z]+|\d{8}-\d{6}-[0-9a-z]+")
"""What an id looks like; anything with a dot or a slash in it is meant to be a file."""


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "file", metavar="ID|FILE", type=Path, help="a request or a cascade of the ledger, a captured request (JSON), or a log"
    )
    parser.add_argument("--store", metavar="ADDRESS", help="of an id: the ledger (default: the settings')")
    parser.add_argument("--session", metavar="ID", help="of a log: the session (default: its first)")
    parser.add_argument("--call", metavar="N", type=int, default=1, help="of a log: which of the session's calls (default: 1)")
    parser.add_argument("--reference", metavar="MODEL", help="the model the team would otherwise use")
    parser.add_argument("--policy", metavar="P", help="cheapest, tiered, value or pinned")
    parser.add_argument("--floor", metavar="D", type=float, help="how far below the reference (0 to 1) a model's lower bound may lie")
    parser.add_argument("--json", action="store_true", help="the decision with its receipt, for a program")
    parser.set_defaults(run=run)


class NoSuchCall(ValueError):
    """A session or call that the log does not hold."""


def run(asked: argparse.Namespace) -> int:
    """Print the receipt."""
    if not asked.file.exists() and ID.fullmatch(str(asked.file)):
        return served.run(str(asked.file), asked.config, asked.store, as_json=asked.json)
    built = assembly.opened(Path(asked.config) if asked.config else None)
    policy = assembly.policy(built, asked.policy or "", asked.reference or "", asked.floor)
    reference = build.resolved(built.sources, asked.reference or built.settings.reference)
    names = sorted({*assembly.candidates(built), reference})
    found = _captured(asked.file)
    if found is not None:
        decision = _decided(asked.file, found, built, replace(policy, pin=str(found.body.get("model", ""))), names)
    else:
        session = _session(asked, built)
        made = rigs.rig(asked.config, names, replace(policy, pin=policy.reference), reference)
        decision = _replayed(session, asked.call, made)
    if asked.json:
        terminal.show_json(to_builtins(decision))
    else:
        receipts.show(decision)
    return 0


def _captured(path: Path) -> Captured | None:
    """The request a file holds, if it is not a log."""
    if not path.is_file() or path.stat().st_size > SMALL:
        return None
    return captured.captured(path.read_bytes())


def _decided(path: Path, one: Captured, built: assembly.House, policy: Policy, names: Sequence[str]) -> Decision:
    """The decision for a request as if it came now, with nothing warm."""
    try:
        request = captured.request(one, built.wires, built.clients)
    except NotCaptured as error:
        raise NotCaptured(f"{path}: not a request: {error}") from None
    now, _ = dates.instant(None)
    catalog = build.shelf(built.sources, names, [policy.reference]).at(now)
    return decide(built.parts, request, catalog, Conditions(now=now), policy)


def _session(asked: argparse.Namespace, built: assembly.House) -> Session:
    """The session asked for, its main thread if the log has one."""
    known: list[str] = []
    other: Session | None = None
    for session in sessions.read(sessions.found([asked.file], built.importers), sessions.Reading()):
        known.append(session.id)
        if asked.session in {None, session.id}:
            if not session.thread:
                return session
            other = other or session
    if other is None:
        close = difflib.get_close_matches(asked.session or "", known, 1, 0.3)
        raise NoSuchCall(f"{asked.file}: holds no session {asked.session!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    return other


def _replayed(session: Session, number: int, made: Rig) -> Decision:
    if not 1 <= number <= len(session.calls):
        raise NoSuchCall(f"--call: session {session.id} has calls 1 to {len(session.calls)}, not {number}")
    decision = replayed(Session(session.id, session.thread, session.calls[:number]), made).last
    if decision is None:
        raise NoSuchCall(f"--call: no call of session {session.id} up to {number} has a known model and usage")
    return decision
