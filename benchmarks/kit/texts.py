"""Made-up texts of the kinds that prompts are full of: code, prose, JSON, logs, Chinese."""

import json
from collections.abc import Callable
from random import Random
from types import MappingProxyType
from typing import Final

WORDS: Final = (
    "order invoice customer price total stock import export parse render cache token session request response retry queue worker "
    "table column index migration schema test fixture assert result value error message state event handler path file line user "
    "account tenant limit window budget policy report summary check build deploy branch commit change remove update create delete"
).split()
GLUE: Final = "the a of to in and is that for with when this it on as by not from or be are was which after before every each".split()
SYLLABLES: Final = "ba co del fi gor hu in ka lo men ni or pe qua ro sta tu ver wi xa yo zen".split()
HAN: Final = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)


def name(dice: Random) -> str:
    """A name as programmers make them up: known words, new ones, several in one."""
    made = "".join(dice.choice(SYLLABLES) for _ in range(dice.randint(2, 4)))
    first, second = (dice.choice((dice.choice(WORDS), dice.choice(WORDS), made)) for _ in range(2))
    return dice.choice((first, f"{first}_{second}", f"{first}{second.capitalize()}"))


def code(dice: Random) -> str:
    """A small function."""
    called, one, two = name(dice), name(dice), name(dice)
    return (
        f"def {called}({one}: list[int], {two}: str = {called!r}) -> int | None:\n"
        f'    """The {two} of the {one}, None where there is none."""\n'
        f"    if not {one}:\n        return None\n"
        f"    found = [item for item in {one} if item % {dice.randint(2, 97)} == {dice.randint(0, 9)}]\n"
        f"    return max(found, default=0) + len({two}) * {dice.randint(1, 4096)}\n\n\n"
    )


def prose(dice: Random) -> str:
    """A sentence."""
    words = [dice.choice(GLUE if place % 2 else WORDS) for place in range(dice.randint(6, 22))]
    return " ".join(words).capitalize() + dice.choice((". ", ". ", "? ", ".\n\n"))


def record(dice: Random) -> str:
    """A JSON record."""
    found = {name(dice): dice.choice((dice.random(), dice.randint(0, 10**6), name(dice), None, True)) for _ in range(8)}
    return json.dumps(found) + "\n"


def log(dice: Random) -> str:
    """A line of a server's log."""
    return (
        f"2026-10-{dice.randint(1, 31):02}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.random() * 60:06.3f}Z "
        f"{dice.choice(('INFO', 'WARN', 'ERROR'))} [{dice.choice(WORDS)}-{dice.randint(1, 64)}] id={dice.getrandbits(64):016x} "
        f"{dice.choice(WORDS)} {dice.choice(WORDS)} took {dice.randint(1, 9000)} ms\n"
    )


def chinese(dice: Random) -> str:
    """A sentence of common characters; it means nothing."""
    return "".join(dice.choice(HAN) for _ in range(dice.randint(8, 30))) + "。"


KINDS: Final = MappingProxyType[str, Callable[[Random], str]](
    {"code": code, "prose": prose, "json": record, "log": log, "chinese": chinese}
)


def text(kind: str, size: int, dice: Random) -> str:
    """A text of one kind, of at least so many characters."""
    parts, length = list[str](), 0
    while length < size:
        parts.append(KINDS[kind](dice))
        length += len(parts[-1])
    return "".join(parts)
