from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.lab.habits import claude_code, codex, plain
from tierwise.lab.harness import BEFORE, RESUMED, chains, habits, shared_by

SIZES = st.lists(st.integers(0, 200_000), min_size=1, max_size=12)


def marks(session: Any) -> list[list[tuple[str, int]]]:
    """Each call's marks: the last part of the digest and the size."""
    return [[(mark.digest.removeprefix("s//"), mark.size) for mark in known.marks] for _, known in chains(session)]


def test_each_prompt_stands_on_the_head_and_on_the_prompt_before(toy: Any) -> None:
    head = ("head///", 500)
    assert marks(toy.three()) == [
        [head, ("0/0", 1000)],
        [head, ("0/0", 1000), ("0/1", 1500)],
        [head, ("0/1", 1500), ("0/2", 1600)],
    ]


def test_a_lost_prompt_stands_on_its_head_alone(toy: Any) -> None:
    session = toy.session(toy.call(0, 1000), toy.call(1, 400), toy.call(2, 450))
    head = ("head///", 500)
    assert marks(session)[1:] == [[("head///", 400), ("1/1", 400)], [("head///", 450), ("1/1", 400), ("1/2", 450)]]
    assert marks(toy.session(toy.call(0, 1000), toy.call(1, 1100, upset=("compaction",))))[1] == [head, ("1/1", 1100)]


def test_a_call_of_unknown_size_leaves_no_mark(toy: Any) -> None:
    session = toy.session(toy.call(0, 1000), toy.call(1, 0, usage=Unknown("not logged")), toy.call(2, 1200))
    assert marks(session)[2] == [("head///", 500), ("0/0", 1000), ("0/2", 1200)]


def test_a_session_starts_with_the_first_call_of_known_size(toy: Any) -> None:
    session = toy.session(toy.call(0, 0, usage=Unknown("not logged")), toy.call(1, 1000), toy.call(2, 1200))
    assert marks(session)[1:] == [[("head///", 500), ("0/1", 1000)], [("head///", 500), ("0/1", 1000), ("0/2", 1200)]]


def test_a_long_first_prompt_is_a_resumed_conversation(toy: Any) -> None:
    ((_, known),) = chains(toy.session(toy.call(0, RESUMED + 1)))
    resumed = known.marks[1]
    assert resumed.digest.endswith(BEFORE)
    assert (resumed.size, known.anchor) == (RESUMED + 1, 1)
    assert 0 < resumed.odds < 1
    assert len(marks(toy.session(toy.call(0, RESUMED)))[0]) == 2


def test_a_turn_whose_reasoning_was_shed_stands_on_the_first_prompt_of_the_turn_before(toy: Any) -> None:
    sizes = ((10_000, 50), (12_000, 300), (12_100, 20), (13_000, 900), (13_100, 10))
    session = toy.session(*(toy.call(number, prompt, output, client="codex") for number, (prompt, output) in enumerate(sizes)))
    found = [([mark.digest.removeprefix("s//") for mark in known.marks[1:]], known.anchor) for _, known in chains(session)]
    assert found == [
        (["0/0"], 1),
        (["0/0", "0/1"], 2),
        (["0/0", "0/2"], 1),  # grew by 100 tokens after an answer of 300
        (["0/2", "0/3"], 2),
        (["0/2", "0/4"], 1),  # grew by 100 after an answer of 900
    ]


def test_within_a_turn_the_start_of_the_turn_stands_as_firm_as_the_head(toy: Any) -> None:
    session = toy.session(*(toy.call(number, 10_000 + 1000 * number, client="codex") for number in range(3)))
    *_, (_, known) = chains(session)
    assert [mark.digest for mark in known.marks] == ["head/codex//", "s//0/0", "s//0/1", "s//0/2"]
    assert (known.anchor, known.marks[1].odds) == (2, 1.0)
    assert known.marks[2].odds < 1


@given(SIZES, st.sampled_from(["", "codex", "claude_code"]))
def test_marks_grow_with_the_prompt_and_end_with_all_of_it(toy: Any, sizes: list[int], client: str) -> None:
    session = toy.session(*(toy.call(number, prompt, 500, client=client) for number, prompt in enumerate(sizes)))
    for step, known in chains(session):
        assert known.tokens == known.marks[-1].size == step.prompt
        assert 1 <= known.anchor < len(known.marks)
        assert all(0 <= mark.size <= step.prompt and 0 <= mark.odds <= 1 for mark in known.marks)
        digests = [mark.digest for mark in known.marks]
        assert len(set(digests)) == len(digests)


@given(SIZES, st.sampled_from(["", "codex", "claude_code"]))
def test_what_comes_later_changes_no_earlier_mark(toy: Any, sizes: list[int], client: str) -> None:
    calls = [toy.call(number, prompt, 500, client=client) for number, prompt in enumerate(sizes)]
    whole = [known for _, known in chains(toy.session(*calls))]
    assert [known for _, known in chains(toy.session(*calls[:1]))] == whole[:1]
    assert [known for _, known in chains(toy.session(*calls[: len(calls) // 2 + 1]))] == whole[: len(calls) // 2 + 1]


def test_heads_are_shared_by_client_version_and_workspace(toy: Any) -> None:
    one = toy.call(0, 1, client="codex", version="1", workspace="w")
    assert shared_by(one) == shared_by(toy.call(5, 9, client="codex", version="1", workspace="w"))
    assert shared_by(one) != shared_by(toy.call(0, 1, client="codex", version="2", workspace="w"))


def test_each_client_has_its_own_habits_and_others_plain_ones() -> None:
    assert habits("codex") is codex.HABITS
    assert habits("claude_code") is claude_code.HABITS
    assert habits("opencode") is habits("") is plain.HABITS
