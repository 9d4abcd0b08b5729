"""Who changed a resource, by CloudTrail's answers."""

from datetime import UTC, datetime
from typing import Any

from skywright.adapters.clouds.aws.trail import deeds
from skywright.ports.cloud import Deed

VOLUME = "aws:111122223333:eu-west-1:storage.volume/vol-1"
ROLE = "aws:111122223333:global:identity.role/deploy"
SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
ARN = "arn:aws:sts::111122223333:assumed-role/deploy/session"


class Trail:
    """Answers lookups, and keeps what was asked."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events
        self.asked: list[Any] = []

    def pages(self, account: str, region: str, service: str, operation: str, key: str, /, **params: Any):
        self.asked.append((region, operation, params["LookupAttributes"][0]["AttributeValue"], params["StartTime"]))
        return iter(self.events)


def event(name: str, hour: int, **more: Any) -> dict[str, Any]:
    at = datetime(2026, 7, 1, hour, tzinfo=UTC)
    return {"EventName": name, "EventTime": at, "EventSource": "ec2.amazonaws.com", "Username": "session", **more}


def test_changes_are_told_oldest_first_with_the_whole_identity():
    record = f'{{"userIdentity": {{"arn": "{ARN}"}}}}'
    trail = Trail(
        event("DeleteVolume", 9, CloudTrailEvent="not json"),
        event("ModifyVolume", 8, CloudTrailEvent=record, ReadOnly="false"),
        event("DescribeVolumes", 7, ReadOnly="true"),
        event("ModifyVolume", 6, CloudTrailEvent='{"errorCode": "Client.UnauthorizedOperation"}'),
        {"EventName": "NoTime"},
    )
    assert list(deeds(trail, [VOLUME], SINCE, UNTIL)) == [  # type: ignore[arg-type]
        Deed(datetime(2026, 7, 1, 8), VOLUME, ARN, "ec2:ModifyVolume"),
        Deed(datetime(2026, 7, 1, 9), VOLUME, "session", "ec2:DeleteVolume"),
    ]
    assert trail.asked == [("eu-west-1", "lookup_events", "vol-1", SINCE.replace(tzinfo=UTC))]


def test_what_belongs_to_no_region_is_asked_in_the_first_one():
    trail = Trail()
    assert list(deeds(trail, [ROLE], SINCE, UNTIL)) == []  # type: ignore[arg-type]
    assert trail.asked[0][:3] == ("us-east-1", "lookup_events", "deploy")
