"""What came of a step as plain JSON, so that it can be kept and given again: its value, or the error that it raised."""

from collections.abc import Callable
from typing import Any

from skywright.model.errors import AskHuman, BadInput, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, StoreAway, TryAgain

_CLASSES: dict[str, type[SkywrightError]] = {
    kind.__name__: kind for kind in (SkywrightError, BadInput, TryAgain, PlanAgain, AskHuman, Denied, NotSignedIn, NotThere)
}


def sealed(name: str, act: Callable[[], Any]) -> dict[str, Any]:
    """Call ``act`` and give what came of it: ``{"value": ...}`` or ``{"error": {...}}``.

    A step is a process boundary. A defect in it (an error that is none of ours) becomes an AskHuman, so that what the step may
    have done is undone like after any other failure. Raises StoreAway: the step is taken up again when the store is back.
    """
    try:
        return {"value": act()}
    except StoreAway:
        raise
    except SkywrightError as error:
        return {"error": _plain(error)}
    except Exception as defect:  # noqa: BLE001 - the process boundary that the docstring speaks of
        said = f"The step {name} failed in an unforeseen way: {type(defect).__name__}: {defect}"
        return {"error": _plain(AskHuman(said, next_step="Report this; `skywright runs` shows what was undone."))}


def opened(outcome: dict[str, Any]) -> Any:
    """The value of an outcome, or the error raised again as it was."""
    if "error" in outcome:
        raise _raised(outcome["error"])
    return outcome["value"]


def _plain(error: SkywrightError) -> dict[str, Any]:
    return {"class": type(error).__name__, **vars(error)}


def _raised(plain: dict[str, Any]) -> SkywrightError:
    fields = dict(plain)
    kind = _CLASSES.get(fields.pop("class"), SkywrightError)
    return kind(fields.pop("message"), **fields)
