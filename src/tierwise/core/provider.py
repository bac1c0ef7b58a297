"""What every provider file offers: the wires it speaks, where it works, and how its prompt cache behaves.

Each cache row carries its date and source. Rows are tried in order; the first whose beginning the model's name has holds.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import CachePhysics


class CacheRow(Struct, frozen=True):
    """The cache physics of models whose names start with `models` ('' for all others)."""

    models: str
    physics: CachePhysics


class Auth(Struct, frozen=True):
    """How a key is sent: the header, and what stands before the key in it."""

    header: str = "authorization"
    prefix: str = "Bearer "


class FaultRow(Struct, frozen=True):
    """An error answer that means a kind of fault (a key of core.faults.FAULTS).

    It holds where everything given holds: the status (0 for any), the provider's error code or type (one of `codes`), a word in the message
    (lower case, one of `words`). The first row that holds counts; rows of the provider come before the usual ones.
    """

    kind: str
    status: int = 0
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Limit(Struct, frozen=True):
    """Headers (lower case) that tell how much of a rate limit is left.

    `counts` is 'requests' or 'tokens'; `size`, `remaining` and `reset` name the headers with the limit's size, what remains of it and when
    it is full again; `form` is how that is written: 'seconds' from now, 'duration' as 1m2.5s, 'rfc3339', 'epoch' seconds, 'epoch_ms'.
    """

    counts: str
    size: str
    remaining: str
    reset: str
    form: str = "seconds"


class Provider(Struct, frozen=True):
    """Who sells models: `name` is its id in the price data.

    `region` is where prompts are processed and `keeps_prompts` whether they are kept by default, as documented; None where not known.
    `bases` is the base URL for each wire it speaks (the wire's path is added to it), `moved` the same where an operator names a base URL of
    their own (see `addresses`), `env` the usual names of the variable that holds the key, `base_env` those of one that holds the base URL;
    `auth` says how the key is sent where a wire has its own way. `headers` go with every request. `counts` says whether it counts tokens at
    Anthropic's count_tokens path, `routes` are other paths under its chat base, by their usual path ('/embeddings', '/completions').
    `quirks` are names of what is odd about its requests; the wires say what each means. `keyless` providers need no key.
    `observed` is what the conventions of OpenTelemetry call it, where that is another name.
    `sells` are beginnings of the models its API serves, where its price list has others too.
    `called` makes the provider's own name of a model of the catalog's, or of the price list's, where the two differ. `source` says
    where all this is documented, `as_of` when it was read.
    """

    name: str
    title: str
    wires: tuple[str, ...]
    caches: tuple[CacheRow, ...]
    region: str | None = None
    keeps_prompts: bool | None = None
    bases: dict[str, str] = {}
    moved: dict[str, str] = {}
    env: tuple[str, ...] = ()
    base_env: tuple[str, ...] = ()
    auth: dict[str, Auth] = {}
    headers: dict[str, str] = {}
    faults: tuple[FaultRow, ...] = ()
    limits: tuple[Limit, ...] = ()
    quirks: frozenset[str] = frozenset()
    counts: bool = False
    routes: dict[str, str] = {}
    called: Callable[[str], str] | None = None
    sells: tuple[str, ...] = ()
    keyless: bool = False
    observed: str = ""
    source: str = ""
    as_of: str = ""


NO_CACHE: Final = CachePhysics("unknown")

MARKED: Final = CachePhysics(
    kind="marked",
    minimum=1024,
    survival=((0, 1.0), (280, 1.0), (300, 0.9), (315, 0.5), (340, 0.08), (600, 0.01), (3600, 0.0)),
    survival_1h=((0, 1.0), (3300, 1.0), (3600, 0.9), (3700, 0.1), (7200, 0.02), (86400, 0.0)),
)
"""Blocks that the client marks, kept five minutes or an hour after their last use; several sellers offer this for the same models.

The curves are fitted on logged coding sessions (docs/reference/physics.md). Rows that use it add their own date and source.
"""


HELD: Final = CachePhysics(kind="automatic", step=16, survival=((0, 0.95), (300, 0.8), (3600, 0.2), (14400, 0.0)))
"""Prefixes in the memory of a server of one's own, until something else needs the room. Rows that use it add their own date and source."""


def physics_of(provider: Provider | None, model: str) -> CachePhysics:
    """The cache physics of a model as a provider serves it; unknown where no row says."""
    rows = () if provider is None else provider.caches
    return next((row.physics for row in rows if model.startswith(row.models)), NO_CACHE)


VERSIONS: Final = ("/openai/v1", "/v1")
"""What base URLs of the OpenAI shape end with; the root of a server is what stands before it."""


def addresses(provider: Provider, url: str) -> dict[str, str]:
    """The base URL of each wire where an operator names one for the provider: a proxy, a region, a server of their own.

    In `moved`, `{base}` stands for that URL and `{root}` for it without /v1 at its end. Where nothing is said, the URL takes the place of
    the first wire's base; wires with another base are left out, since the key must not go where the operator did not point.
    """
    base = url.rstrip("/")
    root = next((base.removesuffix(end) for end in VERSIONS if base.endswith(end)), base)
    home = provider.bases.get(provider.wires[0])
    moved = provider.moved or {wire: "{base}" for wire, other in provider.bases.items() if other == home}
    return {wire: text.replace("{base}", base).replace("{root}", root) for wire, text in moved.items()}
