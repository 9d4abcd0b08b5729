"""Azure's codes, and what the caller does next."""

from typing import Any

import pytest

from skywright.adapters.clouds.azure import faults
from skywright.adapters.clouds.azure.faults import Asked, Reply, after_s, failed, permission_of, refused
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, TryAgain

ASKED = Asked("sub", "Microsoft.Compute/disks/read")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "InvalidAuthenticationToken", NotSignedIn),
        (403, "AuthorizationFailed", Denied),
        (403, "LinkedAuthorizationFailed", Denied),
        (403, "RequestDisallowedByPolicy", AskHuman),
        (404, "SubscriptionNotFound", Denied),  # of another tenant, or not ours to see: never taken for gone
        (404, "ResourceNotFound", NotThere),
        (404, "ResourceGroupNotFound", NotThere),
        (404, "", NotThere),
        (404, "InvalidResourceType", AskHuman),
        (404, "SomethingNew", AskHuman),  # only a code that says so is believed
        (400, "NoRegisteredProviderFound", NotOffered),
        (409, "MissingSubscriptionRegistration", NotOffered),
        (409, "AnotherOperationInProgress", TryAgain),
        (409, "RetryableError", TryAgain),
        (409, "Conflict", PlanAgain),
        (409, "ScopeLocked", AskHuman),
        (409, "InUseNetworkSecurityGroupCannotBeDeleted", PlanAgain),
        (409, "QuotaExceeded", AskHuman),
        (412, "PreconditionFailed", PlanAgain),
        (429, "TooManyRequests", TryAgain),
        (503, "RequestRateTooLarge", TryAgain),
        (500, "InternalServerError", TryAgain),
        (501, "NotImplemented", AskHuman),
        (504, "GatewayTimeout", TryAgain),
        (400, "InvalidParameter", AskHuman),
        (302, "", AskHuman),
    ],
)
def test_codes(status: int, code: str, expected: type[Exception]) -> None:
    error = refused(Reply(status, code, "Words"), ASKED)
    assert type(error) is expected
    assert faults.code_of(error) == code


def test_only_throttling_is_throttling() -> None:
    assert refused(Reply(429, "x", ""), ASKED).throttled  # type: ignore[attr-defined]
    assert refused(Reply(503, "SubscriptionRequestsThrottled", ""), ASKED).throttled  # type: ignore[attr-defined]
    assert not refused(Reply(503, "ServerBusy", ""), ASKED).throttled  # type: ignore[attr-defined]


def test_a_lock_and_a_quota_say_what_now() -> None:
    assert str(refused(Reply(409, "ScopeLocked", "The scope is locked by 'keep'"), ASKED)) == (
        "A management lock forbids Microsoft.Compute/disks/read in subscription sub: The scope is locked by 'keep'. "
        "Remove the lock that is named, or leave the resource alone."
    )
    assert str(refused(Reply(409, "OperationNotAllowed", "Operation exceeds the approved Total Regional Cores quota"), ASKED)) == (
        "A quota of Azure is used up: Microsoft.Compute/disks/read in subscription sub: "
        "Operation exceeds the approved Total Regional Cores quota. Ask Azure for more, or free some of it."
    )


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"error": {"code": "A", "message": "b"}}, "A", "b"),
        ({"code": "A", "message": "b"}, "A", "b"),
        ({"error": {"code": "Conflict", "message": "b", "details": [{"code": "C", "message": "d"}]}}, "C", "d"),
        ({"odata.error": {"code": "A", "message": {"value": "b"}}}, "A", "b"),
        ({"error": "invalid_client", "error_description": "b"}, "invalid_client", "b"),
        ({"Code": "A", "Message": "b"}, "A", "b"),
        ("text", "", ""),
        (None, "", ""),
        ({"error": 7}, "", ""),
        ({"error": {"code": None, "message": None, "details": "x"}}, "", ""),
    ],
)
def test_bodies(body: Any, code: str, said: str) -> None:
    assert failed(body, 409) == Reply(409, code, said)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "-7"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-user-quota-resets-after": "00:01:05"}, 65.0),
        ({"x-ms-user-quota-resets-after": "soon"}, None),
        ({}, None),
    ],
)
def test_waits(headers: dict[str, str], expected: float | None) -> None:
    assert after_s(headers) == expected


SUB = "/subscriptions/s"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{SUB}/providers/Microsoft.Compute/disks", "Microsoft.Compute/disks/read"),
        ("DELETE", f"{SUB}/resourceGroups/g/providers/Microsoft.Compute/disks/d", "Microsoft.Compute/disks/delete"),
        (
            "PATCH",
            f"{SUB}/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d?x=1",
            "Microsoft.Sql/servers/databases/write",
        ),
        (
            "POST",
            f"{SUB}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/start",
            "Microsoft.Compute/virtualMachines/start/action",
        ),
        (
            "GET",
            f"{SUB}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/providers/Microsoft.Insights/diagnosticSettings",
            "Microsoft.Insights/diagnosticSettings/read",
        ),
        ("GET", SUB, "Microsoft.Resources/subscriptions/read"),
        ("GET", f"{SUB}/resourceGroups", "Microsoft.Resources/subscriptions/resourceGroups/read"),
    ],
)
def test_the_permission_of_a_call(method: str, path: str, expected: str) -> None:
    assert permission_of(method, path) == expected
