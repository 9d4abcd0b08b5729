"""The desk of own hosts: what the reader asks with."""

from skywright.adapters.clouds.hosts.calls import Calls
from skywright.adapters.clouds.hosts.place import Place
from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk


class Reading(reading.Reading):
    """The reader over one site."""

    place: Place

    def __init__(self, desk: Desk, account: str, service: str, only: frozenset[str] | None = None) -> None:
        super().__init__(desk, Place(account, GLOBAL), service, only)

    @property
    def calls(self) -> Calls:
        """The way to the hosts."""
        found: Calls = self._desk.calls
        return found
