"""What AWS refuses, throttles or lets expire is a row of coverage with the reason; nothing is taken for absent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
import pytest

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
from skywright.adapters.clouds.aws.config import AwsAccount
from skywright.adapters.clouds.aws.faults import Asked
from skywright.loop.gather import gather
from skywright.model.errors import AskHuman, Denied, NotSignedIn, SkywrightError, TryAgain
from skywright.model.estate import Coverage, CoverageState, Scope, ScopeFile
from skywright.ports.cloud import Batch

REGION, ACCOUNT = "eu-west-1", "123456789012"
NOW = datetime(2026, 7, 1, 12)

Failing = Callable[..., AwsCloud]


class StillClock:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def failing(aws_environment: str, monkeypatch: pytest.MonkeyPatch) -> Failing:
    """A cloud on the server in which the named operations fail."""

    def made(operations: str, error: Callable[[], SkywrightError], regions: tuple[str, ...] = (REGION,)) -> AwsCloud:
        cloud = AwsCloud(AwsConfig(regions=list(regions)), StillClock())
        honest = cloud.calls.client_call

        def call(account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
            if operation in operations.split():
                raise error()
            return honest(account, region, service, operation, **params)

        monkeypatch.setattr(cloud.calls, "client_call", call)
        return cloud

    return made


def read(cloud: AwsCloud, reader: str) -> Batch:
    scopes, _ = cloud.scopes()
    (scope,) = [scope for scope in scopes if scope.reader == reader]
    return cloud.read(scope)


def of_kind(batch: Batch, kind: str) -> Coverage:
    (row,) = [row for row in batch.coverage if row.kind == kind]
    return row


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Denied("AWS denies it.", next_step="Allow it."), CoverageState.DENIED),
        (NotSignedIn("Expired."), CoverageState.DENIED),
        (TryAgain("AWS throttles it.", throttled=True), CoverageState.THROTTLED),
        (TryAgain("AWS could not answer."), CoverageState.FAILED),
    ],
)
def test_a_list_that_fails_is_a_gap_with_the_reason(failing: Failing, error: SkywrightError, state: CoverageState) -> None:
    batch = read(failing("describe_volumes", lambda: error), "volumes")
    assert batch.resources == ()
    assert batch.coverage == (Coverage("aws", ACCOUNT, REGION, "storage.volume", state, NOW, str(error)),)


def test_a_detail_that_fails_leaves_the_row_and_its_column_null(failing: Failing) -> None:
    boto3.client("ec2", region_name=REGION).create_snapshot(
        VolumeId=boto3.client("ec2", region_name=REGION).create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    )
    batch = read(failing("describe_flow_logs", lambda: Denied("AWS denies it.")), "vpcs")
    assert [row.flow_logs for row in batch.resources] == [None]  # type: ignore[attr-defined]
    row = of_kind(batch, "network.vpc")
    assert (row.state, row.partial, row.reason, row.rows) == (CoverageState.COMPLETE, True, "AWS denies it.", 1)


def test_firewalls_are_there_when_cards_are_not_but_who_uses_them_is_unknown(failing: Failing) -> None:
    batch = read(failing("describe_network_interfaces", lambda: Denied("AWS denies it.")), "interfaces-firewalls")
    assert of_kind(batch, "network.interface").state is CoverageState.DENIED
    firewalls = of_kind(batch, "network.firewall")
    assert (firewalls.state, firewalls.partial) == (CoverageState.COMPLETE, True)
    assert [row.used_by for row in batch.resources] == [None]  # type: ignore[attr-defined]


def test_one_refused_list_of_gateways_makes_the_kind_incomplete_and_keeps_the_others(failing: Failing) -> None:
    gateway = boto3.client("ec2", region_name=REGION).create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    batch = read(failing("describe_nat_gateways", lambda: Denied("AWS denies it.")), "gateways")
    assert gateway in [row.native_id for row in batch.resources]
    assert of_kind(batch, "network.gateway").state is CoverageState.DENIED


def test_a_table_that_cannot_be_described_is_a_gap_for_it_has_no_row(failing: Failing) -> None:
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    batch = read(failing("describe_table", lambda: Denied("AWS denies it.")), "tables")
    assert of_kind(batch, "database.table").state is CoverageState.DENIED


def test_an_odd_answer_is_a_gap(failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = failing("", AskHuman)
    monkeypatch.setattr(cloud.calls, "pages", lambda *_a, **_k: iter([None, 7]))
    row = of_kind(read(cloud, "volumes"), "storage.volume")
    assert row.state is CoverageState.FAILED
    assert "in a shape that is not understood" in row.reason


def test_refresh_does_not_take_a_failure_for_absence(failing: Failing) -> None:
    cloud = failing("describe_volumes", lambda: TryAgain("AWS throttles it.", throttled=True))
    volume = f"aws:{ACCOUNT}:{REGION}:storage.volume/vol-0123456789abcdef0"
    firewall = f"aws:{ACCOUNT}:{REGION}:network.firewall/sg-0123456789abcdef0"
    assert cloud.refresh([volume, firewall]) == {firewall: None}


def test_regions_that_cannot_be_listed_are_a_gap_over_everything(failing: Failing) -> None:
    scopes, gaps = failing("describe_regions", lambda: Denied("AWS denies it."), regions=()).scopes()
    assert {scope.region for scope in scopes} == {"global"}
    assert [(row.account, row.region, row.kind, row.state) for row in gaps] == [(ACCOUNT, "*", "*", CoverageState.DENIED)]


class Shelf:
    def write(self, table: str, scope: Scope, rows: Any) -> ScopeFile:
        return ScopeFile(table, scope.cloud, scope.account, scope.region, scope.reader, "p", "s", len(rows))

    def sweep(self, keep: frozenset[str], older_than_s: float) -> int:
        return 0


def test_a_token_that_expires_midway_ends_the_gathering_quickly_with_gaps(
    aws_environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the fortieth call AWS says that the token is expired: no further call goes out, and the rest is denied."""
    cloud = AwsCloud(AwsConfig(regions=[REGION]), StillClock())
    honest = cloud.calls._once
    refused: list[str] = []

    def once(client: Any, account: str, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if sum(cloud.api_calls.values()) >= 40:
            refused.append(operation)
            raise NotSignedIn("The AWS credentials of 123456789012 are not valid (ExpiredToken): expired.")
        return honest(client, account, service, operation, params)

    monkeypatch.setattr(cloud.calls, "_once", once)
    snapshot = gather({"aws": cloud}, Shelf(), None, StillClock(), usage_days=14, progress=lambda *_: None)
    denied = [row for row in snapshot.coverage if row.state is CoverageState.DENIED]
    assert len(denied) > 20
    assert {row.reason for row in denied} == {"The AWS credentials of 123456789012 are not valid (ExpiredToken): expired."}
    assert any(row.state is CoverageState.COMPLETE for row in snapshot.coverage)
    assert len(refused) <= 24  # the calls that were under way in other threads


def test_no_credentials_at_all_say_what_to_do(aws_environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(AskHuman) as caught:
        gather({"aws": AwsCloud(AwsConfig(), StillClock())}, Shelf(), None, StillClock(), usage_days=14, progress=lambda *_: None)
    assert str(caught.value) == (
        "Nothing could be read, so no snapshot was made. "
        "The AWS credentials of default credentials are not valid (NoCredentialsError): Unable to locate credentials. "
        "Run `aws sso login`, or set fresh credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN). "
        "`skywright doctor` says what is missing."
    )


def test_a_role_without_credentials_to_assume_it_with_says_what_to_do(
    aws_environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    role = AwsAccount(role_arn="arn:aws:iam::444455556666:role/reader")
    accounts, gaps = AwsCloud(AwsConfig(accounts=[role]), StillClock()).scopes()
    assert accounts == []
    assert [row.reason for row in gaps] == [
        (
            "The AWS credentials of arn:aws:iam::444455556666:role/reader are not valid (NoCredentialsError): "
            "Unable to locate credentials. "
            "Run `aws sso login`, or set fresh credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)."
        )
    ]


def test_a_profile_that_does_not_exist_is_named(aws_environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    _, gaps = AwsCloud(AwsConfig(), StillClock()).scopes()
    assert [row.reason for row in gaps] == [
        "The AWS profile nobody does not exist. Name one that `aws configure list-profiles` shows."
    ]


def test_the_permission_of_a_call() -> None:
    assert Asked("1", "eu-west-1", "elbv2", "DescribeLoadBalancers").permission == "elasticloadbalancing:DescribeLoadBalancers"
    assert Asked("1", "eu-west-1", "efs", "DescribeFileSystems").permission == "elasticfilesystem:DescribeFileSystems"
