"""Energy and emissions: figures worked by hand, and what ranges must keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.topics.carbon.energy import Disk, Place, machine, moved, ran, ran_vcpus, stood
from skywright.topics.carbon.facts import cloud_of, grid, machines, method, named_shape, pue, watts_per_vcpu
from skywright.topics.carbon.ranges import Range

IRELAND = Place("aws", "eu-west-1")


def test_an_hour_of_a_machine_worked_by_hand():
    one = machine(IRELAND, "m5.large")  # 2 vCPUs of Skylake: 0.644604 W idle, 4.193436 W busy; 8 GiB
    assert one is not None
    emission = ran(IRELAND, one, 1000, 50)
    cpu = 2 * (0.644604 + 0.5 * (4.193436 - 0.644604))
    memory = (8 - 2 * 1.5) * 0.392
    kwh = (cpu + memory) * 1.135
    assert emission.kwh.likely == pytest.approx(kwh)
    assert emission.use_kg.likely == pytest.approx(kwh * 0.316)
    assert emission.embodied_kg.likely == pytest.approx(one.server_embodied_kg * 2 / 96 * 1000 / (4 * 8766))


def test_unknown_utilisation_lies_between_idle_and_busy():
    one = machine(IRELAND, "c6g.large")
    assert one is not None
    unknown, idle, busy = (ran(IRELAND, one, 100, pct) for pct in (None, 0, 100))
    assert unknown.kwh.low <= idle.kwh.low
    assert unknown.kwh.high >= busy.kwh.high
    assert unknown.kwh.likely == pytest.approx((idle.kwh.likely + busy.kwh.likely) / 2)


def test_watts_of_a_whole_instance_widen_the_bounds_and_stand_for_its_accelerators():
    plain, fast = machine(IRELAND, "m5.large"), machine(IRELAND, "p3.2xlarge")
    assert plain is not None
    assert fast is not None
    assert ran(IRELAND, plain, 1, None).kwh.high >= plain.full_w / 1000
    assert ran(IRELAND, fast, 1, 100).kwh.likely == pytest.approx(fast.full_w / 1000 * 1.135)


def test_storage_and_network_worked_by_hand():
    terabyte_month = stood(IRELAND, 1000 * 730.5, Disk.HDD, as_objects=True)
    assert terabyte_month.kwh.likely == pytest.approx(0.65 * 730.5 / 1000 * 3 * 1.135)
    assert stood(IRELAND, 1000, Disk.SSD, as_objects=False).kwh.likely == pytest.approx(1.2 / 1000 * 2 * 1.135)
    unknown = stood(IRELAND, 1000, Disk.UNKNOWN, as_objects=False)
    assert unknown.kwh.low == pytest.approx(0.65 / 1000 * 1 * 1.07)
    assert moved(IRELAND, 1000).kwh.likely == pytest.approx(1.135)
    assert ran_vcpus(IRELAND, 10).embodied_kg == Range()


@pytest.mark.parametrize(
    ("cloud", "region", "kg", "known"),
    [
        ("aws", "eu-north-1", 0.008, True),
        ("azure", "westeurope", 0.39, True),
        ("azure", "Germany West Central", 0.402, True),
        ("azure", "Finland Central", 0.077, True),
        ("gcp", "us-west1", 0.117, True),
        ("aws", "mars-1", None, False),
        ("", "x", None, False),
    ],
)
def test_grids(cloud, region, kg, known):
    factor, found = grid(cloud, region)
    assert found is known
    if known:
        assert factor == Range.exactly(kg)
    else:
        assert factor.low < factor.likely < factor.high


def test_what_is_not_known_of_a_machine():
    assert machine(IRELAND, "m9.huge") is None
    assert machine(IRELAND, "m9.huge", lambda _place, _type: (4, 16)).vcpus == 4
    assert machine(IRELAND, "g9.huge", lambda _place, _type: (4, 16)) is None  # accelerators' watts are nobody's guess
    assert watts_per_vcpu("nowhere", ())[1].high > watts_per_vcpu("gcp", ("Skylake",))[1].high


def test_tables_are_whole():
    assert len(machines()) > 1100
    assert all(one.vcpus > 0 and one.server_vcpus > 0 for one in machines().values())
    assert all(Range(*values) for values in method().pue.values())
    assert pue("elsewhere").likely == 1.58
    assert [cloud_of(name) for name in ("AWS", "Amazon Web Services, Inc.", "Google Cloud", "Microsoft", "Oracle")] == [
        "aws",
        "aws",
        "gcp",
        "azure",
        "",
    ]


NUMBERS = st.floats(0, 1e6)
RANGES = st.tuples(NUMBERS, NUMBERS, NUMBERS).map(lambda values: Range(*sorted(values)))


@given(RANGES, RANGES, st.floats(-1e3, 1e3))
def test_ranges_stay_in_order(first, second, number):
    for one in (first + second, first * second, first * number, first.over(second)):
        assert one.low <= one.likely <= one.high or one.likely == first.likely


def test_a_range_out_of_order_is_refused():
    with pytest.raises(ValueError, match="are not in order"):
        Range(2, 1, 3)


@pytest.mark.parametrize(
    ("cloud", "name", "shape"),
    [
        ("azure", "Standard_D4s_v5", (4, 16)),
        ("azure", "D4s v5", (4, 16)),
        ("azure", "Standard_D16plds_v6", (16, 32)),
        ("azure", "Standard_E8ads_v5", (8, 64)),
        ("azure", "Standard_F4s_v2", (4, 8)),
        ("azure", "Standard_B2s_v2", (2, 8)),
        ("azure", "Standard_B2ls_v2", (2, 4)),
        ("azure", "Standard_D3_v2", None),  # its number is no count of vCPUs
        ("azure", "Standard_E8-4s_v5", None),  # fewer vCPUs than its size has
        ("azure", "Standard_NC4as_T4_v3", None),
        ("azure", "GP_Gen5_4", None),
        ("gcp", "n4-standard-8", (8, 32)),
        ("gcp", "c4-highmem-16", (16, 128)),
        ("gcp", "c3-highcpu-4", (4, 8)),
        ("gcp", "n2-*", None),
        ("aws", "n4-standard-8", None),
    ],
)
def test_sizes_that_say_their_vcpus(cloud, name, shape):
    assert named_shape(cloud, name) == shape
    assert (machine(Place(cloud, ""), name) is not None) is (shape is not None)


@given(st.sampled_from(["aws", "gcp", "azure", ""]), st.text(max_size=25))
def test_any_text_has_a_shape_or_none(cloud, name):
    found = named_shape(cloud, name)
    assert found is None or min(found) >= 0


def test_what_a_table_says_goes_before_what_a_name_says():
    assert all(machine(Place(cloud, ""), name) == one for (cloud, name), one in machines().items())
