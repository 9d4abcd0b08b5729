"""What the API refuses, and how it tells."""

from typing import Any


class Refused(Exception):
    """An answer other than 2xx, as a Status has it."""

    def __init__(self, code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.causes = causes or []


def status(refused: Refused) -> dict[str, Any]:
    """A refusal as the API tells it."""
    details: dict[str, Any] = {"causes": refused.causes} if refused.causes else {}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": str(refused),
        "reason": refused.reason,
        "details": details,
        "code": refused.code,
    }
