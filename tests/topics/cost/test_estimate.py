"""Sketches and prices as estimates: sums, what is unknown, what the user adds."""

from decimal import Decimal

import pytest

from skywright.model.errors import BadInput
from skywright.model.sketch import Part, Sketch, Sketched
from skywright.topics.cost.estimate import Priced, Usage, estimate, rows_of, with_usage


def part(kind="compute.instance", quantity=1, **columns):
    return Part(cloud="c", region="r", kind=kind, columns=columns, quantity=Decimal(quantity))


def price(monthly, currency="USD", note=""):
    return Priced(
        monthly=None if monthly is None else Decimal(monthly), currency=currency, source="list", dated="2026-01", note=note
    )


def priced(items, prices):
    """An estimate by prices of "address#side#part"."""
    sketch = Sketch(form="terraform", source="plan.json", items=tuple(items))
    ids = [row["id"] for rows in rows_of(sketch).values() for row in rows]
    return estimate(
        sketch, {identifier: prices[identifier.partition("/")[2]] for identifier in ids if identifier.partition("/")[2] in prices}
    )


def test_before_after_and_quantity_are_summed():
    item = Sketched(address="a", type="t", action="update", before={"x": part(type="s")}, after={"x": part(quantity=3, type="m")})
    found = priced([item], {"a#before#x": price("10"), "a#after#x": price("20.5")})
    assert (found.before, found.after, found.unknown) == ({"USD": Decimal(10)}, {"USD": Decimal("61.5")}, ())


def test_a_part_without_a_price_makes_its_address_unknown_and_the_rest_still_counts():
    item = Sketched(address="a", type="t", action="create", after={"x": part(type="s"), "y": part("storage.volume", type="gp3")})
    found = priced([item], {"a#after#x": price("10"), "a#after#y": price(None, note="no price known for gp3 in r")})
    assert (found.lines[0].after, found.after, found.unknown) == (None, {"USD": Decimal(10)}, ("a",))
    assert [cost.note for cost in found.lines[0].parts_after] == ["", "no price known for gp3 in r"]


def test_what_has_no_price_table_at_all_is_unknown_never_zero():
    item = Sketched(address="a", type="t", action="create", after={"x": part("log.group")})
    assert priced([item], {}).lines[0].parts_after[0].note == "no price is known for log.group"


def test_a_type_that_is_not_known_yet_is_said():
    item = Sketched(address="a", type="t", action="create", after={"x": part(type=None)})
    assert (
        priced([item], {"a#after#x": price(None, note="no price known for it in r")}).lines[0].parts_after[0].note
        == "its type is not known yet"
    )


def test_currencies_are_never_added():
    items = [
        Sketched(address="a", type="t", action="create", after={"x": part(type="s")}),
        Sketched(address="b", type="t", action="create", after={"x": part(type="s")}),
    ]
    found = priced(items, {"a#after#x": price("1"), "b#after#x": price("2", "EUR")})
    assert found.after == {"USD": Decimal(1), "EUR": Decimal(2)}


def bucket():
    return Sketch(
        form="terraform",
        source="plan.json",
        items=(Sketched(address="b", type="t", action="create", after={"x": part("storage.bucket")}),),
    )


def test_usage_fills_what_the_file_cannot_know():
    [item] = with_usage(bucket(), Usage({"b": {"size_gib": 500, "quantity": 2}}, "usage.yaml")).items
    assert (item.after["x"].columns, item.after["x"].quantity) == ({"size_gib": 500}, Decimal(2))


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"c": {}}, "usage.yaml: c is not in plan.json."),
        ({"b": {"wings": 2}}, "usage.yaml: b has no part with wings."),
    ],
)
def test_usage_of_what_is_not_there_is_told(usage, said):
    with pytest.raises(BadInput) as error:
        with_usage(bucket(), Usage(usage, "usage.yaml"))
    assert str(error.value).rstrip() == said
