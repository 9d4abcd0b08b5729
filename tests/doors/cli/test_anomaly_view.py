"""Anomalies in words: what moved, and what happened, with no more said than is known."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from skywright.doors.cli import anomaly_view as view
from skywright.topics.cost.anomalies.nouns import Anomaly, Driver, Effects, Event, Explanation, Report, Shape, Sort

EVENT = Event(
    source="run", resource="cloud:1:eu:compute.instance/i-0web", what="type a -> b", since=datetime(2026, 10, 13, 7, 30),
    until=datetime(2026, 10, 13, 7, 30), who="ana",
)  # fmt: skip


def anomaly(**more: Any) -> Anomaly:
    values = {
        "sort": Sort.USAGE, "shape": Shape.RISE, "dimensions": ("account", "service"), "key": ("acct-1", "Machines"),
        "currency": "USD", "since": date(2026, 10, 13), "until": date(2026, 10, 13), "expected": Decimal(100),
        "actual": Decimal("180.123456789012345678"), "impact": Decimal("80.123456789012345678"), "deviations": 9.0,
    }  # fmt: skip
    return Anomaly(**{**values, **more})


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "2026-10-13"),
        ({"until": date(2026, 10, 15)}, "2026-10-13..15"),
        ({"until": date(2026, 11, 2)}, "2026-10-13..11-02"),
        ({"hour": datetime(2026, 10, 13, 14)}, "2026-10-13 14:00"),
    ],
)
def test_when(more: dict[str, Any], text: str) -> None:
    assert view.days(anomaly(**more)) == text


@pytest.mark.parametrize(
    ("volume", "price", "text"),
    [("80", "1", "volume +80.00"), ("-1", "80", "price +80.00"), ("50", "30", "volume +50.00, price +30.00")],
)
def test_volume_and_price(volume: str, price: str, text: str) -> None:
    assert view.effects(Effects(Decimal(volume), Decimal(price))) == text


def test_the_cause_names_shape_drivers_and_what_offsets_it() -> None:
    name = "arn:x:ec2:eu-west-1:1:instance/i-0web"
    driver = Driver(dimension="resource", value=name, expected=Decimal(1), actual=Decimal(9), share=0.97, surprise=0.1)
    one = anomaly(shape=Shape.NEW, drivers=(driver,), offset_by="acct-2 / Machines")
    assert view.cause(one) == "new; resource i-0web 97%; offset by acct-2 / Machines"
    assert view.short("x" * 50) == "x" * 31 + "…"
    assert view.where(anomaly(sort=Sort.CREDIT)) == "acct-1 / Machines (credit)"
    assert view.where(anomaly(key=())) == "everything"
    assert [view.shape(one) for one in Shape] == ["rise", "drop", "new", "gone"]


@pytest.mark.parametrize(
    ("before", "after", "text"), [(0, 9, "resource new vm 97%"), (9, 0, "resource gone vm 97%"), (1, 9, "resource vm 97%")]
)
def test_what_came_and_what_went_is_said_to_have(before: int, after: int, text: str) -> None:
    driver = Driver(dimension="resource", value="vm", expected=Decimal(before), actual=Decimal(after), share=0.97, surprise=0.1)
    assert view.cause(anomaly(drivers=(driver,))) == text


def test_what_is_only_near_is_said_to_be_so() -> None:
    sure, near = Explanation(EVENT, True, 1.0), Explanation(EVENT, False, 1.0)
    assert view.explained([sure]) == "type a -> b (i-0web, 10-13 07:30, ana)"
    assert view.explained([near, near]) == "perhaps: type a -> b (i-0web, 10-13 07:30, ana) +1"
    assert view.explained([]) == ""


def test_json_keeps_every_digit() -> None:
    report = Report((anomaly(),), date(2026, 10, 1), date(2026, 10, 31), 3)
    assert view.plain(report)["anomalies"][0]["impact"] == "80.123456789012345678"
