"""A user's own prices: what they replace, and what is wrong with a bad file."""

from decimal import Decimal

import duckdb
import pytest

from skywright.adapters.prices import BookPrices
from skywright.adapters.prices.own import read_own_prices
from skywright.model.errors import BadInput
from skywright.model.settings import Discount

HEAD = "cloud,region,kind,sku,unit,amount,currency\n"


def written(folder, text, name="ours.csv"):
    path = folder / name
    path.write_text(text)
    return path


def prices(book, sku):
    return duckdb.execute(
        "SELECT cloud, region, amount, currency, source, dated, vcpus, memory_mib FROM read_parquet($1)"
        " WHERE unit <> 'hour-windows' AND sku = $2 AND region IN ('eu-west-1', 'rack-1')",
        [str(book.table()), sku],
    ).fetchall()


def test_our_own_price_goes_before_the_list_and_no_discount_comes_off_it(tmp_path):
    file = written(tmp_path, HEAD + "aws,eu-west-1,compute.instance,m5.large,hour,0.05,EUR\n")
    book = BookPrices([Discount(percent=50)], tmp_path, [file])
    assert prices(book, "m5.large") == [("aws", "eu-west-1", Decimal("0.05"), "EUR", "ours.csv", "", 2, 8192)]
    assert prices(book, "m5.xlarge")[0][2] == Decimal("0.107")


def test_what_no_list_knows_is_added_with_its_shape(tmp_path):
    head = HEAD.strip() + ",dated,vcpus,memory_mib\n"
    file = written(tmp_path, head + "openstack,rack-1,compute.instance,c4m16,hour,0.02,USD,2026-10,4,16384\n")
    assert prices(BookPrices((), tmp_path, [file]), "c4m16") == [
        ("openstack", "rack-1", Decimal("0.02"), "USD", "ours.csv", "2026-10", 4, 16384)
    ]


def test_of_two_files_the_later_ones_word_counts(tmp_path):
    line = "aws,eu-west-1,compute.instance,m5.large,hour,{},USD\n"
    files = [written(tmp_path, HEAD + line.format(amount), f"{amount}.csv") for amount in ("0.3", "0.2")]
    assert [row[2] for row in prices(BookPrices((), tmp_path, files), "m5.large")] == [Decimal("0.2")]


LINE = "aws,eu-west-1,storage.volume,gp3,gib-month,0.08,USD\n"
BAD = [
    ("no column", "cloud,region\n", ":1: Columns are missing: kind, sku, unit, amount, currency."),
    ("nothing in it", HEAD + "aws,,storage.volume,gp3,gib-month,0.08,USD\n", ":2: There is nothing in region."),
    ("no number", HEAD + LINE.replace("0.08", "cheap"), ":2: 'cheap' is no amount."),
    ("not a number", HEAD + LINE.replace("0.08", "NaN"), ":2: A price of NaN makes no sense."),
    ("below zero", HEAD + LINE.replace("0.08", "-1"), ":2: A price of -1 makes no sense."),
    ("too fine", HEAD + LINE.replace("0.08", "0.000000001"), ":2: 0.000000001 has more than eight digits after the point."),
    ("no currency", HEAD + LINE.replace("USD", "dollars"), ":2: 'dollars' is no currency code, such as USD."),
    ("twice", HEAD + LINE + LINE, ":3: The price of aws eu-west-1 storage.volume gp3 gib-month stands in line 2 too."),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD, ids=[name for name, *_ in BAD])
def test_a_bad_file_is_refused_with_its_line(name, text, said, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(BadInput) as error:
        read_own_prices(path)
    assert str(error.value).startswith(f"{path}{said}")


def test_a_unit_that_nobody_knows_is_refused_with_those_that_are(tmp_path):
    path = written(tmp_path, HEAD + LINE.replace("gib-month", "gib"))
    with pytest.raises(BadInput, match="'gib' is no unit; there are: hour, gib-month, iops-month, mibps-month"):
        read_own_prices(path)


def test_a_date_that_is_none_is_refused(tmp_path):
    path = written(tmp_path, HEAD.strip() + ",dated\n" + LINE.strip() + ",last week\n")
    with pytest.raises(BadInput, match="'last week' is no date, such as 2026-11-01"):
        read_own_prices(path)


def test_no_file_is_told(tmp_path):
    with pytest.raises(BadInput) as error:
        BookPrices((), tmp_path, [tmp_path / "none.csv"]).table()
    assert str(error.value) == f"{tmp_path / 'none.csv'}: There is no such file. Correct prices.files."
