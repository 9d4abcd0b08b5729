"""What an API server answers, or fails to, told by what comes next."""

from typing import Any

import pytest

from skywright.adapters.clouds.kubernetes.faults import AlreadyThere, Asked, Conflicting, Expired, answered, unanswered
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, TryAgain

ASKED = Asked("prod", "patch deployments.apps", "shop")


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (401, {"message": "Unauthorized"}, NotSignedIn, "The credentials for cluster prod are not valid: Unauthorized."),
        (403, {"message": "no"}, Denied, "Kubernetes denies patch deployments.apps in namespace shop of cluster prod."),
        (
            403,
            {"message": "forbidden: exceeded quota: q"},
            AskHuman,
            "A quota is used up: patch deployments.apps in namespace shop of cluster prod: forbidden: exceeded quota: q.",
        ),
        (
            403,
            {"message": "violates PodSecurity"},
            AskHuman,
            "An admission policy refuses patch deployments.apps in namespace shop of cluster prod: violates PodSecurity.",
        ),
        (
            404,
            {"message": "gone"},
            NotThere,
            "Kubernetes says that it does not exist: patch deployments.apps in namespace shop of cluster prod: gone.",
        ),
        (
            409,
            {"reason": "AlreadyExists", "message": "x"},
            AlreadyThere,
            "patch deployments.apps in namespace shop of cluster prod: it has changed meanwhile: x.",
        ),
        (
            409,
            {"reason": "Conflict", "message": "x"},
            Conflicting,
            "patch deployments.apps in namespace shop of cluster prod: it has changed meanwhile: x.",
        ),
        (
            410,
            {"message": "old"},
            Expired,
            "The list of patch deployments.apps in namespace shop of cluster prod is no longer kept: old.",
        ),
        (
            422,
            {"message": "bad"},
            AskHuman,
            "Kubernetes refuses patch deployments.apps in namespace shop of cluster prod (422): bad.",
        ),
        (429, {}, TryAgain, "Kubernetes throttles patch deployments.apps in namespace shop of cluster prod."),
        (503, None, TryAgain, "The API server could not answer patch deployments.apps in namespace shop of cluster prod (503)."),
    ],
)
def test_answers_are_told_by_what_comes_next(status: int, body: Any, kind: type, message: str):
    found = answered(status, body, {"retry-after": "4"}, ASKED)
    assert (type(found), found.message) == (kind, message)
    if isinstance(found, TryAgain) and status in (429, 503):
        assert found.after_s == 4.0


def test_a_budgets_word_is_not_throttling():
    body = {"message": "no", "details": {"causes": [{"reason": "DisruptionBudget"}]}}
    found = answered(429, body, {}, Asked("prod", "create pods/eviction", "shop"))
    assert isinstance(found, TryAgain)
    assert not found.throttled


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid", NotSignedIn),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired", NotSignedIn),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate", AskHuman),
        ("Connection refused", TryAgain),
    ],
)
def test_no_answer_is_told_by_why(said: str, kind: type):
    from urllib3.exceptions import HTTPError, SSLError

    assert type(unanswered((SSLError if "SSL" in said else HTTPError)(said), ASKED)) is kind
