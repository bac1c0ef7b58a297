"""What the scripted model says to a request: a pure function of what is asked.

It thinks if it was asked to, calls one tool if the person wishes something that a tool can do, quotes what tools answered, keeps to a JSON
schema, and otherwise says in a sentence who it is and what it heard. Directives come before all of that.
"""

import json
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.upstream.scripted.asked import AUTO, CUSTOM, NONE, REQUIRED, Asked, Offered
from tierwise.upstream.scripted.counting import BYTES, tokens
from tierwise.upstream.scripted.directives import Directives, without
from tierwise.upstream.scripted.fitting import fitted, short

WISH: Final = re.compile(
    r"\b(list|files?|folder|director(?:y|ies)|ls|run|shell|bash|command|read|open|show|look|find|search|fix|edit|change|write|add|create|implement"
    r"|refactor|tests?|review|repo(?:sitory)?|project|code|use the|call the)\b",
    re.IGNORECASE,
)
NO_WISH: Final = re.compile(r"summar|do not (?:use|call) (?:any )?tools?|without (?:using )?(?:any )?tools?", re.IGNORECASE)
TITLED: Final = re.compile(
    r"\b(?:generate|write|create|give|suggest|make|come up with|produce)\b[^.\n]{0,60}\btitle\b|title generator", re.IGNORECASE
)
SHELLS: Final = frozenset(
    "bash shell exec_command run_terminal_command run_terminal_cmd run_command execute_command run_shell_command local_shell terminal"
    " execute_bash run_in_terminal exec run execute powershell".split()
)
LISTS: Final = frozenset("list_files ls list list_directory list_dir listfiles glob".split())
PREFERRED: Final = (SHELLS, LISTS)
PROGRAM: Final = 'text((await tools.exec_command({cmd: "ls"})).output);\n'
"""What a tool that takes a small program in free text is called with: it runs `ls` and shows what that printed."""

WORD: Final = re.compile(r"[a-z]{3,}")
TAG: Final = re.compile(r"<[^<>\n]{1,60}>")
LINES: Final = 6


class Called(Struct, frozen=True):
    """A call of a tool: `input` is JSON text, or free text for a custom tool."""

    tool: Offered
    input: str


class Said(Struct, frozen=True):
    """An answer: what was thought, said and called, and why it ended.

    `stop` is 'end', 'calls', 'limit', 'sequence' (at which one), 'filtered' or 'refusal'.
    """

    thought: str = ""
    text: str = ""
    calls: tuple[Called, ...] = ()
    stop: str = "end"
    sequence: str = ""

    @property
    def tokens(self) -> int:
        """Tokens of all of it."""
        return max(1, self.reasoning + tokens(self.text) + sum(tokens(one.tool.name) + tokens(one.input) for one in self.calls))

    @property
    def reasoning(self) -> int:
        """Tokens of what was thought."""
        return tokens(self.thought)


def words_of(asked: Asked) -> str:
    """The person's last words: the last text that is not a harness's own."""
    own = [text for text in asked.texts if not text.lstrip().startswith("<")]
    return without(own[-1] if own else TAG.sub(" ", asked.texts[-1]) if asked.texts else "")


def said(asked: Asked, told: Directives) -> Said:
    """What is said to a request."""
    words = words_of(asked)
    calls = _told_calls(asked, told) or ((_chosen(asked, words)) if told.text("say") is None or _forced(asked) else ())
    thought = told.text("think") or (f"The person says: {short(words)}" if asked.thinks else "")
    text = _told_text(told, words) if not calls else told.text("say") or ""
    whole = Said(thought, _text(asked, words) if text is None else text, calls, "calls" if calls else "end")
    return _limited(_stopped(_blocked(whole, told), asked.stops), asked.limit)


def _told_text(told: Directives, words: str) -> str | None:
    """The text that a directive asks for."""
    count = told.number("long")
    refusal = told.text("refuse")
    if refusal is not None:
        return refusal or "I cannot do that."
    return told.text("say") if not count else " ".join(f"{word}" for word in _many(words, count))


def _many(words: str, count: int) -> Iterable[str]:
    listed = words.split() or ["word"]
    return (listed[index % len(listed)] for index in range(count))


def _told_calls(asked: Asked, told: Directives) -> tuple[Called, ...]:
    """The calls that directives ask for; none once tools have answered."""
    return () if asked.results else tuple(_told_call(asked, value) for value in told.all("tool"))


def _told_call(asked: Asked, value: str) -> Called:
    name, _, given = value.partition(" ")
    namespace, _, short_name = name.rpartition(".")
    known = {(one.namespace, one.name): one for one in asked.tools} | {("", one.name): one for one in asked.tools}
    tool = known.get((namespace, short_name), Offered(name))
    return Called(tool, given.strip() or _input(tool, words_of(asked)))


def _forced(asked: Asked) -> bool:
    return asked.choice not in {AUTO, NONE} and bool(asked.tools)


