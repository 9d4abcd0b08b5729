"""FileLedger: ports.bills.Ledger in a folder."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from skywright.adapters.bills.ledger.manifest import Part, Shelf
from skywright.adapters.bills.ledger.reading import LedgerSession, opened
from skywright.adapters.bills.ledger.rules import CLOSED_AFTER_MONTHS
from skywright.model.bill import Receipt
from skywright.ports.bills import Wanted


class FileLedger:
    """See ports.bills.Ledger. Safe from many processes: imports take turns, readers never wait."""

    def __init__(self, folder: Path, now: Callable[[], datetime], closed_after_months: int = CLOSED_AFTER_MONTHS) -> None:
        self._shelf = Shelf(folder)
        self._now = now
        self._months = closed_after_months

    def take(self, source: str, wanted: Wanted | None = None) -> Receipt:
        """See ports.bills.Ledger."""
        from skywright.adapters.bills.ledger.take import Taker

        return Taker(self._shelf, self._now, self._months).take(source, wanted or Wanted())

    def open(
        self, views: Mapping[str, str] | None = None, tables: Mapping[str, Path] | None = None, *, after: str = ""
    ) -> AbstractContextManager[LedgerSession]:
        """See ports.bills.Ledger. ``after`` names a receipt: the ledger as it was when that had been given."""
        manifest = self._shelf.read()
        parts = manifest.after(after) if after else manifest.current
        return opened(self._shelf.folder, parts, views, tables)

    def export(self, path: Path, version: str, sql: str = "") -> int:
        """See ports.bills.Ledger."""
        from skywright.adapters.bills.export import export_sql, options_of

        options, text = options_of(path)
        with self.open() as session:
            return session.copy(export_sql(version, f"({sql})" if sql else "cost_and_usage", text=text), path, options)

    def receipts(self) -> Sequence[Receipt]:
        """See ports.bills.Ledger."""
        return self._shelf.read().receipts

    def parts(self) -> Sequence[Part]:
        """Every file that is held, with those that others have replaced (``until``), oldest first."""
        return self._shelf.read().parts

    def periods(self) -> Sequence[tuple[str, str, datetime, int]]:
        """See ports.bills.Ledger. Cost and usage only."""
        rows: Counter[tuple[str, str, datetime]] = Counter()
        for part in self._shelf.read().current:
            if part.key.dataset.value == "cost_and_usage":
                rows[part.key.issuer, part.key.account, part.key.period] += part.rows
        return [(*place, count) for place, count in sorted(rows.items())]

    def current(self) -> Sequence[Part]:
        """Every file that counts."""
        return self._shelf.read().current
