"""Bills that come in two halves: what is added up of them, and what a period holds so far."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Context

import duckdb
import msgspec

from skywright.adapters.bills.forms import Halves, Translation
from skywright.adapters.bills.ledger.manifest import Key, Part, counting
from skywright.adapters.bills.ledger.parts import at
from skywright.adapters.bills.ledger.sums import Sums, added, sums_in
from skywright.model.words import t

_EXACT = Context(prec=80)


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
    return added(part.sums for part in parts if part.key.beside == tie.beside and (part.key.place in both) == tie.both)


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
