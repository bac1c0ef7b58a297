"""Requests without what a provider would not understand."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CALL, RESULT, SEALED, USER, body
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.seals import PREFACE, SUMMARY, sealed
from tierwise.wires.openai_responses.stripping import native, stripped, unsealed, without

Captured = tuple[str, dict[str, str], dict[str, Any]]
ANSWER = {"type": "message", "id": "msg_1", "role": "assistant", "content": "ok"}
OURS = {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": sealed("anthropic", "x", "y")}
COMPACTED = {"type": "compaction", "id": "cmp_1", "encrypted_content": sealed(SUMMARY, "so far")}
TOLD = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": PREFACE + "so far"}]}


def bare(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "id"}


def items(found: bytes) -> Any:
    return json.loads(found)["input"]


def test_reasoning_goes_and_with_it_the_ids_that_are_tied_to_it() -> None:
    user = USER | {"id": "msg_0"}
    found = stripped(body(user, SEALED, ANSWER, CALL, RESULT | {"id": "fco_1"}, {"type": "item_reference", "id": "rs_1"}, store=False))
    assert items(found) == [user, bare(ANSWER), bare(CALL), RESULT | {"id": "fco_1"}]
    assert json.loads(found)["store"] is False


def test_other_references_and_items_stay() -> None:
    kept = [{"type": "item_reference", "id": "msg_1"}, {"type": "web_search_call", "id": "ws_1"}, {"role": "assistant", "content": "a"}]
    assert items(stripped(body(*kept))) == kept


def test_a_summary_of_ours_is_not_lost_with_the_reasoning() -> None:
    assert items(stripped(body(COMPACTED, SEALED, USER))) == [TOLD, USER]


@pytest.mark.parametrize("given", [b'{"model":"m","input":"hi"}', b'{"model":"m"}', b'{"model":"m","input":[]}'])
def test_a_body_without_items_stays_as_it_is(given: bytes) -> None:
    assert stripped(given) == native(given) == given


def test_what_is_no_input_is_said() -> None:
    with pytest.raises(Malformed, match="input"):
        stripped(b'{"model":"m","input":7}')


def test_only_what_the_gateway_sealed_is_taken_out() -> None:
    found = native(body(COMPACTED, USER, OURS, ANSWER, CALL, RESULT, SEALED, ANSWER, CALL, USER | {"id": "msg_0"}))
    assert items(found) == [TOLD, USER, bare(ANSWER), bare(CALL), RESULT, SEALED, ANSWER, CALL, USER | {"id": "msg_0"}]


def test_ids_are_only_taken_from_items_of_the_same_answer() -> None:
    user = USER | {"id": "msg_0"}
    hosted = {"type": "web_search_call", "id": "ws_1"}
    assert items(native(body(OURS, user, ANSWER))) == [user, ANSWER]
    assert items(native(body(OURS, hosted, ANSWER))) == [hosted, ANSWER]


def test_reasoning_that_is_not_in_its_item_can_be_taken_out() -> None:
    raws = [Raw(json.dumps(one).encode()) for one in (SEALED, {"type": "reasoning", "id": "rs_3", "summary": []}, CALL)]
    assert [json.loads(one) for one in without(raws, unsealed)] == [SEALED, bare(CALL)]


def test_items_of_an_odd_shape_are_left_to_the_provider() -> None:
    odd = {"type": 7, "encrypted_content": "tierwise."}
    assert items(native(body(odd, COMPACTED))) == [odd, TOLD]


def test_half_characters_are_no_hindrance() -> None:
    assert items(stripped(b'{"model":"m","input":[{"role":"user","content":"a\\ud83d"}]}'))[0]["content"] == "a\ufffd"


def test_recorded_requests_stay_as_they_are(captured: Callable[[str], list[Captured]]) -> None:
    for name, _, given in captured("v1-responses"):
        sent = json.dumps(given).encode()
        assert native(sent) == sent, name
        assert len(items(WIRE.stripped(sent))) == len(given["input"]), name
