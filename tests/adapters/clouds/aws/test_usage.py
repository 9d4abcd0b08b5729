"""Usage from hourly values: which are asked for, how few calls it takes, and what becomes of them."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.aws.metrics import MEASURED_KINDS, measures
from skywright.adapters.clouds.aws.usage import percentile, usage
from skywright.model.errors import Denied
from skywright.model.kinds import KIND_BY_NAME, resource_id

SINCE = datetime(2026, 6, 1, 10, 20)
UNTIL = datetime(2026, 6, 15, 10, 50)
HOURS = 14 * 24


def row(kind, native_id, region="eu-west-1", **columns):
    identifier = resource_id("aws", "111122223333", region, kind, native_id)
    return KIND_BY_NAME[kind](id=identifier, cloud="aws", account="111122223333", region=region, native_id=native_id, **columns)


class World:
    """Answers as CloudWatch does, from ``series[(metric, statistic)]`` or ``series[(metric, statistic, dimensions)]``."""

    def __init__(self, series=None, agents=(), page=10_000, denied=()):
        self.series, self.agents, self.page, self.denied = series or {}, agents, page, denied
        self.asked = []

    def client_call(self, account, region, service, operation, /, **params):
        raise AssertionError("usage pages through everything")

    def pages(self, account, region, service, operation, items_key, /, **params):
        if operation in self.denied:
            raise Denied(f"AWS denies {operation}.", permission=operation)
        if operation == "list_metrics":
            assert params == {"Namespace": "CWAgent", "MetricName": "mem_used_percent"}
            yield from ({"Dimensions": [{"Name": n, "Value": v} for n, v in one]} for one in self.agents)
            return
        self.asked.append((account, region, params))
        for query in params["MetricDataQueries"]:
            values = self._values(query["MetricStat"])
            times = [params["StartTime"] + timedelta(hours=hour) for hour in range(len(values))]
            for start in range(0, max(1, len(values)), self.page):
                part = slice(start, start + self.page)
                yield {"Id": query["Id"], "Timestamps": times[part], "Values": values[part]}

    def _values(self, asked):
        metric = asked["Metric"]
        dimensions = tuple((one["Name"], one["Value"]) for one in metric["Dimensions"])
        assert asked["Period"] == 3600
        key = (metric["MetricName"], asked["Stat"])
        return self.series.get((*key, dimensions), self.series.get(key, []))


def by_metric(world, *resources):
    return {one.metric: one for one in usage(world, resources, SINCE, UNTIL)}


def test_a_burst_of_minutes_shows_in_the_upper_end_and_not_in_the_middle():
    quiet, bursts = [4.0] * 336, [5.0] * 326 + [96.0] * 10
    world = World({("CPUUtilization", "Average"): quiet, ("CPUUtilization", "Maximum"): bursts})
    cpu = by_metric(world, row("compute.instance", "i-1", state="running", burstable=False))["cpu_pct"]
    assert (cpu.p50, cpu.mean, cpu.p95, cpu.p99, cpu.max) == (4.0, 4.0, 5.0, 96.0, 96.0)
    assert (cpu.samples, cpu.window_days) == (336, 14.0)


def test_no_data_gives_no_row():
    assert by_metric(World(), row("compute.instance", "i-1", state="running")) == {}


def test_only_whole_hours_are_asked_for():
    world = World()
    list(usage(world, [row("storage.volume", "vol-1", attached=True)], SINCE, UNTIL))
    _, _, params = world.asked[0]
    assert (params["StartTime"], params["EndTime"]) == (datetime(2026, 6, 1, 10), datetime(2026, 6, 15, 10))


def test_less_than_an_hour_asks_nothing():
    world = World()
    assert list(usage(world, [row("storage.volume", "vol-1")], UNTIL, UNTIL + timedelta(minutes=9))) == []
    assert world.asked == []


def test_values_that_are_not_numbers_are_left_out():
    world = World({("VolumeReadOps", "Sum"): [1.0, math.nan, 3.0, "many", None, True]})
    read = by_metric(world, row("storage.volume", "vol-1", attached=True))["disk_read_ops"]
    assert (read.samples, read.max, read.mean) == (2, 3.0, 2.0)


def test_hours_spread_over_pages_are_put_together():
    world = World({("VolumeReadOps", "Sum"): [float(hour) for hour in range(336)]}, page=100)
    read = by_metric(world, row("storage.volume", "vol-1", attached=True))["disk_read_ops"]
    assert (read.samples, read.p50, read.max) == (336, 167.0, 335.0)


def test_rates_become_sums_of_an_hour():
    world = World({("ReadIOPS", "Average"): [2.0]})
    assert by_metric(world, row("database.instance", "shop"))["disk_read_ops"].max == 7200.0


def test_reserves_are_read_at_their_lowest():
    world = World({("CPUCreditBalance", "Minimum"): [576.0, 0.0, 40.0]})
    credit = by_metric(world, row("compute.instance", "i-1", state="running", burstable=True))["credits_count"]
    assert (credit.p50, credit.max) == (40.0, 576.0)


def test_the_errors_of_a_balancer_and_of_its_targets_add_up_hour_by_hour():
    world = World({("HTTPCode_ELB_5XX_Count", "Sum"): [1.0, 2.0, 3.0], ("HTTPCode_Target_5XX_Count", "Sum"): [10.0]})
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188"
    errors = by_metric(world, row("network.balancer", arn, type="application"))["errors_count"]
    assert (errors.samples, errors.max, errors.p50) == (3, 11.0, 3.0)


def test_the_nodes_of_a_cache_are_one_cache():
    def node(name):
        return (("CacheClusterId", name),)

    world = World(
        {
            ("CPUUtilization", "Average", node("c-1")): [10.0, 20.0],
            ("CPUUtilization", "Average", node("c-2")): [30.0, 40.0],
            ("CPUUtilization", "Maximum", node("c-1")): [15.0, 25.0],
            ("CPUUtilization", "Maximum", node("c-2")): [90.0, 45.0],
        }
    )
    cpu = by_metric(world, row("database.cache", "c", native={"MemberClusters": ["c-1", "c-2"]}))["cpu_pct"]
    assert (cpu.samples, cpu.mean, cpu.max) == (2, 25.0, 90.0)


def test_memory_is_asked_under_the_dimensions_of_the_agent():
    agent = (("AutoScalingGroupName", "web"), ("InstanceId", "i-1"), ("InstanceType", "m5.large"))
    stranger = (("InstanceId", "i-gone"),)
    world = World({("mem_used_percent", "Average", agent): [61.0]}, agents=[agent, stranger, ()])
    assert by_metric(world, row("compute.instance", "i-1", state="running"))["memory_pct"].p50 == 61.0


def test_as_few_calls_as_the_limit_of_datapoints_allows():
    world = World()
    volumes = [row("storage.volume", f"vol-{index}", attached=True) for index in range(300)]
    list(usage(world, volumes, SINCE, UNTIL))
    sizes = [len(params["MetricDataQueries"]) for _, _, params in world.asked]
    assert sizes == [300, 300, 300, 300]
    assert max(sizes) * HOURS <= 100_800
    assert all(len({query["Id"] for query in params["MetricDataQueries"]}) == 300 for _, _, params in world.asked)


def test_never_more_than_500_queries_a_call():
    world = World()
    volumes = [row("storage.volume", f"vol-{index}", attached=True) for index in range(200)]
    list(usage(world, volumes, UNTIL - timedelta(days=1), UNTIL))
    assert [len(params["MetricDataQueries"]) for _, _, params in world.asked] == [500, 300]


def test_regions_are_asked_apart():
    world = World()
    here, there = row("storage.volume", "vol-1"), row("storage.volume", "vol-2", region="us-east-1")
    list(usage(world, [here, there], SINCE, UNTIL))
    assert [region for _, region, _ in world.asked] == ["eu-west-1", "us-east-1"]


def test_a_failure_is_raised_after_everything_else_was_read():
    world = World({("CPUUtilization", "Average"): [1.0]}, denied=["list_metrics"])
    rows: list[str] = []
    with pytest.raises(Denied, match=r"^AWS denies list_metrics\.$"):
        rows.extend(one.metric for one in usage(world, [row("compute.instance", "i-1", state="running")], SINCE, UNTIL))
    assert rows == ["cpu_pct"]


@pytest.mark.parametrize(
    ("name", "resource", "namespace", "dimensions"),
    [
        ("stopped all the time", row("compute.instance", "i", state="stopped", stopped_at=datetime(2026, 5, 1)), None, None),
        ("stopped last night", row("compute.instance", "i", state="stopped", stopped_at=UNTIL), "AWS/EC2", "InstanceId=i"),
        ("stopped, who knows when", row("compute.instance", "i", state="stopped"), "AWS/EC2", "InstanceId=i"),
        ("terminated", row("compute.instance", "i", state="terminated"), None, None),
        ("unattached", row("storage.volume", "vol", attached=False), None, None),
        ("attached or not", row("storage.volume", "vol"), "AWS/EBS", "VolumeId=vol"),
        ("internet gateway", row("network.gateway", "igw", type="internet"), None, None),
        ("nat gateway", row("network.gateway", "nat", type="nat"), "AWS/NATGateway", "NatGatewayId=nat"),
        ("classic balancer", row("network.balancer", "old", type="classic"), "AWS/ELB", "LoadBalancerName=old"),
        (
            "network balancer",
            row("network.balancer", "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/n/1", type="network"),
            "AWS/NetworkELB",
            "LoadBalancer=net/n/1",
        ),
        ("some other balancer", row("network.balancer", "x", type="quantum"), None, None),
        ("function by name", row("function.function", "pay"), "AWS/Lambda", "FunctionName=pay"),
        ("function by ARN", row("function.function", "arn:aws:lambda:e:1:function:pay"), "AWS/Lambda", "FunctionName=pay"),
        ("queue by URL", row("messaging.queue", "https://sqs.eu-west-1.amazonaws.com/1/q"), "AWS/SQS", "QueueName=q"),
        (
            "service",
            row("container.service", "arn:aws:ecs:e:1:service/shop/web", cluster="aws:1:e:container.cluster/shop"),
            "AWS/ECS",
            "ClusterName=shop ServiceName=web",
        ),
        ("a kind without metrics", row("compute.keypair", "key"), None, None),
    ],
)
def test_what_is_asked(name, resource, namespace, dimensions):
    asked = list(measures(resource, SINCE))
    if namespace is None:
        assert asked == []
    else:
        assert {one.namespace for one in asked} == {namespace}
        assert {" ".join(f"{key}={value}" for key, value in one.dimensions[0]) for one in asked} == {dimensions}


def test_credits_are_asked_for_where_they_may_exist():
    def names(**columns):
        return [one.metric.name for one in measures(row("compute.instance", "i", **columns), SINCE)]

    assert "credits_count" in names(burstable=True)
    assert "credits_count" in names()
    assert "credits_count" not in names(burstable=False)


def test_measured_kinds_are_kinds():
    assert set(KIND_BY_NAME) >= MEASURED_KINDS


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50), st.floats(0, 100))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, percent):
    ascending = sorted(values)
    found = percentile(ascending, percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-9
    assert sum(value < found for value in values) < max(1, percent / 100 * len(values) + 1e-9)


def test_there_is_no_percentile_of_nothing():
    assert percentile([], 99) is None
