"""What OpenStack has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {
    "account_account_no_multi_region_trail": "no trail of API calls can be asked for",
    "account_account_without_budget": "it keeps no budgets",
}
"""Rules that make no sense here, and why."""
