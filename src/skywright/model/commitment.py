"""Nouns of commitments: what is on offer, what is in force, and what is used an hour."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

NO_LICENCE = "linux"


class Basis(StrEnum):
    """What a ratio rests on: prices of the very thing, a percentage that is published for it, what a related machine costs (a
    sibling), or only the best case ("up to")."""

    PRICE = "price"
    PERCENTAGE = "percentage"
    SIBLING = "sibling"
    UP_TO = "up to"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A way to commit. It serves usage of ``provider`` in ``region`` whose type matches ``match`` and whose operating system
    ``system`` (globs; several with ``|``; a system that is not said is taken for one without a licence).

    ``ratio``: the committed price over the list price on demand, everything spread over the term; ``upfront``: the share of it
    that is paid at once. ``order``: which of several is used up first (a provider's order of applicability, 0 first). ``unit``:
    what is committed to: ``instance`` (whole ones), or ``money`` an hour.

    ``plan``: offers of one product, term and payment with the same plan are rates of one commitment, that serves what any of them
    does; it names the region and the machines that it reaches, as globs (``* *.*``). "": a commitment of its own. ``layer``: of two
    that serve the same usage by the same product, term and payment, the one of the higher layer counts (packaged 0, asked for 1,
    the user's own 2).
    """

    product: str
    provider: str
    region: str
    match: str
    term_months: int
    payment: str
    ratio: Decimal
    upfront: Decimal
    order: int
    unit: str
    source: str
    dated: str
    system: str = "*"
    basis: Basis = Basis.PRICE
    plan: str = ""
    layer: int = 0

    def serves(self, provider: str, region: str, type_: str, system: str = "") -> bool:
        """Whether it is used for usage of this provider, region, type and operating system."""
        pairs = ((provider.lower(), self.provider), (region, self.region), (type_, self.match), (system or NO_LICENCE, self.system))
        return all(any(fnmatchcase(value, glob) for glob in globs.split("|")) for value, globs in pairs)

    @property
    def name(self) -> str:
        """What a purchase list calls it."""
        where = "" if self.region == "*" else f" {self.region}"
        what = "" if self.match in ("*", "*.*") or "|" in self.match else f" {self.match}"
        return f"{self.product}{what}{where}, {self.term_months // 12} y, {self.payment}"


class Ware(msgspec.Struct, frozen=True, order=True):
    """A machine that something may be committed to for: its region, type and operating system (linux, windows, rhel, suse)."""

    region: str
    type: str
    system: str = NO_LICENCE


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says today of one machine: its price on demand an hour, and what may be committed to. ``why``: what was not
    answered, and why; then ``offers`` may lack something."""

    ware: Ware
    on_demand: Decimal | None
    currency: str
    offers: tuple[Offer, ...]
    why: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment that is in force. ``ends`` None: not known."""

    id: str
    kind: str
    hourly: Decimal | None
    ends: datetime | None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One pool: what of one provider's type in one region would have cost an hour on demand. ``covered``: what of it commitments
    served that stay in force. Both have one value an hour. ``paid``: what on-demand usage costs over its list price when discounts
    come off by themselves (1: none do)."""

    provider: str
    region: str
    type: str
    hourly: tuple[float, ...]
    covered: tuple[float, ...]
    system: str = ""
    paid: float = 1.0

    @property
    def name(self) -> str:
        """What tables call it."""
        system = "" if self.system == NO_LICENCE else self.system
        return " ".join(part for part in (self.provider, self.region, self.type, system) if part)
