"""A bill's usage, or an estate's machines -> energy and emissions by some keys, what had to be assumed, and what is not in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from skywright.model.words import n, t
from skywright.ports.engine import Session
from skywright.topics.carbon.energy import Disk, Emission, Place, Shape, machine, no_shape, ran, stood
from skywright.topics.carbon.facts import cloud_of, grid
from skywright.topics.carbon.read import HOURS_PER_MONTH, Estimated, Kind, Line, estimated

KEY = tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """One line of the answer: its keys, what it emits, and by currency what it cost and what of that has no estimate.
    ``estimated``: something of it has one; else its emission is not nought but unknown."""

    key: KEY
    emission: Emission
    cost: Mapping[str, Decimal]
    unestimated: Mapping[str, Decimal]
    estimated: bool = True


class Left(msgspec.Struct, frozen=True):
    """What could not be estimated: of which service, why, at what cost, and its share of all usage's cost in that currency."""

    service: str
    why: str
    cost: Decimal
    currency: str
    share: float


class Carbon(msgspec.Struct, frozen=True):
    """The answer. ``by_kind``: what of it comes from machines, vCPUs, storage and network. ``assumed``: sentences."""

    of: str
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Emission
    by_kind: Mapping[str, Emission]
    left: tuple[Left, ...]
    assumed: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True):
    """One thing and what was made of it."""

    key: KEY
    place: Place
    service: str
    cost: Decimal
    currency: str
    made: Estimated
    busy_known: bool = False


class Known(msgspec.Struct, frozen=True):
    """What is known beside the bill: the mean utilisation, if the user says it, and the shapes of machines in price lists."""

    busy_pct: float | None = None
    shape: Shape = no_shape


def of_bill(session: Session, of: str, keys: Mapping[str, str], rows: tuple[str, Mapping[str, Any]], known: Known) -> Carbon:
    """Usage of the ledger (its ``machine_usage``). ``keys``: dimension -> SQL; ``rows``: a condition with its parameters that
    chooses them."""
    where, params = rows
    entries = []
    for row in session.query(_sql(list(keys.values()), where), params).rows:
        key, line = tuple("" if part is None else str(part) for part in row[: len(keys)]), _line(row[len(keys) :])
        made = estimated(line, known.busy_pct, known.shape)
        place = Place(cloud_of(line.provider), line.region)
        entries.append(Entry(key, place, line.service, line.cost, line.currency, made, known.busy_pct is not None))
    return summed(of, tuple(keys), entries)


def _sql(keys: Sequence[str], where: str) -> str:
    """Usage, alike rows together. Quantities are summed as they are billed; unused parts of commitments used nothing."""
    columns = ", ".join(
        (
            *keys,
            "coalesce(ServiceProviderName, '')",
            "coalesce(ServiceName, '')",
            "coalesce(ServiceCategory, '')",
            "coalesce(RegionId, '')",
            "concat_ws(' ', SkuMeter, ResourceType, ChargeDescription)",
            "coalesce(ConsumedUnit, PricingUnit, '')",
            "BillingCurrency",
            "coalesce(MachineType, '')",
        )
    )
    numbers = ", ".join(str(place + 1) for place in range(len(keys) + 8))
    return (
        f"SELECT {columns}, sum(coalesce(ConsumedQuantity, PricingQuantity, 0)), sum(EffectiveCost) FROM machine_usage "
        f"WHERE ({where}) AND ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS DISTINCT FROM 'Unused' "
        f"GROUP BY {numbers} ORDER BY {numbers}"
    )


def _line(row: Sequence[Any]) -> Line:
    provider, service, category, region, text, unit, currency, machine_type, quantity, cost = row
    return Line(
        provider=provider, service=service, category=category, region=region, text=text, unit=unit, quantity=float(quantity),
        cost=Decimal(cost), currency=currency, machine_type=machine_type,
    )  # fmt: skip


def of_estate(session: Session, of: str, by: Sequence[str], hours: float = HOURS_PER_MONTH) -> Carbon:
    """What runs and stands in a snapshot, for so many hours (a month). Running machines at their measured utilisation, volumes as
    they are."""
    entries = [_instance(row, by, hours) for row in session.query(_INSTANCES).dicts()]
    entries += [_volume(row, by, hours) for row in session.query(_VOLUMES).dicts()]
    return summed(of, tuple(by), entries)


_INSTANCES = """SELECT i.id, i.cloud, i.account, i.region, i.tags, i.type, i.vcpus, i.memory_mib, u.mean FROM compute_instance i
  LEFT JOIN (SELECT resource, max(mean) AS mean FROM usage WHERE metric = 'cpu_pct' GROUP BY resource) u ON u.resource = i.id
  WHERE i.state = 'running'"""
_VOLUMES = "SELECT id, cloud, account, region, tags, type, size_gib FROM storage_volume WHERE size_gib IS NOT NULL"


def _instance(row: Mapping[str, Any], by: Sequence[str], hours: float) -> Entry:
    place = Place(row["cloud"] if cloud_of(row["cloud"]) else "", row["region"])
    shape = (float(row["vcpus"]), float(row["memory_mib"] or 0) / 1024) if row["vcpus"] else None
    one = machine(place, row["type"] or "", lambda _place, _type: shape)
    if one is None:
        why = t("machine types without published watts: {name}", name=row["type"] or t("unknown type"))
        made = Estimated(Kind.NONE, Emission(), why)
    else:
        made = Estimated(Kind.MACHINE, ran(place, one, hours, row["mean"]))
    return Entry(_key(row, by, "compute"), place, row["type"] or t("unknown type"), Decimal(0), "", made, row["mean"] is not None)


