"""Errors, sorted by what the caller does next: try again, plan again, ask a human, or mend the input."""


class SkywrightError(Exception):
    """Root of all our errors. ``message`` is a whole sentence that says what and why; ``next_step`` says what now."""

    exit_code = 2

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".rstrip()


class BadInput(SkywrightError):
    """What was handed in cannot be used. ``where`` is ``file:line`` (or a flag); nothing was changed."""

    def __init__(self, message: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.where = where

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.where}: {text}" if self.where else text


class TryAgain(SkywrightError):
    """A passing fault: throttled, timed out, a server's 5xx. ``after_s`` is the wait that the other side asked for."""

    def __init__(self, message: str, *, after_s: float | None = None, throttled: bool = False, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.after_s = after_s
        self.throttled = throttled


class StoreAway(TryAgain):
    """The store does not answer for now. No outcome of a step: while it is away none could be kept."""


class PlanAgain(SkywrightError):
    """The world moved: what was planned no longer fits what is there. Go back to the start of the corridor."""


class AskHuman(SkywrightError):
    """Only a person can go on: denied, out of quota, misconfigured, credentials expired. Always carries ``next_step``."""


class Denied(AskHuman):
    """The cloud refused: ``permission`` is the action that is missing (``ec2:DescribeInstances``), if known."""

    def __init__(self, message: str, *, permission: str = "", next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.permission = permission


class NotSignedIn(AskHuman):
    """The credentials themselves are no good (expired, unknown, missing): every further call with them would fail too."""


class NotThere(SkywrightError):
    """The cloud says, with certainty, that the named resource does not exist."""


class Superseded(SkywrightError):
    """The process was taken for dead and its work was given to others: it must not act or write any more."""
