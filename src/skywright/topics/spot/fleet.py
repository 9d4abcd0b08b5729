"""A service that needs so much capacity, and pools of machines that may be taken away -> the cheapest mix that still holds.

Each pool is away with a chance of its own, with all its machines at once (the worst that can be: machines of one type in one zone
go together), and pools go independently. Wanted: the least cost at which what is left over all pools and on demand reaches the
capacity with at least the asked probability. All 2^n cases of n pools are looked at, so the constraint is exact; the mix is an
integer program (HiGHS).
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

POOLS_MAX = 10
SECONDS = 30.0


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """Machines of one type in one place. ``price`` an hour for a machine of ``size`` units of capacity; ``away``: the share of time
    in which it gives none (how often it is taken times how long until it is replaced); ``most`` machines at most."""

    name: str
    price: float
    away: float
    size: float = 1.0
    most: int = 1000

    def __post_init__(self) -> None:
        if not (self.name and self.price >= 0 and self.size > 0 and self.most >= 0 and 0 <= self.away < 1):
            raise ValueError(t("a pool has a name, a price, a size, and is away for a share of time below 1"))


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """How many machines of each pool and on demand, what they cost an hour, and the probability that the capacity is there.
    ``bound``: no mix costs less."""

    machines: dict[str, int]
    on_demand: int
    hourly: float
    bound: float
    on_demand_alone: float
    probability: float
    least_capacity: float  # in the worst case that is still within the probability

    @property
    def gap(self) -> float:
        """How far from the cheapest at most."""
        return (self.hourly - self.bound) / self.bound if self.bound > 0 else 0.0


def mix(pools: Sequence[Pool], capacity: float, on_demand: Pool, probability: float) -> Mix:
    """The cheapest mix. ``on_demand`` is the machine that is never away. Raises BadInput when there are too many pools."""
    if len(pools) > POOLS_MAX:
        raise BadInput(t("{count} pools are too many; {most} are looked at.", count=len(pools), most=POOLS_MAX))
    if not (0 < probability < 1 and capacity > 0):
        raise BadInput(t("The capacity must be above 0, and the probability between 0 and 1."))
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", SECONDS)
    counts = [solver.addIntegral(0, _most(pool, capacity), pool.price) for pool in pools]
    base = solver.addIntegral(0, _most(on_demand, capacity), on_demand.price)
    missed = []
    for chance, there in _cases(pools):
        short = solver.addBinary()
        left = sum((pool.size * count for pool, count, is_there in zip(pools, counts, there, strict=True) if is_there), 0 * base)
        solver.addConstr(left + on_demand.size * base + capacity * short >= capacity)
        missed.append((chance, short))
    solver.addConstr(sum(chance * short for chance, short in missed) <= 1 - probability)
    solver.solve()
    found = solver.getSolution().col_value
    machines = {pool.name: round(found[index]) for index, pool in enumerate(pools)}
    return _checked(pools, capacity, on_demand, machines, round(found[len(pools)]), solver.getInfo().mip_dual_bound)


def _most(pool: Pool, capacity: float) -> int:
    return min(pool.most, int(-(-capacity // pool.size)))


def _cases(pools: Sequence[Pool]) -> Iterator[tuple[float, tuple[bool, ...]]]:
    """Every way in which pools are there or away, with its probability."""
    for there in product((True, False), repeat=len(pools)):
        chance = prod(1 - pool.away if is_there else pool.away for pool, is_there in zip(pools, there, strict=True))
        if chance > 0:
            yield chance, there


def _checked(pools: Sequence[Pool], capacity: float, on_demand: Pool, machines: dict[str, int], base: int, bound: float) -> Mix:
    """The mix with its probability counted again, apart from the solver."""
    held, least = 0.0, capacity
    for chance, there in _cases(pools):
        left = base * on_demand.size
        left += sum(machines[pool.name] * pool.size for pool, is_there in zip(pools, there, strict=True) if is_there)
        held += chance if left >= capacity - 1e-6 else 0.0
        least = min(least, left)
    hourly = sum(machines[pool.name] * pool.price for pool in pools) + base * on_demand.price
    alone = _most(on_demand, capacity) * on_demand.price
    return Mix(
        machines=machines,
        on_demand=base,
        hourly=hourly,
        bound=bound,
        on_demand_alone=alone,
        probability=held,
        least_capacity=least,
    )