def _volume(row: Mapping[str, Any], by: Sequence[str], hours: float) -> Entry:
    place = Place(row["cloud"] if cloud_of(row["cloud"]) else "", row["region"])
    kind = str(row["type"] or "").lower()
    hdd = kind.startswith(("st1", "sc1", "standard", "pd-standard"))
    disk = Disk.HDD if hdd else Disk.SSD if kind else Disk.UNKNOWN
    gb_hours = float(row["size_gib"]) * 1.073741824 * hours
    made = Estimated(Kind.STORAGE, stood(place, gb_hours, disk, as_objects=False))
    return Entry(_key(row, by, "storage"), place, "volume", Decimal(0), "", made, busy_known=True)


def _key(row: Mapping[str, Any], by: Sequence[str], service: str) -> KEY:
    def part(name: str) -> str:
        if name.startswith("tag:"):
            return str((row["tags"] or {}).get(name.removeprefix("tag:"), ""))
        return str({"service": service, "provider": row["cloud"]}.get(name) or row.get(name) or "")

    return tuple(part(name) for name in by)


def summed(of: str, by: tuple[str, ...], entries: Iterable[Entry]) -> Carbon:
    """What was made of each -> by key, by kind, and what is left."""
    kept = list(entries)
    grouped: dict[KEY, list[Entry]] = {}
    for entry in kept:
        grouped.setdefault(entry.key, []).append(entry)
    kinds = {
        kind.value: _sum(entry.made.emission for entry in kept if entry.made.kind is kind) for kind in Kind if kind is not Kind.NONE
    }
    ordered = sorted((_row(key, mine) for key, mine in grouped.items()), key=lambda row: (-row.emission.kg.likely, row.key))
    total = _sum(entry.made.emission for entry in kept)
    return Carbon(of, by, tuple(ordered), total, kinds, _left(kept), tuple(_assumed(kept)))


def _row(key: KEY, entries: Sequence[Entry]) -> Row:
    none = [entry for entry in entries if entry.made.kind is Kind.NONE]
    return Row(key, _sum(entry.made.emission for entry in entries), _costs(entries), _costs(none), len(none) < len(entries))


def _sum(emissions: Iterable[Emission]) -> Emission:
    return sum(emissions, Emission())


def _costs(entries: Iterable[Entry]) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = {}
    for entry in entries:
        if entry.currency:
            costs[entry.currency] = costs.get(entry.currency, Decimal(0)) + entry.cost
    return costs


def _left(entries: Sequence[Entry]) -> tuple[Left, ...]:
    """What has no estimate, dearest first. Shares are of absolute costs, so that refunds hide nothing."""
    whole: dict[str, Decimal] = {}
    groups: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = {}
    for entry in entries:
        whole[entry.currency] = whole.get(entry.currency, Decimal(0)) + abs(entry.cost)
        if entry.made.kind is Kind.NONE:
            name = (entry.service, entry.made.why, entry.currency)
            cost, size = groups.get(name, (Decimal(0), Decimal(0)))
            groups[name] = (cost + entry.cost, size + abs(entry.cost))
    left = [
        Left(service, why, cost, currency, float(size / whole[currency]) if whole[currency] else 0.0)
        for (service, why, currency), (cost, size) in groups.items()
    ]
    return tuple(sorted(left, key=lambda one: (-one.share, one.service, one.why)))


def _assumed(entries: Sequence[Entry]) -> Iterable[str]:
    ran_some = [entry for entry in entries if entry.made.kind in {Kind.MACHINE, Kind.VCPU}]
    guessed = sum(not entry.busy_known for entry in ran_some)
    if guessed:
        yield t("Utilisation is not known for {count} of {all} lines of machines: likely is 50 %, the bounds are idle and busy.",
                count=guessed, all=len(ran_some))  # fmt: skip
    made = [entry for entry in entries if entry.made.kind is not Kind.NONE]
    places = {entry.place for entry in made if not grid(entry.place.cloud, entry.place.region)[1]}
    nowhere = sorted(f"{place.cloud or t('other')}/{place.region or '-'}" for place in places)
    if nowhere:
        one, many = t("{count} region has no known grid factor: {names}"), t("{count} regions have no known grid factor: {names}")
        named = n(one, many, len(nowhere), names=", ".join(nowhere[:5]))
        yield t("{named}; the spread over the cloud's others is taken.", named=named)
    if any(not entry.place.cloud for entry in made):
        yield t("For clouds whose facts are not known, chips, grid and PUE are means over all.")


def as_document(carbon: Carbon) -> Any:
    """The answer as plain data for JSON; each emission with ``kg``, use and making together."""
    return _with_kg(json.loads(msgspec.json.encode(carbon)))


def _with_kg(part: Any) -> Any:
    match part:
        case {"use_kg": dict(use), "embodied_kg": dict(embodied)}:
            return {**part, "kg": {end: use[end] + embodied[end] for end in use}}
        case dict():
            return {key: _with_kg(value) for key, value in part.items()}
        case list():
            return [_with_kg(value) for value in part]
        case _:
            return part
