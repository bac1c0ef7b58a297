"""Entries to keep: plain ones by hand, a mixed crowd by seed, and any there may be, by Hypothesis."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.decision import (
    Conditions,
    Cost,
    Decision,
    Features,
    Needs,
    Place,
    Policy,
    Prefix,
    Priced,
    Receipt,
    Rejected,
    Size,
    Standing,
    Task,
)
from tierwise.core.entry import Asker, Attempt, Bill, Bodies, Entry, Latency, Outcome
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage

NOON = 1_793_534_400_000
"""2026-11-01T12:00:00Z."""
HOUR = 3_600_000
DAY = 24 * HOUR


def decision(endpoint: str = "one/alpha", cached: int = 700, task: str = "code") -> Decision:
    """A small decision with one endpoint priced and one ruled out."""
    features = Features(Size(1000, 4000, 0.1), Prefix(), Task(task, 2, 0.9, "words"), Place("person", 1, 5, 100, 300), Needs())
    cost = Cost(1000, cached, 100, 7, 1, 2, 30, 40, 60, 100)
    verdicts = (Priced(endpoint, cost, Standing(0.8, -0.02), clears=True, score=100), Rejected("two/beta", "window", "too small"))
    return Decision((endpoint,), Receipt(features, Conditions(NOON), "c0ffee", Policy(), verdicts, f"{endpoint} costs least"))


def entry(name: str, at: int = NOON, **more: Any) -> Entry:
    """A request that was served, in words that a test changes as it needs."""
    asker = Asker("ann", "plain", "s1", "openai_chat", "auto", team="core", project="x", tags=("night", "batch"))
    attempt = Attempt("one/alpha", "openai_chat", at, 12.5, 200, None, Usage(10, 700, 0, 0, 20), 5_000)
    said = {
        "decision": decision(),
        "attempts": (attempt,),
        "latency": Latency(1.0, 5.0, 6.0, 12.5),
        "status": 200,
        "committed": True,
        "usage": Usage(10, 700, 0, 0, 20, 5),
        "cost": 5_000,
        "baseline": 9_000,
        "model": "alpha",
        "bill": Bill(1_000, 2_000, 0, 0, 2_000),
        "prices": "2026-11-01",
        **more,
    }
    fields = {key: said.pop(key) for key in list(said) if key in Asker.__struct_fields__ and key not in Entry.__struct_fields__}
    return Entry(name, at, replace(said.pop("asker", asker), **fields), **said)


def outcome(name: str, **more: Any) -> Outcome:
    """Something told of a request."""
    return Outcome(**{"id": name, "at": NOON, "entry": "", "session": "", "kind": "success", **more})


def crowd(count: int, seed: int = 1, step: int = HOUR // 4) -> list[Entry]:
    """Entries of many kinds, a quarter of an hour apart: failed and served, priced and not, with and without session and tags."""
    dice = Random(seed)  # noqa: S311  # not for secrets
    return [_one(dice, number, NOON + number * step) for number in range(count)]


def _one(dice: Random, number: int, at: int) -> Entry:
    served, priced, measured = dice.random() < 0.8, dice.random() < 0.8, dice.random() < 0.8
    model = dice.choice(["alpha", "beta", "gamma"])
    failed = Attempt("two/beta", "openai_chat", at, 3.0, 429, Fault("rate_limit"), hedge=dice.random() < 0.3)
    good = Attempt(f"one/{model}", "openai_chat", at, 9.0, 200)
    usage = Usage(dice.randint(0, 5_000), dice.randint(0, 90_000), dice.randint(0, 900), 0, dice.randint(0, 800), 7) if measured else None
    return entry(
        f"e{number:05d}",
        at,
        decision=decision(f"one/{model}", dice.randint(0, 900), dice.choice(["code", "review"])) if dice.random() < 0.9 else None,
        attempts=(*((failed,) * dice.randint(0, 2)), *((good,) if served else ())),
        status=200 if served else 502,
        committed=served,
        fault=None if served else Fault("overloaded"),
        usage=usage if served else None,
        cost=dice.randint(0, 10**12) if priced else Unknown("no price"),
        baseline=dice.randint(0, 10**13) if dice.random() < 0.7 else Unknown("no reference"),
        model=model if served else "",
        bill=Bill(output=dice.randint(0, 10**9)) if priced and measured and served else None,
        latency=Latency(dice.random(), None, dice.random() * 100 if served else None, dice.random() * 1000),
        key=dice.choice(["ann", "bob", ""]),
        team=dice.choice(["core", "web"]),
        session=dice.choice(["", "s1", "s2", "s3", "s4"]),
        tags=dice.choice([(), ("night",), ("night", "batch"), ("batch", "x'; --", 'q"')]),
        stream=dice.random() < 0.5,
    )


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, as far as msgspec can say what that is."""
    return _of(msgspec.inspect.type_info(kind))


def _of(kind: Any) -> st.SearchStrategy[Any]:
    plain = PLAIN.get(type(kind))
    if plain is not None:
        return plain
    made: dict[type, Any] = {
        msgspec.inspect.UnionType: lambda: st.one_of([_of(one) for one in kind.types]),
        msgspec.inspect.LiteralType: lambda: st.sampled_from(kind.values),
        msgspec.inspect.VarTupleType: lambda: st.lists(_of(kind.item_type), max_size=3).map(tuple),
        msgspec.inspect.TupleType: lambda: st.tuples(*map(_of, kind.item_types)),
        msgspec.inspect.DictType: lambda: st.dictionaries(_of(kind.key_type), _of(kind.value_type), max_size=2),
        msgspec.inspect.StructType: lambda: st.builds(kind.cls, **{one.name: _of(one.type) for one in kind.fields}),
    }
    found: st.SearchStrategy[Any] = made[type(kind)]()
    return found


PLAIN = {
    msgspec.inspect.AnyType: st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5), lambda one: st.lists(one, max_size=2), max_leaves=3
    ),
    msgspec.inspect.NoneType: st.none(),
    msgspec.inspect.BoolType: st.booleans(),
    msgspec.inspect.IntType: st.integers(0, 10**6) | st.integers(-(2**63), 2**64 - 1) | st.integers(-(10**30), 10**30),
    msgspec.inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
    msgspec.inspect.StrType: st.text(max_size=12)
    | st.text(min_size=240, max_size=260)
    | st.sampled_from(["\0", "tw-1", "a\tb\\n", "é" * 300]),
    msgspec.inspect.BytesType: st.binary(max_size=40),
}

BODIES = Bodies(b"\x00prompt" * 500, "answer é".encode())


def many(count: int, like: Entry) -> Iterator[Entry]:
    """So many entries with one receipt, a second apart: for what needs quantity."""
    models, sessions = ("alpha", "beta", "gamma", "delta"), max(1, count // 50)
    for number in range(count):
        asker = replace(like.asker, session=f"s{number % sessions}")
        yield replace(like, id=f"m{number:06d}", at=NOON + number * 1000, asker=asker, model=models[number % 4])
