"""The least privileges as policies to copy."""

import json
from collections.abc import Iterator, Sequence

from skywright.model.words import t


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """IAM actions for reading and, besides, for writing -> title, language and text of each policy."""
    for title, sid, names in (
        (t("For gathering"), "SkywrightRead", reading),
        (t("For executing plans, besides"), "SkywrightWrite", writing),
    ):
        policy = {"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": list(names), "Resource": "*"}]}
        yield title, "json", json.dumps(policy, indent=2)
