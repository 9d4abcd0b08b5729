"""A delivery -> parts of the ledger and a receipt: all of it or nothing."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from skywright.adapters.bills import facts
from skywright.adapters.bills.forms import FORMS, Halves, Translation, check_one_kind, translation
from skywright.adapters.bills.ledger.clean import clean
from skywright.adapters.bills.ledger.halves import Tie, ahead, kept, met, standing, ties_of
from skywright.adapters.bills.ledger.manifest import AHEAD, Key, Manifest, Part, Shelf, counting, replaced
from skywright.adapters.bills.ledger.parts import Heap, heaps, print_of, publish, shares_rows, told_if_full, write
from skywright.adapters.bills.ledger.reading import statuses
from skywright.adapters.bills.ledger.rules import Delivery, check_overlap, check_replacing, closed_keys, delivered, restatements
from skywright.adapters.bills.ledger.stage import chosen, stage
from skywright.adapters.bills.ledger.sums import added, differing
from skywright.adapters.bills.raw import Raw, open_raw
from skywright.adapters.bills.sql import literal
from skywright.model.bill import Receipt, Reject
from skywright.model.canonical import canonical
from skywright.model.errors import BadInput
from skywright.model.words import n, t
from skywright.ports.bills import Wanted

REJECTS_TOLD = 100
PIECE_ROWS_MIN = 20
"""A period of fewer rows may well have none of them left when it is corrected."""


class Settling(msgspec.Struct, frozen=True):
    """A delivery set against what is held. ``both``: the places of which both halves are held afterwards."""

    halves: Halves | None
    delivery: Delivery
    both: frozenset[Key]
    ties: tuple[Tie, ...]


class Taker:
    """One import. ``now`` gives the time, naive UTC."""

    def __init__(self, shelf: Shelf, now: Callable[[], datetime], closed_after_months: int) -> None:
        self._shelf = shelf
        self._now = now
        self._months = closed_after_months

    def take(self, source: str, wanted: Wanted) -> Receipt:
        """See ports.bills.Ledger."""
        with self._shelf.locked():
            manifest = self._shelf.read()
            self._shelf.sweep(manifest)
            with open_raw(source, self._shelf.work) as raw:
                check_one_kind(FORMS, {file.name: dict.fromkeys(file.columns, "") for file in raw.files}, wanted, source)
                how = translation(FORMS, raw.columns, wanted, source)
                self._confine(raw)
                return self._import(source, wanted, raw, how, manifest)

    def _import(self, source: str, wanted: Wanted, raw: Raw, how: Translation, manifest: Manifest) -> Receipt:
        remarks = clean(raw, how)
        stage(raw.cursor, how, _prefix(source), wanted.currency)
        rejects, count = _rejects(raw, wanted)
        piles, doubled = _once(heaps(raw.cursor, how.dataset), [file.name for file in raw.files])
        _leave(raw, doubled)
        keys = _grouped(piles)
        if not keys:
            raise BadInput(t("holds no row of a bill."), where=source, next_step=t("Nothing was imported."))
        name = _receipt_id(keys, manifest)
        parts = [_part(key, found, how, name) for key, found in keys.items()]
        delivery = delivered(parts, manifest.held)
        both = met(delivery.after(manifest.held))
        ties = ties_of(raw.cursor, how, chosen(how, wanted.currency).get("BillingCurrency", "''"), keys, both)
        raw.cursor.execute("DROP VIEW delivered; DROP TABLE raw; DROP TABLE bill")
        receipt = Receipt(
            id=name,
            at=self._now(),
            source=source,
            form=how.form,
            dataset=how.dataset.value,
            rows_in=raw.rows + len(raw.rejects),
            rows_out=sum(part.rows for part in parts if part.key.beside == (part.key.place in both)),
            sums_in=dict(added(tie.said for tie in ties if tie.counts)),
            sums_out={},
            rejected=rejects,
            rejected_count=count,
            periods=tuple(sorted({part.key.period for part in parts})),
            remarks=(*raw.remarks, *how.remarks, *remarks, *_doubles(raw, doubled)),
        )
        return self._settle(wanted, raw, Settling(how.halves, delivery, both, ties), receipt, manifest)

    def _confine(self, raw: Raw) -> None:
        """From here on the instance reads and writes in the ledger's folder only, and the facts."""
        facts.load(raw.cursor)
        raw.cursor.execute(f"SET allowed_directories = [{literal(f'{self._shelf.folder}/')}]")
        raw.cursor.execute("SET enable_external_access = false; SET lock_configuration = true")

    def _settle(self, wanted: Wanted, raw: Raw, what: Settling, receipt: Receipt, manifest: Manifest) -> Receipt:
        """Set the delivery against what is held, write what is new, and put the manifest in place."""
        delivery, held = what.delivery, manifest.held
        check_overlap((*delivery.new, *delivery.same), held, receipt.source)
        closed = self._closed(delivery, manifest.current)
        if not wanted.restate:
            check_replacing(delivery, closed, self._strangers(raw, delivery), receipt.source)
        drafts = [self._draft(raw, part) for part in delivery.new]
        delivery = msgspec.structs.replace(delivery, new=tuple(part for _, part in drafts))
        if what.halves and drafts:
            drafts, delivery = self._with_ahead(raw, drafts, delivery, held, receipt.id)
        receipt = _filled(receipt, msgspec.structs.replace(what, delivery=delivery), held, closed)
        try:
            _tied(receipt, what, (*delivery.new, *delivery.same))
            if not drafts:
                return _again(receipt, manifest)
            if not wanted.dry_run:
                with told_if_full(self._shelf):
                    publish(self._shelf, drafts)
                    self._shelf.write(replaced(manifest, delivery.old, delivery.new, receipt))
        finally:
            for draft, _ in drafts:
                draft.unlink(missing_ok=True)
        return receipt

    def _strangers(self, raw: Raw, delivery: Delivery) -> frozenset[Key]:
        """Periods that come again with no row that was there: rather another piece than the period again."""
        news = {part.key for part in delivery.new}
        large = [old for old in delivery.old if old.key in news and not old.key.beside and old.rows >= PIECE_ROWS_MIN]
        return frozenset(old.key for old in large if not shares_rows(raw.cursor, self._shelf, old))

    def _with_ahead(
        self, raw: Raw, drafts: list[tuple[Path, Part]], delivery: Delivery, held: Sequence[Part], receipt: str
    ) -> tuple[list[tuple[Path, Part]], Delivery]:
        """What is delivered, and what of its periods only one of their halves has reached, now that both stand as they will."""
        places = {part.key.place for part in delivery.new}
        stale = tuple(part for part in held if part.key.half == AHEAD and part.key.place in places and part not in delivery.old)
        delivery = msgspec.structs.replace(delivery, old=(*delivery.old, *stale))
        after = delivery.after(held)
        found = {part.path: self._shelf.folder / part.path for part in after} | {part.path: draft for draft, part in drafts}
        for place in sorted(places):
            parts = [part for part in after if part.key.place == place]
            if made := ahead(raw.cursor, self._shelf, parts, found, receipt):
                drafts = [*drafts, made]
        return drafts, msgspec.structs.replace(delivery, new=tuple(part for _, part in drafts))

    def _draft(self, raw: Raw, part: Part) -> tuple[Path, Part]:
        draft, rows, sums = write(raw.cursor, self._shelf, part.path, part.key, part.receipt)
        if rows != part.rows:
            raise AssertionError(f"{part.path}: {rows} rows were written of {part.rows}")
        return draft, msgspec.structs.replace(part, sums=sums)

    def _closed(self, delivery: Delivery, current: Sequence[Part]) -> frozenset[Key]:
        if not delivery.old:
            return frozenset()
        said = statuses(self._shelf.folder, current)
        return closed_keys(delivery.old, (*current, *delivery.new), said, self._months)


