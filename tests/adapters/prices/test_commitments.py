"""Offers of commitments: the packaged ones make sense, one's own go first, and what is wrong is named."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from skywright.adapters.prices.commitments import COLUMNS, OPTIONAL, offers, read, written
from skywright.model.commitment import Basis
from skywright.model.errors import BadInput

ROW = "Plan,aws|amazon*,*,m5.*,12,no upfront,0.6,0,1,money,my contract,2026-05"


def own(tmp_path: Path, *rows: str, head: str = ",".join(COLUMNS)) -> Path:
    path = tmp_path / "offers.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_every_packaged_offer_has_source_and_date_and_saves_something():
    packaged = offers()
    assert len(packaged) > 1000
    assert all(one.source and one.dated for one in packaged)
    assert all(Decimal("0.2") <= one.ratio <= Decimal("0.9") for one in packaged)
    assert {one.term_months for one in packaged} == {12, 36}


def test_an_offer_serves_its_provider_region_and_type():
    (one,) = [
        offer
        for offer in offers()
        if (offer.product, offer.region, offer.match) == ("Reserved instance", "eu-central-1", "m5.large")
    ]
    assert one.serves("AWS", "eu-central-1", "m5.large")
    assert one.serves("Amazon Web Services", "eu-central-1", "m5.large")
    assert not one.serves("AWS", "eu-central-1", "m5.xlarge")
    assert not one.serves("AWS", "eu-west-1", "m5.large")
    assert not one.serves("Google Cloud", "eu-central-1", "m5.large")
    assert one.name == "Reserved instance m5.large eu-central-1, 3 y, all upfront"


def test_ones_own_row_takes_the_place_of_the_packaged_one(tmp_path: Path):
    packaged = next(one for one in offers() if one.basis is Basis.PERCENTAGE and one.term_months == 12)
    place = f"{packaged.product},{packaged.provider},{packaged.region},{packaged.match},12,{packaged.payment}"
    found = offers(own=own(tmp_path, f"{place},0.5,0,2,money,my contract,2026-05", ROW))
    assert len(found) == len(offers()) + 1
    assert [one.ratio for one in found if one.source == "my contract"] == [Decimal("0.5"), Decimal("0.6")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0.6,", ",x,", "ratio 'x' is not a number from 0 to 1. Mend the row."),
        (
            ",0.6,",
            ",1,",
            "A ratio of 1 saves nothing or everything. Give the committed price over the on-demand price: 0.63 for 37 % off.",
        ),
        (",0.6,0,", ",0.6,2,", "upfront '2' is not a number from 0 to 1. Mend the row."),
        (",12,", ",13,", "'13' is no term in months. Write one of 1, 12, 36, 60."),
        ("money", "gold", "unit is one of instance, money, and order a whole number. Mend the row."),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str):
    path = own(tmp_path, ROW, ROW.replace(old, new))
    with pytest.raises(BadInput) as caught:
        offers(path)
    assert str(caught.value) == f"{path}:3: {message}"


def test_operating_system_and_basis_may_be_said(tmp_path: Path):
    head = ",".join((*COLUMNS, *OPTIONAL))
    (one,) = [
        found for found in offers(own=own(tmp_path, f"{ROW},windows|rhel,up to,", head=head)) if found.source == "my contract"
    ]
    assert (one.system, one.basis) == ("windows|rhel", Basis.UP_TO)
    assert one.serves("AWS", "x", "m5.large", "windows")
    assert not one.serves("AWS", "x", "m5.large")
    with pytest.raises(BadInput) as caught:
        offers(own=own(tmp_path, f"{ROW},*,guess,", head=head))
    message = "basis 'guess' is none of price, percentage, sibling, up to. Leave it empty for prices of your own."
    assert str(caught.value) == f"{tmp_path / 'offers.csv'}:2: {message}"


def test_every_cloud_has_offers_and_what_is_only_up_to_says_so():
    rows = {(one.product, one.basis) for one in offers()}
    assert {("Reserved VM instance", Basis.SIBLING), ("Savings plan for compute", Basis.UP_TO)} <= rows
    assert {one.basis for one in offers() if one.product.startswith("Committed use")} == {Basis.PERCENTAGE}
    assert all("up to" in one.source for one in offers() if one.basis is Basis.UP_TO)


def test_missing_columns_and_files_are_named(tmp_path: Path):
    path = own(tmp_path, head="product,provider")
    with pytest.raises(BadInput) as caught:
        offers(path)
    assert str(caught.value).startswith(f"{path}:1: Columns are missing: region, match, term_months,")
    with pytest.raises(BadInput) as caught:
        offers(tmp_path / "none.csv")
    assert str(caught.value) == f"{tmp_path / 'none.csv'}: The file of offers cannot be read: No such file or directory. Mend it."
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput) as caught:
        offers(path)
    assert str(caught.value) == f"{path}: The file of offers is not UTF-8 text. Save it as UTF-8."


def test_a_plan_names_a_region_and_machines(tmp_path: Path):
    head = ",".join((*COLUMNS, *OPTIONAL))
    (one,) = [found for found in offers(own=own(tmp_path, f"{ROW},*,price,* m5.*", head=head)) if found.source == "my contract"]
    assert (one.plan, one.layer) == ("* m5.*", 2)
    with pytest.raises(BadInput) as caught:
        offers(own=own(tmp_path, f"{ROW},*,price,m5.*", head=head))
    assert str(caught.value) == (
        f"{tmp_path}/offers.csv:2: plan 'm5.*' is not a region and a type of machine. Write both, as in `* *.*`, or leave it empty."
    )


def test_what_was_asked_for_goes_before_the_packaged_and_ones_own_before_that(tmp_path: Path):
    packaged = next(one for one in offers() if one.basis is Basis.PERCENTAGE)
    for name, ratio in (("asked.csv", "0.5"), ("own.csv", "0.4")):
        (tmp_path / name).write_text(written([replace(packaged, ratio=Decimal(ratio))]), encoding="utf-8")
    assert len(offers(tmp_path / "asked.csv")) == len(offers())
    for files, ratio, layer in ((("asked.csv",), "0.5", 1), (("asked.csv", "own.csv"), "0.4", 2)):
        (found,) = [one for one in offers(*(tmp_path / name for name in files)) if one.layer]
        assert (found.ratio, found.layer) == (Decimal(ratio), layer)
        assert replace(found, ratio=packaged.ratio, layer=0) == packaged


def test_offers_are_read_as_they_were_written(tmp_path: Path):
    (tmp_path / "o.csv").write_text(written(offers()), encoding="utf-8")
    assert tuple(read(tmp_path / "o.csv")) == offers()
