"""The names of quirks that are names of fields."""

import pytest

from tierwise.wires.openai_chat.quirks import refused


@pytest.mark.parametrize(
    ("quirks", "fields"),
    [
        (set(), set()),
        ({"max_tokens", "no_developer_role", "no_json_schema", "no_strict"}, set()),
        ({"no_store", "no_stream_options"}, {"store", "stream_options"}),
        ({"fixed_sampling"}, {"temperature", "top_p"}),
    ],
)
def test_fields_that_a_server_refuses(quirks: set[str], fields: set[str]) -> None:
    assert refused(frozenset(quirks)) == fields
