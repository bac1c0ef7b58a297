"""Tokens as this wire states them: input without what came from or went into the cache, output with all reasoning in it."""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tierwise.core.usage import Usage, added

Count = Annotated[int, Meta(ge=0)]
COMPACTION: Final = "compaction"


class Written(Struct, frozen=True, gc=False):
    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class Searched(Struct, frozen=True, gc=False):
    web_search_requests: Count | None = None


class Thinking(Struct, frozen=True, gc=False):
    thinking_tokens: Count | None = None


class Sums(Struct, frozen=True):
    """Counts as they stand in a frame: what is not given is not known, or was given before."""

    input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_creation: Written | None = None
    output_tokens: Count | None = None
    output_tokens_details: Thinking | None = None
    server_tool_use: Searched | None = None


class Iteration(Sums, frozen=True):
    type: str = ""


class Counts(Sums, frozen=True):
    """Counts of a whole answer: the summing up of a context that was closed on the way is counted apart."""

    iterations: list[Iteration] | None = None


NONE: Final = Counts()
FIELDS: Final = Counts.__struct_fields__


def merged(before: Counts, now: Counts) -> Counts:
    """Counts with what a later frame says of them."""
    pairs = ((getattr(before, name), getattr(now, name)) for name in FIELDS)
    return Counts(*(old if new is None else new for old, new in pairs))


def _usage(sums: Sums) -> Usage:
    written = sums.cache_creation or Written()
    hour, short = written.ephemeral_1h_input_tokens or 0, written.ephemeral_5m_input_tokens or 0
    return Usage(
        fresh=sums.input_tokens or 0,
        read=sums.cache_read_input_tokens or 0,
        write_5m=max(short, (sums.cache_creation_input_tokens or 0) - hour),
        write_1h=hour,
        output=sums.output_tokens or 0,
        reasoning=(sums.output_tokens_details or Thinking()).thinking_tokens or 0,
        searches=(sums.server_tool_use or Searched()).web_search_requests or 0,
    )


def usage_of(counts: Counts) -> Usage:
    """The usage that counts mean."""
    total = _usage(counts)
    for one in _apart(counts.iterations or ()):
        total = added(total, _usage(one))
    return total


def _apart(iterations: Iterable[Iteration]) -> Iterable[Iteration]:
    """The parts of an answer that its sums leave out."""
    return (one for one in iterations if one.type == COMPACTION)


class _Searches(Struct, frozen=True):
    web_search_requests: int
    web_fetch_requests: int = 0


class _Written(Struct, frozen=True):
    ephemeral_5m_input_tokens: int
    ephemeral_1h_input_tokens: int


class _Thinking(Struct, frozen=True):
    thinking_tokens: int


class _Stated(Struct, frozen=True, omit_defaults=True):
    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    cache_creation: _Written
    output_tokens: int
    output_tokens_details: _Thinking | None = None
    server_tool_use: _Searches | None = None


def stated(usage: Usage | None) -> bytes:
    """A usage as the JSON that clients expect; what nobody said is 0, since clients add these up."""
    one = usage or Usage()
    return msgspec.json.encode(
        _Stated(
            one.fresh,
            one.written,
            one.read,
            _Written(one.write_5m, one.write_1h),
            one.output,
            _Thinking(one.reasoning) if one.reasoning else None,
            _Searches(one.searches) if one.searches else None,
        )
    )
