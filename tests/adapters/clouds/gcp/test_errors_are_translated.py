"""Google's errors -> what the caller does next, as whole sentences."""

import json

import pytest

from skywright.adapters.clouds.gcp.faults import Asked, failed, reason, refused, status, unanswered
from skywright.adapters.clouds.gcp.session import Reply
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, TryAgain

ASKED = Asked("shop", "compute.instances.list")


def reply(code: int, message: str, *, why: str = "", word: str = "", details: list | None = None, **headers: str) -> Reply:
    error = {"code": code, "message": message} | ({"status": word} if word else {}) | ({"details": details} if details else {})
    if why:
        error["errors"] = [{"reason": why, "message": message, "domain": "global"}]
    return Reply(code, headers, json.dumps({"error": error}).encode())


def info(why: str, **metadata: str) -> list:
    return [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": why, "domain": "x", "metadata": metadata}]


GRANT = "Grant a role with compute.instances.list to the identity that Skywright uses in project shop."
CASES = [
    (
        reply(403, "Required 'compute.instances.list' permission for 'projects/shop'", why="forbidden"),
        Denied,
        f"Google Cloud denies compute.instances.list in project shop (forbidden). {GRANT}",
    ),
    (
        reply(403, "Permission denied", word="PERMISSION_DENIED", details=info("IAM_PERMISSION_DENIED", permission="a.b.c")),
        Denied,
        (
            "Google Cloud denies compute.instances.list in project shop (IAM_PERMISSION_DENIED). "
            "Grant a role with a.b.c to the identity that Skywright uses in project shop."
        ),
    ),
    (
        reply(403, "Insufficient scopes", word="PERMISSION_DENIED", details=info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        Denied,
        (
            "Google Cloud denies compute.instances.list in project shop (ACCESS_TOKEN_SCOPE_INSUFFICIENT). "
            "Sign in with the scope cloud-platform."
        ),
    ),
    (
        reply(403, "Compute Engine API has not been used", why="accessNotConfigured"),
        NotOffered,
        "The API of compute is not enabled in project shop. Enable it if something should be there (`gcloud services enable`).",
    ),
    (
        reply(403, "Billing is off", word="PERMISSION_DENIED", details=info("BILLING_DISABLED")),
        AskHuman,
        "Project shop has no billing account: Billing is off. Link a billing account to the project, or leave it out of scope.",
    ),
    (
        reply(401, "Request had invalid authentication credentials.", word="UNAUTHENTICATED"),
        NotSignedIn,
        (
            "The Google Cloud credentials are not valid: Request had invalid authentication credentials. "
            "Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a valid file."
        ),
    ),
    (
        reply(404, "The resource was not found", why="notFound"),
        NotThere,
        "Google Cloud says that it does not exist: compute.instances.list in project shop: The resource was not found.",
    ),
    (
        reply(412, "Labels fingerprint either invalid or resource labels have changed", why="conditionNotMet"),
        PlanAgain,
        (
            "Google Cloud refuses compute.instances.list in project shop in the present state: "
            "Labels fingerprint either invalid or resource labels have changed."
        ),
    ),
    (
        reply(400, "The disk is in use", why="resourceInUseByAnotherResource"),
        PlanAgain,
        "Google Cloud refuses compute.instances.list in project shop in the present state: The disk is in use.",
    ),
    (
        reply(400, "Invalid value", why="invalid", word="INVALID_ARGUMENT"),
        AskHuman,
        (
            "Google Cloud refuses compute.instances.list in project shop (INVALID_ARGUMENT): Invalid value. "
            "Mend what Google Cloud names, then try again."
        ),
    ),
    (
        reply(403, "Quota exceeded for CPUS", why="quotaExceeded"),
        AskHuman,
        (
            "A quota of Google Cloud is used up: compute.instances.list in project shop: Quota exceeded for CPUS. "
            "Ask Google for a higher quota, or free some of it."
        ),
    ),
    (
        reply(503, "Backend", why="backendError", word="UNAVAILABLE"),
        TryAgain,
        "Google Cloud could not answer compute.instances.list in project shop (UNAVAILABLE).",
    ),
    (
        Reply(502, {}, b"<html>Bad gateway</html>"),
        TryAgain,
        "Google Cloud could not answer compute.instances.list in project shop (502).",
    ),
]


@pytest.mark.parametrize(("answer", "kind", "sentence"), CASES, ids=[case[1].__name__ + str(case[0].status) for case in CASES])
def test_a_refusal_says_what_now(answer: Reply, kind: type, sentence: str) -> None:
    error = refused(answer, ASKED)
    assert (type(error), str(error)) == (kind, sentence)
    assert status(error) == answer.status


@pytest.mark.parametrize(
    ("answer", "after_s"),
    [
        (reply(429, "Slow down", word="RESOURCE_EXHAUSTED", **{"retry-after": "7"}), 7.0),
        (reply(403, "Rate limit", why="rateLimitExceeded"), None),
        (reply(429, "Slow", details=[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]), 1.5),
        (reply(429, "Slow", **{"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), None),
    ],
)
def test_throttling_tells_how_long_to_wait(answer: Reply, after_s: float | None) -> None:
    error = refused(answer, ASKED)
    assert isinstance(error, TryAgain)
    assert (error.throttled, error.after_s) == (True, after_s)


def test_googles_own_word_is_kept() -> None:
    assert reason(refused(reply(400, "In use", why="resourceInUseByAnotherResource"), ASKED)) == "resourceInUseByAnotherResource"
    assert reason(refused(reply(404, "No", word="NOT_FOUND"), ASKED)) == "NOT_FOUND"
    assert (reason(ValueError()), status(ValueError())) == ("", 0)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"error": {"errors": [{"code": "RESOURCE_NOT_FOUND", "message": "gone"}]}, "httpErrorStatusCode": 404}, NotThere),
        ({"error": {"code": 9, "message": "not now"}}, AskHuman),
        ({"error": {"code": 7, "message": "no"}}, Denied),
        ({"error": {"code": 8, "message": "busy"}}, TryAgain),
        ({"error": {"errors": [{"code": "QUOTA_EXCEEDED", "message": "CPUS"}]}, "httpErrorStatusCode": 403}, AskHuman),
        ({"error": "odd"}, AskHuman),
    ],
)
def test_an_operation_that_failed_means_the_same(operation: dict, kind: type) -> None:
    assert isinstance(failed(operation, ASKED), kind)


def test_no_answer_and_no_token() -> None:
    import google.auth.exceptions as auth
    import requests

    skew = "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    table = [
        (requests.ConnectionError("refused"), TryAgain, "No answer to compute.instances.list in project shop: refused."),
        (requests.Timeout("slow"), TryAgain, "No answer to compute.instances.list in project shop: slow."),
        (
            requests.exceptions.ChunkedEncodingError("cut"),
            TryAgain,
            "The answer to compute.instances.list in project shop is garbled.",
        ),
        (auth.RefreshError("invalid_grant: expired", {"access_token": "secret"}), NotSignedIn, None),
        (auth.RefreshError("later", retryable=True), TryAgain, "Google's sign-in could not answer: later."),
        (
            auth.RefreshError(skew),
            NotSignedIn,
            (
                f"This machine's clock differs from Google's by too much: {skew} "
                "Set the clock (for example with chrony or systemd-timesyncd), then try again."
            ),
        ),
    ]
    for error, kind, sentence in table:
        found = unanswered(error, ASKED)
        assert isinstance(found, kind), error
        assert sentence is None or str(found) == sentence
        assert "secret" not in str(found)
    with pytest.raises(ZeroDivisionError):
        unanswered(ZeroDivisionError(), ASKED)
