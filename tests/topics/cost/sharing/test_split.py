"""Shared costs: every method, nested, to the last digit."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.cost_settings import CostSettings
from skywright.model.cost_shares import Method, Share, in_order
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.sharing.split import spread

DIRECT = {"net": Decimal("100.00"), "search": Decimal(30), "shop": Decimal(10), None: Decimal(5)}

FIXED = Share(name="net", method=Method.FIXED, percent={"a": Decimal("33.3"), "b": Decimal("66.7")})
METRIC = Share(name="net", method=Method.METRIC, metric="r")
ONE_MEASURE = "x: a metric or a usage is given where method is metric, and only there"


@pytest.mark.parametrize(
    ("share", "metrics", "expected"),
    [
        (Share(name="net", method=Method.EVEN), {}, {"search": "50.00", "shop": "50.00"}),
        (Share(name="net"), {}, {"search": "75.00", "shop": "25.00"}),
        (Share(name="net", among=["shop", "new"]), {}, {"shop": "100.00"}),
        (FIXED, {}, {"a": "33.30", "b": "66.70"}),
        (METRIC, {"net": {"a": Fraction(1), "b": Fraction(2)}}, {"a": "33.33", "b": "66.67"}),
        (msgspec.structs.replace(METRIC, among=["b"]), {"net": {"a": Fraction(1), "b": Fraction(2)}}, {"b": "100.00"}),
    ],
)  # fmt: skip
def test_methods(share, metrics, expected) -> None:
    found = spread(DIRECT, [share], metrics)
    assert {one.target: str(one.amount) for one in found.passed} == expected
    assert found.direct == {"search": 30, "shop": 10, None: 5}
    assert found.kept == ()


@pytest.mark.parametrize(
    ("direct", "share", "why"),
    [
        ({"net": 1}, Share(name="net", method=Method.EVEN), "there is nobody to share it with"),
        ({"net": 1, "a": -2}, Share(name="net"), "nobody to share it with has costs of their own"),
        ({"net": 1, "a": 2}, Share(name="net", method=Method.METRIC, metric="r"), "the metric has no number for them in that time"),
    ],
)
def test_what_can_be_given_to_nobody_is_kept_and_told(direct, share, why) -> None:
    found = spread({name: Decimal(amount) for name, amount in direct.items()}, [share], {})
    assert found.passed == ()
    assert [(one.share, one.amount, one.why) for one in found.kept] == [("net", 1, why)]


def test_a_share_that_feeds_another_is_split_before_it() -> None:
    shares = [
        Share(name="platform", among=["search", "shop"]),
        Share(name="net", method=Method.FIXED, percent={"platform": Decimal(40), "search": Decimal(60)}),
    ]
    found = spread({**DIRECT, "platform": Decimal(20)}, shares, {})
    assert [(one.share, one.target, str(one.amount)) for one in found.passed] == [
        ("net", "platform", "40.00"), ("net", "search", "60.00"), ("platform", "search", "45.00"), ("platform", "shop", "15.00"),
    ]  # fmt: skip
    assert (found.of("search"), found.of("shop")) == (135, 25)


def test_a_circle_is_refused_and_named() -> None:
    shares = [
        Share(name="a", among=["b"]),
        Share(name="b", among=["c"]),
        Share(name="c", among=["a"]),
        Share(name="d", among=["a"]),
    ]
    with pytest.raises(ValueError, match=r"^shares pass costs on in a circle: a -> b -> c -> a$"):
        in_order(shares)


@pytest.mark.parametrize(
    ("share", "message"),
    [
        ({"name": "x", "method": "fixed", "percent": {"a": "60", "b": "41"}}, "x: the percentages add up to 101, not to 100"),
        ({"name": "x", "method": "fixed", "percent": {"a": "-10", "b": "110"}}, "x: -10 % for a is no share"),
        ({"name": "x", "method": "fixed", "percent": {"a": "100"}, "among": ["b"]}, "x: percent already says among whom"),
        ({"name": "x", "method": "fixed"}, "x: percent is given where method is fixed, and only there"),
        ({"name": "x", "percent": {"a": "100"}}, "x: percent is given where method is fixed, and only there"),
        ({"name": "x", "method": "metric"}, ONE_MEASURE),
        ({"name": "x", "method": "metric", "metric": "a", "usage": "b"}, ONE_MEASURE),
        ({"name": "x", "metric": "a"}, ONE_MEASURE),
        ({"name": "x", "among": ["x"]}, "x would be shared with itself"),
        ({"name": "x", "where": {"servic": "y"}}, "there is no dimension servic (did you mean service?)"),
    ],
)  # fmt: skip
def test_shares_that_are_wrong(share, message) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(share, Share)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([{"name": "x"}, {"name": "x"}], "there are two shares named x"),
        ([{"name": "x", "among": ["y"]}, {"name": "y", "among": ["x"]}], "shares pass costs on in a circle: x -> y -> x"),
    ],
)
def test_shares_that_do_not_go_together(shares, message) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"shares": shares}, CostSettings)
    assert str(caught.value) == message


AMOUNT = st.decimals(-(10**12), 10**12, places=18)
METHODS = st.sampled_from([Method.EVEN, Method.PROPORTIONAL, Method.METRIC])


@st.composite
def worlds(draw):
    """Random cost centres, and shares each of which may feed those after it."""
    count = draw(st.integers(1, 4))
    names = [f"share{index}" for index in range(count)]
    centers = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True))
    direct = {name: draw(AMOUNT) for name in [*names, *centers, None]}
    shares, metrics = [], {}
    for index, name in enumerate(names):
        among = draw(st.lists(st.sampled_from([*names[index + 1 :], "a", "b", "e"]), unique=True))
        method = draw(METHODS)
        shares.append(Share(name=name, method=method, among=among, metric="m" if method is Method.METRIC else ""))
        metrics[name] = {target: Fraction(draw(st.integers(0, 9))) for target in [*among, "f"]}
    return direct, draw(st.permutations(shares)), metrics


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_what_everyone_bears_adds_up_to_the_bill(world) -> None:
    direct, shares, metrics = world
    found = spread(direct, shares, metrics)
    names = {share.name for share in shares}
    centers = {one.target for one in found.passed} | {name for name in found.direct if name}
    borne = total([*(found.of(name) for name in centers - names), direct[None], *(one.amount for one in found.kept)])
    assert borne == total(direct.values())
