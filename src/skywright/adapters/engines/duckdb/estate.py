"""Where the estate stands -> its shelf, its engine and its other files."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from skywright.adapters.engines.duckdb.engine import DuckEngine
from skywright.adapters.engines.duckdb.shelf import ParquetShelf
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Computed, Derived, Files, LocalFiles
from skywright.ports.other import PriceBook

OBJECT_STORES = ("s3", "s3a", "gs", "az", "abfs", "abfss")


class Estate(msgspec.Struct, frozen=True):
    """The rooms of one estate. ``folder`` is of this machine: the estate itself, or a cache of it."""

    folder: Path
    shelf: ParquetShelf
    engine: DuckEngine
    files: Files


def open_estate(
    place: str, folder: Path, prices: PriceBook | None, made: Mapping[str, Computed | Derived] = MappingProxyType({})
) -> Estate:
    """``place``: a folder, or the address of an object store; empty: ``folder``, which else is the cache. Opens nothing yet.
    Raises BadInput for an address of another kind."""
    scheme, separator, _ = place.partition("://")
    if separator and scheme in OBJECT_STORES:
        from skywright.adapters.engines.duckdb.objects import Bucket, ObjectFiles, ObjectShelf

        bucket = Bucket(place)
        files = ObjectFiles(folder, bucket)
        return Estate(folder, ObjectShelf(folder, bucket), DuckEngine(folder, prices, made, files.fetch_all), files)
    if separator and scheme != "file":
        raise BadInput(
            t("{scheme}:// is not a place that the estate can be kept in.", scheme=scheme),
            where="estate",
            next_step=t("Write s3://bucket/prefix, or a folder."),
        )
    here = Path(place.removeprefix("file://")).expanduser().absolute() if place else folder
    here.mkdir(parents=True, exist_ok=True)
    return Estate(here, ParquetShelf(here), DuckEngine(here, prices, made), LocalFiles())
