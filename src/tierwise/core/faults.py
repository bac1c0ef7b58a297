"""Everything that can go wrong with a request: a closed list, and what each of them means for the attempt and for the client.

A row says what is done before anything reached the client (`then`), whether the endpoint is to blame and should rest (`rests`), and with
which status the client is told when nothing else can serve. Wires turn the status into their own error types.
"""

from types import MappingProxyType
from typing import Final

from msgspec import Struct

HERE: Final = "here"
"""Try the same endpoint once more, on a new connection."""
ELSEWHERE: Final = "elsewhere"
"""Go to the next endpoint of another provider, else of the same."""
LARGER: Final = "larger"
"""Go to an endpoint with a larger window."""
STRIP: Final = "strip"
"""Take the foreign reasoning out of the body and try the same endpoint once more."""
TELL: Final = "tell"
"""The request itself is wrong, or the answer is what it is: the client hears of it."""


class Row(Struct, frozen=True, gc=False):
    """What a kind of fault means: what then, the client's status, whether the endpoint rests, and what happened in plain words."""

    then: str
    status: int
    rests: bool
    says: str


class Fault(Struct, frozen=True, tag="fault"):
    """Something that went wrong: its kind (a key of FAULTS), what the provider said of it, the status it came with (0 for none).

    `after` is the wait the provider asks for, in milliseconds; `code` the provider's own word for it.
    """

    kind: str
    message: str = ""
    status: int = 0
    after: int | None = None
    code: str = ""


