"""Reading tierwise.yaml: whatever the text, the answer is settings, or one line that names file, line, key and the nearest valid one."""

import json
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tierwise.config import reader
from tierwise.config.reader import BadSettings, Where, read, read_with_lines
from tierwise.config.settings import EndpointSettings, EvidenceSettings, Kind, Prices, Settings

SCHEMA = json.loads(reader.schema())
WHOLE_FILE = """\
# what the team wants
reference: claude-opus-4-8
policy: tiered
floor: 0.05
models: [gpt-5.2, fast]
deny: [openrouter]
vendors: [anthropic, openai]
regions: [us]
no_retention: true
lossy: false
tiers: {docs: flash, security: premium}
aliases:
  fast: deepseek-v4-flash
endpoints:
  - id: vllm/Tuned
    model: deepseek-v4-flash
    vendor: me
    tier: mid
    region: eu
    keeps_prompts: false
    wires: [openai_chat]
    context_window: 128000
    max_output: 8192
    tools: true
    images: false
    json_schema: true
    reasoning: optional
    efforts: [low, high]
    prices: &own {input: 0.1, output: 0.4, cache_read: 0.01, cache_write: 0.1, cache_write_1h: 0.2}
prices:
  openai/gpt-5.2: *own
providers:
  anthropic: {region: eu, keeps_prompts: false}
evidence:
  - {model: Tuned, benchmark: swe-bench-verified, score: 0.71, n: 500, date: 2026-10-01, source: our runs}
"""


