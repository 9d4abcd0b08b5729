"""The table ``reach``: what the public internet can reach, for rules, for the consequences of plans and for whoever asks in SQL."""

from collections.abc import Callable, Iterator
from typing import Any

from skywright.ports.engine import Rows
from skywright.topics.reach.search import Path, Reach
from skywright.topics.reach.world import SOURCES, build

Query = Callable[[str], Rows]

_BEHIND = "SELECT unnest(targets) FROM network_targets"
_IN_QUESTION = f"(public_ip IS DISTINCT FROM '' OR id IN ({_BEHIND}))"
_NARROWED = {
    "interface": f"{SOURCES['interface']} WHERE {_IN_QUESTION} OR attached_to IN ({_BEHIND}) OR private_ip IN ({_BEHIND})",
    "instance": f"{SOURCES['instance']} AND {_IN_QUESTION}",
    "host": f"{SOURCES['host']} WHERE public_ip IS DISTINCT FROM ''",
    "database": f"{SOURCES['database']} WHERE public IS DISTINCT FROM false",
    "pod": f"{SOURCES['pod']} WHERE false",
}
"""Only what has a public address, or stands behind something: of a large estate that is little."""


def look(query: Query, *, narrowed: bool = False) -> Reach:
    """The network of an open snapshot. ``narrowed``: as far as the public internet is concerned."""
    sources = {**SOURCES, **_NARROWED} if narrowed else SOURCES
    return Reach(build({name: query(sql).rows for name, sql in sources.items()}))


def reach_rows(query: Query) -> Iterator[dict[str, Any]]:
    """Rows of the table ``reach`` (model.schema.MADE_TABLES): one a path and opening."""
    for path in look(query, narrowed=True).exposed():
        yield from _rows(path)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for protocol, (low, high) in path.openings:
        yield {
            "resource": path.target,
            "source": path.source,
            "protocol": protocol,
            "from_port": low,
            "to_port": high,
            "certain": not path.unknown,
            "via": [hop.id for hop in path.hops],
        }
