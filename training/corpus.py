"""What is learned from: labelled prompts of ../shared, our own readings of more of them, and prompts we made up.

A row is a prompt with the labels of two readings, which may differ: each then counts half. `session` and `repository` say what it must
not be learned from together with when it is judged; prompts we made up belong to nobody and are always learned from.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

HERE: Final = Path(__file__).parent
SHARED: Final = HERE.parents[1] / "shared" / "data"
PROMPTS: Final = "developer_prompts.jsonl.gz"
LABELLED: Final = "developer_prompts_labelled.jsonl"

OURS: Final = "made up"
"""The repository of prompts we made up."""


class Row(Struct, frozen=True):
    """A prompt, what was said before it, its context, and two readings of it.

    `judged` says whether the published labels are its own: only these are what accuracy is stated on. `used` are the tools of the turn
    before, `turns` the person's turns before, `calls` the calls before, `context` the tokens at its start.
    """

    text: str
    before: str
    session: str
    repository: str
    tasks: tuple[str, str]
    difficulties: tuple[int, int]
    judged: bool
    used: tuple[str, ...] = ()
    turns: int = 0
    calls: int = 0
    context: int = 0


class Missing(FileNotFoundError):
    """Data to learn from that is not there; the message says where it was looked for."""


def rows(shared: Path = SHARED) -> list[Row]:
    """Everything there is to learn from."""
    if not (shared / PROMPTS).is_file():
        raise Missing(f"{shared / PROMPTS}: not there; training and its judgement need the project's shared data")
    typed = list(_typed(shared))
    return [*_published(shared, typed), *_read(typed, HERE / "labels" / "readings.csv"), *_made_up(HERE / "prompts")]


def _typed(shared: Path) -> Iterator[dict[str, Any]]:
    """Each prompt with what came before it in its session."""
    with gzip.open(shared / PROMPTS, "rt", encoding="utf-8") as file:
        prompts = sorted(map(json.loads, file), key=lambda one: (one["session_id"], one["turn_idx"]))
    for _, turns in groupby(prompts, key=lambda one: one["session_id"]):
        earlier: list[dict[str, Any]] = []
        for one in turns:
            yield one | {"earlier": tuple(earlier)}
            earlier.append(one)


def _row(one: Mapping[str, Any], tasks: tuple[str, str], difficulties: tuple[int, int], *, judged: bool) -> Row:
    earlier: Sequence[Mapping[str, Any]] = one["earlier"]
    last = earlier[-1] if earlier else {}
    return Row(
        text=one["text"],
        before=last.get("text", ""),
        session=one["session_id"],
        repository=one["source_repo"],
        tasks=tasks,
        difficulties=difficulties,
        judged=judged,
        used=tuple(filter(None, (last.get("tools") or "").split(","))),
        turns=len(earlier),
        calls=int(sum(turn["n_calls"] or 0 for turn in earlier)),
        context=int(one["ctx_start"] or 0),
    )


def _published(shared: Path, typed: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """The prompts with published labels."""
    known: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in typed:
        known.setdefault((one["session_id"], one["text"].strip()), one)
    for line in (shared / LABELLED).read_text("utf-8").splitlines():
        label = json.loads(line)
        one = known[label["session_id"], label["text"].strip()]
        pair = (int(label["difficulty_a"]), int(label["difficulty_b"]))
        yield _row(one, (label["task_a"], label["task_b"]), pair, judged=True)


def _read(typed: Sequence[Mapping[str, Any]], file: Path) -> Iterator[Row]:
    """The prompts we read ourselves, by session and turn; UnknownPrompt for one that is not among them."""
    known = {(one["session_id"], one["turn_idx"]): one for one in typed}
    with file.open(encoding="utf-8", newline="") as lines:
        for label in csv.DictReader(lines):
            place = label["session"], int(label["turn"])
            if place not in known:
                raise UnknownPrompt(f"{file}: no prompt is turn {place[1]} of session {place[0]}")
            pair = (int(label["difficulty_a"]), int(label["difficulty_b"]))
            yield _row(known[place], (label["task_a"], label["task_b"]), pair, judged=False)


class UnknownPrompt(ValueError):
    """A label for a prompt that is not there."""


def _made_up(folder: Path) -> Iterator[Row]:
    """The prompts we made up, one a line: kind, difficulty, and the words after a bar."""
    for file in sorted(folder.glob("*.txt")):
        for place, line in enumerate(file.read_text("utf-8").splitlines()):
            head, _, text = line.partition(" | ")
            kind, difficulty = head.split()
            yield Row(text, "", f"{file.stem} {place}", OURS, (kind, kind), (int(difficulty), int(difficulty)), judged=False)
