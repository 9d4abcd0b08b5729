"""Bills that come in two halves: what is added up of them, and what a period holds so far."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Context
from pathlib import Path

import duckdb
import msgspec

from skywright.adapters.bills.forms import Halves, Translation
from skywright.adapters.bills.ledger.manifest import AHEAD, Key, Part, Shelf, counting
from skywright.adapters.bills.ledger.parts import at
from skywright.adapters.bills.ledger.sums import Sums, added, sums_in, sums_of
from skywright.adapters.bills.sql import literal
from skywright.model.canonical import canonical
from skywright.model.words import t

_EXACT = Context(prec=80)
Found = Mapping[str, Path]
"""A part's path -> where it stands now: in its place, or still as a draft."""


class Tie(msgspec.Struct, frozen=True):
    """What a delivery says itself of some of its parts: of those ``beside`` the other half or not, in places where both halves
    are held (``both``) or not. A whole bill has one, of all its parts."""

    beside: bool
    both: bool
    said: Sums

    @property
    def counts(self) -> bool:
        """Whether the ledger will count these parts."""
        return self.beside == self.both


def met(held: Iterable[Part]) -> frozenset[Key]:
    """The places of which both halves are held."""
    return frozenset(part.key.place for part in counting(tuple(held)) if part.key.beside)


def ties_of(
    cursor: duckdb.DuckDBPyConnection, how: Translation, currency: str, keys: Collection[Key], both: frozenset[Key]
) -> tuple[Tie, ...]:
    """What ``raw`` adds up to, for every kind of part that it became."""
    if not how.halves:
        return (Tie(beside=False, both=False, said=sums_in(cursor, how, how.ties, currency)),)
    met_here = [at(key) for key in {key.place for key in keys} & both]
    cursor.execute(f"CREATE TABLE met AS SELECT DISTINCT _file, _line FROM staged WHERE {' OR '.join(met_here) or 'false'}")
    found = []
    for there in sorted({key.place in both for key in keys}):
        where = f"(_file, _line) {'IN' if there else 'NOT IN'} (SELECT (_file, _line) FROM met)"
        for beside, ties in ((False, how.ties), (True, how.halves.ties)):
            found.append(Tie(beside=beside, both=there, said=sums_in(cursor, how, ties, currency, where)))
    return tuple(found)


def kept(tie: Tie, parts: Iterable[Part], both: frozenset[Key]) -> Sums:
    """What the parts that a tie is of add up to."""
    own = (part for part in parts if part.key.half != AHEAD)
    return added(part.sums for part in own if part.key.beside == tie.beside and (part.key.place in both) == tie.both)


def ahead(
    cursor: duckdb.DuckDBPyConnection, shelf: Shelf, held: Sequence[Part], found: Found, receipt: str
) -> tuple[Path, Part] | None:
    """What one half of a place says of days that the other has not reached, and that is not beside it anyway, as a draft: until the
    other half comes these days are that half's alone. None where both reach as far, or one alone is held. ``held``: the place's
    parts; ``found``: where each of them stands now."""
    alone = sorted((part for part in held if not part.key.beside and part.last), key=lambda part: part.last or part.key.period)
    if len({part.key.half for part in alone}) < 2 or alone[0].last == alone[-1].last:
        return None
    near, far = alone[0], alone[-1]
    beside = next((part for part in held if part.key.beside and part.key.half == far.key.half), None)
    known = f" AND x_Row NOT IN (SELECT x_Row FROM {_reading(found[beside.path])})" if beside else ""
    rows = f"SELECT * FROM {_reading(found[far.path])} WHERE ChargePeriodStart >= TIMESTAMP {literal(str(near.last))}{known}"
    key = msgspec.structs.replace(far.key, half=AHEAD, beside=True)
    named = hashlib.sha256(canonical([key, far.print, str(near.last)])).hexdigest()[:32]
    path = f"{key.dataset.value}/{key.period:%Y-%m}/{named}-{receipt}.parquet"
    draft = shelf.work / path.replace("/", "-")
    cursor.execute(f"COPY ({rows}) TO {literal(str(draft))} (FORMAT parquet, COMPRESSION zstd)")
    span = cursor.execute(f"SELECT count(*), min(ChargePeriodStart), max(ChargePeriodEnd) FROM {_reading(draft)}").fetchone()
    count, first, last = span or (0, None, None)
    if not count:
        draft.unlink()
        return None
    sums = dict(sums_of(cursor, key.dataset, _reading(draft)))
    new = Part(
        key=key, end=far.end, form=far.form, path=path, print=named, rows=count, sums=sums, first=first, last=last, receipt=receipt
    )
    return draft, new


def _reading(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"


def standing(halves: Halves, places: Iterable[Key], held: Sequence[Part]) -> Iterator[str]:
    """What each place holds so far, and what it lacks."""
    for place in sorted(set(places)):
        parts = [part for part in held if part.key.place == place]
        there = {part.key.half: part for part in parts if not part.key.beside}
        named = {"period": f"{place.period:%Y-%m}", "account": place.account}
        if len(there) < len(halves.missing):
            lacking = next(half for half in halves.missing if half not in there)
            yield t("{period} of {account}: {what}", **named, what=halves.missing[lacking])
        else:
            costs = _costs(added(part.sums for part in counting(parts)))
            yield t("{period} of {account} is made of both its exports: {costs}.", **named, costs=costs)
            yield from _behind(halves, there)


def _behind(halves: Halves, there: dict[str, Part]) -> Iterator[str]:
    ends = {half: part.last for half, part in there.items() if part.last}
    for half, end in ends.items():
        if end < max(ends.values()):
            yield halves.behind[half].format(date=f"{end:%Y-%m-%d}")


def _costs(sums: Sums) -> str:
    words = {"BilledCost": t("billed"), "EffectiveCost": t("effective")}
    named = ((key.partition("/"), amount) for key, amount in sorted(sums.items()))
    return ", ".join(f"{words[one]} {amount.normalize(_EXACT):f} {unit}" for (one, _, unit), amount in named if one in words)
