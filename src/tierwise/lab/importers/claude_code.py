"""Claude Code transcripts: ~/.claude/projects/**/*.jsonl, all versions from 2.0.

One call is spread over several lines (one per part of its answer) that share a message id; the one with the most output holds the
most complete usage. Older clients log only the first tokens of the output; then it is estimated from the text. A resumed session
repeats earlier lines in a new file; the ids tell.

Subagents are threads of their own. Their calls stand in files of their own (agent-*.jsonl), in older versions as side chains among the
others, and where only that is left, in the progress that the main file noted of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.clients.claude_code import CLIENT, SUMMARY
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call, Importer, Note
from tierwise.lab.lines import moment, records
from tierwise.lab.transcript import SIDE, Line, Message, changes_tools, characters, message, overheard, parts, texts, usage

CHARACTERS: Final = 3.0
"""Characters of answer text for one token: 4 for one o200k token of code, 1.25 to 1.65 Claude tokens for that."""

MARKS: Final = (b'"sessionId"', b'"parentUuid"', b'"leafUuid"', b'"isSnapshotUpdate"')
SYNTHETIC: Final = "<synthetic>"
HOUR: Final = 3600
MINUTES: Final = 300

LATEST: Final = 50_000
"""Lines whose ids are remembered, at least."""

OPEN: Final = 1000
"""Calls whose parts may still come in: so many are in memory, however long the transcript."""

NAMED: Final = re.compile(r"[\w-]{1,80}")
"""What a subagent's name looks like in the name of its file."""

NAMELESS: Final = "unknown"
"""The model of an answer that does not name its own."""

NO_COUNTS: Final = Unknown("the transcript has no token counts")


class Thread(Struct):
    """What has been said in one thread since its last call."""

    words: list[str] = []
    upset: list[str] = []
    ttl: int = 0


class Draft(Struct):
    """A call while its parts are still coming in."""

    call: Call
    usage: Usage
    characters: int = 0
    blocks: int = 0
    thought: bool = False
    tools: list[str] = []


class Latest(Struct):
    """The threads of the latest lines by their ids."""

    newer: dict[str, str] = {}
    older: dict[str, str] = {}

    def thread(self, uuid: str) -> str | None:
        """The thread a line was in; None for a line not met lately."""
        return self.newer.get(uuid, self.older.get(uuid))

    def keep(self, uuid: str, thread: str) -> None:
        """Remember a line; the oldest are forgotten."""
        self.newer[uuid] = thread
        if len(self.newer) >= LATEST:
            self.newer, self.older = {}, self.newer


class Reading(Struct):
    """Everything known of a file so far."""

    path: Path
    latest: Latest
    threads: dict[tuple[str, str], Thread] = {}
    drafts: dict[tuple[str, str], Draft] = {}
    elsewhere: dict[str, bool] = {}


def claims(_path: Path, beginning: bytes) -> bool:
    """Whether a file's first lines are a transcript's."""
    return beginning.lstrip()[:1] == b"{" and b'"type"' in beginning and any(mark in beginning for mark in MARKS)


def order(path: Path) -> int:
    """Subagents' files after the others: some begin with a copy of the conversation they were forked from."""
    return int(path.name.startswith("agent-"))


