"""Terraform's resource types -> kinds and columns that the price book prices. Attribute names as the providers document them."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

Made = tuple[str, str, dict[str, Any], Decimal]
"""(name of the part, kind, columns, how many)."""

_ONE = Decimal(1)


class Values:
    """One side of a resource's change; an attribute that Terraform does not know yet is None. ``defaults`` come from what it
    refers to."""

    def __init__(self, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        self._values = values
        self._defaults = defaults

    def get(self, name: str) -> Any:
        """An attribute, or None."""
        value = self._values.get(name)
        return self._defaults.get(name) if value is None else value

    def text(self, name: str) -> str | None:
        """An attribute as text; None when it is not known or empty."""
        value = self.get(name)
        return str(value) if value not in (None, "") else None

    def number(self, name: str, default: int | None = None) -> int | None:
        """An attribute as a whole number; ``default`` where it is not given."""
        value = self.get(name)
        try:
            return int(value) if value is not None else default
        except (TypeError, ValueError):
            return default

    def blocks(self, name: str) -> list["Values"]:
        """The blocks of a name."""
        value = self.get(name)
        return [Values(one, {}) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _aws_instance(seen: Values) -> Iterator[Made]:
    lifecycle = "spot" if seen.blocks("instance_market_options") else "on-demand"
    yield "instance", "compute.instance", {"type": seen.text("instance_type"), "state": "running", "lifecycle": lifecycle}, _ONE
    for block in seen.blocks("root_block_device")[:1]:
        yield "root", "storage.volume", _aws_disk(block, "volume_size", "volume_type"), _ONE
    for number, block in enumerate(seen.blocks("ebs_block_device")):
        name = block.text("device_name") or str(number)
        yield name, "storage.volume", _aws_disk(block, "volume_size", "volume_type"), _ONE


def _aws_disk(seen: Values, size: str, kind: str) -> dict[str, Any]:
    """A volume without a type is gp2, as the provider documents; gp3 without figures has what is included."""
    sort = seen.text(kind) or "gp2"
    iops, throughput = seen.number("iops"), seen.number("throughput")
    if sort == "gp3":
        iops, throughput = iops or 3000, throughput or 125
    return {"type": sort, "size_gib": seen.number(size), "iops": iops, "throughput_mibps": throughput}


def _aws_volume(seen: Values) -> Iterator[Made]:
    yield "volume", "storage.volume", _aws_disk(seen, "size", "type"), _ONE


def _aws_group(seen: Values) -> Iterator[Made]:
    """Machines of a group: as many as are wanted, of the type that its template names."""
    many = seen.number("desired_capacity", seen.number("min_size"))
    kind = {"type": seen.text("instance_type"), "state": "running", "lifecycle": "on-demand"}
    yield "instances", "compute.instance", kind, Decimal(many or 0)


def _aws_nodes(seen: Values) -> Iterator[Made]:
    """Nodes of a managed group; without a type they are t3.medium, as the provider documents."""
    sizes, types = seen.blocks("scaling_config"), seen.get("instance_types") or ["t3.medium"]
    many = sizes[0].number("desired_size", 0) if sizes else None
    lifecycle = "spot" if seen.text("capacity_type") == "SPOT" else "on-demand"
    kind = {"type": types[0], "state": "running", "lifecycle": lifecycle}
    yield "nodes", "compute.instance", kind, Decimal(many or 0)


def _aws_database(seen: Values) -> Iterator[Made]:
    sort = seen.text("storage_type") or ("io1" if seen.get("iops") else "gp2")
    columns = {
        "engine": seen.text("engine"),
        "type": seen.text("instance_class"),
        "storage_type": sort,
        "storage_gib": seen.number("allocated_storage"),
        "iops": seen.number("iops"),
        "multi_zone": bool(seen.get("multi_az") or False),
        "state": "available",
    }
    yield "database", "database.instance", columns, _ONE


def _aws_cache(seen: Values) -> Iterator[Made]:
    groups = (seen.number("num_node_groups") or 0) * (1 + (seen.number("replicas_per_node_group") or 0))
    nodes = groups or seen.number("num_cache_clusters") or seen.number("num_cache_nodes")
    yield "cache", "database.cache", {"type": seen.text("node_type"), "nodes": nodes}, _ONE


def _aws_table(seen: Values) -> Iterator[Made]:
    billing = "on-demand" if seen.text("billing_mode") == "PAY_PER_REQUEST" else "provisioned"
    columns = {"billing": billing, "read_units": seen.number("read_capacity"), "write_units": seen.number("write_capacity")}
    yield "table", "database.table", columns, _ONE


def _aws_balancer(seen: Values) -> Iterator[Made]:
    yield "balancer", "network.balancer", {"type": seen.text("load_balancer_type") or "application"}, _ONE


def _gcp_instance(seen: Values) -> Iterator[Made]:
    scheduling = seen.blocks("scheduling")
    spot = any(block.get("preemptible") or block.text("provisioning_model") == "SPOT" for block in scheduling)
    columns = {"type": seen.text("machine_type"), "state": "running", "lifecycle": "spot" if spot else "on-demand"}
    yield "instance", "compute.instance", columns, _ONE
    for boot in seen.blocks("boot_disk")[:1]:
        for disk in boot.blocks("initialize_params")[:1]:
            yield "boot", "storage.volume", {"type": disk.text("type") or "pd-standard", "size_gib": disk.number("size")}, _ONE


def _gcp_disk(seen: Values) -> Iterator[Made]:
    yield "disk", "storage.volume", {"type": seen.text("type") or "pd-standard", "size_gib": seen.number("size")}, _ONE


def _azure_machine(seen: Values) -> Iterator[Made]:
    spot = (seen.text("priority") or "Regular") == "Spot"
    size, lifecycle = seen.text("size") or seen.text("vm_size"), "spot" if spot else "on-demand"
    yield "instance", "compute.instance", {"type": size, "state": "running", "lifecycle": lifecycle, "platform": "linux"}, _ONE


def _azure_windows(seen: Values) -> Iterator[Made]:
    for name, kind, columns, many in _azure_machine(seen):
        yield name, kind, columns | {"platform": "windows"}, many


def _azure_scale_set(seen: Values) -> Iterator[Made]:
    columns = {"type": seen.text("sku"), "state": "running", "lifecycle": "on-demand", "platform": "linux"}
    yield "instances", "compute.instance", columns, Decimal(seen.number("instances") or 0)


def _plain(kind: str, **columns: Any) -> Callable[[Values], Iterator[Made]]:
    def made(_: Values) -> Iterator[Made]:
        yield kind.rpartition(".")[2], kind, dict(columns), _ONE

    return made


TYPES: Mapping[str, Callable[[Values], Iterator[Made]]] = {
    "aws_instance": _aws_instance,
    "aws_ebs_volume": _aws_volume,
    "aws_autoscaling_group": _aws_group,
    "aws_eks_cluster": _plain("kubernetes.cluster"),
    "aws_eks_node_group": _aws_nodes,
    "aws_db_instance": _aws_database,
    "aws_elasticache_cluster": _aws_cache,
    "aws_elasticache_replication_group": _aws_cache,
    "aws_dynamodb_table": _aws_table,
    "aws_lb": _aws_balancer,
    "aws_alb": _aws_balancer,
    "aws_elb": _plain("network.balancer", type="classic"),
    "aws_nat_gateway": _plain("network.gateway", type="nat"),
    "aws_eip": _plain("network.address"),
    "aws_kms_key": _plain("crypto.key", manager="customer"),
    "aws_secretsmanager_secret": _plain("crypto.secret"),
    "aws_route53_zone": _plain("dns.zone"),
    "aws_s3_bucket": _plain("storage.bucket"),
    "aws_efs_file_system": _plain("storage.filesystem"),
    "aws_cloudwatch_log_group": _plain("log.group"),
    "google_compute_instance": _gcp_instance,
    "google_compute_disk": _gcp_disk,
    "azurerm_linux_virtual_machine": _azure_machine,
    "azurerm_windows_virtual_machine": _azure_windows,
    "azurerm_linux_virtual_machine_scale_set": _azure_scale_set,
}
"""What is priced. All else is told as not priced, unless it is free."""


@lru_cache(maxsize=1)
def free() -> frozenset[str]:
    """Types without a charge of their own. Sources: the price pages of Amazon VPC, IAM, EC2 Auto Scaling and Elastic Load Balancing
    (listeners are not billed apart), of Google Cloud VPC and IAM, of Azure Virtual Network; and what exists in Terraform alone."""
    return frozenset((Path(__file__).parent / "free.txt").read_text(encoding="utf-8").split())
