"""Columns of AWS's reports as each generation spells them -> the names of CUR 2.0.

The same column is ``line_item_unblended_cost`` in CUR 2.0 and in the older report's Parquet files, and
``lineItem/UnblendedCost`` in its CSV files; tags and cost categories are maps in CUR 2.0 and columns of their own before. Sources:
AWS Cost and Usage Reports User Guide, "Data dictionary" and "Querying Cost and Usage Reports using Amazon Athena" (how names are
made lower case); AWS Data Exports User Guide, "Migrating from CUR to Data Exports CUR 2.0".
"""

import re
from collections.abc import Collection, Iterable, Mapping

from skywright.adapters.bills.sql import literal, name

# A zero-width space stands behind a name that is another's but for the case of its letters (see raw.load).
_TAG = re.compile(r"(?:resourceTags/|resource_tags_)(.+?)\u200b*", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:costCategory/|cost_category_)(.+?)\u200b*", re.IGNORECASE)
CATEGORY = "costCategory/"
"""What a cost category's name begins with among the tags."""


def squashed(column: str) -> str:
    """What is the same in every spelling of a column: its letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", column.lower())


def spelled(columns: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Delivered columns that are known, in whatever spelling -> what CUR 2.0 calls them."""
    called = {squashed(one): one for one in known}
    found: dict[str, str] = {}
    for column in columns:
        if right := called.pop(squashed(column), ""):
            found[column] = right
    return found


def is_old(columns: Iterable[str]) -> bool:
    """Whether columns are those of the report before CUR 2.0, as CSV or as Parquet."""
    return any("/" in column or _TAG.fullmatch(column) or _CATEGORY.fullmatch(column) for column in columns)


def tags_sql(columns: Collection[str]) -> str:
    """The tags of a row, and its cost categories behind ``costCategory/``: from maps, and from columns of their own (SQL)."""
    pairs = [f"({literal(key)}, {name(column)})" for key, column in _told(columns, _TAG, "").items()]
    pairs += [f"({literal(key)}, {name(column)})" for key, column in _told(columns, _CATEGORY, CATEGORY).items()]
    listed = f"list_filter([{', '.join(pairs)}], lambda e: e[2] IS NOT NULL)" if pairs else "[]"
    own = "[(regexp_replace(e.key, '^user[_:]', ''), e.value) FOR e IN map_entries(resource_tags)]"
    categories = f"[({literal(CATEGORY)} || e.key, e.value) FOR e IN map_entries(cost_category)]"
    whole = f"coalesce({own}, []) || coalesce({categories}, []) || {listed}"
    return f"CASE WHEN len({whole}) > 0 OR resource_tags IS NOT NULL THEN map_from_entries(list_distinct({whole})) END"


def _told(columns: Iterable[str], pattern: re.Pattern[str], prefix: str) -> Mapping[str, str]:
    """What columns of their own are tags of -> the column."""
    fits = ((pattern.fullmatch(column), column) for column in columns)
    return {prefix + re.sub("^user[_:]", "", fit[1]): column for fit, column in fits if fit}
