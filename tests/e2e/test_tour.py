from pathlib import Path

import pytest

from e2e.__main__ import found
from e2e.kit.client import ANTHROPIC, CHAT, PLAIN, RESPONSES, TOOL, WEBSOCKET, Client, Run, Stage, translated
from e2e.kit.table import Row, table, wrongs
from e2e.kit.tap import Call
from e2e.kit.tour import legs
from e2e.kit.trial import Done, Judged, verdict

FILE = "0-kestrel-1.txt"
CLIENT = Client(name="x", version="1", installer="npm", packages=("x@1",), wires=(CHAT,), run=lambda _at: Run(()))
GOOD = Call("POST", "/v1/chat/completions", 0.0, {}, status=200, body=b"a")
BAD = Call("POST", "/v1/chat/completions", 0.0, {}, status=500, body=b"b", answered=b"oh")
AGAIN = Call("POST", "/v1/chat/completions", 0.0, {"x-stainless-retry-count": "1"}, status=200, body=b"c")
PROBE = Call("HEAD", "/", 0.0, {}, status=404)


def judged(scene: str, answer: str, calls: tuple[Call, ...] = (GOOD,), code: int = 0, wire: str = CHAT) -> Judged:
    at = Stage(Path("bin"), Path("home"), Path("repo"), "http://127.0.0.1:1", wire, scene)
    return Judged(CLIENT, at, Done(code, answer, "", 1.0), answer, FILE, calls, calls, CHAT)


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        (judged(PLAIN, "Hello! I am a model."), ""),
        (judged(PLAIN, "Hello!", (PROBE, GOOD)), ""),
        (judged(TOOL, f"The tool answered: {FILE}"), ""),
        (judged(PLAIN, "Good day"), "the answer has no 'Hello'"),
        (judged(TOOL, "The tool answered: nothing"), "did not run"),
        (judged(PLAIN, "Hello", code=3), "exit code 3"),
        (judged(PLAIN, "Hello", (GOOD, BAD)), "was answered with 500: oh"),
        (judged(PLAIN, "Hello", (GOOD, GOOD)), "the same to /v1/chat/completions 2 times"),
        (judged(PLAIN, "Hello", (GOOD, AGAIN)), "is a retry"),
        (judged(PLAIN, "Hello", ()), "no call to /chat/completions, but none at all"),
        (judged(PLAIN, "Hello", wire=ANTHROPIC), "no call to /messages, but POST /v1/chat/completions 200"),
        (judged(PLAIN, "Hello", wire=WEBSOCKET), "not by WebSocket alone"),
    ],
)
def test_a_verdict_names_what_was_wrong_and_nothing_else(seen: Judged, wrong: str) -> None:
    trial = verdict(seen)
    assert bool(trial.wrong) == bool(wrong)
    assert any(wrong in said for said in trial.wrong) or not wrong


def test_a_row_shows_what_came_of_each_scene() -> None:
    rows = [Row(CLIENT, CHAT, ANTHROPIC, (verdict(judged(PLAIN, "Hello")), verdict(judged(TOOL, "no"))))]
    assert "| ok    | FAILED | 1 + 1 | 1000 + 1000 |" in table(rows)
    assert all(line.startswith("x, openai_chat to anthropic, tool: ") for line in wrongs(rows))


def test_translation_is_to_every_other_wire() -> None:
    assert translated(WEBSOCKET) == ((WEBSOCKET, ANTHROPIC), (WEBSOCKET, CHAT))
    assert len(translated(ANTHROPIC, CHAT, RESPONSES)) == 6


def test_every_client_is_pinned_and_runs_on_each_of_its_wires() -> None:
    for client in found().values():
        assert all("==" in one or "@" in one[1:] for one in client.packages)
        for leg in legs([client]):
            run = client.run(Stage(Path("bin"), Path("home"), Path("repo"), "http://127.0.0.1:1", leg.wire, PLAIN))
            assert "say hello" in run.argv
            assert "http://127.0.0.1:1" in f"{run.argv}{run.env}{run.files}"
