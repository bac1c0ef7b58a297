"""What a work item under way makes of a choice: its endpoint stays first while it can serve; models that failed give way to better ones.

A step up from the models that failed is an endpoint of a higher tier, and of those one that is not expected to be worse, if there is any;
where no higher tier can serve, one of the same tier that is expected to be better. Among them the policy chooses as always, so the cost
of a context that is cold there is in the sum; of those it ranks alike, a model that failed comes first at an effort at which it is better:
it alone can read the reasoning so far. Models that failed are out then, and stand in where nothing else answers. Where there is
no step up, the work stays where it is: nothing is gained by a worse model.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Endpoint
from tierwise.core.decision import Held, Priced, Rejected, Verdict
from tierwise.core.efforts import plain
from tierwise.core.tasks import TIERS

ESCALATION: Final = "escalation"
"""What names the objection to models that failed."""

HEIGHT: Final[Mapping[str, int]] = {name: height for height, name in enumerate(TIERS)}


class Ranking(Struct, frozen=True, gc=False):
    """What a policy chose: the candidates in order, why in words, and the verdicts on all endpoints."""

    ranked: Sequence[Priced]
    because: str
    verdicts: Sequence[Verdict]


def held(item: Held, found: Ranking, endpoints: Mapping[str, Endpoint]) -> Ranking:
    """A ranking as the work item under way has it."""
    if item.failed:
        stepped = _stepped(item, found, endpoints)
        if stepped is not None:
            return stepped
    return _kept(item, found)


def _kept(item: Held, found: Ranking) -> Ranking:
    """The endpoint at work first, if it can serve."""
    first = [one for one in found.ranked if one.endpoint == item.endpoint]
    if not first:
        lost = f"{item.endpoint} of work item {item.id} cannot serve; " if item.endpoint else ""
        return Ranking(found.ranked, f"{lost}{found.because}", found.verdicts)
    why = f" ({item.because}; nothing better can serve)" if item.failed else ""
    because = f"work item {item.id} stays with {item.endpoint}{why}"
    return Ranking([*first, *(one for one in found.ranked if one.endpoint != item.endpoint)], because, found.verdicts)


def _stepped(item: Held, found: Ranking, endpoints: Mapping[str, Endpoint]) -> Ranking | None:
    """The best step up first, or the endpoint at work where it is one; None where there is none."""
    failed = [one for one in found.verdicts if endpoints[one.endpoint].model in item.failed]
    left = [one for one in found.ranked if endpoints[one.endpoint].model not in item.failed]
    up = _again_first(_up(left, failed, endpoints), item, endpoints)
    if not up:
        return None
    stays = [one for one in left if one.endpoint == item.endpoint]
    first = stays or up
    chosen = {one.endpoint for one in first}
    ranked = [*first, *(one for one in up if one.endpoint not in chosen)]
    names = {one.endpoint for one in ranked}
    ranked += [one for one in left if one.endpoint not in names]
    out = {
        one.endpoint: Rejected(one.endpoint, ESCALATION, _why(item, endpoints[one.endpoint].model)) for one in failed if type(one) is Priced
    }
    verdicts = [out.get(one.endpoint, one) for one in found.verdicts]
    return Ranking(ranked, _because(item, found, stays=bool(stays)), verdicts)


def _because(item: Held, found: Ranking, *, stays: bool) -> str:
    told = f"work item {item.id} was escalated ({item.because})"
    return f"{told} and stays with {item.endpoint}" if stays else f"{told}; a step up: {found.because}"


def _why(item: Held, model: str) -> str:
    """What a model did on this work item."""
    return next((one for one in item.because.split("; ") if one.startswith(f"{model}: ")), f"{model} failed at this work item")


def _up(left: Sequence[Priced], failed: Sequence[Verdict], endpoints: Mapping[str, Endpoint]) -> list[Priced]:
    """The candidates that are a step up from endpoints that failed, in their order."""
    height = max((_height(endpoints[one.endpoint]) for one in failed), default=-1)
    best = max((one.standing.quality or 0.0 for one in failed if type(one) is Priced), default=0.0)
    higher = [one for one in left if _height(endpoints[one.endpoint]) > height]
    if higher:
        return [one for one in higher if one.standing.quality is None or one.standing.quality >= best] or higher
    level = [one for one in left if _height(endpoints[one.endpoint]) == height]
    return [one for one in level if one.standing.quality is not None and one.standing.quality > best]


def _again_first(up: Iterable[Priced], item: Held, endpoints: Mapping[str, Endpoint]) -> list[Priced]:
    """Steps up, of those with one score the models first that failed at another effort."""
    known = {plain(model) for model in item.failed}
    alike = (list(some) for _, some in groupby(up, key=lambda one: one.score))
    return [one for some in alike for one in sorted(some, key=lambda one: plain(endpoints[one.endpoint].model) not in known)]


def _height(endpoint: Endpoint) -> int:
    return HEIGHT.get(endpoint.tier, -1)
