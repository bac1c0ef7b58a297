r"""A cascade of answers for requests nobody waits on: one or two cheap answers, a check of them, then the strong model.

Theory of operation. A machine over values, as the attempts are: it is given the answers so far and says what is next, another answer to ask
for or one to take. Whoever runs it asks the endpoints, and charges every answer that was asked for, taken or not.

With a check, the first cheap answer that passes it is taken. Without one, agreement is all there is: two cheap answers that say the same
are taken (the first of them), one alone proves nothing, and where one of them failed the strong model is asked at once. An answer that
failed counts as not good. The strong model's answer is taken as it is; when it fails, the last cheap one that came at all.

Answers agree when they say the same: the same JSON, the same words but for case, space and marks, or the same conclusion. A conclusion is
what an answer says it is ("the answer is 12", `\boxed{12}`, `#### 12`), else the number or the choice (A to J) that it ends with. Two
answers in prose without one do not agree, however alike they are: whoever wants those taken needs a check.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from tierwise.recovery import schema

NUMBER: Final = r"-?\d[\d,]*(?:\.\d+)?"
STATED: Final = re.compile(rf"(?:\\boxed\{{|####|\b[Aa]nswer\b\W*(?:is|would be)?)[\s:=*_$`(\[{{]*({NUMBER}|[A-J]\b|[^\s{{}}*$.]+(?=\}}))")
"""What an answer states as its conclusion."""
ENDING: Final = re.compile(
    rf"(?:^|[=:]|\b(?:is|are|be|get|gets|costs?|equals|totals?))[\s*_$€£]*({NUMBER})(?:\W+[^\W\d]+){{0,2}}\W*$|^.{{0,30}}?(?<!\w)([A-J])\W*$"
)
"""A number that something is, with two words after it at most, or a choice after a few words, at the end of an answer."""
LINE: Final = 200
"""Characters of the end of an answer in which a conclusion is looked for that is not stated."""
FENCED: Final = re.compile(r"```[\w+-]*\n(.*?)```", re.DOTALL)
MARKS: Final = re.compile(r"[\s*_`\"']+")
ENDS: Final = " .,;:!"


class Plan(Struct, frozen=True):
    """Who is asked: the cheap endpoints in order, the strong one, and the name of the check ('' for agreement alone).

    `schema` is the JSON schema that an answer has to keep to besides, None where there is none.
    """

    cheap: tuple[str, ...]
    strong: str
    check: str = ""
    schema: Any = None


class Answer(Struct, frozen=True):
    """What an endpoint answered: its text (None where it failed) and what it cost, in pico-dollars."""

    endpoint: str
    text: str | None
    cost: int = 0


class Ask(Struct, frozen=True):
    """Ask this endpoint next."""

    endpoint: str


class Take(Struct, frozen=True):
    """Give this answer (its place; None where all failed) to the client, because of this; `cost` is of all answers together."""

    place: int | None
    because: str
    cost: int


def suits(*, streamed: bool, tools: bool, interactive: bool) -> bool:
    """Whether a request may be answered by a cascade: nobody sees it come, and its answer is words and not an act."""
    return not (streamed or tools or interactive)


def step(plan: Plan, answers: Sequence[Answer]) -> Ask | Take:
    """What comes next after some answers."""
    cheap = answers[: len(plan.cheap)]
    reason = _reason(plan, cheap)
    if reason:
        return Take(len(cheap) - 1 if len(plan.cheap) == 1 or plan.check else 0, reason, spent(answers))
    if len(answers) < len(plan.cheap) and (plan.check or all(one.text is not None for one in answers)):
        return Ask(plan.cheap[len(answers)])
    if not answers or answers[-1].endpoint != plan.strong:
        return Ask(plan.strong)
    if answers[-1].text is not None:
        return Take(len(answers) - 1, f"{plan.strong} was asked: {_doubt(plan)}", spent(answers))
    return _left(plan, answers)


def spent(answers: Sequence[Answer]) -> int:
    """What all answers cost, those that were not taken too."""
    return sum(one.cost for one in answers)


def _reason(plan: Plan, cheap: Sequence[Answer]) -> str:
    """Why the last cheap answer may be taken; empty where it may not."""
    if not cheap or not good(plan.check, cheap[-1].text, plan.schema):
        return ""
    if plan.check:
        return f"{cheap[-1].endpoint} passed the check {plan.check}"
    if len(cheap) > 1 and agree(cheap[0].text, cheap[1].text):
        return f"{cheap[0].endpoint} and {cheap[1].endpoint} agree"
    return ""


def _doubt(plan: Plan) -> str:
    return f"no cheap answer passed the check {plan.check}" if plan.check else "the cheap answers did not agree"


def _left(plan: Plan, answers: Sequence[Answer]) -> Take:
    """What is taken when the strong model failed: the last cheap answer there is."""
    there = [place for place, one in enumerate(answers) if one.text is not None]
    return Take(there[-1] if there else None, f"{plan.strong} failed; what is left of the cheap answers", spent(answers))


def good(check: str, text: str | None, form: Any = None) -> bool:
    """Whether an answer came, passes a check, and keeps to a JSON schema where one is asked for; KeyError for a check nobody knows."""
    return text is not None and (not check or CHECKS[check](text)) and (form is None or schema.keeps(_json(text), form))


def agree(one: str | None, other: str | None) -> bool:
    """Whether two answers say the same."""
    if one is None or other is None:
        return False
    left, right = _value(one), _value(other)
    if left is not None or right is not None:
        return bool(left == right)
    if _plain(one) == _plain(other):
        return True
    found = conclusion(one)
    return found is not None and found == conclusion(other)


def conclusion(text: str) -> str | None:
    """The number, choice or term an answer comes to, in one spelling; None where it comes to none that can be told."""
    stated = STATED.findall(text)
    if stated:
        return _spelt(stated[-1])
    lines = text.strip().splitlines()
    found = ENDING.search(lines[-1][-LINE:]) if lines else None
    return None if found is None else _spelt(found[1] or found[2])


def _spelt(found: str) -> str:
    """A conclusion in one spelling: 1,200.50 is 1200.5, b is B."""
    plain = found.replace(",", "").upper()
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _plain(text: str) -> str:
    return MARKS.sub(" ", text).strip(ENDS).lower()


def inner(text: str) -> str:
    """The code or JSON of an answer: what stands in its last fence, or all of it."""
    found = FENCED.findall(text)
    return str(found[-1]) if found else text


def _value(text: str) -> Any:
    """The JSON object or list an answer is; None where it is neither."""
    found = _json(text)
    return found if isinstance(found, dict | list) else None


def _json(text: str) -> Any:
    """The JSON value an answer is; None where it is none."""
    try:
        return json.loads(inner(text))
    except (ValueError, RecursionError):
        return None


def _is_json(text: str) -> bool:
    return _value(text) is not None


def _is_python(text: str) -> bool:
    try:
        ast.parse(inner(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"json": _is_json, "python": _is_python})
"""Checks by name: an answer that is JSON, an answer that is Python."""
