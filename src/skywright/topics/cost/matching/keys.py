"""A snapshot of the estate -> the keys by which bills may name its resources.

Bills name a resource by its own id, by a path or name that ends in it (ARN, Resource Manager path, full resource name), or by an
opaque id that the provider's answer holds (uid). So there are three kinds of keys: the native id, the opaque ids, and the last part
of the native id, which only counts when its other parts and the account stand in the billed name too.
"""

from collections.abc import Iterable

from skywright.model.schema import table_name

WHOLE, OPAQUE, TAIL = 3, 2, 1

OPAQUE_PATHS = ("$.id", "$.Id", "$.ID", "$.uid", "$.metadata.uid", "$.uuid")
"""Where a provider's answer holds the resource's own id."""

COLUMNS = ("resource", "kind", "account", "key", "parts", "strength")

COLLECTIONS = {
    "compute.image": ("image", "images"),
    "compute.instance": ("instance", "instances", "virtualmachines"),
    "container.cluster": ("cluster", "clusters", "managedclusters"),
    "database.snapshot": ("snapshot", "snapshots"),
    "database.instance": ("db", "instance", "instances", "servers"),
    "function.function": ("function", "functions"),
    "messaging.queue": ("queue", "queues", "subscriptions"),
    "messaging.topic": ("topic", "topics"),
    "network.address": ("address", "addresses", "publicipaddresses"),
    "network.balancer": ("forwardingrules", "loadbalancer", "loadbalancers"),
    "network.subnet": ("subnet", "subnets", "subnetworks"),
    "network.vpc": ("networks", "virtualnetworks", "vpc"),
    "storage.bucket": ("bucket", "buckets", "storageaccounts"),
    "storage.filesystem": ("file-system", "filesystems", "shares"),
    "storage.snapshot": ("snapshot", "snapshots"),
    "storage.volume": ("disk", "disks", "volume", "volumes"),
}
"""Kind -> what stands before a name of that kind in billed paths, and at the end of a billed type of resource, in lower case."""

METERS = (
    ("compute.instance", r"(?i)\binstance (?:core|ram)\b"),
    ("storage.volume", r"(?i)\b(?:pd|disk|hyperdisk)\b.*\bcapacity\b"),
)
"""Kind -> meters of which every row of a name must be for the name to be of that kind, where nothing else says it."""


def keys_sql(kinds: Iterable[str]) -> str:
    """A SELECT of the keys of every resource of ``kinds``: resource, kind, account, key, parts (of the native id), strength."""
    parts = [_of_kind(kind) for kind in kinds]
    return "\nUNION ALL\n".join(parts) if parts else _nothing()


def _of_kind(kind: str) -> str:
    paths = ", ".join(f"'{path}'" for path in OPAQUE_PATHS)
    own = f"list_distinct(list_filter(json_extract_string(native, [{paths}]), lambda v: length(v) > 3))"
    return f"""
      SELECT id AS resource, '{kind}' AS kind, lower(account) AS account, each.key AS key, parts, each.strength AS strength
      FROM (
        SELECT id, account, parts_of(native_id) AS parts, list_concat(
          [{{'key': lower(native_id), 'strength': {WHOLE}}}, {{'key': parts_of(native_id)[-1], 'strength': {TAIL}}}],
          list_transform({own}, lambda v: {{'key': lower(v), 'strength': {OPAQUE}}})) AS keys
        FROM {table_name(kind)}
      ), unnest(keys) AS u(each)""".replace("parts_of(native_id)", parts_of("native_id"))


def parts_of(name: str) -> str:
    """The parts of an id, a path or an ARN, in lower case."""
    return f"list_filter(regexp_split_to_array(lower({name}), '[/:]+'), lambda p: p <> '')"


def fits_sql() -> str:
    """Whether a candidate's ``kind`` is what its billed name says it is of: ``words`` of its path and type, or ``meter``."""
    cases = [f"WHEN '{kind}' THEN {_any(words)} OR meter = '{kind}'" for kind, words in COLLECTIONS.items()]
    return f"coalesce(CASE kind {' '.join(cases)} END, false)"


def against_sql() -> str:
    """Whether a candidate is a machine where the billed path says disk, or the other way round: their names are the same so often
    that the one is never taken for the other."""
    machine, disk = "compute.instance", "storage.volume"
    cases = f"WHEN '{machine}' THEN {_any(COLLECTIONS[disk])} WHEN '{disk}' THEN {_any(COLLECTIONS[machine])}"
    return f"coalesce(CASE kind {cases} END, false)"


def _any(words: Iterable[str]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"list_has_any(words, [{listed}])"


def words_sql(parts: str, type_: str) -> str:
    """What a path says its last part is of, and the last word of a type of resource (SQL)."""
    return f"list_filter([{parts}[-2], lower(regexp_extract({type_}, '[^/.:]+$'))], lambda v: coalesce(v, '') <> '')"


def meter_sql(column: str) -> str:
    """The kind of which every meter of a name is, where there is one (SQL, of a group)."""
    cases = " ".join(f"WHEN bool_and(coalesce(regexp_matches({column}, '{meter}'), false)) THEN '{kind}'" for kind, meter in METERS)
    return f"CASE {cases} END"


def _nothing() -> str:
    return (
        "SELECT NULL::VARCHAR AS resource, NULL::VARCHAR AS kind, NULL::VARCHAR AS account, NULL::VARCHAR AS key,"
        " NULL::VARCHAR[] AS parts, 0 AS strength WHERE false"
    )
