"""Agents at work before providers whose models loop, fail their tests, or get it right; for tests of work items."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from tests.gateway.drill import Answered
from tests.gateway.within import Sold, broken, gateway, posted
from tierwise.core.entry import Entry, Outcome, Record
from tierwise.gateway.gateway import Gateway
from tierwise.ledger import memory
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Scripted, playing

WIRES = ("openai_chat", "anthropic", "openai_responses")
every_wire = pytest.mark.parametrize("wire", WIRES)
ABLE = {"tools": True, "context_window": 200_000, "max_output": 8_000}
SESSION = {"x-tierwise-session": "s1"}
ASKED = "Make the date parser accept leap days, and see that its tests pass."
LIST = '[[tool: bash {"command": "ls src"}]]'
TEST = '[[tool: bash {"command": "pytest -q"}]]'
DONE = "[[say: All of it is done.]]"
CLAUDE = {"user-agent": "claude-cli/2.1.330 (external, cli)", "x-claude-code-session-id": "s-9"}
TITLE = "Please write a 5-10 word title for this conversation."


class Playing(Struct):
    """A provider whose model does what a play says at each of its turns, whatever it is sent: the scripted one calls no tool twice."""

    play: Callable[[int], str]
    upstream: Scripted = field(default_factory=lambda: Scripted(pace=0))
    turns: int = 0

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        told = self.play(self.turns)
        self.turns += 1
        body = json.loads(sent.body)
        body |= {key: [{"role": "user", "content": "go"}] for key in ("messages", "input") if key in body}
        headers = {**sent.headers, "x-scripted": told}
        return await self.upstream.ask(replace(sent, headers=headers, body=json.dumps(body).encode()), patience)

    async def close(self) -> None:
        await self.upstream.close()


def edit(text: str) -> str:
    return f'[[tool: edit {{"path": "dates.py", "old": "pass", "new": "{text}"}}]]'


def loops(_turn: int) -> str:
    """Looks for ever."""
    return LIST


def fails(turn: int) -> str:
    """Edits and tests, and never gets it right."""
    return TEST if turn % 2 else edit(f"guess {turn}")


def works(turn: int) -> str:
    """Edits, tests, and says so; and the same for the next thing it is asked."""
    return (edit("fixed"), TEST, DONE)[turn % 3]


def answers(_turn: int) -> str:
    return DONE


class Fails(Struct):
    """A provider that is down the first few times."""

    upstream: Playing
    times: int

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        self.times -= 1
        return await (playing(broken(500)) if self.times >= 0 else self.upstream).ask(sent, patience)

    async def close(self) -> None:
        await self.upstream.close()


class Tongue(Struct, frozen=True):
    """How a wire tells a conversation: a tool, a person's words, an answer as it goes back, its calls, and the results of these."""

    tool: Callable[[str], dict[str, Any]]
    answer: Callable[[Any], list[dict[str, Any]]]
    calls: Callable[[Any], list[tuple[str, str, dict[str, Any]]]]
    results: Callable[[Sequence[tuple[str, str]]], list[dict[str, Any]]]
    key: str = "messages"
    more: Mapping[str, Any] = {}


