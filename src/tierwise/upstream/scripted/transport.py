"""The scripted provider itself: which route a request takes, what is remembered between requests, and the script that comes of it.

What is said is a pure function of the request (`saying`); what is kept here is only what real providers keep: prefixes that were sent
before, answers that may be continued by their id, and how often the same was asked (for failures that pass).
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct, field

from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import chat, chat_checks, messages, messages_checks, openai, others, responses, responses_checks
from tierwise.upstream.scripted.asked import Asked, Refused, Spent
from tierwise.upstream.scripted.checks import opened
from tierwise.upstream.scripted.counting import Memory, prefixes
from tierwise.upstream.scripted.directives import Directives, directives
from tierwise.upstream.scripted.saying import Said, said
from tierwise.upstream.scripted.script import EVENTS, HANG, JSON, RESET, Piece, Script, played, whole
from tierwise.upstream.scripted.shape import Making, Shape

KEPT: Final = 256
"""Answers that can be continued by their id."""

STEERING: Final = "x-scripted"
"""The header with directives."""


def _unchecked(*_anything: Mapping[str, Any]) -> None:
    """Takes everything."""


CHAT: Final = Shape(
    chat_checks.judged, chat_checks.checked, chat.read, chat.whole, chat.frames, openai.error, chat.broken, Memory.automatic
)
MESSAGES: Final = Shape(
    messages_checks.judged,
    messages_checks.checked,
    messages.read,
    messages.whole,
    messages.frames,
    messages.error,
    messages.broken,
    Memory.marked,
)
RESPONSES: Final = Shape(
    responses_checks.judged,
    responses_checks.checked,
    responses.read,
    responses.whole,
    responses.frames,
    openai.error,
    responses.broken,
    Memory.automatic,
)
COMPLETIONS: Final = Shape(
    _unchecked,
    _unchecked,
    others.completed,
    others.completion,
    others.completion_frames,
    openai.error,
    chat.broken,
    Memory.automatic,
)


class Scripted(Struct):
    """A provider within the process. `strict` refuses what real ones refuse; `keys` are those it accepts, none for any.

    `models` are the names it knows, none for any; `pace` are the seconds between two pieces of a stream. Two providers with one `seed` give
    their answers the same ids.
    """

    pace: float = 0.004
    strict: bool = True
    keys: frozenset[str] = frozenset()
    models: tuple[str, ...] = ()
    seed: str = ""
    clock: Callable[[], float] = time.time
    memory: Memory = field(default_factory=Memory)
    answers: OrderedDict[str, list[dict[str, Any]]] = field(default_factory=OrderedDict)
    times: Counter[tuple[str, ...]] = field(default_factory=Counter)
    served: int = 0

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        """The answer to a request."""
        return await played(self.script(sent), patience)

    async def close(self) -> None:
        """There is nothing to close."""

    def script(self, sent: Sent) -> Script:
        """What is played to a request."""
        self.served += 1
        making = Making(f"{self.seed}/{self.served}", int(self.clock()))
        path = urlsplit(sent.url).path.rstrip("/")
        route = next((route for suffix, route in ROUTES if path.endswith(suffix)), None)
        usual = messages.error if "anthropic-version" in sent.headers else openai.error
        try:
            return self._models(path, sent) if route is None else self._routed(route, sent, making)
        except Refused as refused:
            return self._refused(refused, usual if route is None else route.shape.error, making)

    def _routed(self, route: "Route", sent: Sent, making: Making) -> Script:
        if sent.method != "POST":
            raise Refused(f"Not allowed to {sent.method} here.", status=405)
        self._key(sent)
        return route.made(self, route.shape, sent, making)

    def _refused(self, refused: Refused, error: Callable[[Refused], bytes], making: Making) -> Script:
        return whole(error(refused), refused.status, {**JSON, "request-id": making.id("req_"), "x-request-id": making.id("req_")})

    def _key(self, sent: Sent) -> None:
        """Refuse a key that is not one of ours."""
        given = (
            sent.headers.get("x-api-key") or sent.headers.get("api-key") or sent.headers.get("authorization", "").removeprefix("Bearer ")
        )
        if self.keys and given not in self.keys:
            raise Refused("Incorrect API key provided." if given else "You didn't provide an API key.", status=401)

    def _models(self, path: str, sent: Sent) -> Script:
        marked = "anthropic-version" in sent.headers
        known = self.models or ("scripted",)
        _, found, name = path.rpartition("/models/")
        if path.endswith("/models"):
            return whole(others.model_list(known, marked=marked))
        if not found or (self.models and name not in self.models):
            raise Refused(f"The model '{name}' does not exist" if found else f"Invalid URL ({sent.method} {path})", status=404)
        return whole(others.one_model(name, marked=marked))

    def body(self, shape: Shape, sent: Sent) -> dict[str, Any]:
        """The body of a request, with what it continues before it, unless it is refused."""
        body = opened(sent.body)
        shape.checked(body)
        if self.models and body["model"] not in self.models:
            raise Refused(f"The model '{body['model']}' does not exist or you do not have access to it.", status=404)
        body = self._continued(body)
        if self.strict:
            shape.judged(body, {**sent.headers, ":path": urlsplit(sent.url).path})
        return body

    def _continued(self, body: dict[str, Any]) -> dict[str, Any]:
        before = body.get("previous_response_id")
        if before is None:
            return body
        if before not in self.answers:
            said = f"Previous response with id '{before}' not found."
            raise Refused(said, param="previous_response_id", code="previous_response_not_found")
        return {**body, "input": [*self.answers[before], *responses.items_of(body)]}

    def _kept(self, asked: Asked, said: Said, making: Making) -> None:
        """Keep an answer for requests that continue it."""
        self.answers[making.id("resp_")] = [*responses.items_of(asked.body), *responses.items(asked, said, making)]
        while len(self.answers) > KEPT:
            self.answers.popitem(last=False)

    def answer(self, shape: Shape, sent: Sent, making: Making) -> Script:
        """The script of an answer."""
        asked = shape.read(self.body(shape, sent))
        told = directives((sent.headers.get(STEERING, ""), asked.model, *asked.texts))
        self._failing(asked, told)
        words = said(asked, told)
        spent = shape.counted(self.memory, prefixes(asked.model, asked.parts))
        spent = Spent(spent.read, spent.write_5m, spent.write_1h, spent.fresh, words.tokens * asked.copies, words.reasoning)
        if shape is RESPONSES and asked.body.get("store") is not False:
            self._kept(asked, words, making)
        headers = {"request-id": making.id("req_"), "x-request-id": making.id("req_")}
        if not asked.stream:
            return _steered(whole(shape.whole(asked, words, spent, making), headers={**JSON, **headers}), shape, told, self.pace)
        frames = tuple(Piece(one) for one in shape.frames(asked, words, spent, making))
        return _steered(Script(200, {**EVENTS, **headers}, frames), shape, told, self.pace)

    def _failing(self, asked: Asked, told: Directives) -> None:
        """Fail as the person's words say: always, or as often as they say."""
        status = told.number("fail")
        often = told.number("fail", 1)
        if not status:
            return
        if often:
            self.times[asked.texts] += 1
            if self.times[asked.texts] > often:
                return
        raise Refused(f"The scripted model was told to fail with {status}.", status=status)

    def compact(self, shape: Shape, sent: Sent, making: Making) -> Script:
        """A compacted conversation."""
        return whole(others.compacted(self.body(shape, sent), making))

    def count(self, shape: Shape, sent: Sent, making: Making) -> Script:
        """The tokens of a Messages request."""
        del making
        return whole(others.counted(self.body(shape, sent)))

    def count_input(self, shape: Shape, sent: Sent, making: Making) -> Script:
        """The tokens of a Responses request."""
        del making
        return whole(others.input_counted(self.body(shape, sent)))

    def embed(self, shape: Shape, sent: Sent, making: Making) -> Script:
        """Vectors."""
        del shape, making
        return whole(others.embedded(opened(sent.body)))


