"""What an identity may do at a place: Azure's lists of permissions, and whether they allow an action.

An action is allowed when an entry's ``actions`` have it and its ``notActions`` do not; the entries of several roles add up. ``*``
stands for any part of an action, and case does not count.
https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from skywright.adapters.clouds.kit import translate as tr


def allows(entries: Sequence[Any], action: str) -> bool:
    """Do these permissions (as ``Microsoft.Authorization/permissions`` lists them) allow an action."""
    return any(_in(tr.texts(entry, "actions"), action) and not _in(tr.texts(entry, "notActions"), action) for entry in entries)


def _in(patterns: Sequence[str] | None, action: str) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns or ())


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE)
