"""The shape of tierwise.yaml. Every field has a default; an empty file is a valid one."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Price = Annotated[float, Meta(ge=0, le=1_000_000, description="US dollars for one million tokens")]
Tokens = Annotated[int, Meta(gt=0, le=1_000_000_000)]
Slashed = Annotated[str, Meta(pattern=r"^[^/\s]+/\S+(?![\s\S])", description="provider/model")]
Name = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Dollars = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?![\s\S])", description="the name of an environment variable")]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/]+[^\s]*(?![\s\S])", description="http:// or https:// and a host")]
Tier = Literal["flash", "mid", "premium"]
Kind = Literal[
    "completion",
    "boilerplate",
    "docs",
    "chore",
    "explain",
    "review",
    "debug",
    "test",
    "feature",
    "refactor",
    "security",
    "infra",
    "plan",
    "side",
]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
WireName = Literal["anthropic", "openai_chat", "openai_completions", "openai_responses"]


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of your own, in dollars for a million tokens; what is left out costs what input costs."""

    input: Price
    output: Price
    cache_read: Price | None = None
    cache_write: Price | None = None
    cache_write_1h: Price | None = None


class EndpointSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint to choose from: `id` is provider/model. What is left out comes from the shipped data, or is unknown."""

    id: Slashed
    model: Name | None = None
    vendor: Name | None = None
    tier: Tier | None = None
    region: Name | None = None
    keeps_prompts: bool | None = None
    wires: tuple[WireName, ...] | None = None
    context_window: Tokens | None = None
    max_output: Tokens | None = None
    tools: bool | None = None
    images: bool | None = None
    json_schema: bool | None = None
    reasoning: Literal["none", "optional", "always"] | None = None
    efforts: tuple[Effort, ...] = ()
    prices: Prices | None = None
    called: Name | None = None


class ProviderSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What you have agreed with a provider, and how it is reached."""

    region: Name | None = None
    keeps_prompts: bool | None = None
    url: Url | None = None
    key: Name | None = None
    key_env: Variable | None = None
    headers: dict[Name, str] = {}


class KeySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that clients use at the gateway, and what it may do."""

    name: Name
    key: Name | None = None
    key_env: Variable | None = None
    role: Literal["client", "reader", "admin"] = "client"
    team: str = ""
    project: str = ""
    tags: tuple[Name, ...] = ()
    policy: Name | None = None
    floor: Annotated[float, Meta(ge=0, le=1)] | None = None
    models: tuple[Name, ...] = ()
    policies: tuple[Name, ...] = ()
    requests: Annotated[int, Meta(gt=0, le=10_000_000, description="requests a minute")] | None = None
    tokens: Annotated[int, Meta(gt=0, le=1_000_000_000_000, description="tokens a minute")] | None = None
    concurrency: Annotated[int, Meta(gt=0, le=100_000)] | None = None
    bodies: bool = False


class BudgetSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A limit on spending: for everything, or for one key, team, project or tag."""

    name: Name
    limit: Annotated[float, Meta(gt=0, le=1_000_000_000, description="US dollars")]
    period: Literal["day", "week", "month", "total"] = "month"
    key: Name | None = None
    team: Name | None = None
    project: Name | None = None
    tag: Name | None = None
    degrade: Annotated[float, Meta(gt=0, le=1, description="share of the limit")] | None = None
    alerts: tuple[Annotated[float, Meta(gt=0, le=1, description="share of the limit")], ...] = (0.5, 0.8, 1.0)
    webhook: Url | None = None


class LedgerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where records go, and what is kept of them."""

    store: Name | None = None
    store_env: Variable | None = None
    spool: Name | None = None
    spool_size: Annotated[int, Meta(ge=1 << 20, le=1 << 42, description="bytes")] = 1 << 30
    keep_days: Annotated[int, Meta(gt=0, le=100_000)] | None = None
    redact: tuple[Name, ...] = ()


class Timeouts(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the gateway waits for a provider, in seconds."""

    connect: Seconds = 5.0
    first_byte: Seconds = 120.0
    first_content: Seconds = 180.0
    idle: Seconds = 90.0
    total: Seconds = 1800.0


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the gateway listens, and what it takes."""

    host: Name = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8484
    body: Annotated[int, Meta(gt=0, le=1 << 30, description="bytes")] = 64 << 20
    keepalive: Seconds = 15.0
    drain: Seconds = 30.0
    connections: Annotated[int, Meta(gt=0, le=1_000_000)] = 10_000


class EvidenceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A measurement of your own."""

    model: Name
    benchmark: Name
    score: Annotated[float, Meta(ge=0, le=1, description="share of tasks solved")]
    n: Annotated[int, Meta(gt=0, le=1_000_000_000, description="number of tasks")]
    date: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\s\S])")]
    source: Name
    kind: Kind | None = None
    cost: Dollars | None = None
    cost_deviation: Dollars | None = None
    items: Annotated[int, Meta(gt=0, le=1_000_000_000)] | None = None


class ClassifierSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is asked what kind of work a request is, where the embedded signal is unsure."""

    endpoint: Name
    below: Annotated[float, Meta(ge=0, le=1, description="confidence")] = 0.5
    timeout: Seconds = 2.0
    budget: Annotated[float, Meta(ge=0, le=1_000_000, description="dollars a day")] = 1.0


class CascadeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers requests nobody waits on, where the policy is cascade: cheap models first, the strong one where they do not do."""

    cheap: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=2)]
    strong: Name
    check: Literal["agreement", "json", "python"] = "agreement"


class ExploreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Other models tried on a share of the work of which little depends, so that something is learnt of them."""

    mode: Literal["off", "shadow", "canary"] = "off"
    share: Annotated[float, Meta(gt=0, le=0.5, description="share of such work")] = 0.05
    budget: Annotated[float, Meta(ge=0, le=1_000_000, description="dollars a day")] = 1.0
    tasks: Annotated[tuple[Kind, ...], Meta(min_length=1)] = ("boilerplate", "docs", "chore", "explain")
    models: tuple[Name, ...] = ()
    judge: Name | None = None
    check: Literal["json", "python"] | None = None


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What tierwise.yaml says."""

    reference: Name = "claude-opus-4-8"
    policy: Name = "cheapest"
    floor: Annotated[float, Meta(ge=0, le=1, description="points (of 1) a model may lie below the reference")] = 0.1
    models: tuple[Name, ...] = ()
    deny: tuple[Name, ...] = ()
    vendors: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    no_retention: bool = False
    lossy: bool = False
    tiers: dict[Kind, Tier] = {}
    aliases: dict[Name, Name] = {}
    endpoints: tuple[EndpointSettings, ...] = ()
    prices: dict[Slashed, Prices] = {}
    providers: dict[Name, ProviderSettings] = {}
    evidence: tuple[EvidenceSettings, ...] = ()
    evidence_files: tuple[Name, ...] = ()
    reading: Literal["rules", "learned"] = "rules"
    classifier: ClassifierSettings | None = None
    cascade: CascadeSettings | None = None
    explore: ExploreSettings | None = None
    learning: bool = True
    half_life: Annotated[float, Meta(ge=1, le=36_500, description="days")] = 30.0
    server: ServerSettings = ServerSettings()
    keys: tuple[KeySettings, ...] = ()
    timeouts: Timeouts = Timeouts()
    background: Literal["flash", "policy"] = "flash"
    stickiness: Literal["on", "off"] = "on"
    escalate: Literal["on", "off"] = "on"
    subagents: Literal["own", "inherit"] = "own"
    hedge: bool = False
    usage: Literal["always", "as_asked"] = "always"
    embeddings: Name | None = None
    ledger: LedgerSettings = LedgerSettings()
    budgets: tuple[BudgetSettings, ...] = ()
    budget_outage: Annotated[float, Meta(ge=0, le=1, description="share of a limit")] = 0.1
    console: bool = True
    log: Literal["human", "json", "none"] = "human"