def _steered(script: Script, shape: Shape, told: Directives, pace: float) -> Script:
    """A script with the pace, the wait and the mishaps that directives ask for."""
    pace = told.number("slow") / 1000 or pace
    pieces: Iterable[Piece] = script.pieces
    middle = len(script.pieces) // 2
    end = HANG if told.text("hang") is not None else RESET if told.text("cut") is not None else script.end
    if end != script.end:
        pieces = script.pieces[:middle]
    elif told.text("break") is not None and script.headers["content-type"] != JSON["content-type"]:
        error = shape.error(Refused("The scripted model was told to break.", status=500))
        pieces = (*script.pieces[:middle], Piece(shape.broken(error, middle)))
    paced = tuple(Piece(one.data, pace if index else 0.0) for index, one in enumerate(pieces))
    return Script(script.status, script.headers, paced, end, told.number("wait") / 1000)


class Route(Struct, frozen=True):
    """A path: its shape, and what makes its script."""

    shape: Shape
    made: Callable[[Scripted, Shape, Sent, Making], Script]


ROUTES: Final = (
    ("/chat/completions", Route(CHAT, Scripted.answer)),
    ("/responses/compact", Route(RESPONSES, Scripted.compact)),
    ("/responses/input_tokens", Route(RESPONSES, Scripted.count_input)),
    ("/responses", Route(RESPONSES, Scripted.answer)),
    ("/messages/count_tokens", Route(MESSAGES, Scripted.count)),
    ("/messages", Route(MESSAGES, Scripted.answer)),
    ("/embeddings", Route(COMPLETIONS, Scripted.embed)),
    ("/completions", Route(COMPLETIONS, Scripted.answer)),
)
"""Paths by how they end; the first that fits counts."""
