"""Sessions: who signs a call; and botocore made lean, which must stay botocore."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsRole
from skywright.adapters.clouds.aws.lean import LeanFiles, Packed, parse_time
from skywright.adapters.clouds.aws.session import CLIENTS_MAX, Sessions
from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef

PROFILES = """
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = x
[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = x
"""


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text(PROFILES)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)


def sessions(config: AwsConfig | None = None) -> Sessions:
    return Sessions(config or AwsConfig(), lambda reference: f"secret of {reference.env}")


def signed_by(found: Sessions, key: str) -> str:
    """The access key of a request of this account."""
    client = found.client(key, "eu-west-1", "sts")
    seen: list[str] = []

    def look(request: Any, **_: Any) -> None:
        seen.append(request.headers["Authorization"].decode().split("Credential=")[1].split("/")[0])
        raise NoCredentialsError  # far enough: nothing is sent

    client.meta.events.register_first("before-send", look)
    try:
        with found.acting(key), pytest.raises(NoCredentialsError):
            client.get_caller_identity()
    finally:
        client.meta.events.unregister("before-send", look)
    return seen[0]


def test_each_account_signs_with_its_own_keys(profiles: None) -> None:
    found = sessions()
    found.open("one", AwsAccount())
    found.open("two", AwsAccount(profile="other"))
    assert (signed_by(found, "one"), signed_by(found, "two"), signed_by(found, "one")) == (
        "AKIADEFAULT",
        "AKIAOTHER",
        "AKIADEFAULT",
    )
    assert (found.profile("one"), found.profile("two")) == (None, "other")


def test_accounts_of_one_profile_share_clients(profiles: None) -> None:
    found = sessions()
    found.open("one", AwsAccount())
    found.open("two", AwsAccount(role_arn="arn:aws:iam::444455556666:role/reader"))
    found.open("three", AwsAccount(profile="other"))
    client = found.client("one", "eu-west-1", "ec2")
    assert found.client("two", "eu-west-1", "ec2") is client
    assert found.client("three", "eu-west-1", "ec2") is not client


def test_only_the_last_used_clients_are_kept(profiles: None) -> None:
    found = sessions()
    found.open("one", AwsAccount())
    first = found.client("one", "eu-west-1", "sts")
    for number in range(CLIENTS_MAX):
        found.client("one", f"xx-made-{number}", "sts")
    assert found.client("one", "eu-west-1", "sts") is not first


def test_an_account_keeps_its_first_identity(profiles: None) -> None:
    found = sessions()
    for key, profile in (("a", None), ("b", "other")):
        found.open(key, AwsAccount(profile=profile))
        found.rename(key, "111122223333")
    assert signed_by(found, "111122223333") == "AKIADEFAULT"
    assert not found.knows("a")


def test_roles_are_assumed_in_order_with_the_external_id(profiles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    class Fetcher:
        def __init__(self, **arguments: Any) -> None:
            made.append(arguments)

        def fetch_credentials(self) -> dict[str, str]:
            raise AssertionError("nothing is called before it is needed")

    monkeypatch.setattr("botocore.credentials.AssumeRoleCredentialFetcher", Fetcher)
    hop = AwsRole(role_arn="arn:aws:iam::1:role/hop", external_id="plain")
    sessions().open("x", AwsAccount(role_arn="arn:aws:iam::2:role/last", external_id=SecretRef(env="ID"), chain=[hop]))
    assert [one["role_arn"] for one in made] == ["arn:aws:iam::1:role/hop", "arn:aws:iam::2:role/last"]
    assert [one["extra_args"]["ExternalId"] for one in made] == ["plain", "secret of ID"]


def test_global_services_are_asked_in_the_home_region_of_the_partition(profiles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for region, home in (("eu-west-1", "us-east-1"), ("cn-northwest-1", "cn-north-1"), ("us-gov-east-1", "us-gov-west-1")):
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        found = sessions()
        found.open("x", AwsAccount())
        assert found.home("x") == home
        assert found.client("x", "global", "sts").meta.region_name == home


def test_which_services_a_region_lacks(profiles: None) -> None:
    found = sessions()
    found.open("x", AwsAccount())
    assert found.lacks("x", "dynamodb", "eu-madeup-7")
    assert not found.lacks("x", "dynamodb", "eu-west-1")
    assert not found.lacks("x", "dynamodb", "cn-north-1")
    assert not found.lacks("x", "iam", "aws-global")
    assert not found.lacks("x", "dynamodb", "nowhere")


def test_a_profile_that_is_missing_is_named(profiles: None) -> None:
    with pytest.raises(AskHuman, match=r"The AWS profile nobody does not exist\."):
        sessions().open("x", AwsAccount(profile="nobody"))


def test_without_boto3_the_next_step_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "botocore.session", None)
    with pytest.raises(AskHuman) as caught:
        sessions().open("x", AwsAccount())
    assert str(caught.value) == "AWS needs boto3, which is not installed. Run: pip install 'skywright[aws]'"


@pytest.mark.parametrize("service", ["ec2", "s3", "dynamodb", "sqs", "lambda"])
def test_a_lean_model_is_the_model_without_documentation(service: str) -> None:
    path = str(Path(Loader.BUILTIN_DATA_PATH) / service / Loader().determine_latest_version(service, "service-2") / "service-2")
    full, lean = JSONFileLoader().load_file(path), LeanFiles().load_file(path)
    assert lean["metadata"] == full["metadata"]
    assert list(lean["operations"]) == list(full["operations"])
    for name, shape in full["shapes"].items():
        assert lean["shapes"][name] == _undocumented(shape), name
    assert LeanFiles().exists(path)


def _undocumented(value: Any) -> Any:
    """Plain data without documentation, except where that is the name of a member."""
    plain = {key: inner for key, inner in value.items() if key != "documentation"}
    for key in ("member", "key", "value"):
        if key in plain:
            plain[key] = {name: inner for name, inner in plain[key].items() if name != "documentation"}
    if "members" in plain:
        plain["members"] = {
            name: {key: inner for key, inner in member.items() if key != "documentation"}
            for name, member in plain["members"].items()
        }
    return plain


def test_there_is_no_such_model() -> None:
    assert LeanFiles().load_file("/nowhere/service-2") is None
    assert not LeanFiles().exists("/nowhere/service-2")


def test_a_client_of_lean_models_has_the_same_methods() -> None:
    session = Session()
    session.register_component("data_loader", Loader(file_loader=LeanFiles()))
    lean = session.create_client("ec2", region_name="eu-west-1").meta
    full = Session().create_client("ec2", region_name="eu-west-1").meta
    assert lean.method_to_api_mapping == full.method_to_api_mapping


def test_a_packed_mapping_reads_as_the_plain_one() -> None:
    packed = Packed({"a": b'{"x": 1}', "b": b"[2]"})
    assert packed["a"] == {"x": 1}
    assert packed["a"] is packed["a"]
    assert packed.get("b") == [2]
    assert packed.get("c", 3) == 3
    assert dict(packed.items()) == {"a": {"x": 1}, "b": [2]}
    assert list(packed.values()) == [{"x": 1}, [2]]
    assert "a" in packed


@pytest.mark.parametrize(
    ("wire", "when"),
    [
        (1769853600, datetime(2026, 1, 31, 10, tzinfo=UTC)),
        (1769853600.5, datetime(2026, 1, 31, 10, 0, 0, 500000, tzinfo=UTC)),
        ("1769853600", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T11:00:00+01:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00.123Z", datetime(2026, 1, 31, 10, 0, 0, 123000, tzinfo=UTC)),
        ("Sat, 31 Jan 2026 10:00:00 GMT", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_times_as_the_wire_has_them(wire: Any, when: datetime) -> None:
    assert parse_time(wire) == when


def test_what_is_no_time_is_an_error() -> None:
    with pytest.raises(ValueError, match="Invalid timestamp"):
        parse_time("yesterday")
