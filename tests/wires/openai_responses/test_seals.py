"""What the gateway seals comes back as it was; nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.wires.openai_responses.seals import MARK, SUMMARY, Carried, carried, sealed, summary_of

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.sampled_from(["anthropic", "other_wire"]), words, words)
def test_what_is_sealed_comes_back(kind: str, text: str, seal: str) -> None:
    content = sealed(kind, text, seal)
    assert carried(content) == (kind, Carried(text, seal))
    assert content.isascii()
    assert content.startswith(MARK + kind)


@pytest.mark.parametrize(
    "content", ["", "gAAAAAB", "tierwise", "tierwise.", "tierwise.x", "tierwise.x.!", "tierwise.x.AAAA", "tierwise.x.e30="]
)
def test_what_is_not_ours_is_nobodys(content: str) -> None:
    assert carried(content) is None


def test_only_a_summary_is_a_summary() -> None:
    assert summary_of(sealed(SUMMARY, "so far")) == "so far"
    assert summary_of(sealed("anthropic", "so far")) is None
    assert summary_of("gAAAAAB") is None
