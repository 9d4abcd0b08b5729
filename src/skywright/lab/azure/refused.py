"""How Azure Resource Manager says no: a status, a code and a sentence, in its one shape."""

from typing import Any


class Refused(Exception):
    """A request that is answered with an error. ``headers`` go along."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """As ARM writes it (Azure Resource Manager REST: error responses)."""
        return error_body(self.code, self.message)


def error_body(code: str, message: str) -> dict[str, Any]:
    """``{"error": {"code": ..., "message": ...}}``."""
    return {"error": {"code": code, "message": message}}


def not_found(what: str, group: str = "") -> Refused:
    """A resource that is not there."""
    where = f" under resource group '{group}'" if group else ""
    return Refused(404, "ResourceNotFound", f"The Resource '{what}'{where} was not found.")


def bad(code: str, message: str) -> Refused:
    """A request that makes no sense."""
    return Refused(400, code, message)


def conflict(code: str, message: str) -> Refused:
    """A request that cannot be met now."""
    return Refused(409, code, message)
