"""Rows of bills -> what ran, stood or moved; or why that cannot be told."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from skywright.topics.carbon.read import Kind, Line, estimated, measured


@pytest.mark.parametrize(
    ("unit", "quantity", "expected"),
    [
        ("Hours", 3, (None, 3)),
        ("Hrs", 3, (None, 3)),
        ("1 Hour", 2, (None, 2)),
        ("100 Hours", 2, (None, 200)),
        ("Seconds", 7200, (None, 2)),
        ("GB", 5, (5, None)),
        ("GiB", 1, (1.073741824, None)),
        ("10 GB", 5, (50, None)),
        ("Bytes", 1e9, (1, None)),
        ("TB", 2, (2000, None)),
        ("GB-Months", 5, (5, 730.5)),
        ("GB-Mo", 5, (5, 730.5)),
        ("GB-Hours", 5, (5, 1)),
        ("GB/Month", 1, (1, 730.5)),
        ("Requests", 5, (None, None)),
        ("10K", 5, (None, None)),
        ("", 5, (None, None)),
        ("IOPS-Months", 1, (None, 730.5)),
        ("GiB/Second-Months", 1, (None, 1 / 3600)),
    ],
)
def test_units(unit, quantity, expected):
    assert measured(unit, quantity) == pytest.approx(expected)


def line(text, unit, quantity=1.0, **more):
    given = {"provider": "AWS", "service": "Service", "category": "Compute", "region": "eu-west-1", "currency": "USD", **more}
    return Line(text=text, unit=unit, quantity=quantity, cost=Decimal(1), **given)


CASES = [
    (line("$0.096 per On Demand Linux m5.large Instance Hour", "Hours"), Kind.MACHINE, ""),
    (line("D2 v3/D2s v3 - EU West", "1 Hour", provider="Microsoft"), Kind.MACHINE, ""),
    (line("E2 instance", "Hours", provider="Google", machine_type="e2-standard-2"), Kind.MACHINE, ""),
    (line("RDS db.m5.large", "Hours"), Kind.MACHINE, ""),
    (line("AWS Fargate - vCPU - US West 2", "Hours"), Kind.VCPU, ""),
    (line("N2 Instance Core running in Americas", "Hours", provider="Google"), Kind.VCPU, ""),
    (line("N2 Instance Core running in Frankfurt", "seconds", provider="Google", machine_type="n2-standard-4"), Kind.VCPU, ""),
    (line("Virtual Machines", "1 Hour", provider="Microsoft", machine_type="Standard_D2s_v3"), Kind.MACHINE, ""),
    (line("N2 Instance Ram running in Americas", "GB-Hours", provider="Google"), Kind.VCPU, ""),
    (line("AWS Lambda - Total Compute", "Lambda-GB-Seconds"), Kind.VCPU, ""),
    (line("AWS Lambda - Total Compute", "GB-Seconds", service="AWS Lambda"), Kind.VCPU, ""),
    (line("$0.08 per GB-month of gp3", "GB-Months"), Kind.STORAGE, ""),
    (line("data transfer out", "GB"), Kind.NETWORK, ""),
    (line("something", "GB", category="Networking"), Kind.NETWORK, ""),
    (line("g5.4xlarge Instance Hour", "Hours"), Kind.NONE, "machine types without published watts: g5.4xlarge"),
    (line("NAT Gateway Hour", "Hours"), Kind.NONE, "hours of no named machine type"),
    (line("requests", "Requests"), Kind.NONE, "nothing but a count (Requests)"),
    (line("requests", ""), Kind.NONE, "nothing but a count (no unit)"),
    (line("scanned", "GB", category="Analytics"), Kind.NONE, "GB that are neither kept nor sent"),
]


@pytest.mark.parametrize(("row", "kind", "why"), CASES)
def test_lines(row, kind, why):
    made = estimated(row)
    assert (made.kind, made.why) == (kind, why)
    assert (made.emission.kwh.high > 0) is (kind is not Kind.NONE)


def test_usage_that_is_taken_back_takes_its_emission_back():
    there, back = estimated(line("m5.large", "Hours", 5.0)), estimated(line("m5.large", "Hours", -5.0))
    assert there.emission.kwh.likely == -back.emission.kwh.likely
    assert back.emission.kg.low <= back.emission.kg.likely <= back.emission.kg.high < 0


def test_a_price_list_lends_shapes():
    made = estimated(line("m9i.large Instance Hour", "Hours"), shape=lambda _place, name: (2, 8) if name == "m9i.large" else None)
    assert made.kind is Kind.MACHINE
    assert made.emission.embodied_kg.high == 0


def test_cores_of_a_known_series_are_of_its_chips_and_bear_their_share_of_the_servers():
    core = line("E2 Instance Core running in Frankfurt", "Hours", 8.0, provider="Google")
    unnamed, named = estimated(core).emission, estimated(replace(core, machine_type="e2-*")).emission
    machine = estimated(line("E2", "Hours", 1.0, provider="Google", machine_type="e2-highcpu-8")).emission
    assert named.kwh.high - named.kwh.low < unnamed.kwh.high - unnamed.kwh.low
    assert unnamed.embodied_kg.likely == 0
    assert named.embodied_kg.likely == pytest.approx(machine.embodied_kg.likely)
    assert named.kwh.low == pytest.approx(machine.kwh.low)
    assert 0.9 < named.kwh.high / machine.kwh.high < 1  # without the machine's memory, which is billed apart
    assert estimated(replace(core, machine_type="zz9-*")).emission == unnamed


def test_cores_are_not_machines_though_their_machine_is_named():
    core = line("N2 Instance Core running in Frankfurt", "Hours", 4.0, provider="Google", machine_type="n2-standard-4")
    whole = line("N2", "Hours", 1.0, provider="Google", machine_type="n2-standard-4")
    assert estimated(core).emission.embodied_kg.likely == pytest.approx(estimated(whole).emission.embodied_kg.likely)
    assert estimated(core, 20.0).emission.kwh.likely < estimated(core).emission.kwh.likely
