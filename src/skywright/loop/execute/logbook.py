"""The audit log: who did what, when and why. Chained lines, signed marks, and the check that finds what was tampered with.

What the check cannot see: somebody who holds the signing key can sign a new past, and somebody who puts back an old copy of the
database together with the old mark shows a past that was once true. Keep a copy of the mark elsewhere (``skywright log mark``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from skywright.model.canonical import canonical
from skywright.model.chain import GENESIS, link_flaw
from skywright.model.redact import scrub_log
from skywright.model.run import LogEntry, Mark
from skywright.model.words import t
from skywright.ports.other import Clock, Signer
from skywright.ports.store import Head, Log

LINES_PER_CHECKPOINT = 25
RUN_ENDED = "run.ended"
_TEXT_MAX = 4_000


class LogVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the log found. ``line`` is the first bad line (None: all are good); ``unsigned`` counts the lines at the
    end that no mark covers yet (more than one or two: a process died between writing and signing, or lines were added)."""

    lines: int
    checkpoints: int
    line: int | None = None
    reason: str = ""
    unsigned: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing was tampered with."""
        return self.line is None


class _Flaw(msgspec.Struct, frozen=True, order=True):
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogBook:
    """Writes the log in the name of ``who``, and checks it."""

    log: Log
    head: Head
    signer: Signer
    clock: Clock
    who: str

    def note(
        self, what: str, *, target: str = "", why: str = "", plan_hash: str = "", details: dict[str, Any] | None = None
    ) -> LogEntry:
        """Keep one line, without secrets, and sign how far the log has come."""
        if self.head.read() is None and not self.log.entries(limit=1):
            self.head.raise_to(self._mark(0, GENESIS))  # from here on, a log without a mark is one whose mark was taken
        line = self.log.append(
            LogEntry(
                seq=0,
                at=self.clock.now(),
                who=self.who,
                what=what,
                why=_kept(why),
                target=target,
                plan_hash=plan_hash,
                details=_kept(details or {}),
            )
        )
        mark = self._mark(line.seq, line.hash)
        self.head.raise_to(mark)
        if line.seq % LINES_PER_CHECKPOINT == 0 or what == RUN_ENDED:
            self.log.checkpoint(line.seq, line.hash, mark.signature, self.clock.now())
        return line

    def verify(self) -> LogVerdict:
        """Read the whole log and find the first line that is not as it was written: edited, deleted, moved, or cut off."""
        lines = self.log.entries()
        checkpoints = self.log.checkpoints()
        marks = [Mark(seq, entry_hash, signature) for seq, entry_hash, signature, _ in checkpoints]
        head = self.head.read()
        flaws = [*_links(lines), *(flaw for mark in marks if (flaw := self._marked(mark, lines))), *self._headed(head, lines)]
        first = min(flaws, default=None)
        return LogVerdict(
            lines=len(lines),
            checkpoints=len(checkpoints),
            line=first.line if first else None,
            reason=first.reason if first else "",
            unsigned=max(0, len(lines) - head.seq) if head else 0,
        )

    def _headed(self, head: Mark | None, lines: Sequence[LogEntry]) -> Iterator[_Flaw]:
        if head is None:
            if lines:
                yield _Flaw(lines[-1].seq, t("the mark of how far the log had come is missing"))
        elif flaw := self._marked(head, lines):
            yield flaw

    def _marked(self, mark: Mark, lines: Sequence[LogEntry]) -> _Flaw | None:
        """Hold the log against one signed mark."""
        if not self.signer.check(_signed(mark.seq, mark.hash), mark.signature):
            return _Flaw(max(1, mark.seq), t("the mark at line {line} is not signed by a key that is trusted here", line=mark.seq))
        if mark.seq > len(lines):
            return _Flaw(
                len(lines) + 1,
                t("the lines from {line} on were cut off: there were at least {count}", line=len(lines) + 1, count=mark.seq),
            )
        if mark.seq and lines[mark.seq - 1].hash != mark.hash:
            return _Flaw(mark.seq, t("line {line} is not the line that was signed: the log was rewritten", line=mark.seq))
        return None

    def _mark(self, seq: int, entry_hash: str) -> Mark:
        return Mark(seq, entry_hash, self.signer.sign(_signed(seq, entry_hash)))


def _links(lines: Sequence[LogEntry]) -> Iterator[_Flaw]:
    previous = None
    for place, line in enumerate(lines, 1):
        if reason := link_flaw(previous, line):
            yield _Flaw(place, reason)
            return
        previous = line


def _signed(seq: int, entry_hash: str) -> bytes:
    return canonical({"log": "skywright", "seq": seq, "hash": entry_hash})


def _kept(value: Any) -> Any:
    """What may stand in the log: plain data, no secrets, no endless texts."""
    return _cut(scrub_log(msgspec.to_builtins(value, str_keys=True)))


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {_cut(key): _cut(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value]
    if isinstance(value, str) and len(value) > _TEXT_MAX:
        return value[:_TEXT_MAX] + t("... ({count} characters)", count=len(value))
    return value
