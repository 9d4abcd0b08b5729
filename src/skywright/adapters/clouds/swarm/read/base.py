"""Docker's desk: what its readers ask with, and the facts that several of them share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Reader
from skywright.adapters.clouds.swarm.place import ENGINE, SWARM, Place

if TYPE_CHECKING:
    from skywright.adapters.clouds.swarm.directory import Directory


class Reading(reading.Reading):
    """One reader over one container host, or over one swarm."""

    place: Place

    def __init__(self, desk: Desk, directory: "Directory", account: str, service: str, only: frozenset[str] | None = None) -> None:
        super().__init__(desk, Place(account, GLOBAL), service, only)
        self.directory = directory

    @property
    def is_swarm(self) -> bool:
        """Is the account a swarm, and not a single host. Raises AskHuman for one that is not in scope."""
        return bool(self._desk.calls.way(self.account).swarm)

    def ask(self, name: str, id: str = "", **query: Any) -> Any:  # noqa: A002 - as the API calls it
        """One call. Raises model.errors."""
        self.allowed()
        return self._desk.calls.ask(self.account, name, id, query=query)

    def listed(self, name: str, **query: Any) -> list[dict[str, Any]]:
        """A call whose answer is a list of objects, asked once however many readers want it. Raises TypeError for another shape."""

        def fetch() -> list[dict[str, Any]]:
            found = self.ask(name, **query)
            if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                raise TypeError(f"{name} answered with something that is no list of objects")
            return found

        return self.shared(f"{name} {sorted(query.items())}", fetch)


def containers(desk: Reading) -> list[dict[str, Any]]:
    """All containers of a host, also those that do not run."""
    return desk.listed("GET /containers/json", all="true")


def services(desk: Reading) -> list[dict[str, Any]]:
    """All services of a swarm, with how many of their tasks run."""
    return desk.listed("GET /services", status="true")


def on(service: str, name: str, kinds: tuple[str, ...], read: Callable[[Reading], None], *calls: str) -> Reader:
    """A reader of engines only, or of swarms only: on the other it finds nothing, because there is nothing."""

    def look(desk: Reading) -> None:
        if desk.is_swarm == (service == SWARM):
            read(desk)

    return Reader(name=name, service=service, kinds=kinds, read=look, permissions=calls, is_global=True)


__all__ = ["ENGINE", "SWARM", "Reading", "containers", "on", "services"]