def _prefix(source: str) -> str:
    """What the names of a delivery's files begin with, and need not say again in every row."""
    path = Path(source)
    folder = "://" in source or path.is_dir()
    return f"{source.rstrip('/')}/" if folder else f"{path.parent}/" if path.parent != Path() else ""


def _rejects(raw: Raw, wanted: Wanted) -> tuple[tuple[Reject, ...], int]:
    """The rows that cannot be taken. Raises BadInput unless that was allowed."""
    told = raw.cursor.execute(
        "SELECT _file || ':' || _line, string_agg(DISTINCT why, ' ' ORDER BY why) FROM bad "
        f"GROUP BY _file, _line ORDER BY _file, _line LIMIT {REJECTS_TOLD}"
    ).fetchall()
    counted = raw.cursor.execute("SELECT count(DISTINCT (_file, _line)) FROM bad").fetchone()
    found = (*raw.rejects, *(Reject(where, why) for where, why in told))
    count = len(raw.rejects) + (int(counted[0]) if counted else 0)
    if count and not wanted.reject:
        first = n("{count} row cannot be taken.", "{count} rows cannot be taken, this is the first.", count)
        raise BadInput(
            f"{found[0].why} {first}",
            where=found[0].where,
            next_step=t("Nothing was imported. Mend the bill, or pass --reject to take the others."),
        )
    return found[:REJECTS_TOLD], count


