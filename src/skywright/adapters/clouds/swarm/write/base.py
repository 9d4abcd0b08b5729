"""What Docker's actions have of their own: a target that speaks the Engine API, and updates that need the version that was read."""

from collections.abc import Callable
from typing import Any, Self

from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.swarm.faults import OutOfSequence
from skywright.model.errors import NotThere

DOCUMENT = "Docker Engine API v1.41"
TRIES = 4  # of an update that met another's


class Target(actions.Target):
    """One thing of one engine or swarm, as its calls see it."""

    on_its_way_back = False

    def carrying(self, token: str) -> Self:
        """The same target with the token of a step."""
        found = super().carrying(token)
        found.on_its_way_back = self.on_its_way_back
        return found

    def returning(self) -> Self:
        """The same target, for undo: the swarm's own rollback may be used."""
        found = self.carrying(self.token)
        found.on_its_way_back = True
        return found

    def call(self, name: str, id: str | None = None, **rest: Any) -> Any:  # noqa: A002 - as the API calls it
        """One call (``GET /services/{id}``), of the target itself if no other id is given. Raises model.errors."""
        return self._calls.ask(self.name.account, name, self.id if id is None else id, **rest)

    def exists(self, name: str, id: str | None = None) -> bool:  # noqa: A002
        """Is there such a thing."""
        try:
            self.call(name, id)
        except NotThere:
            return False
        return True

    @property
    def of_swarm(self) -> bool:
        """Is the account a swarm."""
        return bool(self._calls.way(self.name.account).swarm)

    def update(self, read: str, write: str, change: Callable[[dict[str, Any]], dict[str, Any] | None], **query: Any) -> None:
        """Read, change its Spec, write it with the version that was read; again when another came between.

        ``change`` gets what was read and gives the new Spec, or None when there is nothing left to do.
        """
        for attempt in range(TRIES):
            seen = self.call(read)
            spec = change(seen)
            if spec is None:
                return
            try:
                self.call(write, query={"version": seen["Version"]["Index"], **query}, body=spec)
            except OutOfSequence:
                if attempt == TRIES - 1:
                    raise
            else:
                return
