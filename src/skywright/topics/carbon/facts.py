"""Coefficients and tables -> lookups. Sources: data/SOURCE.md."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources

import msgspec

from skywright.topics.carbon.ranges import Range


class Machine(msgspec.Struct, frozen=True):
    """A type of instance. Watts of the whole instance idle and busy where they were measured; chips it may run on; the server that
    it is a part of, with the kg CO2e of making it."""

    cloud: str
    type: str
    vcpus: float
    memory_gib: float
    gpus: float = 0
    gpu: str = ""
    chips: tuple[str, ...] = ()
    server_vcpus: float = 0
    server_embodied_kg: float = 0
    idle_w: float | None = None
    full_w: float | None = None


class Size(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a cloud's sizes are named that say their vCPUs (the first group of ``name``), and their memory a vCPU."""

    cloud: str
    name: str
    gib_per_vcpu: float


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The coefficients (data/method.toml says what each is)."""

    utilisation_unknown: tuple[float, float, float]
    utilisation_measured: tuple[float, float, float]
    memory_w_per_gib: float
    memory_gib_in_vcpu: float
    function_gib_per_vcpu: float
    server_years: tuple[float, float, float]
    hdd_wh_per_tb_hour: float
    ssd_wh_per_tb_hour: float
    block_copies: tuple[float, float, float]
    object_copies: tuple[float, float, float]
    network_kwh_per_gb: tuple[float, float, float]
    pue: Mapping[str, tuple[float, float, float]]
    clouds: Mapping[str, tuple[str, ...]]
    accelerated: Mapping[str, tuple[str, ...]]
    disks: Mapping[str, tuple[str, ...]]
    sizes: tuple[Size, ...]


@lru_cache(maxsize=1)
def method() -> Method:
    """The coefficients."""
    text = resources.files(__package__).joinpath("data/method.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Method)


def cloud_of(provider: str) -> str:
    """A provider's name as bills write it -> the cloud whose facts are known; empty for others."""
    name = provider.strip().lower()
    return next((cloud for cloud, beginnings in method().clouds.items() if name.startswith(tuple(beginnings))), "")


def pue(cloud: str) -> Range:
    """What a data centre of a cloud draws for what its computers draw."""
    known = method().pue
    return Range(*known.get(cloud, known["other"]))


@lru_cache(maxsize=1)
def machines() -> Mapping[tuple[str, str], Machine]:
    """(cloud, type in lower case) -> machine."""
    return {(one.cloud, one.type.lower()): one for one in map(_machine, _rows("machines"))}


@lru_cache(maxsize=512)
def named_shape(cloud: str, type_: str) -> tuple[float, float] | None:
    """A type -> its vCPUs and GiB, where its name says them; None for any other."""
    plain = type_.lower().replace("_", " ").removeprefix("standard").strip()
    for one in method().sizes:
        if one.cloud == cloud and (found := re.fullmatch(one.name, plain)):
            return float(found[1]), float(found[1]) * one.gib_per_vcpu
    return None


@lru_cache(maxsize=64)
def vcpu_of(cloud: str, type_: str) -> Machine | None:
    """One vCPU of a type of machine, or of a series whose sizes share their servers (``n2-*``); None where neither is known."""
    series = type_.lower().removesuffix("*") if type_.endswith("*") else ""
    here = {name: one for (of, name), one in machines().items() if of == cloud}
    alike = [one for name, one in here.items() if (series and name.startswith(series)) or name == type_]
    if not alike:
        return None
    chips = tuple(dict.fromkeys(chip for one in alike for chip in one.chips))
    return msgspec.structs.replace(alike[0], type=type_, vcpus=1, memory_gib=0, gpus=0, chips=chips, idle_w=None, full_w=None)


@lru_cache(maxsize=64)
def watts_per_vcpu(cloud: str, chips: tuple[str, ...]) -> tuple[Range, Range]:
    """Watts of one vCPU idle and busy: over the chips that it may run on (every chip of the cloud, or of all clouds, where none is
    known). Likely is their mean."""
    known = [row for row in _rows("chips") if row["cloud"] == cloud and row["chip"] in chips]
    known = known or [row for row in _rows("chips") if row["cloud"] == cloud] or list(_rows("chips"))
    return _spread([float(row["min_w"]) for row in known]), _spread([float(row["max_w"]) for row in known])


@lru_cache(maxsize=256)
def grid(cloud: str, region: str) -> tuple[Range, bool]:
    """A region's grid in kg CO2e a kWh, and whether the region is known; else the spread over the cloud's regions, or over all."""
    here = {_plain(row["region"]): float(row["kg_per_kwh"]) for row in _rows("grid") if row["cloud"] == cloud}
    if (found := here.get(_plain(region))) is not None:
        return Range.exactly(found), True
    values = list(here.values()) or [float(row["kg_per_kwh"]) for row in _rows("grid")]
    return _spread(values), False


def _plain(region: str) -> str:
    return region.lower().replace(" ", "").replace("-", "")


def _spread(values: list[float]) -> Range:
    return Range(min(values), sum(values) / len(values), max(values))


def _machine(row: Mapping[str, str]) -> Machine:
    number = {key: float(row[key]) if row[key] else None for key in ("idle_w", "full_w")}
    return Machine(
        cloud=row["cloud"],
        type=row["type"],
        vcpus=float(row["vcpus"]),
        memory_gib=float(row["memory_gib"] or 0),
        gpus=float(row["gpus"] or 0),
        gpu=row["gpu"],
        chips=tuple(filter(None, row["chips"].split("|"))),
        server_vcpus=float(row["server_vcpus"] or 0),
        server_embodied_kg=float(row["server_embodied_kg"] or 0),
        idle_w=number["idle_w"],
        full_w=number["full_w"],
    )


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    yield from csv.DictReader(resources.files(__package__).joinpath(f"data/{name}.csv").read_text("utf-8").splitlines())
