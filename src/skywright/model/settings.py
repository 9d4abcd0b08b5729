"""What a user may set (``skywright.yaml``). The clouds' own sections are typed by their adapters and joined in wiring."""

from typing import Any

import msgspec


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section in which an unknown key is an error."""


class SecretRef(Strict, frozen=True):
    """Where a secret is found: exactly one of an environment variable, a file, or a command that prints it."""

    env: str | None = None
    file: str | None = None
    command: list[str] | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.env, self.file, self.command)) != 1:
            raise ValueError("a secret needs exactly one of env, file, command")


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
    hours: float
    timezone: str = "UTC"
    allow: bool = True


class RailSettings(Strict, frozen=True):
    """Guard rails. Shares are in percent of the resources of one kind in one account; a count or share of 0 forbids."""

    protected_tags: dict[str, str] = msgspec.field(default_factory=lambda: {"skywright:protected": "true", "keep": "true"})
    protected_names: list[str] = []  # globs
    protected_accounts: list[str] = []
    changes_max: int = 500
    deletes_max: int = 50
    share_max_pct: float = 50.0
    share_floor: int = 5  # below this many changes of a kind in an account the share is not looked at
    environment_tag: str = "environment"
    windows: list[Window] = []
    spend_increase_max_monthly: float = 0.0
    approvals: dict[str, int] = msgspec.field(default_factory=lambda: {"none": 0, "low": 1, "medium": 1, "high": 2})
    irreversible_allowed: bool = False
    disabled: list[str] = []


class Discount(Strict, frozen=True):
    """A user's own discount on list prices: a percentage off where kind and region match (globs)."""

    percent: float
    kind: str = "*"
    region: str = "*"
    cloud: str = "*"


class PriceSettings(Strict, frozen=True):
    """Adjustments to the price book."""

    discounts: list[Discount] = []


class WaveSettings(Strict, frozen=True):
    """How a plan is rolled out: one canary, then growing shares of what is left."""

    canary: int = 1
    growth: float = 3.0
    size_max: int = 50
    soak_s: float = 0.0
    attempts: int = 5


class RetentionSettings(Strict, frozen=True):
    """How long snapshots are kept: all for ``days``, then one a day, a week and a month."""

    days: int = 14
    daily: int = 60
    weekly: int = 26
    monthly: int = 24


class Settings(Strict, frozen=True):
    """Everything but the clouds' own sections."""

    data: str = ".skywright"
    clouds: dict[str, dict[str, Any]] = {}
    rules: RuleSettings = RuleSettings()
    insights: InsightSettings = InsightSettings()
    rails: RailSettings = RailSettings()
    prices: PriceSettings = PriceSettings()
    waves: WaveSettings = WaveSettings()
    retention: RetentionSettings = RetentionSettings()
    trusted_keys: list[str] = []  # public keys (base64) whose plans and checkpoints are accepted
    usage_days: int = 14