def problem(text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        read(text, "f.yaml")
    return str(caught.value)


def test_an_empty_file_is_the_defaults() -> None:
    assert read("") == read("{}") == read("# only a remark\n") == Settings()


def test_everything_that_can_be_said_is_read() -> None:
    own = Prices(input=0.1, output=0.4, cache_read=0.01, cache_write=0.1, cache_write_1h=0.2)
    said = read(WHOLE_FILE)
    assert said.endpoints == (
        EndpointSettings(
            id="vllm/Tuned",
            model="deepseek-v4-flash",
            vendor="me",
            tier="mid",
            region="eu",
            keeps_prompts=False,
            wires=("openai_chat",),
            context_window=128_000,
            max_output=8192,
            tools=True,
            images=False,
            json_schema=True,
            reasoning="optional",
            efforts=("low", "high"),
            prices=own,
        ),
    )
    assert said.prices == {"openai/gpt-5.2": own}
    assert said.evidence == (EvidenceSettings("Tuned", "swe-bench-verified", 0.71, 500, "2026-10-01", "our runs"),)
    assert (said.policy, said.floor, said.tiers["docs"], said.aliases) == ("tiered", 0.05, "flash", {"fast": "deepseek-v4-flash"})


def test_the_lines_of_what_was_said_are_kept() -> None:
    _, where = read_with_lines(WHOLE_FILE, "f.yaml")
    assert (where.name, where.lines["policy",], where.lines["endpoints", 0, "id"], where.lines["models", 1]) == ("f.yaml", 3, 15, 5)


PRICES = "cache_read, cache_write, cache_write_1h, input, output"
KEYS = (
    "aliases, background, budget_outage, budgets, cascade, classifier, console, deny, embeddings, endpoints, escalate, evidence, "
    "evidence_files, explore, floor, half_life, hedge, keys, learning, ledger, log, lossy, models, no_retention, policy, prices, "
    "providers, reading, reference, regions, server, stickiness, subagents, tiers, timeouts, usage, vendors"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refernce: x", "1: refernce: unknown key; did you mean 'reference'?"),
        ("1: x", f"1: 1: unknown key; known: {KEYS}"),
        ("null: x", f"1: null: unknown key; known: {KEYS}"),
        ("yes: x", "1: yes: unknown key; did you mean 'keys'?"),
        ("'a`b': x", f"1: a`b: unknown key; known: {KEYS}"),
        ("'x` - at `$.y': x", f"1: x` - at `$.y: unknown key; known: {KEYS}"),
        ("'x` - at `$.y[...]': x", f"1: x` - at `$.y[...]: unknown key; known: {KEYS}"),
        ("prices: {a/b: {'x` - at `$.y[...]': 1}}", "1: prices.a/b.x` - at `$.y[...]: unknown key; known: " + PRICES),
        ('"two\\nlines": x', "1: 'two\\nlines': unknown key; did you mean 'tiers'?"),
        (
            "endpoints:\n- id: a/b\n  contxt_window: 9",
            "3: endpoints[0].contxt_window: unknown key; did you mean 'context_window'?",
        ),
        ("endpoints:\n- id: a/b\n  prices: {inpt: 1}", "3: endpoints[0].prices.inpt: unknown key; did you mean 'input'?"),
        ("prices:\n  a/b:\n    inptu: 1\n", "3: prices.a/b.inptu: unknown key; did you mean 'input'?"),
        ("providers: {x: {}, y: {regin: 1}}", "1: providers.y.regin: unknown key; did you mean 'region'?"),
        ("evidence:\n- model: m\n  bench: b", "3: evidence[0].bench: unknown key; did you mean 'benchmark'?"),
        ("tiers: {dcs: flash}", "1: tiers.dcs: unknown key; did you mean 'docs'?"),
        ("tiers: {docs: flsh}", "1: tiers.docs: unknown value 'flsh'; did you mean 'flash'?"),
        ("tiers: {docs: 'it''s'}", '1: tiers.docs: unknown value "it\'s"; known: flash, mid, premium'),
        (
            "endpoints:\n- id: a/b\n  reasoning: sometimes",
            "3: endpoints[0].reasoning: unknown value 'sometimes'; known: always, none, optional",
        ),
        (
            "endpoints:\n- id: a/b\n  wires: [openai_chat, antropic]",
            "3: endpoints[0].wires[1]: unknown value 'antropic'; did you mean 'anthropic'?",
        ),
        ("- a", "1: the file: expected a mapping, got a list"),
        ("hello", "1: the file: expected a mapping, got 'hello'"),
        ("7", "1: the file: expected a mapping, got 7"),
        ("models: x", "1: models: expected a list, got 'x'"),
        ("models: {a: 1}", "1: models: expected a list, got a mapping"),
        ("models:\n- a\n- 1", "3: models[1]: expected text, got 1"),
        ("models: ['']", "1: models[0]: expected text that is not empty, got ''"),
        ("policy:", "1: policy: expected text, got nothing"),
        ("aliases: {a: b, c: 1}", "1: aliases.c: expected text, got 1"),
        ("aliases: {'': b}", "1: aliases.'': expected text that is not empty, got ''"),
        ("lossy: yes", "1: lossy: expected true or false, got 'yes'"),
        ("floor: true", "1: floor: expected a number, got true"),
        ("floor: -0.1", "1: floor: expected a number >= 0.0, got -0.1"),
        ("floor: 1.5", "1: floor: expected a number <= 1.0, got 1.5"),
        ("floor: .nan", "1: floor: expected a number, got '.nan'"),
        ("prices:\n  a/b:\n    output: 1\n    input: -1", "4: prices.a/b.input: expected a number >= 0.0, got -1"),
        ("prices:\n  a/b: {output: 1, input: .inf}", "2: prices.a/b.input: expected a number, got '.inf'"),
        ("prices:\n  a/b: {output: 1, input: 1e300}", "2: prices.a/b.input: expected a number <= 1000000.0, got 1e+300"),
        ("prices:\n  a/b: {output: 1}", "2: prices.a/b: missing key 'input'"),
        ("prices:\n  a: {input: 1, output: 1}", "2: prices.a: expected text of the form provider/model, got 'a'"),
        ("prices:\n  a/b: 3", "2: prices.a/b: expected a mapping, got 3"),
        ('endpoints:\n- id: "a/b\\n"', "2: endpoints[0].id: expected text of the form provider/model, got 'a/b\\n'"),
        ("endpoints:\n- id: a/b\n  context_window: 0", "3: endpoints[0].context_window: expected a whole number >= 1, got 0"),
        ("endpoints:\n- id: a/b\n  context_window: 1.5", "3: endpoints[0].context_window: expected a whole number or nothing, got 1.5"),
        ("evidence:\n- {model: m}", "2: evidence[0]: missing key 'benchmark'"),
        (
            "evidence:\n- {model: m, benchmark: b, score: 1, n: 1, date: 2026-1-1, source: s}",
            "2: evidence[0].date: expected text of the form YYYY-MM-DD, got '2026-1-1'",
        ),
        (
            "evidence:\n- {model: m, benchmark: b, score: 1, n: 1, date: 2026-02-30, source: s}",
            "2: evidence[0].date: '2026-02-30' is not a day of the calendar",
        ),
        ("aliases: {a: a}", "1: aliases.a: stands for itself"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_the_nearest_valid_word(text: str, said: str) -> None:
    assert problem(text) == f"f.yaml:{said}"


def test_a_long_value_is_not_repeated_in_full() -> None:
    assert len(problem(f"floor: {'x' * 5000}")) < 150


SIGNS = ["\n  ", "\n- ", ": ", "<<: ", "*a", "&a ", "null", "1e-7", "0.5", ".nan", "---\n", "...\n", "\x85", "\u2028"]
WORDS = [*Settings.__struct_fields__, *EndpointSettings.__struct_fields__, "a/b", "input", "flash", "docs"]
SNIPPETS = st.sampled_from([*"{}[]:,-#&*!|>'\"%@`~?\n\t ", *SIGNS, *WORDS])


@settings(max_examples=300)
@given(st.one_of(st.text(), st.lists(SNIPPETS, max_size=25).map("".join)))
@example("a: \ud800")
@example("{" * 5000)
@example("{a: " * 5000)
@example("&a " * 100)
@example("- " * 5000)
def test_any_text_gives_settings_or_one_line(text: str) -> None:
    answers_in_one_line(text)


@settings(max_examples=300)
@given(st.integers(0, len(WHOLE_FILE)), st.integers(0, 12), st.one_of(SNIPPETS, st.text(max_size=4)))
def test_a_slip_of_the_pen_gives_settings_or_one_line(where: int, gone: int, instead: str) -> None:
    answers_in_one_line(WHOLE_FILE[:where] + instead + WHOLE_FILE[where + gone :])


def answers_in_one_line(text: str) -> None:
    said = refusal(text)
    assert said is None or (said.startswith("f.yaml") and said.isprintable())


def refusal(text: str) -> str | None:
    """What is wrong with a text, None if nothing is."""
    try:
        read(text, "f.yaml")
    except BadSettings as error:
        return str(error)
    return None


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=6)
ids = st.builds("{}/{}".format, st.sampled_from(["acme", "b.c"]), st.from_regex(r"[a-z]{2,5}", fullmatch=True))
cents = st.integers(0, 10**9).map(lambda count: count / 1000)
flags = st.one_of(st.none(), st.booleans())
prices = st.fixed_dictionaries({"input": cents, "output": cents}, optional={"cache_read": cents, "cache_write": st.none()})
endpoints = st.fixed_dictionaries(
    {"id": ids},
    optional={
        "model": st.one_of(st.none(), words),
        "tier": st.sampled_from(["flash", "mid", "premium", None]),
        "keeps_prompts": flags,
        "wires": st.lists(st.sampled_from(["anthropic", "openai_chat", "openai_responses"]), max_size=2),
        "context_window": st.one_of(st.none(), st.integers(1, 10**9)),
        "reasoning": st.sampled_from(["none", "optional", "always", None]),
        "efforts": st.lists(st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max"]), max_size=3),
        "prices": st.one_of(st.none(), prices),
    },
)
days = st.dates().map(str)
rows = st.fixed_dictionaries(
    {"model": words, "benchmark": words, "score": st.floats(0, 1).map(lambda share: round(share, 6)), "n": st.integers(1, 10**9)}
    | {"date": days, "source": words}
)
values = st.fixed_dictionaries(
    {},
    optional={
        "reference": words,
        "policy": words,
        "floor": st.integers(0, 1000).map(lambda share: share / 1000),
        "models": st.lists(words, max_size=2),
        "no_retention": st.booleans(),
        "tiers": st.dictionaries(st.sampled_from(get_args(Kind)), st.sampled_from(["flash", "mid", "premium"]), max_size=3),
        "endpoints": st.lists(endpoints, max_size=2, unique_by=lambda one: str(one["id"])),
        "providers": st.dictionaries(words, st.fixed_dictionaries({}, optional={"region": words, "keeps_prompts": flags}), max_size=2),
        "evidence": st.lists(rows, max_size=2),
    },
)
junk = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(-2, 2).map(lambda one: round(one, 3)), words, st.just([]), st.just({})
)


def read_value(value: Any) -> Settings:
    """Settings of a value, written as an editor would."""
    return read(json.dumps(value, ensure_ascii=False))


@given(values)
def test_what_the_schema_describes_is_read_and_said_again_the_same(value: dict[str, Any]) -> None:
    jsonschema.validate(value, SCHEMA)
    said = read_value(value)
    assert read_value(msgspec.json.decode(msgspec.json.encode(said))) == said


@settings(max_examples=300)
@given(values, st.data())
def test_the_schema_refuses_what_reading_refuses(value: dict[str, Any], data: st.DataObject) -> None:
    below = [one for one in value.values() if isinstance(one, dict)]
    spot = data.draw(st.sampled_from([value, *below, *value.get("endpoints", [])]))
    spot[data.draw(st.sampled_from([*sorted(spot), "tier", "extra"]))] = data.draw(junk)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(value) == is_read(value)


def is_read(value: Any) -> bool:
    try:
        read_value(value)
    except BadSettings:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == "tierwise.yaml"
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(Settings())), SCHEMA)


@pytest.mark.parametrize("count", [40, 41])
def test_many_valid_words_are_not_all_listed(count: int) -> None:
    assert bool(reader.nearest("zzz", [f"word{number}" for number in range(count)])) == (count == 40)
    assert reader.nearest("zzz", []) == ""


def test_a_place_is_named_without_lines_where_there_are_none() -> None:
    assert str(Where().wrong(("policy",), "is odd")) == "tierwise.yaml: policy: is odd"
