"""Refusals as Google spells them: code, message, status, and where the older services have it, a list of errors."""

from typing import Any

LISTS_ERRORS = frozenset({"compute", "storage", "bigquery", "dns", "sqladmin"})
"""Services whose errors carry ``errors`` with a reason."""

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}

REASON = {
    400: "invalid",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    409: "alreadyExists",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    500: "backendError",
    501: "notImplemented",
    503: "backendError",
}


class Refusal(Exception):
    """What the server says no with."""

    def __init__(
        self, code: int, message: str, reason: str = "", status: str = "", details: list[dict[str, Any]] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or REASON.get(code, "")
        self.status = status or STATUS.get(code, "UNKNOWN")
        self.details = details or []


def body(refusal: Refusal, service: str = "compute") -> dict[str, Any]:
    """The JSON of a refusal, in the form of the service."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "status": refusal.status}
    if service in LISTS_ERRORS:
        error["errors"] = [{"message": refusal.message, "domain": "global", "reason": refusal.reason}]
    if refusal.details:
        error["details"] = refusal.details
    return {"error": error}


def info(reason: str, service: str, **metadata: str) -> dict[str, Any]:
    """An ErrorInfo, the machine's part of an error (google.rpc.ErrorInfo)."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": f"{service}.googleapis.com", **metadata},
    }


def not_found(service: str, path: str) -> Refusal:
    """404 in the words of the service."""
    match service:
        case "storage":
            return Refusal(404, "The specified bucket does not exist.")
        case "sqladmin":  # Cloud SQL tells those who may not know and those who ask for what is gone the same
            return Refusal(404, "The Cloud SQL instance does not exist.", "instanceDoesNotExist")
        case "compute":
            return Refusal(404, f"The resource '{path}' was not found")
        case _:
            return Refusal(404, f"Resource '{path}' was not found")


def throttled(service: str) -> Refusal:
    """429, as a quota for each minute answers."""
    text = f"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service '{service}.googleapis.com'."
    return Refusal(429, text, "rateLimitExceeded", details=[info("RATE_LIMIT_EXCEEDED", service)])


def service_disabled(service: str, project: str) -> Refusal:
    """403 of a service that the project has not switched on."""
    name = f"{service}.googleapis.com"
    text = (
        f"{name} has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{name}/overview?project={project} then retry."
    )
    return Refusal(403, text, "accessNotConfigured", details=[info("SERVICE_DISABLED", service, consumer=f"projects/{project}")])


def denied(service: str, permission: str, path: str) -> Refusal:
    """403 of a permission that is missing."""
    text = f"Permission '{permission}' denied on resource '{path}' (or it may not exist)."
    if service == "compute":
        text = f"Required '{permission}' permission for '{path}'"
    return Refusal(403, text, "forbidden", details=[info("IAM_PERMISSION_DENIED", service, permission=permission, resource=path)])
