"""What a user may set (``skywright.yaml``). The clouds' own sections are typed by their adapters and joined in wiring."""

from typing import Any, Literal

import msgspec

from skywright.model.cost_settings import CostSettings
from skywright.model.settings_base import Count, Growth, NotNegative, Percent, Positive, Some, Strict

RISKS = ("none", "low", "medium", "high")


class SecretRef(Strict, frozen=True):
    """Where a secret is found: exactly one of an environment variable, a file, or a command that prints it."""

    env: str | None = None
    file: str | None = None
    command: list[str] | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.env, self.file, self.command)) != 1:
            raise ValueError("a secret needs exactly one of env, file, command")


class History(Strict, frozen=True):
    """A Prometheus (or what speaks its HTTP API) that keeps what containers used. ``clusters``: of which of them, by their names in
    ids; empty: all. ``selector``: more labels for every query (``cluster="prod"``). ``headers``: a tenant, say."""

    address: str
    token: SecretRef | None = None
    ca_file: str = ""
    headers: dict[str, str] = {}
    selector: str = ""
    clusters: list[str] = []


class RuleSettings(Strict, frozen=True):
    """``packs``: more folders of rule packs. ``params``: rule id -> parameter -> value."""

    packs: list[str] = []
    disable: list[str] = []
    params: dict[str, dict[str, Any]] = {}


class InsightSettings(Strict, frozen=True):
    """``params``: measure -> threshold -> value; ``disable``: measures that are not asked."""

    disable: list[str] = []
    params: dict[str, dict[str, Any]] = {}


class Window(Strict, frozen=True):
    """A recurring time: ``cron`` says when it opens (in ``timezone``), ``hours`` for how long; ``allow`` false is a freeze."""

    name: str
    cron: str
    hours: Positive
    timezone: str = "UTC"
    allow: bool = True


class RailSettings(Strict, frozen=True):
    """Guard rails. Shares are in percent of the resources of one kind in one account; a count or share of 0 forbids."""

    protected_tags: dict[str, str] = msgspec.field(default_factory=lambda: {"skywright:protected": "true", "keep": "true"})
    protected_names: list[str] = []  # globs
    protected_accounts: list[str] = []
    changes_max: Count = 500
    deletes_max: Count = 50
    share_max_pct: Percent = 50.0
    share_floor: Count = 5  # below this many changes of a kind in an account the share is not looked at
    environment_tag: str = "environment"
    windows: list[Window] = []
    spend_increase_max_monthly: float = 0.0
    approvals: dict[str, Count] = msgspec.field(default_factory=lambda: {"none": 0, "low": 1, "medium": 1, "high": 2})
    irreversible_allowed: bool = False
    disabled: list[str] = []

    def __post_init__(self) -> None:
        if strange := sorted(self.approvals.keys() - set(RISKS)):
            raise ValueError(f"approvals: {strange[0]} is no risk; there are {', '.join(RISKS)}")


class Discount(Strict, frozen=True):
    """A user's own discount on list prices: a percentage off where kind and region match (globs)."""

    percent: Percent
    kind: str = "*"
    region: str = "*"
    cloud: str = "*"


class PriceSettings(Strict, frozen=True):
    """Adjustments to the price book. ``files``: CSV files of your own prices, which go before list prices and discounts."""

    discounts: list[Discount] = []
    files: list[str] = []


class WaveSettings(Strict, frozen=True):
    """How a plan is rolled out: one canary, then growing shares of what is left."""

    canary: Some = 1
    growth: Growth = 3.0
    size_max: Some = 50
    soak_s: NotNegative = 0.0
    attempts: Some = 5


class RetentionSettings(Strict, frozen=True):
    """How long snapshots are kept: all for ``days``, then one a day, a week and a month."""

    days: Count = 14
    daily: Count = 60
    weekly: Count = 26
    monthly: Count = 24


class WorkerSettings(Strict, frozen=True):
    """How `skywright worker` works. ``lease_s``: after how long without a word a worker counts as dead. The others: how many pieces
    of each queue one worker does at a time."""

    lease_s: float = 15.0
    turns: int = 2
    scopes: int = 8
    rules: int = 2
    runs: int = 2

    def __post_init__(self) -> None:
        if self.lease_s < 1:
            raise ValueError("a lease of less than a second would be lost while its holder lives")
        if min(self.turns, self.scopes, self.rules, self.runs) < 1:
            raise ValueError("a worker that does nothing at a time would let pieces wait for ever")


class SparkSettings(Strict, frozen=True):
    """Where Spark runs. ``master``: ``spark://host:7077``, ``yarn``, ``k8s://...``, or ``local[*]``: in our own process. ``conf``:
    Spark's own settings by name. The workers must see the estate's files under the same path as this machine does."""

    master: str = "local[*]"
    conf: dict[str, str] = {}


class Schedule(Strict, frozen=True):
    """What the workers begin by themselves, one of them for all: ``what`` is gather, or turn (gather, audit, plan; nothing is
    changed). ``cron`` in ``timezone``."""

    name: str
    cron: str
    what: Literal["gather", "turn"] = "turn"
    timezone: str = "UTC"


class Settings(Strict, frozen=True):
    """Everything but the clouds' own sections. ``store``: the address of a PostgreSQL database (or where to read it; it may hold a
    password); empty: SQLite in the data folder. ``estate``: where Parquet files are kept, a folder or s3://bucket/prefix; empty: in
    the data folder. ``engine``: what answers SQL; ``spark`` says where."""

    data: str = ".skywright"
    store: str | SecretRef = ""
    estate: str = ""
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: SparkSettings = SparkSettings()
    workers: WorkerSettings = WorkerSettings()
    schedules: list[Schedule] = []
    clouds: dict[str, dict[str, Any]] = {}
    rules: RuleSettings = RuleSettings()
    insights: InsightSettings = InsightSettings()
    rails: RailSettings = RailSettings()
    prices: PriceSettings = PriceSettings()
    cost: CostSettings = CostSettings()
    notify: dict[str, dict[str, Any]] = {}  # name -> one notifier, typed by its adapter
    waves: WaveSettings = WaveSettings()
    retention: RetentionSettings = RetentionSettings()
    trusted_keys: list[str] = []  # public keys (base64) whose plans and checkpoints are accepted
    usage_history: list[History] = []
    usage_days: Some = 14
