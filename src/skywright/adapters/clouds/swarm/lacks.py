"""What Docker has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "container.cluster": frozenset({"insights"}),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {}
"""Rules that make no sense here, and why."""
