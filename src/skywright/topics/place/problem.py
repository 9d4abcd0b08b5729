"""What a placement file says (``skywright place FILE``)."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import msgspec

from skywright.model.errors import BadInput
from skywright.model.settings_base import Strict
from skywright.model.words import t
from skywright.ports.other import TypeOffer

HOURS_A_MONTH = Decimal(730)


class Offer(Strict, frozen=True):
    """An instance type on offer: one replica takes one instance. ``hourly`` None: as the price book says."""

    type: str
    vcpus: float | None = None
    memory_gib: float | None = None
    hourly: float | None = None


class Pool(Strict, frozen=True):
    """Capacity in one region of one cloud: instance types, or capacity that is priced by the vCPU and GiB (a cluster).

    ``vcpus``, ``memory_gib`` and ``instances`` are quotas; left out: none. ``latency_ms`` maps places to round trips.
    """

    name: str
    cloud: str
    region: str
    offers: list[Offer] = []
    vcpu_hourly: float | None = None
    gib_hourly: float | None = None
    vcpus: float | None = None
    memory_gib: float | None = None
    instances: int | None = None
    compliance: list[str] = []
    latency_ms: dict[str, float] = {}


class Latency(Strict, frozen=True):
    """At most so many milliseconds from a place that pools name."""

    place: str
    max_ms: float


class Standby(Strict, frozen=True):
    """A second home for the worst day: so many replicas, in another ``cloud`` or another ``region``."""

    replicas: int = 1
    apart: str = "region"


class Workload(Strict, frozen=True):
    """What has to run. ``homes`` maps pools to the existing resource whose ``desired`` count a plan would set there."""

    name: str
    vcpus: float
    memory_gib: float
    replicas: int = 1
    clouds: list[str] = []
    compliance: list[str] = []
    latency: Latency | None = None
    share_max: float | None = None  # of its replicas in one pool
    standby: Standby | None = None
    homes: dict[str, str] = {}


class Policy(Strict, frozen=True):
    """How all of it is to be distributed: least and greatest share of the vCPUs by cloud; ``primary`` is where every workload
    without another wish keeps at least half of its replicas."""

    primary: str | None = None
    share_min: dict[str, float] = {}
    share_max: dict[str, float] = {}


class Problem(Strict, frozen=True):
    """A placement file."""

    pools: list[Pool]
    workloads: list[Workload]
    policy: Policy = Policy()
    currency: str = "USD"


class Choice(msgspec.Struct, frozen=True):
    """One thing that a replica of a workload may run on. ``hourly``: of one replica."""

    pool: int
    offer: str
    hourly: float


class Task(msgspec.Struct, frozen=True):
    """Replicas that are placed together: of a workload, or of its standby."""

    workload: int
    standby: bool
    replicas: int
    choices: tuple[Choice, ...]


def tasks(problem: Problem) -> tuple[Task, ...]:
    """Every workload and standby with the choices that suit it. Raises BadInput for one that nothing suits, and says why."""
    found = []
    for index, workload in enumerate(problem.workloads):
        choices = tuple(_choices(problem, workload))
        if not choices:
            raise _nothing(problem, workload)
        found.append(Task(index, standby=False, replicas=workload.replicas, choices=choices))
        if workload.standby:
            found.append(Task(index, standby=True, replicas=workload.standby.replicas, choices=choices))
    return tuple(found)


def priced(problem: Problem, book: Callable[[str, str], Mapping[str, TypeOffer]]) -> Problem:
    """The problem with shape and price from the price book where an offer leaves them out. Raises BadInput for a type whose price
    or shape nobody knows."""
    pools = [
        msgspec.structs.replace(pool, offers=[_priced(pool, offer, book) for offer in pool.offers]) if pool.offers else pool
        for pool in problem.pools
    ]
    return msgspec.structs.replace(problem, pools=pools)


def _priced(pool: Pool, offer: Offer, book: Callable[[str, str], Mapping[str, TypeOffer]]) -> Offer:
    if offer.hourly is not None and offer.vcpus is not None and offer.memory_gib is not None:
        return offer
    known = book(pool.cloud, pool.region).get(offer.type)
    if known is None or known.hourly is None:
        raise BadInput(
            t("Pool {pool}: the price and shape of {type} are not known.", pool=pool.name, type=offer.type),
            next_step=t("Give vcpus, memory_gib and hourly."),
        )
    return Offer(
        offer.type,
        offer.vcpus or float(known.vcpus),
        offer.memory_gib or known.memory_mib / 1024,
        float(known.hourly) if offer.hourly is None else offer.hourly,
    )


def check(problem: Problem) -> None:
    """Raises BadInput for names that are there twice or mean nothing, and for numbers that make no sense."""
    for what, names in ((t("pool"), [p.name for p in problem.pools]), (t("workload"), [w.name for w in problem.workloads])):
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise BadInput(t("There are two of the {what} {name}.", what=what, name=twice[0]))
    pools = {pool.name for pool in problem.pools}
    clouds = {pool.cloud for pool in problem.pools}
    for workload in problem.workloads:
        if workload.replicas < 1 or workload.vcpus <= 0 or workload.memory_gib <= 0:
            raise BadInput(t("Workload {name} needs at least one replica, and vCPUs and memory above zero.", name=workload.name))
        if workload.standby and workload.standby.apart not in ("cloud", "region"):
            raise BadInput(t("The standby of {name} is apart by cloud or by region.", name=workload.name))
        _known(workload.homes, pools, t("Workload {name} has a home in", name=workload.name))
    policy = problem.policy
    _known({*policy.share_min, *policy.share_max, *([policy.primary] if policy.primary else [])}, clouds, t("The policy names"))


def _known(names: Mapping[str, object] | set[str], known: set[str], where: str) -> None:
    for name in sorted(names):
        if name not in known:
            raise BadInput(t("{where} {name}, of which no pool is.", where=where, name=name))


def _choices(problem: Problem, workload: Workload) -> Iterator[Choice]:
    for index, pool in enumerate(problem.pools):
        if unsuited(pool, workload):
            continue
        if pool.vcpu_hourly is not None and pool.gib_hourly is not None:
            yield Choice(index, "", workload.vcpus * pool.vcpu_hourly + workload.memory_gib * pool.gib_hourly)
        for offer in pool.offers:
            if fits(offer, workload) and offer.hourly is not None:
                yield Choice(index, offer.type, offer.hourly)


def fits(offer: Offer, workload: Workload) -> bool:
    """Is an instance of this type large enough."""
    return (offer.vcpus or 0) >= workload.vcpus and (offer.memory_gib or 0) >= workload.memory_gib


def unsuited(pool: Pool, workload: Workload) -> str:
    """Why a pool does not suit a workload; empty when it does."""
    if workload.clouds and pool.cloud not in workload.clouds:
        return t("it is in none of the wanted clouds")
    missing = sorted(set(workload.compliance) - set(pool.compliance))
    if missing:
        return t("it does not comply with {what}", what=", ".join(missing))
    if workload.latency:
        found = pool.latency_ms.get(workload.latency.place)
        if found is None:
            return t("its latency from {place} is not known", place=workload.latency.place)
        if found > workload.latency.max_ms:
            return t("it is {found:g} ms from {place}", found=found, place=workload.latency.place)
    return ""


def _nothing(problem: Problem, workload: Workload) -> BadInput:
    reasons = [f"{pool.name}: {unsuited(pool, workload) or t('nothing there is large enough')}" for pool in problem.pools[:5]]
    return BadInput(
        t("No pool suits workload {name}: {reasons}.", name=workload.name, reasons="; ".join(reasons)),
        next_step=t("Relax its wishes, or add a pool."),
    )
