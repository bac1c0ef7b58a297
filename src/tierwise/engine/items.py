"""A session's work items: which one a call belongs to, what its signs say of the model at work, and when a better one has to take over.

Theory of operation. A work item is what a person asks for and the calls that sets going. A call with results of tools stays in it. What the
person says next ends it, unless that is about the same work: a complaint, a correction, the same words again, or a mere "go on". A client's
background calls belong to no item and never come here. A session that is compacted shows fewer answers than before and the same words, or
none: the item goes on.

Signs speak of the model that served the item's latest call, whoever was meant to. Each is worth an outcome (core.signs); one that is to
be late waits for so many calls, and is forgotten where that model makes good what it was about. Some are strikes as well. At STRIKES of
them the model has failed at this item: it is left for a better one, which begins with no strikes and stays until the item ends. Tests that
pass, work that is committed and thanks wipe strikes away.

    item so far, call --arrived--> item now, findings --(decided, asked, answered)--> served
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.decision import Held
from tierwise.core.signs import SIGNS, Sign, Step
from tierwise.core.tools import TOOLS, Tools
from tierwise.engine import signs
from tierwise.engine.signs import NOTHING, Trail

PERSON: Final = "person"
TESTS_FAILED: Final = "tests_failed"
PRAISED: Final = "praised"
REPEATED: Final = "repeated_call"

STRIKES: Final = 2
"""Strikes after which a model has failed."""

STRIKE: Final[Mapping[str, int]] = MappingProxyType(
    {"complaint": 2, "same_error": 2, REPEATED: 1, "asked_again": 1, "correction": 1, "reverted": 1}
)
"""What signs count as strikes."""

LOST: Final = 2
"""Changes after which the tests still fail that are as good as STRIKES."""

WIPES: Final = frozenset({"tests_passed", "committed", "pushed", "praised"})
"""What wipes strikes away, unless it only came again because a call was repeated."""

CURES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {TESTS_FAILED: WIPES, "build_failed": WIPES | {"build_passed"}, "tool_error": WIPES | {"build_passed"}}
)
"""What of the same model makes good a sign that waits."""

PROTESTS: Final = frozenset({"complaint", "correction", "asked_again"})
"""What the person says of work that is not done yet: the item goes on."""

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "complaint": "the person complained",
        "same_error": "the same error came again and again",
        REPEATED: "the same tool call was repeated",
        "asked_again": "the person asked again",
        "correction": "the person corrected it",
        "reverted": "it took back its own edits",
        TESTS_FAILED: f"tests failed after {LOST} edits",
    }
)
"""Why a model was left, in words."""

UNKNOWN: Final = "(not known)"
"""Stands for the person's words before, where a compacted session does not show them."""

WAITING: Final = 16
"""Findings that may wait."""


class Finding(Struct, frozen=True, gc=False):
    """An outcome: of the model that did the work, its kind, and the request it is told of; `sign` is what it was read from."""

    outcome: str
    weight: float
    model: str
    task: str
    entry: str
    sign: str = ""


class Waiting(Struct, frozen=True, gc=False):
    """A finding that counts after so many more calls."""

    finding: Finding
    left: int


class Item(Struct, frozen=True):
    """A work item so far.

    `id` is the id of its first request ('' until it has one), `words` a number that tells the person's words from others, `calls` how many
    answers its latest call showed. `endpoint`, `model` and `last` are the endpoint, the model and the id of the latest call that was
    served, `policy` names what that was chosen by; `task` is the kind of work. `level`, `failed` and `because` are as in `Held`. `strikes`
    are those of the model at work, `good` says that something has spoken for it since.
    """

    id: str = ""
    words: int = 0
    calls: int = 0
    endpoint: str = ""
    model: str = ""
    last: str = ""
    policy: bytes = b""
    task: str = ""
    level: int = 0
    failed: tuple[str, ...] = ()
    because: str = ""
    strikes: int = 0
    good: bool = False
    trail: Trail = NOTHING
    waiting: tuple[Waiting, ...] = ()


