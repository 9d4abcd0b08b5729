"""The room where commitments are weighed: the ledger's machines, what is on offer for them, and what of it is worth having."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from skywright.model.commitment import Held, Offer
from skywright.ports.cloud import Merchant
from skywright.ports.engine import Session
from skywright.topics.commitments.ledger import Found, Paid, found
from skywright.topics.commitments.market import Market, Told, asked
from skywright.topics.commitments.portfolio import Limits, case
from skywright.topics.commitments.weigh import Advice, advise

SOON = timedelta(days=30)


class Offers(Protocol):
    """What is on offer: the packaged table, what providers were asked for, and the user's own file."""

    def __call__(self, asked: Path | None = None, own: Path | None = None) -> tuple[Offer, ...]:
        """All of them. Raises BadInput with file and line."""


class Commitments:
    """What to commit to. ``session``: opens the ledger with ``machine_usage``; ``known``: commitments of the estate; ``paid``: see
    ledger.Paid; ``kept``: the file in which providers' offers are kept."""

    def __init__(
        self,
        session: Callable[[], AbstractContextManager[Session]],
        currency: str,
        known: Callable[[], Sequence[Held]],
        offers: Offers,
        paid: Paid,
        kept: Path,
    ) -> None:
        self._session = session
        self._currency = currency
        self._known = known
        self._offers = offers
        self._paid = paid
        self.kept = kept

    def advice(self, limits: Limits, own: Path | None) -> tuple[Found, Advice]:
        """What to commit to, by the ledger's usage: a list to approve. Nothing is bought."""
        with self._session() as session:
            usage = found(session, self._currency, SOON, self._known(), self._paid)
        on_offer = self._offers(self.kept if self.kept.exists() else None, own)
        return usage, advise(case(usage.usage, on_offer, limits), limits)

    def market(self, merchants: Mapping[str, Merchant], today: date, told: Told) -> Market:
        """What providers say today may be committed to for the ledger's machines. Raises BadInput where it holds none."""
        with self._session() as session:
            usage = found(session, self._currency, SOON).usage
        return asked(usage, merchants, today, told)