def _chosen(asked: Asked, words: str) -> tuple[Called, ...]:
    """The one tool that is called, if any."""
    tool = _forced_tool(asked, words) if _forced(asked) else _wished(asked, words)
    return () if tool is None else (Called(tool, _input(tool, words)),)


def _forced_tool(asked: Asked, words: str) -> Offered | None:
    named = [one for one in asked.tools if one.name == asked.choice]
    return named[0] if named else _best(asked.tools, words) or _functions(asked.tools)[0] if asked.choice == REQUIRED or named else None


def _functions(tools: tuple[Offered, ...]) -> tuple[Offered, ...]:
    return tuple(one for one in tools if one.form != CUSTOM) or tools


def _wished(asked: Asked, words: str) -> Offered | None:
    """The tool that fits what the person wishes, unless tools have answered already."""
    unwilling = asked.results or asked.choice == NONE or NO_WISH.search(words)
    return None if unwilling else _best(asked.tools, words)


def _best(tools: tuple[Offered, ...], words: str) -> Offered | None:
    """The tool to call: one that runs commands or lists files where that helps, else one whose name is among the words."""
    if WISH.search(words):
        for names in PREFERRED:
            for tool in tools:
                if tool.name.lower() in names and not (tool.form == CUSTOM and tool.name.lower() != "exec"):
                    return tool
    heard = set(WORD.findall(words.lower()))
    ranked = [(len(heard & set(WORD.findall(tool.name.lower().replace("_", " ")))), tool) for tool in tools if tool.form != CUSTOM]
    return max((one for one in ranked if one[0]), key=lambda one: one[0], default=(0, None))[1]


def _input(tool: Offered, words: str) -> str:
    if tool.form == CUSTOM:
        return PROGRAM if tool.name == "exec" else "ls"
    value = {"input": PROGRAM} if _runs_programs(tool) else fitted(tool.schema or {"type": "object"}, words)
    return json.dumps(value if isinstance(value, dict) else {}, ensure_ascii=False, separators=(",", ":"))


def _runs_programs(tool: Offered) -> bool:
    """Whether a function stands for a tool that takes the text of a program: a gateway says it so on shapes without such tools."""
    return tool.name == "exec" and set(tool.schema.get("properties") or ()) == {"input"}


def _text(asked: Asked, words: str) -> str:
    """The text of an answer that calls nothing."""
    if asked.schema is not None:
        value = fitted(asked.schema, words) if asked.schema else {"answer": short(words)}
        return json.dumps(value, ensure_ascii=False)
    if asked.results:
        return _quoted(asked.results)
    if not asked.tools and any(TITLED.search(text) for text in (*asked.texts, asked.head[:4000])):
        return _title(words)
    heard = f'You said: "{short(words, 200)}"' if words else "You said nothing that I can read."
    return f"Hello! I am {asked.model}, a scripted model, and this came over {asked.shape}. {heard}"


def _title(words: str) -> str:
    plain = re.sub(r"[^\w\s-]", "", words).split()
    return " ".join(plain[:6]).capitalize() or "New conversation"


def _quoted(results: tuple[str, ...]) -> str:
    lines = [line for result in results for line in result.splitlines() if line.strip()]
    shown = "\n".join(f"    {short(line, 120)}" for line in lines[:LINES])
    more = f"\n    ... and {len(lines) - LINES} lines more" if len(lines) > LINES else ""
    return f"The tool answered:\n\n{shown or '    (nothing)'}{more}\n\nThat is all that was asked for."


def _blocked(one: Said, told: Directives) -> Said:
    """An answer that a filter stopped in the middle, or that is a refusal."""
    if told.text("filter") is not None:
        return Said(one.thought, one.text[: len(one.text) // 2], (), "filtered")
    return one if told.text("refuse") is None else replace(one, calls=(), stop="refusal")


def _stopped(one: Said, stops: tuple[str, ...]) -> Said:
    """An answer that ends before the first stop sequence in its text."""
    found = [(place, stop) for stop in stops if stop and (place := one.text.find(stop)) >= 0]
    if not found:
        return one
    place, stop = min(found)
    return Said(one.thought, one.text[:place], (), "sequence", stop)


def _limited(one: Said, limit: int | None) -> Said:
    """An answer that is cut where its limit is reached."""
    if limit is None or one.tokens <= limit:
        return one
    left = limit * BYTES
    thought, left = one.thought[:left], max(left - len(one.thought), 0)
    text, left = one.text[:left], max(left - len(one.text), 0)
    calls = []
    for call in one.calls:
        calls += [replace(call, input=call.input[: left - len(call.tool.name)])] if left > len(call.tool.name) else []
        left = max(left - len(call.tool.name) - len(call.input), 0)
    return Said(thought, text, tuple(calls), "limit")


def pieces(text: str) -> list[str]:
    """A text in the small pieces in which it is streamed."""
    return re.findall(r"\s*\S{1,12}|\s+$", text)


def sliced(text: str, size: int = 7) -> list[str]:
    """A tool's input in the small slices in which it is streamed."""
    return [text[start : start + size] for start in range(0, len(text), size)]