class Call(Struct, frozen=True, gc=False):
    """A call of a session that belongs to a work item.

    `turn`, `words`, `previous` and `calls` are those of the request; `spoken` says that its newest message has words of the person, `named`
    that the client names its session. `steps` are the tool calls of the latest answer, `tools` says what they are.
    """

    turn: str = PERSON
    words: str = ""
    previous: str = ""
    calls: int = 0
    spoken: bool = True
    named: bool = True
    steps: tuple[Step, ...] = ()
    tools: Tools = TOOLS
    escalates: bool = True


class Served(Struct, frozen=True, gc=False):
    """Who answered a call of an item: the call's id, the endpoint and its model, the kind of work, and the policy that chose."""

    call: str
    endpoint: str
    model: str
    task: str = ""
    policy: bytes = b""


class Arrival(Struct, frozen=True):
    """A call in its item: the item with it, what is found of the work before, whether the item is a new one, and the session's one before.

    `escalated` says that with this call a model is left.
    """

    item: Item
    findings: tuple[Finding, ...] = ()
    fresh: bool = False
    before: Item | None = None
    escalated: bool = False

    @property
    def well(self) -> bool:
        """Whether the session goes well: something speaks for the work before, and nothing against it."""
        item = self.before if self.fresh else self.item
        return item is not None and item.good and not item.strikes and not item.failed


class Heard(Struct, frozen=True, gc=False):
    """Whether a call goes on with the item, and what the person says of it."""

    stays: bool
    found: tuple[Sign, ...] = ()


ENDS: Final = Heard(stays=False)
STAYS: Final = Heard(stays=True)


def arrived(item: Item | None, call: Call) -> Arrival:
    """A call in its item, which is the one under way in its session or a new one."""
    if item is None:
        return Arrival(begun(call), fresh=True)
    heard = _heard(item, call)
    seen, trail = signs.read(item.trail, _numbered(call), call.tools)
    found = (*seen, *heard.found)
    noted, findings = _noted(replace(item, trail=trail), found, aged=call.calls != item.calls)
    if not heard.stays:
        last = () if any(one.kind == PRAISED for one in found) else tuple(one.finding for one in noted.waiting)
        return Arrival(begun(call), (*findings, *last), fresh=True, before=_struck(noted, found))
    struck = _struck(noted, found)
    now = replace(struck, words=hash(call.words) if call.words else item.words, calls=call.calls)
    return _judged(Arrival(now, findings), found, call)


def _numbered(call: Call) -> Sequence[Step]:
    """The steps with ids that no others of the session have: some providers count from the same number with every answer."""
    return [replace(one, id=f"{call.calls} {one.id}") for one in call.steps]


def begun(call: Call) -> Item:
    """A work item that begins with a call."""
    return Item(words=hash(call.words), calls=call.calls)


def _heard(item: Item, call: Call) -> Heard:
    """Whether a call goes on with an item, and what the person says of it."""
    if call.turn != PERSON or not call.words:
        return STAYS
    grown, same = call.calls > item.calls, hash(call.words) == item.words
    if not call.calls and not (call.named and item.calls):
        return STAYS if same and not item.last else ENDS
    if same and not (grown and call.spoken):
        return STAYS
    found = signs.heard(call.words, call.previous or UNKNOWN)
    if not found or found[0].kind in PROTESTS:
        return Heard(stays=True, found=found)
    return Heard(stays=False, found=found if grown else ())


