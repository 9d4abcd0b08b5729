"""What the documented answers share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.kinds import Resource

PLACE = Place("111122223333", "eu-west-1")
WHEN = datetime(2026, 1, 31, 10, tzinfo=UTC)
TAGS = [{"Key": "Name", "Value": "web"}, {"Key": "owner", "Value": "shop"}]
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE_ARN = "arn:aws:iam::111122223333:role/service/runner"


Translate = Callable[[Any], Resource | None]
