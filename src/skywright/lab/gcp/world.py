"""What every answer is made from."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from skywright.lab.gcp.operations import Operations
from skywright.lab.gcp.store import Store

if TYPE_CHECKING:
    from datetime import datetime


Answer = TypeVar("Answer")


class World:
    """The state, the operations under way, and the weather: what is switched off, refused or out of reach."""

    def __init__(self, now: "datetime", seed: int) -> None:
        self.seed = seed
        self.store = Store(now)
        self.operations = Operations(self.store)
        self.unreachable: set[str] = set()  # scopes (zones/europe-west1-b) that aggregated lists cannot reach
        self.denied: set[str] = set()  # permissions that the caller lacks (compute.instances.stop)
        self.disabled: set[tuple[str, str]] = set()  # (project, service) that is not switched on; project "": everywhere
        self.trail: list[dict[str, Any]] = []  # entries of the audit logs, oldest first
        self._memo: dict[tuple[str, ...], Any] = {}
        self._memo_version = -1

    def remembered(self, key: tuple[str, ...], make: Callable[[], Answer]) -> Answer:
        """``make()``, kept until something in the state changes."""
        if self._memo_version != self.store.version:
            self._memo.clear()
            self._memo_version = self.store.version
        if key not in self._memo:
            self._memo[key] = make()
        found: Answer = self._memo[key]
        return found
