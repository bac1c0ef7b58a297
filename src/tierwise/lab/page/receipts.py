"""The most telling sessions, each with the receipt of its first decision: what was read, and the verdict on every endpoint."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tierwise.core import codec
from tierwise.core.decision import Cost, Features, Priced, Receipt, Rejected
from tierwise.core.money import Unknown
from tierwise.lab.page.html import EMPTY, Child, Column, Html, Line, html, table, tag
from tierwise.lab.page.words import NONE, UNKNOWN, fine, money, part, points, share
from tierwise.lab.plural import count
from tierwise.lab.tally import Telling

WORDS = 72
"""Characters of a person's words in the line that opens a session."""

ARROW = " \N{RIGHTWARDS ARROW} "


class Doubt(Struct, frozen=True):
    """The shares of calls whose price is unknown at the reference and with the policy."""

    reference: float
    policy: float


def told(session: Telling, doubt: Doubt) -> Html:
    """A session, to be opened."""
    words = session.words or "(the log has no words)"
    shown = words if len(words) <= WORDS else f"{words[: WORDS - 1]}\N{HORIZONTAL ELLIPSIS}"
    opening = tag("summary", tag("span", shown, class_="words"), tag("span", _difference(session, doubt), class_="number"))
    return tag("details", opening, _facts(session, words, doubt), _receipt(session))


def _difference(session: Telling, doubt: Doubt) -> str:
    if UNKNOWN in {part(session.reference, doubt.reference), part(session.policy, doubt.policy)}:
        return UNKNOWN
    more = session.policy > session.reference
    return f"{money(abs(session.reference - session.policy))} {'more' if more else 'less'}"


def _facts(session: Telling, words: str, doubt: Doubt) -> Html:
    left_out = f" ({count(session.unknown, 'call')} of unknown price left out)" if session.unknown else ""
    paid = f"{part(session.actual, session.unknown)}{left_out}"
    costs = Line("this session", (paid, part(session.reference, doubt.reference), part(session.policy, doubt.policy)))
    columns = (Column("", number=False), Column("as it was"), Column("the reference"), Column("the policy"))
    thread = f", thread {session.thread}" if session.thread else ""
    path = ARROW.join(f"{name} \N{MULTIPLICATION SIGN}{calls:,}" for name, calls in session.path)
    said = (("Words", words), ("Session", f"{session.session}{thread}, {count(session.calls, 'call')}"), ("Models, in order", path))
    return html(facts(said), table("What the session costs", columns, [costs]))


def facts(pairs: Sequence[tuple[str, Child]]) -> Html:
    """Names and what belongs to them."""
    return tag("dl", *(html(tag("dt", name), tag("dd", value)) for name, value in pairs))


def _receipt(session: Telling) -> Html:
    if not session.receipt:
        return tag("p", "The log shows no decision of this session.")
    receipt = codec.decoded(session.receipt.encode(), Receipt)
    chosen = session.path[0][0] if session.path else ""
    priced = [one for one in receipt.verdicts if isinstance(one, Priced)]
    rejected = [one for one in receipt.verdicts if isinstance(one, Rejected)]
    return html(
        tag("h3", "Receipt of its first decision"),
        tag("p", f"{chosen or 'Nothing'} was chosen: {receipt.because}."),
        facts(tuple(_read(receipt.features))),
        _prices(priced, chosen) if priced else EMPTY,
        _rejections(rejected) if rejected else EMPTY,
    )


def _read(features: Features) -> Iterator[tuple[str, str]]:
    task, place, size = features.task, features.place, features.size
    yield "Work", f"{task.kind}, difficulty {task.difficulty} of 3, by {task.source}, {share(task.confidence, 0)} sure"
    yield "Prompt", count(size.tokens, "token") + (f", give or take {share(size.error, 0)}" if size.error else "")
    yield (
        "Expected",
        f"{count(place.output, 'token')} of output; {count(place.remaining, 'call')} to come, each {place.growth:,} tokens longer",
    )
    yield "Needs", ", ".join(features.needs.names) or "nothing special"


COLUMNS = (
    Column("endpoint", number=False),
    *(Column(name) for name in ("prompt", "cached", "read", "write", "fresh", "output", "call", "rest", "work", "quality", "bound")),
    Column("clears", number=False),
)


def _prices(priced: Sequence[Priced], chosen: str) -> Html:
    caption = (
        "Dollars: read + write + fresh + output = call; call + rest (the calls still to come) = work. Quality and the lower bound "
        "of its difference to the reference are in points of 100; clears says whether the bound meets the floor."
    )
    ordered = sorted(priced, key=lambda one: (one.endpoint != chosen, not one.clears, _work(one), one.endpoint))
    return table(caption, COLUMNS, (_line(one, chosen) for one in ordered))


def _work(one: Priced) -> float:
    return float("inf") if isinstance(one.cost, Unknown) else one.cost.work


def _line(one: Priced, chosen: str) -> Line:
    strong = one.endpoint == chosen
    name = html(one.endpoint, tag("small", " chosen")) if strong else html(one.endpoint)
    standing = one.standing
    quality = UNKNOWN if standing.quality is None else f"{100 * standing.quality:.1f}"
    bound = UNKNOWN if standing.bound is None else points(standing.bound)
    return Line(name, (*_terms(one.cost), quality, bound, "yes" if one.clears else "no"), strong)


def _terms(cost: Cost | Unknown) -> tuple[Child, ...]:
    """Tokens and dollars of a cost; of an unknown one the reason, at its end."""
    if isinstance(cost, Unknown):
        return (*(NONE,) * 8, f"{UNKNOWN}: {cost.because}")
    tokens = (f"{cost.prompt:,}", f"{cost.cached:,}")
    return (*tokens, *(fine(amount) for amount in (cost.read, cost.write, cost.fresh, cost.output, cost.call, cost.rest, cost.work)))


def _rejections(rejected: Sequence[Rejected]) -> Html:
    columns = (Column("endpoint", number=False), Column("rejected by", number=False), Column("because", number=False))
    return table("Endpoints that could not serve it", columns, (Line(one.endpoint, (one.by, one.because)) for one in rejected))