SCHEMA = {"type": "object", "properties": {}}
CHAT = Tongue(
    lambda name: {"type": "function", "function": {"name": name, "parameters": SCHEMA}},
    lambda body: [body["choices"][0]["message"]],
    lambda body: [
        (one["id"], one["function"]["name"], json.loads(one["function"]["arguments"]))
        for one in body["choices"][0]["message"].get("tool_calls") or ()
    ],
    lambda found: [{"role": "tool", "tool_call_id": name, "content": text} for name, text in found],
)
MESSAGES = Tongue(
    lambda name: {"name": name, "input_schema": SCHEMA},
    lambda body: [{"role": "assistant", "content": body["content"]}],
    lambda body: [(one["id"], one["name"], one["input"]) for one in body["content"] if one["type"] == "tool_use"],
    lambda found: [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": name, "content": text} for name, text in found]}],
    more={"max_tokens": 900},
)
RESPONSES = Tongue(
    lambda name: {"type": "function", "name": name, "parameters": SCHEMA, "strict": None},
    lambda body: body["output"],
    lambda body: [(one["call_id"], one["name"], json.loads(one["arguments"])) for one in body["output"] if one["type"] == "function_call"],
    lambda found: [{"type": "function_call_output", "call_id": name, "output": text} for name, text in found],
    key="input",
)
TONGUES = dict(zip(WIRES, (CHAT, MESSAGES, RESPONSES), strict=True))


class Kept(Struct):
    """A ledger that keeps everything in order."""

    records: list[Record] = []
    inner: memory.Memory = field(default_factory=memory.opened)

    def record(self, record: Record) -> None:
        self.records.append(record)
        self.inner.record(record)

    def find(self, name: str) -> Entry | None:
        return self.inner.find(name)

    def recent(self, count: int) -> Sequence[Entry]:
        return self.inner.recent(count)

    async def close(self) -> None:
        """There is nothing to write."""


class Agent(Struct):
    """A coding tool in small: it asks, does what the model calls for, and asks again; `text` is the file that is worked on."""

    made: Gateway
    wire: str
    headers: Mapping[str, str]
    said: list[dict[str, Any]] = []
    text: str = "pass"
    model: str = "auto"

    async def ask(self, words: str, most: int = 12) -> list[str]:
        """The models that answered until one was done, or as often as allowed."""
        self.said.append({"role": "user", "content": words})
        return await self.more(most)

    async def more(self, most: int = 12) -> list[str]:
        """The models that answered, without the person saying anything."""
        models = []
        for _ in range(most):
            answer = await self.once()
            models.append(answer.headers["x-tierwise-model"])
            calls = self.tongue.calls(answer.json)
            if not calls:
                break
            self.said += self.tongue.results([(name, self.done(tool, given)) for name, tool, given in calls])
        return models

    async def once(self) -> Answered:
        body = {"model": self.model, self.tongue.key: self.said, "tools": [*map(self.tongue.tool, ("bash", "edit"))], **self.tongue.more}
        answer = await posted(self.made, self.wire, body, self.headers)
        assert answer.status == 200, answer.body
        self.said += self.tongue.answer(answer.json)
        return answer

    @property
    def tongue(self) -> Tongue:
        return TONGUES[self.wire]

    def done(self, tool: str, given: dict[str, Any]) -> str:
        if tool == "edit":
            self.text = given["new"]
            return "dates.py was changed"
        if given["command"] == "pytest -q":
            return (
                "Exit code: 0\n3 passed in 0.02s"
                if self.text == "fixed"
                else "Exit code: 1\nFAILED test_dates.py\n1 failed, 2 passed in 0.02s"
            )
        return "Exit code: 0\ndates.py"

    @property
    def records(self) -> list[Record]:
        assert isinstance(self.made.ledger, Kept)
        return self.made.ledger.records

    @property
    def entries(self) -> list[Entry]:
        return [one for one in self.records if isinstance(one, Entry)]

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was told, and of whom."""
        return [(one.kind, one.model) for one in self.records if isinstance(one, Outcome)]


def agent(
    wire: str, cheap: Callable[[int], str], dear: Callable[[int], str] = works, headers: Mapping[str, str] = SESSION, **said: Any
) -> Agent:
    """An agent before a cheap model and a dear one of the next tier."""
    made = gateway(
        Sold("one/small", Playing(cheap), WIRES, 1.0, ABLE),
        Sold("two/large", Playing(dear), WIRES, 5.0, {**ABLE, "tier": "premium"}),
        **said,
    )
    made.ledger = Kept()
    return Agent(made, wire, headers)


def because(entry: Entry) -> str:
    assert entry.decision is not None
    return entry.decision.receipt.because
