"""Direct costs and shares -> who bears what, to the last digit. Pure.

Each share's whole is split by largest remainders in the smallest unit that its costs have (at least cents); a share that feeds
another one is split before it (step-down method). What can be given to nobody stays unallocated, with the reason.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from skywright.model.cost_shares import Method, Share, in_order
from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, digits, split, total

Direct = Mapping[str | None, Decimal]
"""Costs by the name of the cost centre or share to which their rows belong; None: to nobody."""


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """What a share passes to one target: ``amount`` of ``whole``, since its weight is ``weight`` of ``among``."""

    share: str
    target: str
    amount: Decimal
    whole: Decimal
    method: Method
    weight: Fraction
    among: Fraction

    @property
    def ratio(self) -> Fraction:
        """Its part of the whole, 0..1."""
        return self.weight / self.among


class Kept(msgspec.Struct, frozen=True):
    """What a share could give to nobody, and why."""

    share: str
    amount: Decimal
    why: str


class Spread(msgspec.Struct, frozen=True):
    """Who bears what. ``direct`` without the shares' own rows; ``passed`` in the order in which it was passed on; ``shares``: the
    names that are no cost centre's."""

    shares: frozenset[str]
    direct: Mapping[str | None, Decimal]
    passed: tuple[Passed, ...]
    kept: tuple[Kept, ...]

    def of(self, center: str) -> Decimal:
        """What a cost centre bears: its own and what it was passed."""
        return total([self.direct.get(center, ZERO), *(one.amount for one in self.passed if one.target == center)])


Weigh = Mapping[str, Mapping[str, Fraction]]
"""Share -> target -> weight, for shares that are split by a metric."""


def spread(direct: Direct, shares: Sequence[Share], metrics: Weigh) -> Spread:
    """Pass every share on, each before those that it feeds."""
    names = {share.name for share in shares}
    centers = [name for name in direct if name is not None and name not in names]
    inflow: dict[str, list[Decimal]] = {share.name: [direct.get(share.name, ZERO)] for share in shares}
    passed: list[Passed] = []
    kept: list[Kept] = []
    for share in in_order(list(shares)):
        whole = total(inflow[share.name])
        weights = weights_of(share, centers, direct, metrics)
        if not whole:
            continue
        if not any(weights.values()):
            kept.append(Kept(share.name, whole, _why(share)))
            continue
        weights = {target: weight for target, weight in weights.items() if weight}
        parts = split(whole, list(weights.values()), digits(inflow[share.name]))
        for (target, weight), part in zip(weights.items(), parts, strict=True):
            among = sum(weights.values(), Fraction(0))
            passed.append(
                Passed(share=share.name, target=target, amount=part, whole=whole, method=share.method, weight=weight, among=among)
            )
            if target in inflow:
                inflow[target].append(part)
    return Spread(
        frozenset(names), {name: amount for name, amount in direct.items() if name not in names}, tuple(passed), tuple(kept)
    )


def weights_of(share: Share, centers: Sequence[str], direct: Direct, metrics: Weigh) -> dict[str, Fraction]:
    """Target -> weight; those with nothing have none."""
    among = share.targets or [name for name in centers if name != share.name]
    match share.method:
        case Method.EVEN:
            return dict.fromkeys(among, Fraction(1))
        case Method.FIXED:
            return {target: Fraction(percent) for target, percent in share.percent.items()}
        case Method.PROPORTIONAL:
            return {target: Fraction(max(ZERO, direct.get(target, ZERO))) for target in among}
        case Method.METRIC:
            found = metrics.get(share.name, {})
            return {target: found.get(target, Fraction(0)) for target in share.among or found}


def _why(share: Share) -> str:
    match share.method:
        case Method.EVEN | Method.FIXED:
            return t("there is nobody to share it with")
        case Method.PROPORTIONAL:
            return t("nobody to share it with has costs of their own")
        case Method.METRIC:
            return t("the metric has no number for them in that time")
