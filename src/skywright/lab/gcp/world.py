"""What every answer is made from."""

from typing import TYPE_CHECKING

from skywright.lab.gcp.operations import Operations
from skywright.lab.gcp.store import Store

if TYPE_CHECKING:
    from datetime import datetime


class World:
    """The state, the operations under way, and the weather: what is switched off, refused or out of reach."""

    def __init__(self, now: "datetime", seed: int) -> None:
        self.seed = seed
        self.store = Store(now)
        self.operations = Operations(self.store)
        self.unreachable: set[str] = set()  # scopes (zones/europe-west1-b) that aggregated lists cannot reach
        self.denied: set[str] = set()  # permissions that the caller lacks (compute.instances.stop)
        self.disabled: set[tuple[str, str]] = set()  # (project, service) that is not switched on; project "": everywhere
        self.asset_lag: dict[str, bytes] = {}  # key -> what Cloud Asset Inventory still tells
