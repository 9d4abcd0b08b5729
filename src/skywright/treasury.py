"""The rooms about money, wired by hand: the ledger and what is asked of it. Everything is made when first asked for."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from skywright.model.settings import Settings

if TYPE_CHECKING:
    from skywright.adapters.stores.sql import SqlStore
    from skywright.ports.bills import Ledger
    from skywright.ports.engine import Engine
    from skywright.ports.other import Clock, PriceBook
    from skywright.topics.cost.books import Books


class Rooms(Protocol):
    """What of the house is needed here."""

    settings: Settings

    @property
    def store(self) -> "SqlStore":
        """Control data."""

    @property
    def engine(self) -> "Engine":
        """SQL over snapshots."""

    @property
    def prices(self) -> "PriceBook":
        """List prices with the user's discounts."""

    @property
    def clock(self) -> "Clock":
        """Time."""

    def folder(self, name: str = "") -> Path:
        """A folder under the data folder."""


class Treasury:
    """What the house knows about money."""

    def __init__(self, house: Rooms) -> None:
        self.house = house
        self.settings = house.settings.cost

    @cached_property
    def ledger(self) -> "Ledger":
        """Bills, in the data folder."""
        raise NotImplementedError

    @cached_property
    def books(self) -> "Books":
        """Reading the ledger: where every cent went."""
        from skywright.adapters.settings import load_file
        from skywright.topics.cost.books import Books

        return Books(self.ledger, self.settings, load_file)
