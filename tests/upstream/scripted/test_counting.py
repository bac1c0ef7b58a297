from hypothesis import given
from hypothesis import strategies as st

from tierwise.upstream.scripted.asked import Part
from tierwise.upstream.scripted.counting import KEPT, LEAST, STEP, Memory, prefixes, tokens

PARTS = st.lists(st.builds(Part, st.integers(0, 9000).map(lambda size: b"x" * size), st.sampled_from([0, 0, 300, 3600])), max_size=6)


@given(conversations=st.lists(PARTS, min_size=1, max_size=5))
def test_every_token_is_counted_once(conversations: list[list[Part]]) -> None:
    automatic, marked = Memory(), Memory()
    for parts in conversations:
        found = prefixes("m", parts)
        total = sum(tokens(part.raw) for part in parts)
        for spent in (automatic.automatic(found), marked.marked(found)):
            assert spent.prompt == total
            assert min(spent.read, spent.write_5m, spent.write_1h, spent.fresh) >= 0


@given(parts=PARTS)
def test_the_same_again_is_read(parts: list[Part]) -> None:
    automatic, marked = Memory(), Memory()
    found = prefixes("m", parts)
    automatic.automatic(found)
    first, second = marked.marked(found), marked.marked(found)
    total = sum(tokens(part.raw) for part in parts)
    assert automatic.automatic(found).read == (total // STEP * STEP if total >= LEAST else 0)
    assert second.read == first.read + first.write_5m + first.write_1h
    assert (second.write_5m, second.write_1h) == (0, 0)


def test_another_model_or_another_beginning_reads_nothing() -> None:
    memory = Memory()
    memory.automatic(prefixes("m", [Part(b"x" * 8000)]))
    assert memory.automatic(prefixes("n", [Part(b"x" * 8000)])).read == 0
    assert memory.automatic(prefixes("m", [Part(b"y"), Part(b"x" * 8000)])).read == 0
    assert memory.automatic(prefixes("m", [Part(b"x" * 8000), Part(b"more")])).read == 1920


def test_marks_say_how_long_to_keep() -> None:
    spent = Memory().marked(prefixes("m", [Part(b"x" * 8000, 3600), Part(b"y" * 4000, 300), Part(b"z" * 400)]))
    assert (spent.write_1h, spent.write_5m, spent.fresh) == (2000, 1000, 100)


def test_only_so_much_is_remembered() -> None:
    memory = Memory()
    for number in range(KEPT + 10):
        memory.automatic(prefixes("m", [Part(str(number).encode())]))
    assert len(memory.known) == KEPT
