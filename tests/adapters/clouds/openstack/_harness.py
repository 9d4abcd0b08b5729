"""What every test here needs: a stand-in, calls into it, calls that fail on order, and cases to act on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from tests.adapters.clouds.acting import Doing, Nth, change_of

from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
from skywright.adapters.clouds.openstack.calls import Ask, Got
from skywright.adapters.clouds.openstack.write import steps
from skywright.lab.openstack import PROJECTS, OpenstackStandin, start
from skywright.model.kinds import resource_id
from skywright.model.plan import Change

SHOP, HOME, REGION = PROJECTS["shop"], PROJECTS["admin"], "RegionOne"


class StillClock:
    """The present, and sleeping that is free but not for ever."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        assert self.slept < 1e6, "waits for ever"


class World:
    """A stand-in and a cloud that reads it. ``login``: as whom."""

    def __init__(self, login: str = "lab-demo", *, wide: bool = False, estate: str = "default", **config: Any) -> None:
        self.standin: OpenstackStandin = start(estate=estate)
        self.clock = StillClock()
        self.config = OpenstackConfig(clouds=[login], config_file=str(self.standin.clouds_yaml), all_projects=wide, **config)
        self.cloud = OpenstackCloud(self.config, self.clock)
        self.state = self.standin.state

    @property
    def calls(self) -> Any:
        return self.cloud.calls

    def one(self, collection: str, **facts: Any) -> dict[str, Any]:
        """The item with these facts."""
        found = [one for one in self.state.all(collection).values() if all(one.get(name) == value for name, value in facts.items())]
        assert len(found) == 1, (collection, facts, len(found))
        return found[0]

    def settle(self) -> None:
        """Let every change under way come to its end."""
        for _ in range(5):
            for name in list(self.state.things):
                list(self.state.every(name))

    def stop(self) -> None:
        self.standin.stop()


class Case(msgspec.Struct, kw_only=True):
    """A resource in a world, the change to try on it, and a way of looking at it that is not the code under test.

    ``see`` gives facts; those of ``after`` (``gone`` for a deletion) must come true, all must be as before after undo. ``undone``
    are facts that undo rightly leaves different.
    """

    kind: str
    native_id: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    see: Callable[[], dict[str, Any]]
    wanted: dict[str, Any] | None = None
    undone: dict[str, Any] = {}
    account: str = SHOP
    region: str = REGION

    @property
    def goal(self) -> dict[str, Any]:
        if self.wanted is not None:
            return self.wanted
        return {"gone": True} if self.after is None else self.after

    @property
    def target(self) -> str:
        return resource_id("openstack", self.account, self.region, self.kind, self.native_id)

    def change(self) -> Change:
        return change_of(self.target, self.before, self.after)


class Failing(Nth):
    """Calls of which the ``nth`` that changes something fails."""

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        super().__init__(nth, after=after)
        self._inner = inner

    def ask(self, account: str, region: str, what: Ask) -> Got:
        if what.method in ("GET", "HEAD"):
            return self._inner.ask(account, region, what)
        return self.make(what.name, lambda: self._inner.ask(account, region, what))

    def pages(self, *where: Any) -> Iterator[Any]:
        return self._inner.pages(*where)


class Saga(Doing):
    """The steps of a case."""

    def __init__(self, case: Case, calls: Any, sleep: Callable[[float], None]) -> None:
        super().__init__(steps(calls, case.change(), sleep))
