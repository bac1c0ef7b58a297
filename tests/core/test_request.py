"""A request survives being written down."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.codec import decoded, encoded
from tierwise.core.request import Hints, Known, Mark, Request, Segment

raws = st.one_of(
    st.text().map(encoded), st.integers(0, 9).map(encoded), st.just(b'{ "role" : "user",\n "content": "\\ud83d\\ude00" }')
).map(Raw)
marks = st.builds(Mark, st.text(), st.integers(0, 10**6), st.floats(0, 1))
requests = st.builds(
    Request,
    wire=st.text(),
    model=st.text(),
    segments=st.lists(st.builds(Segment, st.text(), st.text(), raws)).map(tuple),
    said=st.lists(st.lists(st.text()).map(tuple)).map(tuple),
    words=st.text(),
    limit=st.none() | st.integers(0, 10**6),
    effort=st.none() | st.text(),
    hints=st.builds(Hints, st.none() | st.text(), st.none() | st.integers(1, 3)),
    losses=st.dictionaries(st.text(), st.lists(st.text()).map(tuple)),
    known=st.none() | st.builds(Known, st.integers(0, 10**6), st.lists(marks).map(tuple)),
)


@given(requests)
def test_a_request_is_read_back_as_it_was_byte_for_byte(request: Request) -> None:
    again = decoded(encoded(request), Request)
    assert again == request
    assert [bytes(one.raw) for one in again.segments] == [bytes(one.raw) for one in request.segments]


def test_requests_do_not_share_what_they_hold() -> None:
    one, other = Request("openai_chat", "a"), Request("openai_chat", "b")
    assert one.losses is not other.losses
