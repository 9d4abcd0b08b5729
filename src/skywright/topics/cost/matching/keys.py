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


def _nothing() -> str:
    return (
        "SELECT NULL::VARCHAR AS resource, NULL::VARCHAR AS kind, NULL::VARCHAR AS account, NULL::VARCHAR AS key,"
        " NULL::VARCHAR[] AS parts, 0 AS strength WHERE false"
    )
