"""What Docker has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "container.cluster": frozenset({"insights"}),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {
    "container_node_idle": "the engine tells of its containers' use, not of the node's",
}
"""Rules that make no sense here, and why."""
