"""What a proof comes to in plain words, and no more than it shows; the terminal and the page say the same."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from tierwise.lab.page.words import between, money, period, share
from tierwise.lab.plural import count
from tierwise.lab.proof import DAY, Part, Proof

FEW: Final = 20
"""Sessions below which an interval over sessions is itself rough."""

NOTES: Final = (
    "The reference is charged for the same requests, with a warm cache of its own and the real output, at the prices of the time.",
    "Cost counts every attempt, those included that failed or lost a race. Deciding calls no model, so nothing is subtracted for it.",
    "What the reference would have answered, and in how many turns, no ledger can show; tierwise backtest weighs measured effort too.",
)


def headline(proof: Proof, reference: str) -> Iterator[str]:
    """The sentences a report opens with; `reference` is the model compared with, '' where that is not told."""
    for about in SENTENCES:
        yield from about(proof, reference or "the reference")


def span(proof: Proof) -> str:
    """From which day to which."""
    return period(proof.first // DAY, proof.last // DAY)


def _spent(proof: Proof, reference: str) -> Iterator[str]:
    whole = proof.whole
    spent = f"{money(whole.cost)} for {count(whole.requests, 'request')} in {count(whole.sessions, 'session')}"
    saved = whole.saved
    if saved is None:
        yield f"{spent}. There is no request of which both the cost and that of {reference} are known, so no saving can be shown."
        return
    yield f"{spent}. {reference} for everything would have cost {money(whole.baseline)}{_of(whole)}: {_saving(whole)}."


def _of(whole: Part) -> str:
    return "" if whole.compared == whole.cost else f" where {money(whole.compared)} was spent"


def _saving(whole: Part) -> str:
    saved = whole.saved
    if saved is None:
        return "unknown"
    if saved.share_low is None or saved.share_high is None:
        return f"{_word(saved.share)} ({money(saved.amount)}); there is no interval from one session"
    sure = between(saved.share_low, saved.share_high)
    if saved.share_low <= 0 <= saved.share_high:
        return f"{_word(saved.share)} ({money(saved.amount)}), which may be nothing: the 95% interval is {sure}"
    return f"{_word(saved.share)} ({money(saved.amount)}), 95% interval {sure}"


def _word(value: float) -> str:
    return f"{share(value)} saved" if value >= 0 else f"{share(-value)} more was spent"


def _few(proof: Proof, _reference: str) -> Iterator[str]:
    if 1 < proof.whole.sessions < FEW and proof.whole.saved is not None:
        yield f"With {count(proof.whole.sessions, 'session')}, the interval itself is rough."


def _unknown(proof: Proof, _reference: str) -> Iterator[str]:
    """What is in no sum."""
    whole = proof.whole
    if whole.uncompared:
        parts = f"the price of {_part(whole.unpriced, whole)}, the usage of {_part(whole.unmeasured, whole)}"
        yield f"{_part(whole.uncompared, whole).capitalize()} of the requests are in no comparison; not known are {parts}."
    else:
        yield "Of every request, price and usage are known."


def _part(number: int, whole: Part) -> str:
    return f"{share(number / whole.requests)} ({number:,})" if number else "none"


def _caution(proof: Proof, _reference: str) -> Iterator[str]:
    whole = proof.whole
    if whole.hedges or whole.failed:
        made = f"{count(whole.failed, 'failed attempt')} and {count(whole.hedges, 'hedge')}"
        yield f"{made} cost {money(whole.caution)}, counted above; {count(whole.absorbed, 'request')} met a fault no client saw."
    if whole.refused:
        yield f"{count(whole.refused, 'request')} ended with an error or without their client."


def _hits(proof: Proof, _reference: str) -> Iterator[str]:
    whole = proof.whole
    if whole.prompt:
        predicted, observed = share(whole.predicted / whole.prompt), share(whole.observed / whole.prompt)
        yield f"Cached prompt tokens: {predicted} predicted, {observed} observed."


def _moves(proof: Proof, _reference: str) -> Iterator[str]:
    whole = proof.whole
    if whole.switches:
        yield f"{count(whole.switches, 'switch', 'switches')} of model within a session, {whole.up:,} of them to a dearer one."


SENTENCES: Final[tuple[Callable[[Proof, str], Iterator[str]], ...]] = (_spent, _few, _unknown, _caution, _hits, _moves)


def versions(proof: Proof) -> str:
    """The version of the prices, or how many entries each had."""
    if len(proof.prices) == 1:
        return next(iter(proof.prices)) or "prices of unknown version"
    return ", ".join(f"{name or 'unknown'} ({count(number, 'request')})" for name, number in sorted(proof.prices.items())) or "no prices"


def named(part: Part, by: str) -> str:
    """What a part is called: a day as a date."""
    if by != "day":
        return part.name
    return datetime.fromtimestamp(int(part.name) * DAY / 1000, tz=UTC).date().isoformat()
