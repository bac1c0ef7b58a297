from hypothesis import given
from hypothesis import strategies as st

from tierwise.upstream.scripted.seals import closed, holds, opened, sealed


@given(thought=st.text(), other=st.text())
def test_a_seal_holds_for_its_words_only(thought: str, other: str) -> None:
    assert holds(thought, sealed(thought))
    assert holds(other, sealed(thought)) is (thought == other)


@given(text=st.text())
def test_what_is_closed_can_be_opened(text: str) -> None:
    assert opened(closed(text)) == text


@given(seal=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_nobody_elses_seal_opens(seal: str) -> None:
    assert opened(seal) is None
