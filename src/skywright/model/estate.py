"""The estate as seen at one time: scopes, coverage, relations, usage, and the snapshot that holds them."""

from datetime import datetime
from enum import Enum

import msgspec

from skywright.model.errors import Denied, NotSignedIn, SkywrightError, TryAgain


class Verb(Enum):
    """How one resource relates to another: ``source verb target``."""

    USES = "uses"
    ATTACHED_TO = "attached-to"
    IN = "in"
    MEMBER_OF = "member-of"
    GUARDED_BY = "guarded-by"
    ROUTES_TO = "routes-to"
    TARGETS = "targets"
    ENCRYPTED_BY = "encrypted-by"
    LOGS_TO = "logs-to"
    ACTS_AS = "acts-as"
    COPY_OF = "copy-of"
    MADE_FROM = "made-from"
    WATCHES = "watches"
    RUNS_ON = "runs-on"
    SELECTS = "selects"
    OWNED_BY = "owned-by"


class Relation(msgspec.Struct, frozen=True, order=True):
    """``source`` needs ``target``: both are resource ids. Removing the target may break the source."""

    source: str
    verb: Verb
    target: str


class CoverageState(Enum):
    """How well we could look. Anything but COMPLETE is a gap: what is not listed there is unknown, not absent."""

    COMPLETE = "complete"
    DENIED = "denied"
    THROTTLED = "throttled"
    FAILED = "failed"
    SKIPPED = "skipped"

    @classmethod
    def of(cls, error: SkywrightError) -> "CoverageState":
        """What a failed read means: refused or no valid credentials, throttled, or failed otherwise."""
        if isinstance(error, TryAgain):
            return cls.THROTTLED if error.throttled else cls.FAILED
        return cls.DENIED if isinstance(error, Denied | NotSignedIn) else cls.FAILED


class Coverage(msgspec.Struct, frozen=True):
    """One kind in one region of one account: could we look, and if not, why not. ``seen_at`` is UTC.

    A gap of kind (and region) ``*`` is a whole account or region that could not even be listed.
    """

    cloud: str
    account: str
    region: str
    kind: str
    state: CoverageState
    seen_at: datetime
    reason: str = ""
    rows: int = 0
    partial: bool = False  # rows are complete, but some of their columns could not be read and are NULL


class Scope(msgspec.Struct, frozen=True, order=True):
    """A piece of work for gather: one reader over one region of one account. It fills the tables of ``kinds``."""

    cloud: str
    account: str
    region: str
    reader: str
    kinds: tuple[str, ...]


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one metric a resource used over a window, from hourly samples.

    ``metric`` is neutral and ends in its unit: cpu_pct, memory_pct, network_in_bytes, network_out_bytes, disk_read_bytes,
    disk_write_bytes, disk_read_ops, disk_write_ops, connections_count, requests_count (a network balancer: new flows),
    errors_count, credits_count, invocations_count, duration_ms, processed_bytes, memory_free_bytes, storage_free_bytes,
    read_units_count, write_units_count, messages_in_count, messages_out_count, oldest_message_s, cpu_millis, memory_mib,
    running_pct (the share of the window in which it existed and ran; a mean only). Counts and bytes are sums of an hour. Of a level
    (cpu_pct, ...) p50 and mean come from hourly averages, p95, p99 and max from hourly maxima; of a reserve (credits_count,
    ..._free_bytes) all come from hourly minima. ``samples`` is the number of hours with data; a resource without data has no row.
    """

    resource: str
    metric: str
    window_days: float
    samples: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None
    mean: float | None = None


BESIDE = ("relation", "usage", "history")
"""Tables of a snapshot's files that are no kinds."""


class ScopeFile(msgspec.Struct, frozen=True):
    """One immutable Parquet file. ``table`` is a kind, or one of ``BESIDE``; ``path`` is relative to the estate folder."""

    table: str
    cloud: str
    account: str
    region: str
    reader: str
    path: str
    sha256: str
    rows: int
    shape: str = ""
    """Mark of the columns and types that it was written with; empty: not known (written before the mark was kept)."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in one gathering: the manifest over its files, and how well we could look."""

    id: str
    taken_at: datetime
    files: tuple[ScopeFile, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    previous: str | None = None

    def gaps(self) -> tuple[Coverage, ...]:
        """The coverage rows that are not complete."""
        return tuple(row for row in self.coverage if row.state is not CoverageState.COMPLETE)
