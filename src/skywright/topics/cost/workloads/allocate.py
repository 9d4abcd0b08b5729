"""Days of machines' costs and the snapshots of those days -> who bears them: workloads, idle, overhead; together the bill."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

from skywright.topics.cost.books.exact import total
from skywright.topics.cost.workloads.split import Node, Pod, Worth, parts, unused_gpus, used_share


class Bearer(StrEnum):
    """What a part of a machine's cost is."""

    WORKLOAD = "workload"
    SYSTEM = "system"
    IDLE = "idle"
    IDLE_GPUS = "idle-gpus"
    OVERHEAD = "overhead"


class Charge(msgspec.Struct, frozen=True):
    """What a machine cost in the time that one snapshot stands for."""

    machine: str
    snapshot: str
    currency: str
    amount: Decimal


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a node's cost. ``pod`` is None for idle and overhead; ``used``: how much of what it is charged for it used;
    ``gpus_idle``: of the amount, what its graphics processors cost while they did nothing (None: not known)."""

    bearer: Bearer
    node: Node
    pod: Pod | None
    currency: str
    amount: Decimal
    used: Fraction | None = None
    gpus_idle: Fraction | None = Fraction(0)


class Bill(msgspec.Struct, frozen=True):
    """Everything that was split, and what the machines cost. Equal to the last digit."""

    parts: tuple[Part, ...]
    billed: Mapping[str, Decimal]
    unbilled: tuple[str, ...] = ()


def days_to_snapshots(days: Iterable[date], snapshots: Sequence[tuple[str, date]]) -> dict[date, list[str]]:
    """For each day the snapshots to look into, the best first: the last not after it, those before, then those after it."""
    order = sorted(snapshots, key=lambda one: one[1])
    found = {}
    for day in days:
        before = [name for name, at in order if at <= day]
        after = [name for name, at in order if at > day]
        found[day] = [*reversed(before), *after]
    return found


def charges(
    costs: Iterable[tuple[str, date, str, Decimal]], order: Mapping[date, Sequence[str]], seen: Callable[[str], Mapping[str, Node]]
) -> list[Charge]:
    """Days of machines' costs, each with the first of its snapshots that holds the machine as a node, added up by snapshot. A
    machine that is no node in any of them is none of ours."""
    found: dict[tuple[str, str, str], list[Decimal]] = {}
    for machine, day, currency, amount in costs:
        snapshot = next((name for name in order[day] if machine in seen(name)), None)
        if snapshot is not None:
            found.setdefault((machine, snapshot, currency), []).append(amount)
    return [Charge(*key, total(amounts)) for key, amounts in found.items()]


def share_out(
    found: Sequence[Charge], seen: Callable[[str], Mapping[str, Node]], worth: Worth, system: Callable[[str], bool]
) -> Bill:
    """Split every charge. ``system``: whether a namespace keeps a cluster going. Raises AssertionError if the parts are not the
    bill, which would be our fault."""
    made = [part for charge in found for part in _split(charge, seen(charge.snapshot)[charge.machine], worth, system)]
    billed = {name: total(one.amount for one in found if one.currency == name) for name in sorted({one.currency for one in found})}
    for currency, amount in billed.items():
        added = total(part.amount for part in made if part.currency == currency)
        if added != amount:
            raise AssertionError(f"the parts add up to {added} {currency}, the machines' bill is {amount}")
    return Bill(tuple(made), billed)


def _split(charge: Charge, node: Node, worth: Worth, system: Callable[[str], bool]) -> Iterable[Part]:
    found = parts(node, charge.amount, worth)
    for pod, amount, unused in zip(node.pods, found.pods, unused_gpus(node, worth), strict=True):
        bearer = Bearer.SYSTEM if system(pod.namespace) else Bearer.WORKLOAD
        used = used_share(pod, worth)
        idle = None if unused is None else Fraction(amount) * unused
        yield Part(bearer=bearer, node=node, pod=pod, currency=charge.currency, amount=amount, used=used, gpus_idle=idle)
    yield Part(bearer=Bearer.IDLE, node=node, pod=None, currency=charge.currency, amount=found.idle)
    if node.gpus:
        yield Part(bearer=Bearer.IDLE_GPUS, node=node, pod=None, currency=charge.currency, amount=found.idle_gpus)
    yield Part(bearer=Bearer.OVERHEAD, node=node, pod=None, currency=charge.currency, amount=found.overhead)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Parts with the same key, added up. ``used``: of what ran, where it is known of all; ``gpus``: it has graphics processors;
    ``gpus_idle``: of the amount, what was paid for those that it held and did not use, where that is known of all."""

    bearer: Bearer
    key: tuple[str, ...]
    currency: str
    amount: Decimal
    used: Fraction | None
    gpus: bool = False
    gpus_idle: Decimal | None = None


def grouped(bill: Bill, by: Sequence[str]) -> list[Row]:
    """The bill by cluster, node, namespace, workload, pod or label:KEY; what is idle and overhead stands for itself. By currency,
    workloads first, the dearest first."""
    found: dict[tuple[Bearer, tuple[str, ...], str], list[Part]] = {}
    for part in bill.parts:
        found.setdefault((part.bearer, _key(part, by), part.currency), []).append(part)
    rows = [_row(*key, members) for key, members in found.items()]
    order = list(Bearer)
    return sorted(rows, key=lambda row: (row.currency, order.index(row.bearer), -row.amount, row.key))


def _key(part: Part, by: Sequence[str]) -> tuple[str, ...]:
    return tuple(_value(part, name) for name in by)


def _value(part: Part, name: str) -> str:
    pod = part.pod
    match name:
        case "cluster":
            return part.node.cluster
        case "node":
            return part.node.name
        case "namespace":
            return pod.namespace if pod else ""
        case "workload":
            return pod.workload.partition("/")[2] or pod.name if pod else ""
        case "pod":
            return pod.name if pod else ""
        case _:
            return pod.labels.get(name.removeprefix("label:"), "") if pod else ""


def _row(bearer: Bearer, key: tuple[str, ...], currency: str, members: Sequence[Part]) -> Row:
    amount = total(part.amount for part in members)
    ran = [part for part in members if part.pod and not part.pod.claim]
    cost = sum((Fraction(part.amount) for part in ran), Fraction(0))
    used = None
    if cost and all(part.used is not None for part in ran):
        used = sum(((part.used or 0) * Fraction(part.amount) for part in ran), Fraction(0)) / cost
    gpus = [part.gpus_idle for part in ran if part.pod and part.pod.gpus]
    known = [idle for idle in gpus if idle is not None]
    idle = _cents(sum(known, Fraction(0))) if gpus and len(known) == len(gpus) else None
    return Row(bearer=bearer, key=key, currency=currency, amount=amount, used=used, gpus=bool(gpus), gpus_idle=idle)


def _cents(amount: Fraction) -> Decimal:
    """Reckoned, not billed: in cents."""
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.01"))
