"""Botocore's errors -> model.errors, so that nobody above this folder knows an AWS error code."""

import re
from typing import Any

import msgspec

from skywright.adapters.clouds.aws import codes
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

NOT_IMPLEMENTED = 501


class Asked(msgspec.Struct, frozen=True):
    """What was being asked when it failed. ``operation`` is the name in the API reference; ``profile`` the AWS profile, if any."""

    account: str
    region: str
    service: str
    operation: str
    profile: str | None = None

    @property
    def permission(self) -> str:
        """The IAM action that the operation needs."""
        if self.service in ("s3", "s3control") and self.operation in codes.S3_ACTIONS:
            return codes.S3_ACTIONS[self.operation]
        return f"{codes.PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def words(self) -> str:
        """``ec2:DescribeInstances in eu-west-1 of account 111122223333``."""
        return t("{call} in {region} of account {account}", call=self.permission, region=self.region, account=self.account)


def error_code(error: BaseException) -> str:
    """AWS's own code behind an error of ours (``IncorrectInstanceState``), or an empty string."""
    cause: BaseException | None = error
    while cause is not None and not _response(cause):
        cause = cause.__cause__
    return _code(cause) if cause is not None else ""


def translated(error: Exception, asked: Asked) -> SkywrightError:
    """One error of botocore in our terms. Raises ``error`` itself when it is a defect of ours (a bad parameter)."""
    if _response(error):
        if getattr(error, "operation_name", "") == "AssumeRole":  # made by botocore on the way to what was asked
            asked = msgspec.structs.replace(asked, service="sts", operation="AssumeRole")
        return _answered(error, asked)
    return _unanswered(error, asked)


def _answered(error: Exception, asked: Asked) -> SkywrightError:
    """The cloud answered with an error."""
    code, said, status = _code(error), _said(error), _status(error)
    if code in codes.SKEWED or (
        code in codes.STALE and re.search(r"Signature (expired|not yet current)|time.*skew", said, re.IGNORECASE)
    ):
        return _skewed(asked, said)
    if code in codes.THROTTLED or status == 429 or (code == "LimitExceededException" and asked.service in codes.THROTTLES_BY_LIMIT):
        return TryAgain(
            t("AWS throttles {what} ({code}).", what=asked.words, code=code), after_s=_retry_after(error), throttled=True
        )
    if code in codes.STALE:
        return _stale(asked, code, said)
    if code in codes.DENIED:
        return _denied(asked, code, said)
    if codes.ABSENT_SHAPES.search(code):
        return NotThere(t("AWS says that it does not exist: {what}: {said}", what=asked.words, said=_sentence(said or code)))
    if status != NOT_IMPLEMENTED and (code in codes.PASSING or status >= 500):
        return TryAgain(t("AWS could not answer {what} ({code}).", what=asked.words, code=code), after_s=_retry_after(error))
    if code in codes.WRONG_STATE or codes.STATE_SHAPES.search(code):
        return PlanAgain(t("AWS refuses {what} in the present state: {said}", what=asked.words, said=_sentence(said or code)))
    if codes.QUOTA_SHAPES.search(code):
        return AskHuman(
            t("A quota of AWS is used up: {what}: {said}", what=asked.words, said=_sentence(said or code)),
            next_step=t("Ask AWS for a higher quota, or free some of it."),
        )
    return AskHuman(
        t("AWS refuses {what} ({code}): {said}", what=asked.words, code=code, said=_sentence(said)),
        next_step=t("Mend what AWS names, then try again."),
    )


def _unanswered(error: Exception, asked: Asked) -> SkywrightError:
    """No answer came, or none could be asked for."""
    from botocore import exceptions, parsers

    name = type(error).__name__
    if isinstance(
        error,
        exceptions.NoCredentialsError
        | exceptions.PartialCredentialsError
        | exceptions.CredentialRetrievalError
        | exceptions.TokenRetrievalError
        | exceptions.SSOError
        | exceptions.UnauthorizedSSOTokenError,
    ):
        return _stale(asked, name, str(error))
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return TryAgain(t("No answer to {what}: {said}", what=asked.words, said=_sentence(str(error))))
    if isinstance(error, parsers.ResponseParserError):
        return TryAgain(t("The answer to {what} is garbled.", what=asked.words))
    if isinstance(
        error, exceptions.NoRegionError | exceptions.ProfileNotFound | exceptions.ConfigNotFound | exceptions.ConfigParseError
    ):
        return AskHuman(_sentence(str(error)), next_step=t("Check ~/.aws/config and the AWS_* environment variables."))
    raise error


def _stale(asked: Asked, code: str, said: str) -> NotSignedIn:
    step = (
        t("Run `aws sso login --profile {profile}`, or renew the profile's keys.", profile=asked.profile)
        if asked.profile
        else t("Run `aws sso login`, or set fresh credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).")
    )
    return NotSignedIn(
        t(
            "The AWS credentials of {account} are not valid ({code}): {said}",
            account=asked.account,
            code=code,
            said=_sentence(said),
        ),
        next_step=step,
    )


def _denied(asked: Asked, code: str, said: str) -> Denied:
    named = re.search(r"not authorized to perform:? ([a-z0-9-]+:\w+)", said)
    permission = named[1] if named else asked.permission
    if code in ("OptInRequired", "SubscriptionRequiredException"):
        step = t("Enable the service or the region for account {account}, or leave it out of scope.", account=asked.account)
    else:
        step = t(
            "Allow {permission} to the identity that Skywright uses in account {account}.",
            permission=permission,
            account=asked.account,
        )
    return Denied(t("AWS denies {what} ({code}).", what=asked.words, code=code), permission=permission, next_step=step)


def _skewed(asked: Asked, said: str) -> NotSignedIn:
    return NotSignedIn(
        t("This machine's clock differs from AWS's by too much for {what}: {said}", what=asked.words, said=_sentence(said)),
        next_step=t("Set the clock (for example with chrony or systemd-timesyncd), then try again."),
    )


def _response(error: BaseException) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def _code(error: BaseException) -> str:
    return str((_response(error).get("Error") or {}).get("Code") or "")


def _said(error: BaseException) -> str:
    return str((_response(error).get("Error") or {}).get("Message") or "")


def _status(error: BaseException) -> int:
    return int((_response(error).get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0)


def _retry_after(error: BaseException) -> float | None:
    headers = (_response(error).get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, TypeError, ValueError):  # absent, or an HTTP date, which AWS does not send
        return None


def _sentence(said: str) -> str:
    said = " ".join(said.split())
    return said if said.endswith((".", "!", "?")) else said + "."
