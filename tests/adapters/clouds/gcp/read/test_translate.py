"""Answers true to the API's schema become the rows that rules read (expected columns by hand); a spoiled one ends nothing."""

from typing import Any

import pytest
from tests.adapters.clouds.gcp.read._examples_machines import MACHINES
from tests.adapters.clouds.gcp.read._examples_network import NETWORKS
from tests.adapters.clouds.gcp.read._examples_platform import PLATFORM
from tests.adapters.clouds.gcp.read._examples_stores import STORES
from tests.adapters.clouds.gcp.read._examples_trust import TRUST
from tests.adapters.clouds.gcp.read._known import HERE, Case
from tests.adapters.clouds.gcp.read._schema import checked

from skywright.adapters.clouds.gcp.read import (
    audit,
    containers,
    functions,
    identity,
)

CASES: list[Case] = [*MACHINES, *NETWORKS, *STORES, *PLATFORM, *TRUST]


@pytest.mark.parametrize(
    ("service", "schema", "raw", "translate", "expected"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)]
)
def test_a_resource_is_translated(service: str, schema: str, raw: dict, translate: Any, expected: dict) -> None:
    row = translate(checked(service, schema, raw))
    assert {column: getattr(row, column) for column in expected} == expected
    assert "hunter2" not in repr(row)
    assert row.id == f"gcp:{row.account}:{row.region}:{row.KIND}/{row.native_id}"


REQUIRED = {"name", "id", "email", "projectId", "datasetReference", "selfLink"}


@pytest.mark.parametrize(
    ("service", "schema", "raw", "translate", "expected"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)]
)
@pytest.mark.parametrize("spoil", [None, 7, "odd", [], {}, [[1]], {"x": 1}], ids=repr)
def test_a_field_that_is_missing_or_odd_never_ends_the_reading(
    service: str, schema: str, raw: dict, translate: Any, expected: dict, spoil: Any
) -> None:
    """Of any other type than documented, a field gives a row with something unknown, or one of the errors that a reading knows."""
    from skywright.adapters.clouds.kit.reading import DRIFT

    for field in raw:
        spoiled = {name: value for name, value in raw.items() if name != field} | ({} if spoil is None else {field: spoil})
        try:
            row = translate({**spoiled, "someNewField": {"a": [1]}})
        except DRIFT:
            assert field in REQUIRED | {"peerings", "nats", "networkInterfaces"} or spoil is not None, field
        else:
            assert row.native_id


@pytest.mark.parametrize(
    ("named", "neutral"),
    [
        ("python39", "python3.9"),
        ("python312", "python3.12"),
        ("nodejs18", "nodejs18.x"),
        ("go113", "go1.13"),
        ("ruby27", "ruby2.7"),
        ("dotnet3", "dotnetcore3.1"),
        ("java17", "java17"),
        (None, None),
    ],
)
def test_runtimes_are_spelled_as_everywhere(named: str | None, neutral: str | None) -> None:
    assert functions.runtime(named) == neutral


@pytest.mark.parametrize(
    ("size", "expected"), [("512Mi", 512), ("2Gi", 2048), ("1G", 954), ("1048576", 1), ("odd", None), (None, None), ("256M", 244)]
)
def test_memory(size: str | None, expected: int | None) -> None:
    assert containers.mib(size) == expected


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("", True),
        ('logName:"cloudaudit.googleapis.com"', True),
        ('NOT LOG_ID("cloudaudit.googleapis.com/activity") AND NOT LOG_ID("externalaudit.googleapis.com/activity")', False),
        ('LOG_ID("cloudaudit.googleapis.com/activity") OR LOG_ID("cloudaudit.googleapis.com/system_event")', True),
        ("severity>=ERROR", False),
    ],
)
def test_which_sinks_take_audit_logs(wanted: str, taken: bool) -> None:
    assert audit.takes_audit_logs({"name": "x", "filter": wanted}) is taken


BINDINGS = [
    ("user:anna@gmail.com", {"external": True, "principal_type": "user", "service_agent": False, "everyone": False}),
    ("user:bob@shop.example", {"external": False}),
    ("user:eve@other.example", {"external": True}),
    ("allUsers", {"everyone": True, "principal_type": "everyone", "external": None}),
    ("serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com", {"service_agent": True, "external": False}),
    ("serviceAccount:ci@shop.iam.gserviceaccount.com", {"service_agent": False, "external": None, "principal_type": "service"}),
]


@pytest.mark.parametrize(("member", "expected"), BINDINGS)
def test_who_has_a_role(member: str, expected: dict) -> None:
    policy = {"bindings": [{"role": "roles/owner", "members": [member], "condition": {"title": "office hours"}}]}
    by_number = "//cloudresourcemanager.googleapis.com/projects/42"
    (row,) = identity.bindings(by_number, policy, HERE, "shop.example")
    assert {column: getattr(row, column) for column in expected} == expected
    assert (row.administrator, row.conditional, row.scope) == (True, True, "gcp:shop:global:account.account/shop")
    assert row.native_id == f"projects/shop/roles/owner/{member}/office hours"
