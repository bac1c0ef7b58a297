"""LiteLLM spend logs in every form of export."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call, Unreadable
from tierwise.lab.importers import litellm
from tierwise.lab.importers.litellm import IMPORTER

Read = Callable[..., Any]
AT = 1_780_315_200_000


def entry(one: str = "r1", **more: Any) -> dict[str, Any]:
    return {
        "request_id": one,
        "call_type": "acompletion",
        "startTime": "2026-06-01T12:00:00.000Z",
        "endTime": "2026-06-01T12:00:04.000Z",
        "model": "gpt-5.5",
        "model_group": "",
        "custom_llm_provider": "openai",
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "session_id": "s1",
        "metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 600}}},
        "team_id": "web",
        "status": "success",
        "messages": [{"role": "user", "content": 'braces } { and "quotes" \\ and more'}],
    } | more


def as_csv(entries: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(entries[0]))
    writer.writeheader()
    writer.writerows(
        [{key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in one.items()} for one in entries]
    )
    return text.getvalue()


FORMS: dict[str, Callable[[Sequence[dict[str, Any]]], str]] = {
    "an array": json.dumps,
    "an indented array": lambda entries: json.dumps(entries, indent=4),
    "lines": lambda entries: "\n".join(map(json.dumps, entries)),
    "indented records": lambda entries: "\n".join(json.dumps(one, indent=2) for one in entries),
    "an object with data": lambda entries: json.dumps({"total": 2, "data": entries, "page": {"number": 1}}),
    "an indented object with data": lambda entries: json.dumps({"data": entries, "total": 2}, indent=1),
    "CSV": as_csv,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_export_gives_the_same_calls(form: str, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "spend.log"
    path.write_text(FORMS[form]([entry("r1"), entry("r2", endTime="", status="failure")]))
    assert IMPORTER.claims(path, path.read_bytes())
    calls, notes = read(IMPORTER, path)
    assert notes == []
    first = Call(
        session="s1",
        id="r1",
        at=AT,
        model="gpt-5.5",
        usage=Usage(fresh=400, read=600, output=50),
        ended=AT + 4000,
        provider="openai",
        client="litellm",
        workspace="web",
        line=calls[0].line,
    )
    assert calls[0] == first
    assert (calls[1].id, calls[1].ended, calls[1].failed, calls[1].usage) == ("r2", AT, True, first.usage)
    assert calls[1].line >= calls[0].line


def one(tmp_path: Path, **more: Any) -> Call | None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps([entry(**more)]))
    notes: list[str] = []
    found = list(IMPORTER.calls(path, lambda _line, what: notes.append(what)))
    if notes:
        raise ValueError(notes[0])
    return found[0] if found else None


USAGES: dict[str, tuple[dict[str, Any], Usage | Unknown]] = {
    "nothing cached": ({"metadata": {}}, Usage(fresh=1000, output=50)),
    "metadata as text": ({"metadata": '{"usage_object": {"cache_read_input_tokens": 300}}'}, Usage(fresh=700, read=300, output=50)),
    "metadata empty": ({"metadata": ""}, Usage(fresh=1000, output=50)),
    "metadata null": ({"metadata": None}, Usage(fresh=1000, output=50)),
    "metadata in metadata": ({"metadata": {"usage_object": '{"cache_read_input_tokens": 300}'}}, Usage(fresh=700, read=300, output=50)),
    "written": (
        {"metadata": {"usage_object": {"cache_creation_input_tokens": 200, "cache_read_input_tokens": 300}}},
        Usage(500, 300, 200, 0, 50),
    ),
    "written for an hour": (
        {
            "metadata": {
                "usage_object": {
                    "cache_creation_input_tokens": 200,
                    "prompt_tokens_details": {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 150}},
                }
            }
        },
        Usage(800, 0, 50, 150, 50),
    ),
    "more values": ({"metadata": {"additional_usage_values": {"cache_read_input_tokens": 300}}}, Usage(fresh=700, read=300, output=50)),
    "reasoning": (
        {"metadata": {"usage_object": {"completion_tokens_details": {"reasoning_tokens": 20}}}},
        Usage(fresh=1000, output=50, reasoning=20),
    ),
    "cached tokens counted apart": (
        {"prompt_tokens": 10, "metadata": {"usage_object": {"cache_read_input_tokens": 300}}},
        Usage(fresh=10, read=300, output=50),
    ),
    "numbers as text": ({"prompt_tokens": "1000", "completion_tokens": "50.0", "metadata": {}}, Usage(fresh=1000, output=50)),
    "no prompt": ({"prompt_tokens": None}, Unknown("the spend log has no token counts")),
    "no answer": ({"completion_tokens": ""}, Unknown("the spend log has no token counts")),
    "a prompt of nothing": ({"prompt_tokens": 0}, Unknown("the spend log counts no prompt tokens")),
    "a failure": ({"prompt_tokens": 0, "completion_tokens": 0, "status": "failure"}, Unknown("the request failed")),
}


@pytest.mark.parametrize("case", USAGES)
def test_usage_is_found_where_the_log_has_it(case: str, tmp_path: Path) -> None:
    more, meant = USAGES[case]
    found = one(tmp_path, **more)
    assert found is not None
    assert found.usage == meant


NO_CALLS: dict[str, dict[str, Any]] = {
    "an embedding": {"call_type": "aembedding"},
    "a picture": {"call_type": "image_generation"},
    "speech": {"call_type": "atranscription"},
    "LiteLLM's own cache": {"cache_hit": "True"},
    "the same, as JSON": {"cache_hit": True},
}


@pytest.mark.parametrize("case", NO_CALLS)
def test_what_asks_no_language_model_is_no_call(case: str, tmp_path: Path) -> None:
    assert one(tmp_path, **NO_CALLS[case]) is None


@pytest.mark.parametrize("kind", ["", None, "completion", "aresponses", "anthropic_messages", "pass_through_endpoint", "atext_completion"])
def test_what_asks_one_is_a_call(kind: str | None, tmp_path: Path) -> None:
    assert one(tmp_path, call_type=kind, cache_hit="None") is not None


def test_names_are_made_up_for(tmp_path: Path) -> None:
    found = one(tmp_path, session_id=None, model="anthropic/claude-opus-4-8", custom_llm_provider="anthropic", team_id=None)
    assert found is not None
    assert (found.session, found.model, found.workspace) == ("r1", "claude-opus-4-8", "")
    grouped = one(tmp_path, model="", model_group="fast")
    assert grouped is not None
    assert grouped.model == "fast"


WRONG: dict[str, dict[str, Any]] = {
    "below zero": {"prompt_tokens": -1},
    "no number": {"completion_tokens": "many"},
    "a list for a number": {"prompt_tokens": [1]},
    "cached below zero": {"metadata": {"usage_object": {"cache_read_input_tokens": -5}}},
    "metadata that is no JSON": {"metadata": "{half"},
    "no time": {"startTime": None},
    "not a time": {"startTime": "noon"},
    "an end that is none": {"endTime": "later"},
    "no model": {"model": None, "model_group": ""},
    "no id": {"request_id": ""},
}


@pytest.mark.parametrize("why", WRONG)
@pytest.mark.parametrize("form", ["an array", "lines", "CSV"])
def test_a_damaged_record_is_noted_and_the_others_are_read(form: str, why: str, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "spend.log"
    path.write_text(FORMS[form]([entry("r1"), {**entry("r2"), **WRONG[why]}, entry("r3")]))
    calls, notes = read(IMPORTER, path)
    assert [call.id for call in calls] == ["r1", "r3"]
    assert len(notes) == 1
    assert notes[0][1].startswith("not a spend log: ")


def test_a_record_is_named_by_the_line_it_begins_in(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "spend.json"
    path.write_text(
        '{"total": 3,\n "data": [\n' + json.dumps(entry("r1"), indent=1) + ',\n{"request_id": },\n' + json.dumps(entry("r2")) + "\n]}"
    )
    calls, notes = read(IMPORTER, path)
    long = json.dumps(entry(), indent=1).count("\n") + 1
    assert [call.line for call in calls] == [3, 3 + long + 1]
    assert [line for line, _ in notes] == [3 + long]
    assert notes[0][1].startswith("not a record: ")


def test_half_an_array_is_named(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "spend.json"
    text = json.dumps([entry("r1"), entry("r2")], indent=1)
    path.write_text(text[: text.rindex("gpt")])
    with pytest.raises(Unreadable, match=r"spend\.json: ends in the middle of the record that begins in line \d+"):
        read(IMPORTER, path)


def test_a_record_without_end_is_no_reason_to_fill_the_memory(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm, "LONGEST", 1 << 20)
    monkeypatch.setattr(litellm, "CHUNK", 1 << 10)
    path = tmp_path / "spend.json"
    path.write_text('[\n{"request_id": "' + "x" * (3 << 20))
    with pytest.raises(Unreadable, match=r"the record in line 2 is longer than 1 MB"):
        read(IMPORTER, path)


VALUES = st.recursive(
    st.text(st.sampled_from('{}"\\[],\n\u00e9a')) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=40)
@given(
    entries=st.lists(st.dictionaries(st.text(st.sampled_from('{}"\\a')), VALUES), max_size=6),
    indent=st.none() | st.just(1),
    chunk=st.integers(1, 40),
)
def test_elements_are_those_that_a_json_reader_finds(
    entries: list[dict[str, Any]], indent: int | None, chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, text = tmp_path_factory.getbasetemp() / "array.json", json.dumps(entries, indent=indent, ensure_ascii=False)
    path.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litellm, "CHUNK", chunk)
        found = list(litellm.elements(path))
    assert [json.loads(raw) for _, raw in found] == entries
    begins = text.encode()
    assert all(begins.split(b"\n", line - 1)[-1].find(raw.split(b"\n")[0]) >= 0 for line, raw in found)


def test_spend_logs_are_known_by_their_columns() -> None:
    assert not IMPORTER.claims(Path("a.csv"), b"request_id,startTime,total_tokens")
    assert IMPORTER.claims(Path("a.csv"), b"call_type,request_id,startTime,prompt_tokens\n")


def test_a_brace_too_many_hides_nothing(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "spend.json"
    path.write_text("[" + json.dumps(entry("r1")) + "}, " + json.dumps(entry("r2")) + "]")
    assert [call.id for call in read(IMPORTER, path).calls] == ["r1", "r2"]
