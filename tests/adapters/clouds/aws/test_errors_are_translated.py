"""Botocore's errors in our terms: every sentence and every next step."""

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from skywright.adapters.clouds.aws.faults import Asked, error_code, translated
from skywright.model.errors import AskHuman, BadInput, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.estate import CoverageState

ASKED = Asked("111122223333", "eu-west-1", "ec2", "DescribeInstances")
WHAT = "ec2:DescribeInstances in eu-west-1 of account 111122223333"


def answer(
    code: str, message: str = "", status: int = 400, headers: dict[str, str] | None = None, operation: str = "X"
) -> ClientError:
    meta = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, operation)


CASES = (
    # code, what AWS says, class, the whole sentence with its next step
    ("RequestLimitExceeded", "slow", TryAgain, f"AWS throttles {WHAT} (RequestLimitExceeded)."),
    (
        "UnauthorizedOperation",
        "You are not authorized to perform this operation.",
        Denied,
        (
            f"AWS denies {WHAT} (UnauthorizedOperation). "
            "Allow ec2:DescribeInstances to the identity that Skywright uses in account 111122223333."
        ),
    ),
    (
        "AccessDenied",
        "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: y",
        Denied,
        f"AWS denies {WHAT} (AccessDenied). Allow kms:Decrypt to the identity that Skywright uses in account 111122223333.",
    ),
    (
        "OptInRequired",
        "You are not subscribed to this service.",
        Denied,
        f"AWS denies {WHAT} (OptInRequired). Enable the service or the region for account 111122223333, or leave it out of scope.",
    ),
    (
        "ExpiredToken",
        "The security token included in the request is expired",
        NotSignedIn,
        (
            "The AWS credentials of 111122223333 are not valid (ExpiredToken): "
            "The security token included in the request is expired. "
            "Run `aws sso login`, or set fresh credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)."
        ),
    ),
    (
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        NotSignedIn,
        (
            f"This machine's clock differs from AWS's by too much for {WHAT}: "
            "The difference between the request time and the current time is too large. "
            "Set the clock (for example with chrony or systemd-timesyncd), then try again."
        ),
    ),
    (
        "SignatureDoesNotMatch",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z",
        NotSignedIn,
        (
            f"This machine's clock differs from AWS's by too much for {WHAT}: "
            "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z. "
            "Set the clock (for example with chrony or systemd-timesyncd), then try again."
        ),
    ),
    (
        "InvalidInstanceID.NotFound",
        "The instance ID 'i-1' does not exist",
        NotThere,
        f"AWS says that it does not exist: {WHAT}: The instance ID 'i-1' does not exist.",
    ),
    (
        "IncorrectInstanceState",
        "The instance 'i-1' is not in the 'stopped' state.",
        PlanAgain,
        f"AWS refuses {WHAT} in the present state: The instance 'i-1' is not in the 'stopped' state.",
    ),
    (
        "AddressLimitExceeded",
        "Too many addresses allocated",
        AskHuman,
        f"A quota of AWS is used up: {WHAT}: Too many addresses allocated. Ask AWS for a higher quota, or free some of it.",
    ),
    (
        "InvalidParameterValue",
        "Value (x) is invalid",
        AskHuman,
        f"AWS refuses {WHAT} (InvalidParameterValue): Value (x) is invalid. Mend what AWS names, then try again.",
    ),
    ("InternalError", "", TryAgain, f"AWS could not answer {WHAT} (InternalError)."),
)


@pytest.mark.parametrize(("code", "said", "kind", "sentence"), CASES, ids=[case[0] for case in CASES])
def test_each_code_says_what_why_and_what_now(code: str, said: str, kind: type[SkywrightError], sentence: str) -> None:
    error = translated(answer(code, said), ASKED)
    assert type(error) is kind
    assert str(error) == sentence


ABSENT = (
    "NoSuchBucketPolicy ServerSideEncryptionConfigurationNotFoundError NoSuchTagSet NoSuchLifecycleConfiguration DBInstanceNotFound"
)
ABSENT += (
    " ResourceNotFoundException AWS.SimpleQueueService.NonExistentQueue NoSuchEntity PolicyNotFound InvalidVolume.NotFound 404"
)
ABSENT += " NotFoundException RepositoryPolicyNotFoundException LoadBalancerNotFound NatGatewayNotFound ClusterNotFoundFault"


