"""Laws over every importer the folder holds: whatever a file has in it, there are calls, notes, or one error that names it."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.core.money import Unknown
from tierwise.lab import sessions
from tierwise.lab.call import MOST, Call, Importer, Unreadable
from tierwise.lab.sessions import Reading

DATABASES = frozenset({"ledger"})
"""Importers of what is no text: their own files hold them to the same."""

IMPORTERS: tuple[Importer, ...] = tuple(one for one in plugins.found(plugins.IMPORTERS) if one.name not in DATABASES)
EVERY = pytest.mark.parametrize("importer", IMPORTERS, ids=[one.name for one in IMPORTERS])
WHEN = "2026-06-01T12:00:00Z"
AT = 1_780_315_200_000


def counts(size: int) -> dict[str, int]:
    return {"input_tokens": size, "cached_input_tokens": 0, "output_tokens": 5, "total_tokens": size + 5}


def claude_code(number: int) -> list[Any]:
    said = {
        "id": f"m{number}",
        "model": "claude-opus-4-8",
        "content": [{"type": "text", "text": "hi"}],
        "usage": {"input_tokens": 9, "output_tokens": 5},
    }
    return [{"type": "assistant", "sessionId": "s", "uuid": f"u{number}", "timestamp": WHEN, "message": said}]


def codex(number: int) -> list[Any]:
    info = {"last_token_usage": counts(9), "total_token_usage": counts(9 * number + 9)}
    return [
        {"type": "session_meta", "timestamp": WHEN, "payload": {"id": "r"}},
        {"type": "event_msg", "timestamp": WHEN, "payload": {"type": "token_count", "info": info}},
    ]


def litellm(number: int) -> list[Any]:
    tokens = {"prompt_tokens": 9, "completion_tokens": 5, "metadata": {"usage_object": {"cache_read_input_tokens": 1}}}
    return [
        {"request_id": f"r{number}", "startTime": WHEN, "endTime": WHEN, "model": "m", "session_id": "s", "call_type": "completion"}
        | tokens
    ]


def otel(number: int) -> list[Any]:
    said = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 5}
    return [{"traceId": "t", "spanId": f"b{number}", "start_time": WHEN, "end_time": WHEN, "attributes": said, "status": {"code": 1}}]


def table(number: int) -> list[Any]:
    return [{"session": "s", "id": f"c{number}", "at": WHEN, "model": "m", "fresh": 9, "output": 5, "tools": "Read"}]


EXAMPLES: dict[str, Callable[[int], list[Any]]] = {one.__name__: one for one in (claude_code, codex, litellm, otel, table)}


def example(importer: Importer, calls: int = 3) -> list[bytes]:
    """A small log of a format, as lines."""
    return [json.dumps(line).encode() for number in range(calls) for line in EXAMPLES[importer.name](number)]


def outcome(importer: Importer, path: Path) -> tuple[list[Call], list[tuple[int, str]], str]:
    """Calls, notes and what was wrong with the whole; anything but these is a failure."""
    calls: list[Call] = []
    notes: list[tuple[int, str]] = []
    try:
        calls.extend(importer.calls(path, lambda line, what: notes.append((line, what))))
    except Unreadable as error:
        return calls, notes, str(error)
    return calls, notes, ""


def sound(importer: Importer, content: bytes, folder: Path) -> None:
    """Check what an importer makes of a file, and how it is found."""
    path = folder / "log.jsonl"
    path.write_bytes(content)
    assert importer.claims(path, content[:65536]) in {True, False}
    calls, notes, wrong = outcome(importer, path)
    assert not wrong or wrong.startswith(f"{path}: ")
    assert "\n" not in wrong
    assert all(line > 0 and what and len(what) < 400 for line, what in notes)
    for call in calls:
        assert call.session
        assert call.model
        assert call.line > 0
        assert 946_684_800_000 <= call.at <= call.ended
        assert isinstance(call.usage, Unknown) or all(0 <= size <= 4 * MOST for size in (call.usage.prompt, call.usage.output))
        json.dumps([call.session, call.id, call.words, call.model]).encode()


@EVERY
def test_every_importer_is_tried_here(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(example(importer)))
    assert importer.claims(path, path.read_bytes())
    calls, notes, wrong = outcome(importer, path)
    assert (len(calls), notes, wrong) == (3, [], "")
    assert {getattr(call.usage, "output", 0) for call in calls} == {5}


@EVERY
@settings(max_examples=60)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_calls_or_named(importer: Importer, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    sound(importer, content, tmp_path_factory.getbasetemp())


@EVERY
@settings(max_examples=100)
@given(place=st.integers(0, 2000), junk=st.binary(max_size=6), cut=st.integers(0, 8))
def test_damage_anywhere_is_survived(
    importer: Importer, place: int, junk: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = b"\n".join(example(importer))
    sound(importer, whole[: place % len(whole)] + junk + whole[place % len(whole) + cut :], tmp_path_factory.getbasetemp())


@EVERY
@settings(max_examples=30)
@given(kept=st.integers(0, 300))
def test_half_a_packed_file_is_named(importer: Importer, kept: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    packed = gzip.compress(b"\n".join(example(importer, 20)))
    sound(importer, packed[: kept % len(packed)], tmp_path_factory.getbasetemp())


ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just([])
    | st.just({})
    | st.just([None])
    | st.just({"a": [1]})
)


def slots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a record where a value stands."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from slots(inner)


@EVERY
@settings(max_examples=150)
@given(place=st.integers(0, 1000), odd=ODD)
def test_any_value_may_be_of_any_kind(importer: Importer, place: int, odd: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    records = [record for number in range(2) for record in EXAMPLES[importer.name](number)]
    found = list(slots(records[-1]))
    holder, key = found[place % len(found)]
    holder[key] = odd
    sound(importer, "\n".join(map(json.dumps, records)).encode(), tmp_path_factory.getbasetemp())


@EVERY
@settings(max_examples=40)
@given(order=st.permutations(range(6)), again=st.lists(st.integers(0, 5), max_size=6))
def test_order_and_repeats_of_calls_change_nothing(
    importer: Importer, order: list[int], again: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "order.jsonl"
    found = []
    for numbers in (range(6), [*order, *again]):
        path.write_bytes(b"\n".join(json.dumps(line).encode() for number in numbers for line in EXAMPLES[importer.name](number)))
        reading = Reading()
        read = list(sessions.read(sessions.found([path], [importer]), reading, AT))
        assert reading.skipped == 0
        found.append(sorted((call.id, call.usage) for one in read for call in one.calls))
    assert found[0] == found[1]
    assert len(found[0]) == 6


@EVERY
def test_a_file_that_is_told_twice_is_counted_once(importer: Importer, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(b"\n".join(example(importer, 5)))
    reading = Reading()
    read = list(sessions.read(sessions.found([tmp_path], [importer]), reading, AT))
    assert [len(one.calls) for one in read] == [5]
    assert (reading.calls, reading.repeats, reading.files) == (10, 5, 2)


@EVERY
@pytest.mark.parametrize("content", [b"", b" \n\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"\x1f\x8bhalf", b"<html>", b"\xff\xfe{\x00"], ids=repr)
def test_what_is_no_log_is_refused_by_name(importer: Importer, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"log\.jsonl: [^\n]+$"):
        sessions.found([path], [importer])


def test_no_log_is_claimed_by_two() -> None:
    for importer in IMPORTERS:
        start = b"\n".join(example(importer))
        assert [one.name for one in IMPORTERS if one.claims(Path("log.jsonl"), start)] == [importer.name]
