"""The price book: a packaged Parquet table of list prices, with the user's discounts and own prices laid over it."""

import csv
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from skywright.adapters.prices.own import OwnPrice, read_own_prices
from skywright.adapters.prices.tariffs import COST_SQL
from skywright.model.canonical import canonical
from skywright.model.errors import BadInput
from skywright.model.settings import Discount

if TYPE_CHECKING:
    import duckdb

DATA = Path(__file__).parent / "data"
LIST_PRICES = DATA / "prices.parquet"
SHAPES = DATA / "types.csv"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One instance type in one region. ``hourly`` None: it is on offer there at a price that is not known."""

    name: str
    family: str
    vcpus: int
    memory_mib: int
    architecture: str
    burstable: bool
    hourly: Decimal | None


class BookPrices:
    """List prices with the user's discounts on top (ports.other.PriceBook).

    One discount applies to a price: the most specific that matches (see ``discount_for``). ``files`` hold prices of the user's
    own (see ``own``): each takes the place of the list price of the same thing; of two files the later one's word counts.
    ``cache`` is where the table is kept that comes of it; by default the user's cache folder.
    """

    def __init__(self, discounts: Sequence[Discount] = (), cache: Path | None = None, files: Sequence[Path] = ()) -> None:
        for discount in discounts:
            if not 0 <= discount.percent <= 100:
                raise BadInput(
                    f"A discount of {discount.percent:g} percent makes no sense.",
                    where="prices.discounts",
                    next_step="Give a number from 0 to 100.",
                )
        self._discounts = tuple(discounts)
        self._cache = cache
        self._files = tuple(files)

    def table(self) -> Path:
        """The Parquet file of prices; the packaged one when the user adds nothing to it. Raises BadInput for a bad price file."""
        return self._discounted if self._discounts or self._files else LIST_PRICES

    def cost_sql(self) -> Mapping[str, str]:
        """Kind -> SELECT that prices the kind's table."""
        return COST_SQL

    def offers(self, cloud: str, region: str) -> Mapping[str, Offer]:
        """Instance types on offer in a region, by name. A region that no source knows has none."""
        import duckdb

        with duckdb.connect() as base:
            found = base.execute(
                "SELECT sku, amount FROM read_parquet($file)"
                " WHERE cloud = $cloud AND region = $region AND kind = 'compute.instance' AND unit = 'hour'",
                {"file": str(self.table()), "cloud": cloud, "region": region},
            ).fetchall()
        prices: dict[str, Decimal] = dict(found)
        return {
            row["name"]: _offer(row, prices)
            for row in _shapes()
            if row["cloud"] == cloud and (row["name"] in prices or region in row["unpriced"].split())
        }

    @cached_property
    def _discounted(self) -> Path:
        own = [price for file in self._files for price in read_own_prices(file)]
        name = hashlib.sha256(canonical((self._discounts, own)) + LIST_PRICES.read_bytes()).hexdigest()[:24]
        path = _writable(self._cache) / f"prices-{name}.parquet"
        if not path.exists():
            _write_discounted(path, self._discounts, own)
        return path


def discount_for(discounts: Sequence[Discount], cloud: str, region: str, kind: str) -> Decimal:
    """The percentage off for a price: of the discounts that match, the most specific one's; discounts are never multiplied.

    More specific is: more parts (kind, region, cloud) without a wildcard; then more parts that are not a bare ``*``; then the
    one that stands later in the configuration. No match: 0.
    """
    value = (kind, region, cloud)
    best, best_rank = Decimal(0), (-1, -1)
    for discount in discounts:
        globs = (discount.kind, discount.region, discount.cloud)
        if all(fnmatchcase(part, glob) for part, glob in zip(value, globs, strict=True)):
            rank = (sum(not set(glob) & set("*?[") for glob in globs), sum(glob != "*" for glob in globs))
            if rank >= best_rank:
                best, best_rank = Decimal(str(discount.percent)), rank
    return best


def _write_discounted(path: Path, discounts: Sequence[Discount], own: Sequence[OwnPrice]) -> None:
    """List prices x discounts, and the user's own -> a new file, whole or not at all."""
    import duckdb

    with duckdb.connect() as base:
        base.execute("CREATE TABLE list AS SELECT * FROM read_parquet($file)", {"file": str(LIST_PRICES)})
        places = base.execute("SELECT DISTINCT cloud, region, kind FROM list").fetchall()
        base.execute("CREATE TABLE off (cloud VARCHAR, region VARCHAR, kind VARCHAR, percent DECIMAL(9, 6))")
        base.executemany("INSERT INTO off VALUES ($1, $2, $3, $4)", [(*place, discount_for(discounts, *place)) for place in places])
        base.execute(
            "CREATE TABLE ours AS SELECT list.* REPLACE ((amount::DECIMAL(24, 8) * (1 - percent / 100))::DECIMAL(18, 8) AS amount)"
            " FROM list JOIN off USING (cloud, region, kind)"
        )
        if own:
            _lay_over(base, own)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
        os.close(handle)
        base.table("ours").write_parquet(draft, compression="zstd")
    Path(draft).replace(path)


def _lay_over(base: "duckdb.DuckDBPyConnection", own: Sequence[OwnPrice]) -> None:
    """Put the user's own prices in the place of those of the same things. A type that the list knows keeps its shape."""
    base.execute(
        "CREATE TABLE own (cloud VARCHAR, region VARCHAR, kind VARCHAR, sku VARCHAR, unit VARCHAR, amount DECIMAL(18, 8),"
        " currency VARCHAR, dated VARCHAR, vcpus BIGINT, memory_mib BIGINT, source VARCHAR)"
    )
    base.executemany(
        "INSERT INTO own VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [msgspec.structs.astuple(price) for price in {(p.cloud, p.region, p.kind, p.sku, p.unit): p for p in own}.values()],
    )
    base.execute(
        "CREATE TABLE with_own AS SELECT * FROM ours ANTI JOIN own USING (cloud, region, kind, sku, unit)"
        " UNION ALL BY NAME SELECT own.* EXCLUDE (vcpus, memory_mib), coalesce(own.vcpus, shape.vcpus) AS vcpus,"
        " coalesce(own.memory_mib, shape.memory_mib) AS memory_mib, coalesce(shape.family, own.sku) AS family,"
        " coalesce(shape.series, own.sku) AS series, shape.generation, shape.architecture,"
        " coalesce(shape.burstable, false) AS burstable,"
        " shape.baseline_pct, coalesce(shape.bare_metal, false) AS bare_metal,"
        " coalesce(shape.class, own.sku) AS class, shape.local_disk, shape.network_mbps, shape.disk_mbps"
        " FROM own LEFT JOIN (SELECT DISTINCT ON (cloud, sku) * FROM ours WHERE kind = 'compute.instance') shape"
        " ON own.kind = 'compute.instance' AND shape.cloud = own.cloud AND shape.sku = own.sku"
    )
    base.execute("CREATE OR REPLACE TABLE ours AS FROM with_own")


def _writable(cache: Path | None) -> Path:
    """The folder to keep derived tables in; a temporary one when the user's cache cannot be written."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache or home / "skywright"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="skywright-prices-"))


def _shapes() -> list[dict[str, str]]:
    with SHAPES.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _offer(row: dict[str, str], prices: Mapping[str, Decimal]) -> Offer:
    return Offer(
        name=row["name"],
        family=row["family"],
        vcpus=int(row["vcpus"]),
        memory_mib=int(row["memory_mib"]),
        architecture=row["architecture"],
        burstable=row["burstable"] == "true",
        hourly=prices.get(row["name"]),
    )