FAULTS: Final = MappingProxyType(
    {
        "refused": Row(ELSEWHERE, 502, rests=True, says="the provider refuses connections"),
        "dns": Row(ELSEWHERE, 502, rests=True, says="the provider's address cannot be found"),
        "tls": Row(ELSEWHERE, 502, rests=True, says="the provider's certificate or TLS handshake is not right"),
        "proxy": Row(ELSEWHERE, 502, rests=True, says="the HTTP proxy does not let the request through"),
        "connect_timeout": Row(ELSEWHERE, 504, rests=True, says="no connection to the provider in time"),
        "first_byte_timeout": Row(ELSEWHERE, 504, rests=True, says="the provider did not begin to answer in time"),
        "first_content_timeout": Row(ELSEWHERE, 504, rests=True, says="the answer's first content did not come in time"),
        "idle_timeout": Row(ELSEWHERE, 504, rests=True, says="the answer stopped coming"),
        "too_slow": Row(ELSEWHERE, 504, rests=True, says="the answer came too slowly"),
        "deadline": Row(TELL, 504, rests=False, says="the request took longer than allowed in all"),
        "stale": Row(HERE, 502, rests=False, says="a kept connection was closed before the request was read"),
        "dropped": Row(ELSEWHERE, 502, rests=True, says="the provider closed the connection before the answer was complete"),
        "not_http": Row(ELSEWHERE, 502, rests=True, says="what the provider answered is not HTTP"),
        "auth": Row(ELSEWHERE, 502, rests=True, says="the provider does not accept the gateway's key"),
        "payment": Row(ELSEWHERE, 502, rests=True, says="the gateway's account at the provider has no money left"),
        "no_model": Row(ELSEWHERE, 502, rests=True, says="the provider does not have the model"),
        "request_timeout": Row(HERE, 504, rests=True, says="the provider gave up waiting for the request"),
        "conflict": Row(HERE, 502, rests=False, says="the provider reports a conflict"),
        "too_large": Row(LARGER, 413, rests=False, says="the request has more bytes than the provider takes"),
        "context": Row(LARGER, 400, rests=False, says="the prompt is longer than the model's context window"),
        "unprocessable": Row(ELSEWHERE, 400, rests=False, says="the provider cannot process the request"),
        "bad_request": Row(ELSEWHERE, 400, rests=False, says="the provider does not take the request as it is"),
        "signature": Row(STRIP, 400, rests=False, says="the provider does not accept reasoning that another model signed"),
        "rate_limit": Row(ELSEWHERE, 429, rests=True, says="the provider's rate limit is reached"),
        "quota": Row(ELSEWHERE, 429, rests=True, says="the provider's quota is used up"),
        "server_error": Row(ELSEWHERE, 502, rests=True, says="the provider had an error of its own"),
        "overloaded": Row(ELSEWHERE, 529, rests=True, says="the provider is overloaded"),
        "redirect": Row(ELSEWHERE, 502, rests=True, says="the provider sends the request elsewhere, which would take the key along"),
        "not_json": Row(ELSEWHERE, 502, rests=True, says="the provider's answer is no JSON"),
        "strange": Row(ELSEWHERE, 502, rests=True, says="the provider's answer does not have the shape it should"),
        "half_frame": Row(ELSEWHERE, 502, rests=True, says="the answer ended in the middle of an event"),
        "empty": Row(ELSEWHERE, 502, rests=True, says="the answer has nothing in it"),
        "unfinished": Row(ELSEWHERE, 502, rests=True, says="the answer ended before its end was announced"),
        "stream_error": Row(ELSEWHERE, 502, rests=True, says="the provider reported an error within the answer"),
        "no_start": Row(ELSEWHERE, 502, rests=False, says="the answer did not begin as its protocol wants"),
        "disorder": Row(ELSEWHERE, 502, rests=True, says="the answer's events came in an order that has no meaning"),
        "bad_utf8": Row(ELSEWHERE, 502, rests=True, says="the answer is not UTF-8"),
        "too_long": Row(ELSEWHERE, 502, rests=True, says="one event of the answer is longer than any should be"),
        "filtered": Row(ELSEWHERE, 400, rests=False, says="the provider's content filter stopped the answer"),
        "malformed": Row(TELL, 400, rests=False, says="the request is not well formed"),
        "unsupported": Row(TELL, 400, rests=False, says="nothing that can serve the request carries all of it"),
        "unknown_model": Row(TELL, 404, rests=False, says="no such model"),
        "not_found": Row(TELL, 404, rests=False, says="no such path"),
        "encoding": Row(TELL, 415, rests=False, says="the request's content encoding is not read"),
        "unknown_name": Row(TELL, 404, rests=False, says="nothing is called so"),
        "method": Row(TELL, 405, rests=False, says="not with this method"),
        "unauthorized": Row(TELL, 401, rests=False, says="the key is missing or unknown"),
        "expired": Row(TELL, 401, rests=False, says="the key has expired"),
        "revoked": Row(TELL, 401, rests=False, says="the key was revoked"),
        "unchecked": Row(TELL, 503, rests=False, says="the key cannot be checked now"),
        "forbidden": Row(TELL, 403, rests=False, says="the key does not allow this"),
        "body_too_large": Row(TELL, 413, rests=False, says="the request is larger than the gateway takes"),
        "concurrency": Row(TELL, 429, rests=False, says="the key has as many requests under way as it may"),
        "key_rate": Row(TELL, 429, rests=False, says="the key's rate limit is reached"),
        "budget": Row(ELSEWHERE, 402, rests=False, says="a budget is used up"),
        "uncounted": Row(ELSEWHERE, 503, rests=False, says="a budget cannot be checked now"),
        "store_away": Row(TELL, 503, rests=False, says="the store cannot be reached, so nothing was changed"),
        "no_endpoint": Row(TELL, 503, rests=False, says="no endpoint can serve the request"),
        "draining": Row(TELL, 503, rests=False, says="the gateway is shutting down"),
        "hung_up": Row(TELL, 499, rests=False, says="the client hung up"),
        "internal": Row(TELL, 500, rests=False, says="the gateway had an error of its own"),
    }
)
"""What each kind of fault means. Kinds from 'malformed' on are about the client or the gateway, not about a provider."""


def told(fault: Fault) -> str:
    """A fault in a sentence for the client: what happened, and what the provider said of it."""
    row = FAULTS[fault.kind]
    return f"{row.says}: {fault.message}" if fault.message and fault.message != row.says else row.says


def status_of(fault: Fault) -> int:
    """The status a client is told of a fault with."""
    return FAULTS[fault.kind].status
