"""Who is there: each engine is asked once who it is, and which swarm it belongs to."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.swarm.calls import Call, Calls, EngineCalls, Failure, Way
from skywright.adapters.clouds.swarm.config import SwarmConfig
from skywright.adapters.clouds.swarm.place import CLOUD, HOST
from skywright.adapters.clouds.swarm.session import Endpoint, endpoints
from skywright.model.errors import SkywrightError
from skywright.model.kinds import resource_id


class Engine(msgspec.Struct, frozen=True):
    """An engine as it says of itself. ``swarm`` "" when it is in none; None for a worker, which does not know."""

    endpoint: Endpoint
    info: dict[str, Any]

    @property
    def swarm(self) -> str | None:
        """The id of the swarm that it manages."""
        if tr.text(self.info, "Swarm", "LocalNodeState") in (None, "inactive"):
            return ""
        return tr.text(self.info, "Swarm", "Cluster", "ID")

    @property
    def manager(self) -> bool:
        """Can it answer for its swarm."""
        return tr.flag(self.info, "Swarm", "ControlAvailable") is True and bool(self.swarm)

    @property
    def node(self) -> str:
        """Its id as a node, or nothing."""
        return tr.said(self.info, "Swarm", "NodeID")

    @property
    def host(self) -> str | None:
        """The id of its row."""
        own = tr.text(self.info, "ID")
        return resource_id(CLOUD, self.endpoint.name, "global", HOST, own) if own else None


class Directory:
    """Engines by name, and swarms by id. Asked again by ``find``; remembered in between."""

    def __init__(self, config: SwarmConfig, engines: EngineCalls, calls: Calls) -> None:
        self._config = config
        self._calls = engines
        self._ways = calls.ways
        self._engines: dict[str, Engine] = {}
        self._swarms: dict[str, str] = {}  # node id -> swarm id
        self._lock = threading.Lock()
        calls.discover = self._discover

    def find(self) -> tuple[Sequence[str], Sequence[str], Sequence[Failure]]:
        """Names of engines, ids of swarms, and those that could not be asked. Raises AskHuman or BadInput when it is not known whom
        to ask."""
        found = endpoints(self._config)
        with ThreadPoolExecutor(max(1, min(self._config.concurrency, len(found)))) as pool:
            answers = list(pool.map(self._who, found))
        known = {one.endpoint.name: one for one in answers if isinstance(one, Engine)}
        managers: dict[str, list[Endpoint]] = {}
        for engine in known.values():
            if engine.manager and engine.swarm:
                managers.setdefault(engine.swarm, []).append(engine.endpoint)
        with self._lock:
            self._engines = known
            self._ways.clear()
            self._ways.update({one.name: Way((one,)) for one in found})
            self._ways.update({swarm: Way(tuple(ends), swarm=True) for swarm, ends in managers.items()})
        failures = [one for one in answers if not isinstance(one, Engine)]
        return sorted(known), sorted(managers), failures

    def engine(self, account: str) -> Engine | None:
        """What an engine said when it was last asked."""
        with self._lock:
            return self._engines.get(account)

    def of_node(self, node: str) -> Engine | None:
        """The engine in scope that is this node."""
        with self._lock:
            return next((one for one in self._engines.values() if node and one.node == node), None)

    def learn(self, nodes: Sequence[str], swarm: str) -> None:
        """These nodes are of this swarm."""
        with self._lock:
            self._swarms.update(dict.fromkeys(nodes, swarm))

    def swarm_of(self, engine: Engine) -> str | None:
        """The swarm that an engine belongs to: "" for none, None where only a manager out of scope could tell."""
        if engine.swarm is not None:
            return engine.swarm
        with self._lock:
            return self._swarms.get(engine.node)

    def _discover(self) -> None:
        self.find()

    def _who(self, endpoint: Endpoint) -> Engine | Failure:
        try:
            info = self._calls.ask(endpoint, Call("GET /info"))
        except SkywrightError as error:
            return endpoint.name, error
        return Engine(endpoint, info if isinstance(info, dict) else {})
