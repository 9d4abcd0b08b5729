"""Permission by permission: IAM's word where it can be had, a harmless try elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.session import Session

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig, codes
from skywright.adapters.clouds.aws.doctor import Examined, _service, examine
from skywright.adapters.clouds.aws.read import READERS
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.errors import AskHuman, Denied, SkywrightError
from skywright.ports.cloud import Permission

READER = Reader(
    name="volumes",
    service="ec2",
    kinds=("storage.volume",),
    read=lambda _: None,
    permissions=("ec2:DescribeVolumes", "s3:GetBucketPolicy"),
)


class Scripted:
    """Calls whose answers the test lays out."""

    def __init__(self, caller: str, **answers: Any) -> None:
        self.answers = {"get_caller_identity": {"Arn": caller}, **answers}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def client_call(self, _account: str, _region: str, _service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        self.asked.append((operation, params))
        answer = self.answers.get(operation, {})
        if isinstance(answer, SkywrightError):
            raise answer
        return answer  # type: ignore[no-any-return]

    def pages(self, account: str, region: str, service: str, operation: str, items_key: str, /, **params: Any) -> Any:
        yield from self.client_call(account, region, service, operation, **params)[items_key]

    def method(self, *_: str) -> str:
        return "describe_volumes"

    def harmless(self, *where: str) -> dict[str, Any] | None:
        return {"DryRun": True} if where[-1] == "DescribeVolumes" else None


def examined(calls: Scripted) -> dict[str, Permission]:
    with ThreadPoolExecutor(1) as threads:
        return {one.name: one for one in examine(calls, Examined("1", "eu-west-1"), [READER], threads)}  # type: ignore[arg-type]


def evaluation(name: str, decision: str, **more: Any) -> dict[str, Any]:
    return {"EvalActionName": name, "EvalDecision": decision, **more}


def test_iam_is_asked_for_all_at_once() -> None:
    results = [evaluation("ec2:DescribeVolumes", "allowed"), evaluation("s3:GetBucketPolicy", "implicitDeny")]
    calls = Scripted("arn:aws:iam::1:user/ops", simulate_principal_policy={"EvaluationResults": results})
    found = examined(calls)
    assert (found["ec2:DescribeVolumes"].allowed, found["ec2:DescribeVolumes"].needed_for) == (True, "storage.volume of account 1")
    assert (found["s3:GetBucketPolicy"].allowed, found["s3:GetBucketPolicy"].reason) == (False, "No policy allows it.")
    assert calls.asked[-1][1]["PolicySourceArn"] == "arn:aws:iam::1:user/ops"


def test_a_service_that_is_left_out_is_not_asked_for() -> None:
    with ThreadPoolExecutor(1) as threads:
        found = list(examine(Scripted("arn:aws:iam::1:root"), Examined("1", "eu-west-1", frozenset({"s3"})), [READER], threads))  # type: ignore[arg-type]
    assert [one.name for one in found] == ["ec2:DescribeVolumes"]


def test_a_session_of_a_role_is_simulated_as_its_role() -> None:
    results = [evaluation(name, "allowed") for name in READER.permissions]
    calls = Scripted(
        "arn:aws:sts::1:assumed-role/audit/session",
        get_role={"Role": {"Arn": "arn:aws:iam::1:role/path/audit"}},
        simulate_principal_policy={"EvaluationResults": results},
    )
    examined(calls)
    assert calls.asked[1] == ("get_role", {"RoleName": "audit"})
    assert calls.asked[-1][1]["PolicySourceArn"] == "arn:aws:iam::1:role/path/audit"


def test_where_iam_may_not_be_asked_each_call_is_tried_with_dry_run() -> None:
    calls = Scripted("arn:aws:iam::1:user/ops", simulate_principal_policy=Denied("no"), describe_volumes=Denied("AWS denies it."))
    found = examined(calls)
    assert calls.asked[-1] == ("describe_volumes", {"DryRun": True})
    assert (found["ec2:DescribeVolumes"].allowed, found["ec2:DescribeVolumes"].reason) == (False, "AWS denies it.")
    assert (found["s3:GetBucketPolicy"].allowed, found["s3:GetBucketPolicy"].reason) == (
        None,
        "It needs a resource to be tried on.",
    )


def test_the_root_user_cannot_be_simulated() -> None:
    calls = Scripted("arn:aws:iam::1:root")
    assert examined(calls)["ec2:DescribeVolumes"].allowed is True
    assert "simulate_principal_policy" not in [operation for operation, _ in calls.asked]


def test_a_failure_that_is_no_refusal_leaves_it_unknown() -> None:
    calls = Scripted("arn:aws:iam::1:root", describe_volumes=AskHuman("AWS could not answer."))
    assert examined(calls)["ec2:DescribeVolumes"].allowed is None


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_permission_belongs_to_a_service_that_exists(reader: Reader) -> None:
    services = set(Loader().list_available_services("service-2"))
    assert reader.permissions
    assert reader.service in services
    for name in reader.permissions:
        assert _service(name, reader) in services, name


def test_names_of_readers_are_distinct() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)


def test_most_permissions_can_be_tried_on_an_operation_of_their_name() -> None:
    """A permission whose operation is spelled otherwise must be in the table of names, or is an action without a call."""
    session = Session()
    unknown = set()
    for reader in READERS:
        for name in reader.permissions:
            operations = session.get_service_model(_service(name, reader)).operation_names
            if codes.OPERATIONS.get(name, name.partition(":")[2]) not in operations:
                unknown.add(name)
    assert len(unknown) <= 12, sorted(unknown)


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 7, 1)

    def sleep(self, seconds: float) -> None:
        pass


def test_against_a_server(aws_environment: str) -> None:
    found = {one.name: one for one in AwsCloud(AwsConfig(regions=["eu-west-1"]), StillClock()).doctor()}
    assert found["ec2:DescribeInstances"].allowed is True
    assert [one for one in found.values() if one.allowed is False] == []
