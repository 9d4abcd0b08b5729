"""A service whose answers are written down, on the service's own model of its calls; and what EC2 answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber
from tests.adapters.clouds.aws.write._harness import REGION, Case, PlainCalls, StillClock

from skywright.adapters.clouds.aws.write import steps
from skywright.ports.cloud import Step

INSTANCE = "i-0123456789abcdef0"
VOLUME = "vol-0123456789abcdef0"
TOKEN = "token-of-this-step"


class Stubbed:
    """One service whose answers are written down, in the order in which they must be asked for, parameters and all."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._client = boto3.client(service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
        self.stub = Stubber(self._client)
        self.clock = StillClock()
        self.stub.activate()

    def get(self, region: str, service: str) -> Any:
        assert (region, service) == (REGION, self._service)
        return self._client

    def answer(self, operation: str, answer: dict[str, Any], **expected: Any) -> "Stubbed":
        self.stub.add_response(operation, answer, expected or None)
        return self

    def refuse(self, operation: str, code: str, message: str = "") -> "Stubbed":
        self.stub.add_client_error(operation, code, message)
        return self

    def steps(self, kind: str, native_id: str, before: dict[str, Any], after: dict[str, Any] | None) -> tuple[Step, ...]:
        case = Case(kind=kind, native_id=native_id, before=before, after=after, see=dict)
        return tuple(steps(PlainCalls(self), case.change(), self.clock.sleep))


def stubbed_service(service: str) -> Iterator[Stubbed]:
    stubbed = Stubbed(service)
    yield stubbed
    stubbed.stub.assert_no_pending_responses()


def instance(state: str = "running", type_: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
    one = {"InstanceId": INSTANCE, "State": {"Name": state}, "InstanceType": type_, "RootDeviceType": "ebs", **more}
    return {"Reservations": [{"Instances": [one]}]}


def status(instance_check: str, system_check: str = "ok") -> dict[str, Any]:
    checks = {"InstanceStatus": {"Status": instance_check}, "SystemStatus": {"Status": system_check}}
    return {"InstanceStatuses": [{"InstanceId": INSTANCE, **checks}]}


def resize(stubbed: Stubbed) -> tuple[Step, ...]:
    return stubbed.steps("compute.instance", INSTANCE, {"type": "m5.xlarge"}, {"type": "m5.large"})


def noted(state: str = "running") -> dict[str, Any]:
    return {"Tags": [{"Key": "skywright:was", "Value": f"{state} change-1"}]}


def snapshot(state: str = "completed") -> dict[str, Any]:
    tags = {"skywright:type": "gp3", "skywright:zone": f"{REGION}a", "skywright:iops": "4000", "skywright:throughput": "250"}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"SnapshotId": "snap-1", "State": state, "StartTime": datetime(2026, 1, 1, tzinfo=UTC), "Tags": listed}
