"""Every call: limits, retries, paging, counting; with botocore's own client over answers laid out by the test."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig
from skywright.adapters.clouds.aws.session import Sessions
from skywright.adapters.clouds.kit.caller import ATTEMPTS, ATTEMPTS_OTHERWISE
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.adapters.clouds.kit.limits import BACKOFF_MAX_S, RATE_MIN, RATE_START, Limiter, backoff_s
from skywright.model.errors import AskHuman, Denied, NotSignedIn, TryAgain

ACCOUNT, REGION = "111122223333", "eu-west-1"


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = datetime(2026, 7, 1)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Wire:
    """Answers HTTP requests in order; the last one again and again. Notes the bodies sent."""

    def __init__(self, *answers: tuple[int, Any] | tuple[int, Any, dict[str, str]]) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        self.sent.append(json.loads(request.body or b"{}"))
        status, body, *headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = AWSResponse(request.url, status, headers[0] if headers else {}, _Raw(content))
        assert response.content == content
        return response


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def calls_over(wire: Wire, *, unreachable: bool = False) -> tuple[AwsCalls, Clock]:
    clock = Clock()
    sessions = Sessions(AwsConfig(), lambda _: "")
    sessions.open(ACCOUNT, AwsAccount())
    handler = _unreachable if unreachable else wire
    sessions.client(ACCOUNT, REGION, "dynamodb").meta.events.register("before-send", handler)
    return AwsCalls(sessions, clock), clock


def list_tables(calls: AwsCalls) -> dict[str, Any]:
    return calls.client_call(ACCOUNT, REGION, "dynamodb", "list_tables")


THROTTLED = (400, {"__type": "ThrottlingException", "message": "slow"})
BROKEN = (500, {"__type": "InternalServerError", "message": "oops"})
FINE = (200, {"TableNames": ["a"]})


def test_an_answer_comes_without_metadata_and_is_counted() -> None:
    calls, clock = calls_over(Wire(FINE))
    assert list_tables(calls) == {"TableNames": ["a"]}
    assert calls.counter == {"dynamodb:ListTables": 1}
    assert clock.slept == []


def test_throttling_is_retried_with_waits_and_every_attempt_counts() -> None:
    calls, clock = calls_over(Wire(THROTTLED, THROTTLED, FINE))
    assert list_tables(calls) == {"TableNames": ["a"]}
    assert calls.counter == {"dynamodb:ListTables": 3}
    assert len(clock.slept) >= 2


def test_the_wait_that_aws_asks_for_is_waited() -> None:
    calls, clock = calls_over(Wire((*THROTTLED, {"retry-after": "9"}), FINE))
    list_tables(calls)
    assert max(clock.slept) == 9.0


def test_a_storm_ends_in_throttled_and_the_next_call_does_not_wait_as_long_again() -> None:
    wire = Wire(THROTTLED)
    calls, _ = calls_over(wire)
    for _attempt in range(3):
        with pytest.raises(TryAgain, match="AWS throttles dynamodb:ListTables") as caught:
            list_tables(calls)
        assert caught.value.throttled
    assert len(wire.sent) == ATTEMPTS + ATTEMPTS + 1


def test_after_a_storm_a_call_that_works_restores_patience() -> None:
    wire = Wire(*[THROTTLED] * (2 * ATTEMPTS), FINE, *[THROTTLED] * ATTEMPTS, FINE)
    calls, _ = calls_over(wire)
    for _ in range(2):
        with pytest.raises(TryAgain):
            list_tables(calls)
    list_tables(calls)
    with pytest.raises(TryAgain):
        list_tables(calls)
    assert len(wire.sent) == 3 * ATTEMPTS + 1


def test_a_servers_error_is_retried_a_few_times() -> None:
    wire = Wire(BROKEN)
    calls, _ = calls_over(wire)
    with pytest.raises(TryAgain) as caught:
        list_tables(calls)
    assert not caught.value.throttled
    assert len(wire.sent) == ATTEMPTS_OTHERWISE


def test_a_garbled_answer_passes() -> None:
    calls, _ = calls_over(Wire((500, b"<html>"), FINE))
    assert list_tables(calls) == {"TableNames": ["a"]}


def test_a_denial_is_not_retried() -> None:
    wire = Wire((400, {"__type": "AccessDeniedException", "message": "no"}))
    calls, _ = calls_over(wire)
    with pytest.raises(Denied) as caught:
        list_tables(calls)
    assert caught.value.permission == "dynamodb:ListTables"
    assert len(wire.sent) == 1


def test_after_an_expired_token_no_further_call_is_made() -> None:
    wire = Wire((400, {"__type": "ExpiredTokenException", "message": "expired"}))
    calls, _ = calls_over(wire)
    for _ in range(5):
        with pytest.raises(NotSignedIn, match="ExpiredTokenException"):
            list_tables(calls)
    assert len(wire.sent) == 1
    calls.forgive()
    with pytest.raises(NotSignedIn):
        list_tables(calls)
    assert len(wire.sent) == 2


def test_an_account_out_of_scope_is_named() -> None:
    calls, _ = calls_over(Wire(FINE))
    with pytest.raises(AskHuman) as caught:
        calls.client_call("999999999999", REGION, "dynamodb", "list_tables")
    assert str(caught.value) == (
        "Account 999999999999 is not in scope. Add it under clouds.aws.accounts, or use credentials of that account."
    )


def _unreachable(**_: Any) -> AWSResponse:
    raise EndpointConnectionError(endpoint_url="https://nowhere")


def test_a_service_that_a_region_lacks_is_said_to_be_lacking_and_not_asked_again() -> None:
    sessions = Sessions(AwsConfig(), lambda _: "")
    sessions.open(ACCOUNT, AwsAccount())
    sessions.client(ACCOUNT, "eu-madeup-7", "dynamodb").meta.events.register("before-send", _unreachable)
    clock = Clock()
    calls = AwsCalls(sessions, clock)
    with pytest.raises(NotOffered) as caught:
        calls.client_call(ACCOUNT, "eu-madeup-7", "dynamodb", "list_tables")
    assert str(caught.value) == "AWS does not offer dynamodb in eu-madeup-7."
    assert calls.counter == {"dynamodb:ListTables": 1}
    assert clock.slept == []


def test_an_endpoint_that_cannot_be_reached_is_tried_again() -> None:
    calls, _ = calls_over(Wire(FINE), unreachable=True)
    with pytest.raises(TryAgain, match="No answer to dynamodb:ListTables"):
        list_tables(calls)
    assert calls.counter == {"dynamodb:ListTables": ATTEMPTS_OTHERWISE}


def test_pages_follow_the_token_to_the_end() -> None:
    wire = Wire((200, {"TableNames": ["a", "b"], "LastEvaluatedTableName": "bbb"}), (200, {"TableNames": ["c"]}))
    calls, _ = calls_over(wire)
    assert list(calls.pages(ACCOUNT, REGION, "dynamodb", "list_tables", "TableNames")) == ["a", "b", "c"]
    assert [body.get("ExclusiveStartTableName") for body in wire.sent] == [None, "bbb"]


def test_paging_in_a_circle_is_an_error() -> None:
    calls, _ = calls_over(Wire((200, {"TableNames": ["a"], "LastEvaluatedTableName": "aaa"})))
    with pytest.raises(TryAgain, match="dynamodb pages list_tables in a circle"):
        list(calls.pages(ACCOUNT, REGION, "dynamodb", "list_tables", "TableNames"))


def test_a_page_lost_in_the_middle_is_an_error() -> None:
    broken = (502, {"message": "lost"})
    wire = Wire((200, {"TableNames": ["a"], "LastEvaluatedTableName": "aaa"}), broken)
    calls, _ = calls_over(wire)
    pages = calls.pages(ACCOUNT, REGION, "dynamodb", "list_tables", "TableNames")
    assert next(iter(pages)) == "a"
    with pytest.raises(TryAgain):
        list(pages)


def test_items_that_are_not_a_list_are_no_items() -> None:
    calls, _ = calls_over(Wire((200, {})))
    assert list(calls.pages(ACCOUNT, REGION, "dynamodb", "list_tables", "TableNames")) == []


def test_the_limiter_lets_a_burst_through_then_waits() -> None:
    now = [0.0]
    limiter = Limiter(lambda: now[0], rate=10.0)
    waits = [limiter.wait_s() for _ in range(22)]
    assert waits[:20] == [0.0] * 20
    assert waits[20] == pytest.approx(0.1)
    assert waits[21] == pytest.approx(0.2)
    now[0] += 10
    assert limiter.wait_s() == 0.0


def test_throttling_halves_the_rate_and_success_wins_it_back() -> None:
    limiter = Limiter(lambda: 0.0)
    limiter.throttled()
    assert limiter.rate == RATE_START / 2
    for _ in range(100):
        limiter.succeeded()
    assert RATE_START / 2 < limiter.rate < RATE_START
    for _ in range(50):
        limiter.throttled()
    assert limiter.rate == RATE_MIN


@given(st.integers(0, 60), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_negative_nor_beyond_the_most(attempt: int, fraction: float) -> None:
    assert 0 <= backoff_s(attempt, fraction) <= BACKOFF_MAX_S
    assert backoff_s(attempt, 0.0) == 0.0