def _once(piles: Sequence[Heap], files: Sequence[str]) -> tuple[list[Heap], dict[str, str]]:
    """The heaps without those of files that hold the same rows as another; and which file doubles which."""
    by_file: dict[str, list[Heap]] = {file: [] for file in files}
    for one in piles:
        by_file[one.file].append(one)
    seen: dict[bytes, str] = {}
    doubled: dict[str, str] = {}
    for file, found in by_file.items():
        if not found:
            continue
        content = canonical(sorted((canonical(one.key).decode(), one.rows, str(one.print)) for one in found))
        if content in seen:
            doubled[file] = seen[content]
        seen.setdefault(content, file)
    return [one for one in piles if one.file not in doubled], doubled


def _leave(raw: Raw, doubled: dict[str, str]) -> None:
    """Count the rows of doubled files no further."""
    for file in doubled:
        raw.cursor.execute("INSERT INTO bad SELECT _file, _line, '' FROM staged WHERE _file = $file", {"file": file})


def _doubles(raw: Raw, doubled: dict[str, str]) -> tuple[str, ...]:
    twice = {file.name: file.same_as for file in raw.files if file.same_as} | doubled
    return tuple(t("{file} holds the same as {other} and was taken once.", file=file, other=other) for file, other in twice.items())


def _grouped(piles: Sequence[Heap]) -> dict[Key, list[Heap]]:
    keys: dict[Key, list[Heap]] = {}
    for one in piles:
        keys.setdefault(one.key, []).append(one)
    return keys


def _receipt_id(keys: dict[Key, list[Heap]], manifest: Manifest) -> str:
    """Named by content. Content that was there, went and came again is told apart by a number."""
    prints = sorted(print_of(key, found) for key, found in keys.items())
    name = hashlib.sha256(canonical(prints)).hexdigest()[:16]
    before = sum(1 for one in manifest.receipts if one.id.partition("-")[0] == name)
    return f"{name}-{before + 1}" if before else name


def _part(key: Key, piles: Sequence[Heap], how: Translation, receipt: str) -> Part:
    content = print_of(key, piles)
    firsts, lasts = [one.first for one in piles if one.first], [one.last for one in piles if one.last]
    return Part(
        key=key,
        end=max((one.end for one in piles if one.end), default=None),
        form=how.form,
        path=f"{key.dataset.value}/{key.period:%Y-%m}/{content}-{receipt}.parquet",
        print=content,
        rows=sum(one.rows for one in piles),
        sums={},
        first=min(firsts, default=None),
        last=max(lasts, default=None),
        receipt=receipt,
    )


def _filled(receipt: Receipt, what: Settling, held: Sequence[Part], closed: frozenset[Key]) -> Receipt:
    """The receipt with what the ledger holds now, and what it held before."""
    delivery, after = what.delivery, what.delivery.after(held)
    delivered_now = (*delivery.new, *delivery.same)
    places = [part.key.place for part in (*delivery.old, *delivery.new)]
    stands = standing(what.halves, (part.key.place for part in delivered_now), after) if what.halves else ()
    return msgspec.structs.replace(
        receipt,
        sums_out=dict(added(kept(tie, delivered_now, what.both) for tie in what.ties if tie.counts)),
        restated=restatements(places, counting(held), counting(after), {key.place for key in closed}),
        remarks=(*receipt.remarks, *stands),
    )


def _tied(receipt: Receipt, what: Settling, parts: Sequence[Part]) -> None:
    """Raises BadInput when the ledger would not hold what the bill says."""
    for tie in what.ties:
        there, here = tie.said, kept(tie, parts, what.both)
        for key in [key for key in differing(there, here) if key in there]:
            raise BadInput(
                t("{key} adds up to {there}, but to {here} in the ledger.", key=key, there=there[key], here=here.get(key, 0)),
                where=receipt.source,
                next_step=t("Nothing was imported. Please report this bill's form."),
            )


def _again(receipt: Receipt, manifest: Manifest) -> Receipt:
    """Everything was there: the receipt that said so first, or this one, which is not kept; with what the ledger holds now."""
    name = receipt.id.partition("-")[0]
    first = next((one for one in reversed(manifest.receipts) if one.id.partition("-")[0] == name), receipt)
    now = {one: getattr(receipt, one) for one in ("rows_out", "sums_in", "sums_out", "restated", "remarks")}
    return msgspec.structs.replace(first, repeated=True, **now)
