"""What a request shows of itself to the learned reading: words, pairs of words, marks of its shape, and the rules' sums.

Words and pairs are known by numbers (a checksum of their letters), so that what has been learned holds no text. A word nobody has
learned is known by how it begins and ends, and a word of a script without spaces by its characters. The learning (training/) and the
live reading (engine.learned) go through the same functions here, so that both see the same.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from types import MappingProxyType
from typing import Final
from zlib import crc32

from msgspec import Struct

from tierwise.core.tasks import KINDS
from tierwise.engine import rules

HEAD: Final = 480
"""Characters of the person's words that are read word by word; pasted logs follow after the ask."""

TAIL: Final = 120
"""Characters at the end that are read too: an ask often follows what was pasted."""

BEFORE: Final = 200
"""Characters of what was said before that are read."""

MOST: Final = 80
"""Words that are read of each."""

WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?!#@`/]")
LOGGED: Final = ("Traceback", "Error", "panic", "FAIL", "ERR", "Exception", "exit code", "error:")
LISTED: Final = ("\n- ", "\n* ", "\n1.", "\n1)")
CAMEL: Final = re.compile(r"[a-z][A-Z]")
DIGIT: Final = re.compile(r"[0-9]")

PAIR: Final = 1
PIECE: Final = 2
PARTS: Final = (8, 9, 10, 11)
PRECEDING: Final = 32
"""Where each kind of number begins, so that a word said before is another thing than the same word now."""

LENGTHS: Final = (12, 25, 50, 75, 100, 150, 200, 300, 500, 1000, 3000)
COUNTS: Final = (2, 4, 7, 10, 15, 25, 40)
LINES: Final = (1, 2, 5, 15, 50)

MARKS: Final = (
    *(f"more than {count} characters" for count in LENGTHS),
    *(f"more than {count} words" for count in COUNTS),
    *(f"at least {count} line ends" for count in LINES),
    "a question mark",
    "more question marks",
    "ends with a question mark",
    "a code fence",
    "code in a line",
    "a slash",
    "an address",
    "names of code",
    "a digit",
    "a capital first",
    "a list",
    "what a failing program prints",
    "a plan handed over",
    "only says yes",
    "the first turn",
    "a question before",
    "much said before",
    "not in ASCII",
)
"""The marks of a request's shape, in the order of `Traits.marks`."""


class Traits(Struct, frozen=True, gc=False):
    """What a request shows: its words and those before it in order, its marks, and the rules' sum for each kind in half points."""

    words: list[str]
    before: list[str]
    marks: list[bool]
    rules: list[int]


PLACE: Final = MappingProxyType({kind: place for place, kind in enumerate(KINDS)})
STRONGEST: Final = 12
"""Half points beyond which the rules' sum for a kind says no more."""


def traits(said: str, before: str) -> Traits:
    """What a request shows in the person's words and in what was said before them."""
    plan = rules.PLAN.match(said)
    asked = plan[1] if plan else said
    words = words_of(asked)
    yes = len(words) <= rules.SHORT and rules.acknowledges(words)
    sums = rules.scores(f"{said[:HEAD]}\n{before[:HEAD]}" if yes else said[:HEAD])
    marks = [*_sizes(said, words), *_shape(said), plan is not None, yes, *_turn(said, before)]
    return Traits(words, WORD.findall(before[:BEFORE].lower())[:MOST], marks, _halves(sums))


def _halves(sums: Mapping[str, float]) -> list[int]:
    """The sums in half points by kind."""
    found = [0] * len(KINDS)
    for kind, points in sums.items():
        found[PLACE[kind]] = min(STRONGEST, int(2 * points))
    return found


def words_of(text: str) -> list[str]:
    """The words of a text's head and tail."""
    read = text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"
    return WORD.findall(read.lower())[:MOST]


def _sizes(text: str, words: Sequence[str]) -> list[bool]:
    size, count, ends = len(text), len(words), text.count("\n")
    return [*_passed(LENGTHS, size - 1), *_passed(COUNTS, count - 1), *_passed(LINES, ends)]


def _passed(steps: Sequence[int], size: int) -> list[bool]:
    """For each of some rising steps whether a size is as large."""
    count = bisect_right(steps, size)
    return [True] * count + [False] * (len(steps) - count)


def _shape(text: str) -> list[bool]:
    """The marks from the question mark to what a failing program prints."""
    head = text[:HEAD]
    asked = head.count("?")
    return [
        asked > 0,
        asked > 1,
        text.endswith("?"),
        "```" in text,
        "`" in head,
        "/" in head,
        "://" in head,
        "_" in head or "()" in head or CAMEL.search(head) is not None,
        DIGIT.search(head) is not None,
        head[:1].isupper(),
        any(map(head.__contains__, LISTED)),
        any(map(head.__contains__, LOGGED)),
    ]


def _turn(text: str, before: str) -> list[bool]:
    return [not before, "?" in before[:HEAD], len(before) > BEFORE, not text[:HEAD].isascii()]


def number(word: str, place: int = 0) -> int:
    """The number a word is known by; `place` tells what it is there."""
    return crc32(word.encode(), place)


def numbers(words: Iterable[str], place: int = 0) -> list[int]:
    """The numbers of words."""
    return list(map(crc32, map(str.encode, words), repeat(place)))


def pairs(words: Sequence[str]) -> list[int]:
    """The numbers of the pairs of neighbouring words."""
    letters = list(map(str.encode, words))
    return list(map(crc32, letters[1:], map(crc32, letters, repeat(PAIR))))


def parts(word: str) -> list[int]:
    """The numbers of how a word begins and ends, or of the characters and pairs of one in a script without spaces."""
    letters = word.encode()
    if len(letters) == len(word):
        return list(map(crc32, (letters[:3], letters[:4], letters[:5], letters[-3:]), PARTS))
    pieces = {*word[:MOST], *(word[place : place + 2] for place in range(min(len(word), MOST) - 1))}
    return numbers(sorted(pieces), PIECE)
