"""Audit by many workers: some rules over one snapshot are a piece of work; the parts are laid together into the book."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from skywright.loop.audit.book import FindingsBook
from skywright.model.errors import AskHuman, BadInput
from skywright.model.estate import Snapshot
from skywright.model.outcome import opened, sealed
from skywright.model.rule import Rule
from skywright.model.words import t
from skywright.ports.other import Crew, Steps
from skywright.ports.store import Snapshots

AUDIT, BATCH = "audit", "audit.batch"
QUEUE = "rules"
BATCHES = 8
POLL_S = 0.2
WAIT_S = 5.0


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What auditing is handed. ``rules`` and ``book`` are called when they are needed."""

    rules: Callable[[], Sequence[Rule]]
    book: Callable[[], FindingsBook]
    snapshots: Snapshots
    crew: Crew


class SharedAudit:
    """The bodies of an audit: one that leads, and one that is its piece."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def bodies(self) -> Mapping[str, Callable[..., Any]]:
        """Name -> body, for workers to register."""
        return {AUDIT: self.whole, BATCH: self.batch}

    def whole(self, steps: Steps, identifier: str, snapshot: str) -> dict[str, Any]:
        """Lead one audit of a snapshot."""
        return sealed(AUDIT, lambda: self._lead(steps, identifier, snapshot))

    def batch(self, steps: Steps, snapshot: str, number: int, of: int) -> Any:
        """Ask one batch of rules, and keep what they find as a part of the book."""

        def act() -> str:
            book, seen = self._bench.book(), self._snapshot(snapshot)
            return book.audit_part(seen, batches(self._bench.rules(), of)[number], self._bench.rules(), first=number == 0)

        return steps.run("ask", lambda: sealed(BATCH, act))

    def _lead(self, steps: Steps, identifier: str, snapshot: str) -> int:
        count = int(steps.run("batches", lambda: len(batches(self._bench.rules(), BATCHES))))
        works = {f"{identifier}:batch:{number:03}": (snapshot, number, count) for number in range(count)}
        steps.run("ask for batches", lambda: self._ask(works))
        look = 0
        while not steps.run(f"wait #{look}", lambda: self._wait(works)):
            look += 1
        done = self._bench.crew.pieces(list(works))
        parts = [str(opened(done[name].result)) for name in works]
        steps.run("lay together", lambda: sealed("lay together", lambda: self._together(snapshot, parts)))
        return len(parts)

    def _ask(self, works: Mapping[str, tuple[Any, ...]]) -> int:
        for name, work in works.items():
            self._bench.crew.ask(QUEUE, BATCH, name, *work)
        return len(works)

    def _together(self, snapshot: str, parts: Sequence[str]) -> None:
        self._bench.book().lay_together(self._snapshot(snapshot), parts)

    def _wait(self, works: Collection[str]) -> bool:
        """Wait for a while; gives whether all are done."""
        left, end = set(works), time.monotonic() + WAIT_S
        while left and time.monotonic() < end:
            for piece in self._bench.crew.pieces(left, results=False).values():
                if piece.state == "held":
                    raise AskHuman(piece.error, next_step=t("Mend it and audit again."))
                if piece.state == "done":
                    left.discard(piece.id)
            if left:
                time.sleep(POLL_S)
        return not left

    def _snapshot(self, identifier: str) -> Snapshot:
        found = self._bench.snapshots.get(identifier)
        if found is None:
            raise BadInput(t("There is no snapshot {id}.", id=identifier))
        return found


def batches(rules: Sequence[Rule], most: int) -> list[list[Rule]]:
    """Rules in at most so many batches of about the same number; those of one kind stay together, for they are one query."""
    kinds: dict[str, list[Rule]] = {}
    for rule in rules:
        kinds.setdefault(rule.kind, []).append(rule)
    made: list[list[Rule]] = [[] for _ in range(max(1, min(most, len(kinds))))]
    for kind in sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind)):
        min(made, key=len).extend(kinds[kind])
    return made
