"""Measures of what does nothing: idle machines, databases, balancers and gateways; volumes and addresses on their own."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import COST, ENOUGH, OURS, evidence, measured, price, seen

IDLE_PARAMS = {**ENOUGH, "idle_cpu_p99_pct": 5.0, "idle_network_bytes_per_day": 5_000_000.0}

IDLE_INSTANCES = f"""
    SELECT i.id, c.p99 AS cpu, c.samples, c.window_days, (n.mean + o.mean) * 24 AS traffic
    FROM compute_instance i {measured("c", "i", "cpu_pct")} {measured("n", "i", "network_in_bytes")}
    {measured("o", "i", "network_out_bytes")}
    WHERE {OURS} AND c.p99 < $idle_cpu_p99_pct AND (n.mean + o.mean) * 24 < $idle_network_bytes_per_day"""
"""Machines that neither compute nor talk. The other measures of machines leave these alone."""

IDLE_INSTANCE = Measure(
    name="compute_instance_idle",
    type=InsightType.IDLE,
    kind="compute.instance",
    title="Machine does nothing",
    params=IDLE_PARAMS,
    source="AWS Compute Optimizer user guide, idle resources: peak CPU below 5 % and less than 5 MB of network traffic a day",
    sql=f"""
    SELECT i.id AS resource, 0.95 * {seen("i")} AS confidence, {{'state': 'stopped'}} AS "set",
           [{evidence("cpu_pct", "p99", "i.cpu", "i", "$idle_cpu_p99_pct")},
            {evidence("network_bytes_per_day", "mean", "i.traffic", "i", "$idle_network_bytes_per_day")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, 'its volumes go on costing' AS note
    FROM ({IDLE_INSTANCES}) i {COST.format(owner="i")}""",
)

IDLE_DATABASE = Measure(
    name="database_instance_idle",
    type=InsightType.IDLE,
    kind="database.instance",
    title="Database has no connection",
    params=ENOUGH,
    source="AWS Trusted Advisor, Amazon RDS Idle DB Instances: no connection for 7 days",
    sql=f"""
    SELECT d.id AS resource, 0.9 * {seen("c")} AS confidence, {{'state': 'stopped'}} AS "set",
           [{evidence("connections_count", "max", "c.max", "c", "0")}] AS evidence,
           k.monthly - s.amount * d.storage_gib * CASE WHEN d.multi_zone THEN 2 ELSE 1 END AS saving, k.currency AS currency,
           'its storage goes on costing; AWS starts a stopped database again after 7 days' AS note
    FROM database_instance d {measured("c", "d", "connections_count")} {COST.format(owner="d")}
    {price("s", "d", "concat('storage/', d.storage_type)", "gib-month", "database.instance")}
    WHERE d.state = 'available' AND d.cluster = '' AND c.max = 0""",
)

IDLE_BALANCER = Measure(
    name="network_balancer_idle",
    type=InsightType.IDLE,
    kind="network.balancer",
    title="Balancer gets no request",
    params=ENOUGH,
    source="AWS Trusted Advisor, Idle Load Balancers: fewer than 100 requests in 7 days; here: none",
    delete=True,
    sql=f"""
    SELECT b.id AS resource, 0.9 * {seen("r")} AS confidence, NULL AS "set",
           [{evidence("requests_count", "max", "r.max", "r", "0")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, '' AS note
    FROM network_balancer b {measured("r", "b", "requests_count")} {COST.format(owner="b")}
    WHERE r.max = 0""",
)

IDLE_GATEWAY = Measure(
    name="network_gateway_idle",
    type=InsightType.IDLE,
    kind="network.gateway",
    title="NAT gateway passes nothing",
    params=ENOUGH,
    source="AWS Compute Optimizer user guide, idle resources, NAT gateways: no traffic in the lookback period",
    delete=True,
    sql=f"""
    SELECT g.id AS resource, 0.9 * {seen("o")} AS confidence, NULL AS "set",
           [{evidence("network_out_bytes", "max", "o.max", "o", "0")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, '' AS note
    FROM network_gateway g {measured("o", "g", "network_out_bytes")} {COST.format(owner="g")}
    WHERE g.type = 'nat' AND o.max = 0""",
)

DRAINED_NODE = Measure(
    name="container_node_drained",
    type=InsightType.IDLE,
    kind="container.node",
    title="Node is drained and still costs",
    source="Kubernetes documentation, Safely Drain a Node: once it returns, the node may be powered down",
    sql=f"""
    SELECT n.id AS resource, 0.9 AS confidence, NULL AS "set",
           [{evidence("pods_count", "now", "0", threshold="0")}] AS evidence,
           k.monthly AS saving, k.currency AS currency,
           concat('let go of its machine', CASE WHEN runs.machine IS NULL THEN '' ELSE concat(' ', runs.machine) END) AS note
    FROM container_node n
    JOIN (SELECT o.id AS node, min(coalesce(nullif(o.instance, ''), r.target)) AS machine FROM container_node o
          LEFT JOIN relation r ON r.source = o.id AND r.verb = 'runs-on' GROUP BY o.id) runs ON runs.node = n.id
    LEFT JOIN cost k ON k.resource = runs.machine
    WHERE n.availability = 'drain' AND n.role <> 'control-plane'""",
)

UNATTACHED_VOLUME = Measure(
    name="storage_volume_unattached",
    type=InsightType.UNATTACHED,
    kind="storage.volume",
    title="Volume is attached to nothing",
    params={"age_days_min": 14},
    source="AWS Trusted Advisor, Underutilized Amazon EBS Volumes; that it be 14 days old is ours",
    delete=True,
    sql=f"""
    SELECT v.id AS resource, 0.9 AS confidence, NULL AS "set",
           [{evidence("attachments_count", "now", "0", threshold="0")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, 'a snapshot is kept, and costs' AS note
    FROM storage_volume v {COST.format(owner="v")}
    WHERE v.attached = false AND v.state = 'available' AND v.created_at < now() - to_days(CAST($age_days_min AS INTEGER))""",
)

UNATTACHED_ADDRESS = Measure(
    name="network_address_unattached",
    type=InsightType.UNATTACHED,
    kind="network.address",
    title="Address is attached to nothing",
    source="AWS Trusted Advisor, Unassociated Elastic IP Addresses",
    delete=True,
    sql=f"""
    SELECT a.id AS resource, 0.9 AS confidence, NULL AS "set",
           [{evidence("attachments_count", "now", "0", threshold="0")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, 'the same address may not be had again' AS note
    FROM network_address a {COST.format(owner="a")}
    WHERE a.attached = false""",
)
