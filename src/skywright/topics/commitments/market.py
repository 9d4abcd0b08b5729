"""Machines in use -> what their providers say today may be committed to for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from skywright.model.commitment import NO_LICENCE, Offer, Quote, Usage, Ware
from skywright.ports.cloud import Merchant

Told = Callable[[str, int, int], None]
"""Called with what is asked for, how many are done, and of how many."""


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered, by pool (provider, region, type, system), and the pools of providers that nobody was there to ask for."""

    quotes: tuple[tuple[Usage, Quote], ...]
    unasked: tuple[Usage, ...]

    @property
    def offers(self) -> tuple[Offer, ...]:
        """All that is on offer, each once."""
        return tuple(dict.fromkeys(offer for _, quote in self.quotes for offer in quote.offers))

    def beside(self, before: Sequence[Offer]) -> tuple[Offer, ...]:
        """These, and of what was kept before all that was not answered for now: it keeps its date."""
        answered = {(sells, quote.ware) for sells, quote in self._whole()}
        stays = [one for one in before if (one.provider, Ware(one.region, one.match, one.system)) not in answered]
        return (*stays, *(one for one in self.offers if one not in stays))

    def _whole(self) -> Iterator[tuple[str, Quote]]:
        """Quotes without a gap, with the provider as its offers name it."""
        for _, quote in self.quotes:
            if not quote.why:
                yield from ((sells, quote) for sells in {offer.provider for offer in quote.offers})


def asked(usage: Sequence[Usage], merchants: Mapping[str, Merchant], today: date, told: Told) -> Market:
    """Ask every provider that is there for its own machines, the dearest first."""
    pools = sorted(usage, key=lambda one: -sum(one.hourly))
    found: dict[Usage, Quote] = {}
    for name, merchant in merchants.items():
        mine = [one for one in pools if one not in found and _sold(merchant, one)]
        wares = list(dict.fromkeys(_ware(one) for one in mine))
        answers = {}
        for done, quote in enumerate(merchant.quotes(wares, today) if wares else (), 1):
            answers[quote.ware] = quote
            told(name, done, len(wares))
        found |= {one: answers[_ware(one)] for one in mine if _ware(one) in answers}
    return Market(
        quotes=tuple((one, found[one]) for one in pools if one in found),
        unasked=tuple(one for one in pools if one not in found),
    )


def _sold(merchant: Merchant, one: Usage) -> bool:
    return any(fnmatchcase(one.provider.lower(), glob) for glob in merchant.sells.split("|"))


def _ware(one: Usage) -> Ware:
    return Ware(one.region, one.type, one.system or NO_LICENCE)