@pytest.mark.parametrize("code", ABSENT.split())
def test_what_aws_says_is_not_there_is_not_there(code: str) -> None:
    assert type(translated(answer(code, "gone"), ASKED)) is NotThere


@pytest.mark.parametrize(
    "code",
    [
        "VolumeInUse",
        "DependencyViolation",
        "InvalidDBInstanceState",
        "InvalidDBClusterStateFault",
        "InvalidGroup.InUse",
        "DeleteConflict",
    ],
)
def test_a_wrong_state_asks_for_a_new_plan(code: str) -> None:
    assert type(translated(answer(code, "in use"), ASKED)) is PlanAgain


def test_a_servers_error_passes_and_an_unknown_call_does_not() -> None:
    assert type(translated(answer("Whatever", status=503), ASKED)) is TryAgain
    assert type(translated(answer("NotImplemented", "no", status=501), ASKED)) is AskHuman


def test_the_wait_that_aws_asks_for_is_kept() -> None:
    error = translated(answer("SlowDown", status=503, headers={"retry-after": "7"}), ASKED)
    assert isinstance(error, TryAgain)
    assert (error.throttled, error.after_s) == (True, 7.0)
    dated = translated(answer("SlowDown", headers={"retry-after": "Fri, 31 Dec 2027 23:59:59 GMT"}), ASKED)
    assert isinstance(dated, TryAgain)
    assert dated.after_s is None


def test_too_many_requests_is_throttling_whatever_its_code() -> None:
    error = translated(answer("Unheard", status=429), ASKED)
    assert isinstance(error, TryAgain)
    assert error.throttled


def test_a_limit_is_throttling_only_where_aws_means_it_so() -> None:
    kinesis = Asked("1", "eu-west-1", "kinesis", "ListStreams")
    throttled = translated(answer("LimitExceededException"), kinesis)
    assert isinstance(throttled, TryAgain)
    assert throttled.throttled
    assert type(translated(answer("LimitExceededException", "quota"), ASKED)) is AskHuman


def test_the_next_step_names_the_profile() -> None:
    asked = Asked("111122223333", "eu-west-1", "ec2", "DescribeInstances", profile="audit")
    error = translated(answer("ExpiredToken", "expired"), asked)
    assert error.next_step == "Run `aws sso login --profile audit`, or renew the profile's keys."


def test_a_role_that_may_not_be_assumed_is_named_as_such() -> None:
    error = translated(answer("AccessDenied", "no", operation="AssumeRole"), ASKED)
    assert isinstance(error, Denied)
    assert error.permission == "sts:AssumeRole"


def test_s3_actions_have_their_own_names() -> None:
    error = translated(answer("AccessDenied", "Access Denied"), Asked("1", "eu-west-1", "s3", "GetBucketEncryption"))
    assert isinstance(error, Denied)
    assert error.permission == "s3:GetEncryptionConfiguration"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.NoCredentialsError(), NotSignedIn),
        (exceptions.UnauthorizedSSOTokenError(), NotSignedIn),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), TryAgain),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), TryAgain),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), TryAgain),
    ],
)
def test_no_answer_at_all(error: Exception, kind: type[SkywrightError]) -> None:
    assert type(translated(error, ASKED)) is kind


def test_a_defect_of_ours_stays_a_defect() -> None:
    defect = exceptions.ParamValidationError(report="x")
    with pytest.raises(exceptions.ParamValidationError):
        translated(defect, ASKED)


def test_the_code_behind_an_error_of_ours() -> None:
    def raised() -> SkywrightError:
        try:
            raise translated(answer("IncorrectInstanceState", "x"), ASKED) from answer("IncorrectInstanceState", "x")
        except SkywrightError as error:
            return error

    assert error_code(raised()) == "IncorrectInstanceState"
    assert error_code(AskHuman("x")) == ""


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Denied("x"), CoverageState.DENIED),
        (NotSignedIn("x"), CoverageState.DENIED),
        (TryAgain("x", throttled=True), CoverageState.THROTTLED),
        (TryAgain("x"), CoverageState.FAILED),
        (BadInput("x"), CoverageState.FAILED),
    ],
)
def test_what_a_failed_read_means_for_coverage(error: SkywrightError, state: CoverageState) -> None:
    assert CoverageState.of(error) is state
