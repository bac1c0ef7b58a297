"""How a command line is recognised and rewritten."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.runner import agent
from tierwise.runner.agent import PLAIN, Agent, Pointed, Site

ONE = Agent(name="one", programs=("one", "one-cli", "one.main"), pointed=lambda argv, _: Pointed(tuple(argv)))
SITE = Site("http://127.0.0.1:1", "tw-secret", "m", "/f")

WORDS = st.lists(st.text(string.ascii_letters + "-=", min_size=1, max_size=6), min_size=1, max_size=6)


@pytest.mark.parametrize(
    "line",
    [
        "one -p x",
        "/opt/bin/one",
        "./one --x",
        "npx -y @vendor/one-cli@1.2.3 run",
        "uvx one",
        "uv run one --model x",
        "env A=b C=d one",
        "timeout 600 one",
        "timeout -k 5 600s nice -n 10 one",
        "python3 -m one.main -t x",
        "/usr/bin/python3.12 /opt/one",
        "pnpm dlx one-cli",
    ],
)
def test_an_agent_is_recognised_through_what_starts_it(line: str) -> None:
    assert agent.recognised(line.split(), [ONE]) is ONE


@pytest.mark.parametrize("line", ["two", "sh -c one", "bash one.sh", "two one", "", "--", "python3 -m two", "env"])
def test_what_nobody_knows_is_plain(line: str) -> None:
    assert agent.recognised(line.split(), [ONE]) is PLAIN


def test_the_plain_agent_sets_what_many_programs_read_and_leaves_the_command_alone() -> None:
    found = PLAIN.pointed(["x", "--model", "y"], SITE)
    assert found.argv == ("x", "--model", "y")
    assert found.env["OPENAI_BASE_URL"] == "http://127.0.0.1:1/v1"
    assert found.env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
    assert {found.env[name] for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "TIERWISE_KEY")} == {"tw-secret"}


def test_nobody_sees_the_secret_by_accident() -> None:
    assert "tw-secret" not in repr(SITE)


@pytest.mark.parametrize(
    ("line", "after", "then"),
    [
        ("one -m a x", 1, "one -m NEW x"),
        ("one --model=a x", 1, "one --model=NEW x"),
        ("one x", 1, "one -m NEW x"),
        ("python -m one x", 3, "python -m one -m NEW x"),
        ("one --models a", 1, "one -m NEW --models a"),
        ("one -m", 1, "one -m NEW"),
    ],
)
def test_an_option_is_replaced_or_put_in(line: str, after: int, then: str) -> None:
    assert agent.with_option(line.split(), ("-m", "--model"), "NEW", after) == tuple(then.split())


@pytest.mark.parametrize(
    ("line", "then"), [("one --model a x", "one x"), ("one --model=a x", "one x"), ("one x", "one x"), ("one x --model", "one x")]
)
def test_an_option_is_taken_out(line: str, then: str) -> None:
    assert agent.without_option(line.split(), ("--model",)) == tuple(then.split())


@pytest.mark.parametrize(
    ("argv", "then"),
    [
        (["one", "-t", "do", "x"], ("one", "-t", "do\n\nmore", "x")),
        (["one", "--task=do"], ("one", "--task=do\n\nmore")),
        (["one", "x"], ("one", "x")),
        (["one", "-t"], ("one", "-t")),
    ],
)
def test_text_goes_to_the_end_of_an_option(argv: list[str], then: tuple[str, ...]) -> None:
    assert agent.after_option(argv, ("-t", "--task"), "more") == then


@pytest.mark.parametrize(
    ("argv", "then"), [(["one", "do"], ("one", "do\n\nmore")), (["one"], ("one",)), (["one", "do", "--json"], ("one", "do", "--json"))]
)
def test_text_goes_to_the_end_of_the_last_word(argv: list[str], then: tuple[str, ...]) -> None:
    assert agent.after_last(argv, "more") == then


def test_what_stands_for_a_placeholder_is_not_filled_in_again() -> None:
    assert agent.filled(["{prompt}", "a={model}", "{x}"], {"{prompt}": "say {model}", "{model}": "m"}) == ("say {model}", "a=m", "{x}")


def test_where_the_program_is_not_found_it_is_the_first_word() -> None:
    assert agent.start(["sh", "-c", "x"], ("one",)) == 1
    assert agent.start(["npx", "-y", "@vendor/one-cli@1.2"], ("one-cli",)) == 3


@given(WORDS, st.text(max_size=5))
def test_setting_an_option_twice_is_setting_it_once(argv: list[str], value: str) -> None:
    once = agent.with_option(argv, ("-m",), value)
    assert agent.with_option(once, ("-m",), value) == once
    assert agent.option(once, ("-m",)) is not None


@given(WORDS)
def test_what_is_not_there_cannot_be_taken_out(argv: list[str]) -> None:
    assert agent.without_option(argv, ("--never-there",)) == tuple(argv)
