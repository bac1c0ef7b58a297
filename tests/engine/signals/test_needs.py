import json
from pathlib import Path

import pytest

from tests.engine.worlds import TABLES
from tierwise.core.decision import Needs
from tierwise.core.request import Request
from tierwise.engine.parts import FULL_CONTEXT
from tierwise.engine.signals.needs import SIGNAL


def test_needs_limit_and_losses_are_as_the_wire_stated_them() -> None:
    request = Request("anthropic", "m0", needs=("tools", "images"), limit=99, losses={"openai_chat": ("images",)})
    assert SIGNAL.read(request, TABLES, {}) == Needs(("tools", "images"), 99, {"openai_chat": ("images",)})


@pytest.mark.parametrize(("turn", "calls", "needed"), [("person", 0, False), ("person", 3, True), ("tool", 1, True), ("side", 3, False)])
def test_a_session_that_goes_on_needs_its_context(turn: str, calls: int, needed: bool) -> None:  # noqa: FBT001  # a column of the table
    names = SIGNAL.read(Request("anthropic", "m0", turn=turn, calls=calls, needs=("tools",)), TABLES, {}).names
    assert names == (("tools", FULL_CONTEXT) if needed else ("tools",))


def test_nearly_every_labelled_prompt_that_needs_its_context_is_found(shared: Path) -> None:
    lines = (shared / "data/developer_prompts_labelled.jsonl").read_text(encoding="utf-8").splitlines()
    found = [0, 0]
    for row in map(json.loads, lines):
        needs = SIGNAL.read(Request("log", "m0", words=row["text"], calls=int(not row["first_turn"])), TABLES, {})
        found[FULL_CONTEXT in needs.names] += row["needs_context"]
    assert found[True] >= 0.95 * sum(found)
