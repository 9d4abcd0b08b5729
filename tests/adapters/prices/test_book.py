"""The price book: what is known, what is not, and a user's discounts."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.prices import BookPrices
from skywright.adapters.prices.book import LIST_PRICES, discount_for
from skywright.model.errors import BadInput
from skywright.model.schema import MADE_TABLES
from skywright.model.settings import Discount


def amount(book, region, sku, kind="compute.instance", unit="hour"):
    found = duckdb.execute(
        "SELECT amount, source, dated FROM read_parquet($1) WHERE region = $2 AND sku = $3 AND kind = $4 AND unit = $5",
        [str(book.table()), region, sku, kind, unit],
    ).fetchall()
    return found[0] if found else None


PRICES = [
    # name                                        region       sku           expected
    ("the newest source wins", "us-east-1", "m5.large", (Decimal("0.096"), "karpenter", "2026-07-20")),
    ("the older one where it is alone", "eu-west-1", "t3.micro", (Decimal("0.0114"), "libcloud", "2025-03-02")),
    ("0.0 means not known, and no two siblings agree: no row", "ap-south-1", "c4.xlarge", None),
    ("0.0 means not known, but its siblings are", "eu-west-1", "m5.xlarge", (Decimal("0.214"), "family-factor", "2025-03-02")),
    (
        "dedicated tenancy is not taken for the list price",
        "eu-west-1",
        "m5.large",
        (Decimal("0.107"), "family-factor", "2025-03-02"),
    ),
    ("dedicated tenancy, the factor is 1", "us-west-2", "m5.large", (Decimal("0.096"), "family-factor", "2025-03-02")),
    ("a local zone is no region", "us-west-2-lax-1", "t3.micro", None),
    ("Google Cloud: cores and memory added up", "europe-west1", "e2-standard-8", (Decimal("0.29486184"), "libcloud", "2025-03-02")),
    (
        "Google Cloud: 0.213668, less what a full month takes off",
        "europe-west1",
        "n2-standard-4",
        (Decimal("0.17097713"), "libcloud, sustained use", "2025-03-02"),
    ),
    ("Google Cloud: a quarter of a core", "europe-west1", "e2-micro", (Decimal("0.00921443"), "libcloud", "2025-03-02")),
    ("Azure, spelled as Azure spells it", "westeurope", "Standard_D2s_v3", (Decimal("0.12"), "libcloud", "2025-03-02")),
    ("Azure: a size whose shape its name does not tell", "westeurope", "Standard_NC6", None),
    ("no such type", "us-east-1", "m5.enormous", None),
]


@pytest.mark.parametrize(("name", "region", "sku", "expected"), PRICES, ids=[case[0] for case in PRICES])
def test_instance_prices(name, region, sku, expected):
    assert amount(BookPrices(), region, sku) == expected


def test_every_price_has_a_source_a_date_and_is_above_zero():
    bad = duckdb.execute(
        "SELECT * FROM read_parquet($1) WHERE NOT amount > 0 OR coalesce(source, '') = '' OR dated NOT LIKE '20__-__%'",
        [str(LIST_PRICES)],
    ).fetchall()
    assert bad == []


def test_one_price_for_one_thing():
    twice = duckdb.execute(
        "SELECT cloud, region, kind, sku, unit FROM read_parquet($1) GROUP BY ALL HAVING count(*) > 1", [str(LIST_PRICES)]
    ).fetchall()
    assert twice == []


def test_china_is_priced_in_its_own_currency():
    found = duckdb.execute("SELECT DISTINCT currency FROM read_parquet($1) WHERE region LIKE 'cn-%'", [str(LIST_PRICES)]).fetchall()
    assert found == [("CNY",)]


def test_the_table_has_the_columns_that_the_engine_shows(tmp_path):
    for book in (BookPrices(), BookPrices([Discount(percent=5)], tmp_path)):
        shown = duckdb.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(book.table())]).fetchall()
        assert {row[0]: row[1] for row in shown} == MADE_TABLES["price"]


def test_a_discount_comes_off_where_it_matches(tmp_path):
    book = BookPrices([Discount(percent=10, kind="compute.*", region="us-*")], tmp_path)
    assert amount(book, "us-east-1", "m5.large")[0] == Decimal("0.0864")
    assert amount(book, "eu-west-1", "t3.micro")[0] == Decimal("0.0114")
    assert amount(book, "us-east-1", "gp3", "storage.volume", "gib-month")[0] == Decimal("0.08")


def test_a_discounted_table_is_made_once_and_differs_by_discount(tmp_path):
    first, again = (BookPrices([Discount(percent=10)], tmp_path).table() for _ in range(2))
    other = BookPrices([Discount(percent=11)], tmp_path).table()
    assert first == again != other
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({first.name, other.name})


def test_a_cache_that_cannot_be_written_is_no_hindrance(tmp_path):
    (tmp_path / "file").write_text("")
    assert amount(BookPrices([Discount(percent=50)], tmp_path / "file"), "us-east-1", "m5.large")[0] == Decimal("0.048")


DISCOUNTS = [
    ("none", [], "0"),
    (
        "the exact kind beats the glob",
        [Discount(percent=30, kind="compute.instance"), Discount(percent=20, kind="compute.*")],
        "30",
    ),
    ("in any order", [Discount(percent=20, kind="compute.*"), Discount(percent=30, kind="compute.instance")], "30"),
    ("a glob beats everything", [Discount(percent=20, kind="compute.*"), Discount(percent=5)], "20"),
    (
        "two parts beat one",
        [Discount(percent=7, kind="compute.instance", region="us-east-1"), Discount(percent=9, kind="compute.instance")],
        "7",
    ),
    ("the later of two equals", [Discount(percent=7), Discount(percent=9)], "9"),
    ("another region", [Discount(percent=7, region="eu-*")], "0"),
    ("another cloud", [Discount(percent=7, cloud="gcp")], "0"),
]


@pytest.mark.parametrize(("name", "discounts", "expected"), DISCOUNTS, ids=[case[0] for case in DISCOUNTS])
def test_one_discount_applies(name, discounts, expected):
    assert discount_for(discounts, "aws", "us-east-1", "compute.instance") == Decimal(expected)


@given(st.lists(st.builds(Discount, percent=st.floats(0, 100), kind=st.sampled_from(["*", "compute.*", "compute.instance", "x"]))))
def test_never_more_comes_off_than_the_largest_discount(discounts):
    assert (
        0
        <= discount_for(discounts, "aws", "eu-west-1", "compute.instance")
        <= max((Decimal(str(d.percent)) for d in discounts), default=0)
    )


def test_a_senseless_discount_is_refused():
    with pytest.raises(BadInput) as caught:
        BookPrices([Discount(percent=120)])
    assert str(caught.value) == "prices.discounts: A discount of 120 percent makes no sense. Give a number from 0 to 100."


def test_offers_have_shapes_and_prices():
    offers = BookPrices().offers("aws", "us-east-1")
    offer = offers["m5.2xlarge"]
    assert (offer.family, offer.vcpus, offer.memory_mib, offer.architecture, offer.burstable) == ("m5", 8, 32768, "x86_64", False)
    assert offer.hourly == Decimal("0.384")
    assert offers["t4g.micro"].burstable
    assert offers["t4g.micro"].architecture == "arm64"


@pytest.mark.parametrize(
    ("cloud", "region", "name", "vcpus", "memory_mib", "burstable"),
    [
        ("gcp", "europe-west1", "n1-highcpu-8", 8, 7372, False),
        ("gcp", "us-central1", "e2-medium", 2, 4096, True),
        ("azure", "eastus", "Standard_E64s_v4", 64, 516096, False),
        ("azure", "eastus", "Standard_DS13_v2", 8, 57344, False),
        ("azure", "eastus", "Standard_B2ms", 2, 8192, True),
    ],
)
def test_offers_of_other_clouds(cloud, region, name, vcpus, memory_mib, burstable):
    offer = BookPrices().offers(cloud, region)[name]
    assert (offer.vcpus, offer.memory_mib, offer.burstable) == (vcpus, memory_mib, burstable)
    assert offer.hourly


def test_a_type_on_offer_at_an_unknown_price_is_offered_without_one():
    assert BookPrices().offers("aws", "ap-south-1")["c4.xlarge"].hourly is None
    assert BookPrices().offers("aws", "nowhere-1") == {}
