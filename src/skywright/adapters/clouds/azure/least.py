"""The least privileges as custom roles to copy."""

import json
from collections.abc import Iterator, Sequence

from skywright.model.words import t


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Actions for reading and, besides, for writing -> title, language and text of each role (for
    ``az role definition create --role-definition FILE``)."""
    for title, name, actions in (
        (t("For gathering"), "Skywright Read", reading),
        (t("For executing plans, besides"), "Skywright Write", writing),
    ):
        role = {
            "Name": name,
            "IsCustom": True,
            "Description": title,
            "Actions": list(actions),
            "NotActions": [],
            "AssignableScopes": ["/subscriptions/<subscription id>"],
        }
        yield title, "json", json.dumps(role, indent=2)
