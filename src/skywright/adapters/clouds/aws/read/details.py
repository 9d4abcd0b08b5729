"""What only a call per resource tells."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from skywright.adapters.clouds.aws.faults import error_code
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.model.errors import NotThere, SkywrightError

Item = TypeVar("Item")
Told = TypeVar("Told")


class _Gone:
    """The mark of a resource that was listed and is there no more."""


_GONE: Final = _Gone()


def details(reading: Reading, kind: str, listed: Iterable[Item], ask: Callable[[Item], Told]) -> list[tuple[Item, Told | None]]:
    """Each item with what ``ask`` tells of it, asked many at a time. An item of which AWS says that it does not exist is left out:
    it went away meanwhile. None where ``ask`` failed otherwise; the coverage of ``kind`` says then that it is partial."""

    def guarded(item: Item) -> Told | _Gone:
        try:
            return ask(item)
        except NotThere:
            return _GONE

    return [(item, told) for item, told in reading.each(kind, listed, guarded) if not isinstance(told, _Gone)]


def fact(
    reading: Reading, kind: str, operation: str, /, *, service: str, absent: tuple[str, ...] = (), **params: Any
) -> dict[str, Any] | None:
    """The answer of one call about the account or region itself; {} when AWS answers with one of the codes ``absent``, which say
    for certain that there is no such thing. None where it failed otherwise; ``kind`` is then partial."""
    try:
        return reading.call(operation, service=service, **params)
    except SkywrightError as error:
        if error_code(error) in absent:
            return {}
        reading.partial(kind, error)
        return None