def calls(path: Path, note: Note) -> Iterator[Call]:
    """The calls of a transcript, in the order in which they began."""
    reading = Reading(path, Latest())
    for number, line in records(path, Line, note):
        try:
            _read(line, number, reading)
        except ValueError as error:
            note(number, str(error))
        if len(reading.drafts) > OPEN:
            oldest = list(reading.drafts)[: OPEN // 2]
            yield from (_finished(reading.drafts.pop(key)) for key in oldest)
    yield from map(_finished, reading.drafts.values())


def _read(line: Line, number: int, reading: Reading) -> None:
    """Take in a line; ValueError says what is wrong with it."""
    if line.type == "progress":
        said = overheard(line)
        if said is None or said.type == "progress" or _has_its_own_file(said.agent_id or "", reading):
            return
        line = said
    uuid = line.uuid or ""
    if reading.latest.thread(uuid) is not None:
        return
    name = _thread(line, reading.latest)
    if uuid:
        reading.latest.keep(uuid, name)
    line.session_id = line.session_id or reading.path.name.split(".", 1)[0]
    thread = reading.threads.setdefault((line.session_id, name), Thread())
    if line.type == "assistant":
        _answered(line, number, name, thread, reading.drafts)
    else:
        _said(line, thread)


def _has_its_own_file(agent: str, reading: Reading) -> bool:
    """Whether what a subagent said stands in a file of its own, which tells more than progress does."""
    if agent not in reading.elsewhere:
        here = reading.path.parent
        folders = (here, here / reading.path.name.split(".", 1)[0] / "subagents")
        named = NAMED.fullmatch(agent) is not None
        reading.elsewhere[agent] = named and any((folder / f"agent-{agent}.jsonl").exists() for folder in folders)
    return reading.elsewhere[agent]


def _thread(line: Line, latest: Latest) -> str:
    """The thread a line belongs to: empty for the main one, else the subagent's id or the first line of its chain."""
    if not line.is_sidechain:
        return ""
    return line.agent_id or latest.thread(line.parent_uuid or "") or line.uuid or SIDE


def _said(line: Line, thread: Thread) -> None:
    """What a line that is no answer says about the next call."""
    if line.is_compact_summary:
        thread.upset.append("compaction")
    elif line.type == "user" and not line.is_meta:
        _asked(texts(message(line)), thread)
    elif changes_tools(line):
        thread.upset.append("tools")


def _asked(said: list[str], thread: Thread) -> None:
    """Take in what a person said, or the client in their place."""
    if said and said[0].startswith(SUMMARY):
        thread.upset.append("compaction")
        return
    words = CLIENT.words(said)
    thread.words += [words] if words else []


def _answered(line: Line, number: int, name: str, thread: Thread, drafts: dict[tuple[str, str], Draft]) -> None:
    """Add a part of an answer to the call it belongs to."""
    said = message(line)
    if said.model == SYNTHETIC or line.is_api_error_message:
        return
    counts, at = usage(said), moment(line.timestamp or "")
    key = (name, said.id or line.request_id or line.uuid or f"{line.session_id}:{number}")
    if key not in drafts:
        thread.ttl = HOUR if counts.write_1h else MINUTES if counts.write_5m else thread.ttl
        begun = Call(line.session_id or "", key[1], at, said.model or NAMELESS, NO_COUNTS, thread=name, line=number)
        drafts[key] = Draft(_begun(begun, line, thread), counts)
    draft = drafts[key]
    draft.usage = max(draft.usage, counts, key=_completeness)
    draft.call = replace(draft.call, at=min(at, draft.call.at), ended=max(at, draft.call.ended))
    _add_parts(draft, said)


def _completeness(counts: Usage) -> tuple[int, int, int]:
    return counts.output, counts.prompt, counts.write_1h


def _begun(call: Call, line: Line, thread: Thread) -> Call:
    """A call at its first part; takes what was said before it."""
    words, upset, thread.words, thread.upset = thread.words, thread.upset, [], []
    return replace(
        call,
        provider="anthropic" if call.model.startswith("claude") else "",
        client=CLIENT.name,
        version=line.version or "",
        workspace=line.cwd or "",
        words="\n".join(words),
        ttl=thread.ttl,
        upset=tuple(upset),
    )


def _add_parts(draft: Draft, said: Message) -> None:
    for part in parts(said):
        draft.blocks += 1
        draft.characters += characters(part)
        draft.thought |= "thinking" in (part.type or "")
        draft.tools += [part.name or ""] if part.type == "tool_use" else []


def _finished(draft: Draft) -> Call:
    """A call of its parts; the output is what was logged unless the text is clearly more than that."""
    shown = round(draft.characters / CHARACTERS)
    estimated = shown > 2 * draft.usage.output
    counts = replace(draft.usage, output=shown) if estimated else draft.usage
    return replace(
        draft.call,
        usage=counts if counts.prompt else NO_COUNTS,
        tools=tuple(draft.tools),
        thought=draft.thought,
        blocks=max(draft.blocks, 1),
        estimated=estimated and counts.prompt > 0,
    )


IMPORTER: Final = Importer("claude_code", "Claude Code transcripts", claims, calls, whole=True, order=order)