def _noted(item: Item, found: Iterable[Sign], *, aged: bool) -> tuple[Item, tuple[Finding, ...]]:
    """The item with what is found in its latest call, and what counts now; what waits is a call older where this is a new one."""
    told, waiting, fresh = list[Finding](), list(item.waiting), list[Waiting]()
    for sign in found if item.model else ():
        worth = SIGNS[sign.kind]
        one = Finding(worth.outcome, worth.weight, item.model, item.task, item.last, f"{sign.kind} {sign.detail}".strip())
        waiting, fresh = ([other for other in some if not _cured(other.finding, sign, item.model)] for some in (waiting, fresh))
        if worth.outcome and not worth.calls:
            told.append(one)
        elif worth.outcome and not any(_same(other.finding, one) for other in (*waiting, *fresh)):
            fresh.append(Waiting(one, worth.calls))
    waiting = [replace(one, left=one.left - 1) for one in waiting] if aged else waiting
    due = [one.finding for one in waiting if one.left <= 0]
    left = [one for one in waiting if one.left > 0]
    return replace(item, waiting=(*left, *fresh)[-WAITING:]), (*told, *due)


def _cured(one: Finding, sign: Sign, model: str) -> bool:
    """Whether a sign makes good what a finding of the same model is about."""
    return one.model == model and sign.kind in CURES.get(one.sign.partition(" ")[0], ())


def _same(one: Finding, other: Finding) -> bool:
    """Whether two findings say the same of a model."""
    return (one.model, one.sign.partition(" ")[0]) == (other.model, other.sign.partition(" ")[0])


def _struck(item: Item, found: Sequence[Sign]) -> Item:
    """The item with the strikes that signs are, in their order; what speaks for the model wipes them away."""
    strikes, good = item.strikes, item.good
    loops = any(sign.kind == REPEATED for sign in found)
    for sign in found:
        if sign.kind in WIPES and not loops:
            strikes, good = 0, True
        elif sign.kind == TESTS_FAILED:
            strikes, good = STRIKES if item.trail.lost >= LOST else strikes, False
        elif sign.kind in STRIKE:
            strikes, good = strikes + STRIKE[sign.kind], False
    return replace(item, strikes=strikes, good=good)


def _judged(one: Arrival, found: Iterable[Sign], call: Call) -> Arrival:
    """An arrival where a model with enough strikes has failed: it is left for a better one, which begins without any."""
    item = one.item
    if item.strikes < STRIKES or not item.model or not call.escalates:
        return one
    again = replace(item, strikes=0, trail=replace(item.trail, lost=0, touched=0, errors=(), calls=()))
    if item.model in item.failed:
        return replace(one, item=again)
    said = next((WORDS[sign.kind] for sign in reversed([*found]) if sign.kind in WORDS), "it showed signs of failure")
    due = tuple(wait.finding for wait in item.waiting if wait.finding.model == item.model)
    left = tuple(wait for wait in item.waiting if wait.finding.model != item.model)
    because = "; ".join((*filter(None, (item.because,)), f"{item.model}: {said}"))
    moved = replace(again, level=item.level + 1, failed=(*item.failed, item.model), because=because, waiting=left)
    return replace(one, item=moved, findings=(*one.findings, *due), escalated=True)


def served(item: Item, one: Served) -> Item:
    """The item after a call of it was answered; strikes are those of the model at work, and another one has none."""
    same = one.model == item.model
    strikes, good = (item.strikes, item.good) if same else (0, False)
    return replace(
        item,
        last=one.call,
        endpoint=one.endpoint,
        model=one.model,
        policy=one.policy,
        task=item.task or one.task,
        strikes=strikes,
        good=good,
    )


def inherited(item: Item, parent: Item) -> Item:
    """A subagent's new item that begins where its parent's stands."""
    return replace(item, endpoint=parent.endpoint, policy=parent.policy, level=parent.level, failed=parent.failed, because=parent.because)


def held(item: Item, policy: bytes, *, sticks: bool, escalates: bool) -> Held:
    """What a choice within an item is held to: the endpoint at work, if it was chosen by the same policy, and the models that failed."""
    stays = item.policy == policy and (sticks or item.level > 0)
    return Held(item.id, item.endpoint if stays else "", *(_left(item) if escalates else (0, (), "")))


def _left(item: Item) -> tuple[int, tuple[str, ...], str]:
    return item.level, item.failed, item.because
