"""The organization's members are found and entered through their role; what cannot be listed is a gap."""

from datetime import datetime
from typing import Any

import boto3
import pytest

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
from skywright.adapters.clouds.aws.config import AwsOrganization
from skywright.model.errors import Denied
from skywright.model.estate import CoverageState

ACCOUNT = "123456789012"


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 7, 1)

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def members(aws_environment: str) -> list[str]:
    """Two more accounts in the caller's organization."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    made = [client.create_account(AccountName=name, Email=f"{name}@example.com") for name in ("staging", "sandbox")]
    return [one["CreateAccountStatus"]["AccountId"] for one in made]


def cloud(**organization: Any) -> AwsCloud:
    return AwsCloud(AwsConfig(regions=["eu-west-1"], organization=AwsOrganization(**organization)), StillClock())


def test_every_member_is_in_scope_and_is_read_as_itself(members: list[str]) -> None:
    found = cloud()
    scopes, gaps = found.scopes()
    assert {scope.account for scope in scopes} == {ACCOUNT, *members}
    assert list(gaps) == []
    (scope,) = [one for one in scopes if one.account == members[0] and one.reader == "buckets"]
    assert {row.state for row in found.read(scope).coverage} == {CoverageState.COMPLETE}


def test_a_member_may_be_left_out(members: list[str]) -> None:
    scopes, _ = cloud(skip=[members[0]]).scopes()
    assert {scope.account for scope in scopes} == {ACCOUNT, members[1]}


def test_members_that_may_not_be_listed_are_a_gap_and_our_own_account_is_still_read(
    members: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cloud()
    honest = found.calls.client_call

    def call(account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if operation == "list_accounts":
            raise Denied("AWS denies organizations:ListAccounts.", next_step="Allow it.")
        return honest(account, region, service, operation, **params)

    monkeypatch.setattr(found.calls, "client_call", call)
    scopes, gaps = found.scopes()
    assert {scope.account for scope in scopes} == {ACCOUNT}
    assert [(gap.state, gap.reason) for gap in gaps] == [(CoverageState.DENIED, "AWS denies organizations:ListAccounts. Allow it.")]
