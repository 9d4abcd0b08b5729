"""An audit in parts finds what a whole one finds; and a gathering in pieces leaves what a whole one leaves."""

import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.loop.audit.test_book import RULES, Estate
from tests.sim.office import instance, volume

from skywright.adapters.clock import SystemClock
from skywright.adapters.engines.duckdb import ParquetShelf
from skywright.adapters.stores.sql import SqlStore
from skywright.lab.fake import FakeCloud, MemoryWorkflow, World
from skywright.loop.audit.shared import AUDIT, BATCH, Bench, SharedAudit, batches
from skywright.loop.gather import gather
from skywright.loop.gather.measuring import Watch
from skywright.loop.gather.shared import GATHER, Desk, SharedGathering
from skywright.model.kinds import resource_id
from skywright.model.kinds.network import Vpc
from skywright.model.kinds.storage import Bucket, Volume
from skywright.ports.other import Piece, Worker


class OneMan:
    """A crew of one: does a piece when it is asked for it, through the registered bodies."""

    def __init__(self) -> None:
        self.workflow = MemoryWorkflow({}, lambda _s: None)
        self.asked: list[tuple[str, str]] = []
        self._done: dict[str, Piece] = {}

    def learn(self, bodies: Mapping[str, Callable[..., Any]]) -> None:
        for name, body in bodies.items():
            self.workflow.register(name, body)

    def ask(self, queue: str, name: str, identifier: str, *args: Any) -> None:
        self.asked.append((queue, name))

        def work() -> None:
            self._done[identifier] = Piece(id=identifier, state="done", result=self.workflow.start(name, identifier, *args))

        thread = threading.Thread(target=work)  # a thread of its own, as a worker would be a process of its own
        thread.start()
        thread.join()

    def pieces(self, identifiers: Collection[str], *, results: bool = True) -> Mapping[str, Piece]:
        return {name: self._done[name] for name in identifiers if name in self._done}

    def workers(self) -> list[Worker]:
        return []

    def take_up(self, identifiers: Collection[str]) -> list[str]:
        return []


def rows(day: int) -> list[Any]:
    place = {"cloud": "aws", "account": "111122223333", "region": "eu-west-1"}

    def made(kind: Any, name: str, **columns: Any) -> Any:
        identifier = resource_id("aws", place["account"], place["region"], kind.KIND, name)
        return kind(id=identifier, native_id=name, **place, **columns)

    volumes = [made(Volume, f"vol-{n}", encrypted=(None, False, True)[(n + day) % 3]) for n in range(9 - day)]
    return [*volumes, made(Vpc, "vpc-1"), made(Bucket, "b-1", public_policy=day % 2 == 0)]


def test_parts_laid_together_are_the_whole(tmp_path: Path) -> None:
    whole, parted = Estate(tmp_path / "whole"), Estate(tmp_path / "parts")
    crew = OneMan()
    shared = SharedAudit(Bench(rules=lambda: rules, book=lambda: parted.book, snapshots=parted.store.snapshots, crew=crew))
    crew.learn(shared.bodies())
    for day in range(5):
        rules = RULES if day < 3 else RULES[1:]  # a rule that is no more: its findings are resolved, once
        gaps = ["storage.volume"] if day == 2 else []
        expected = whole.audit(whole.take(day, rows(day), gaps=gaps), rules)
        snapshot = parted.take(day, rows(day), gaps=gaps)
        assert crew.workflow.start(AUDIT, f"audit-{day}", f"audit-{day}", snapshot.id) == {"value": len(batches(rules, 8))}
        found = parted.book.findings(snapshot, whole_choice(), today=snapshot.taken_at)
        assert sorted(found, key=lambda one: one.id) == sorted(expected, key=lambda one: one.id)
    assert crew.asked.count(("rules", BATCH)) >= 10
    assert [path.name for path in (tmp_path / "parts" / "estate" / "findings").glob("*.part-*")] == []
    whole.store.close()
    parted.store.close()


def whole_choice() -> Any:
    from tests.loop.audit.test_book import EVERY_STATE

    return EVERY_STATE


@pytest.mark.parametrize("most", [1, 2, 8, 100])
def test_batches_hold_every_rule_once_and_keep_kinds_together(most: int) -> None:
    made = batches(RULES, most)
    assert sorted(rule.id for batch in made for rule in batch) == sorted(rule.id for rule in RULES)
    assert len(made) <= most
    kinds = [{rule.kind for rule in batch} for batch in made]
    assert sum(map(len, kinds)) == len(set().union(*kinds))


def test_a_gathering_in_pieces_leaves_the_same_files(tmp_path: Path) -> None:
    world = World()
    for row in (instance("i-1"), instance("i-2"), volume("v-1")):
        world.put(row)
    cloud, store, crew = FakeCloud(world), SqlStore(f"sqlite:///{tmp_path / 'control.db'}"), OneMan()
    shelf = ParquetShelf(tmp_path / "pieces")
    desk = Desk(
        clouds=lambda: {"fake": cloud},
        shelf=shelf,
        snapshots=store.snapshots,
        facts=store.facts,
        crew=crew,
        clock=SystemClock(),
        watch=Watch(None, 1),
    )
    crew.learn(SharedGathering(desk).bodies())
    outcome = crew.workflow.start(GATHER, "g-1", "g-1", {})
    together = store.snapshots.get(outcome["value"])
    alone = gather({"fake": cloud}, ParquetShelf(tmp_path / "alone"), None, SystemClock(), usage_days=1, progress=lambda *_: None)
    assert together.files == alone.files
    assert [(row.kind, row.state, row.rows) for row in together.coverage] == [
        (row.kind, row.state, row.rows) for row in alone.coverage
    ]
    blind = crew.workflow.start(GATHER, "g-2", "g-2", {"accounts": ["nobody"]})
    assert blind["error"]["message"].startswith("Nothing could be read, so no snapshot was made.")
    store.close()
