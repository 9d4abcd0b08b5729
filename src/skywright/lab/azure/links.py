"""What points at what: parts that are shown inside their whole, and the fields by which the other end shows the pointing."""

from typing import Any

from skywright.lab.azure.paths import parsed
from skywright.lab.azure.refused import bad, conflict
from skywright.lab.azure.store import Record, Store

PARTS = {
    "microsoft.network/virtualnetworks": ("subnets", "virtualNetworkPeerings"),
    "microsoft.network/networksecuritygroups": ("securityRules",),
    "microsoft.network/routetables": ("routes",),
}
"""Types that show their parts as lists of their own properties, and take them there too."""

BACKWARD = {
    "microsoft.compute/disks": (),
    "microsoft.network/publicipaddresses": ("ipConfiguration", "natGateway"),
    "microsoft.network/networksecuritygroups": ("subnets", "networkInterfaces"),
    "microsoft.network/networkinterfaces": ("virtualMachine",),
    "microsoft.network/virtualnetworks/subnets": ("ipConfigurations", "natGateway"),
    "microsoft.network/routetables": ("subnets",),
    "microsoft.network/natgateways": ("subnets",),
}
"""The fields that are never stored, because they follow from what others say."""

FRONTS = (
    "microsoft.network/loadbalancers",
    "microsoft.network/applicationgateways",
    "microsoft.network/azurefirewalls",
    "microsoft.network/virtualnetworkgateways",
    "microsoft.network/bastionhosts",
)


def relink(store: Store) -> None:
    """Write the fields of the other end anew. Nothing to do where nothing has changed since the last time."""
    if not store.dirty:
        return
    for kind, fields in BACKWARD.items():
        for record in store.of_type(kind):
            for field in fields:
                record.properties.pop(field, None)
    _machines(store)
    _cards(store)
    for kind in FRONTS:
        for record in store.of_type(kind):
            _front(store, record)
    for each in store.of_type("microsoft.network/virtualnetworks/subnets"):
        _subnet(store, each)
    for gateway in store.of_type("microsoft.network/natgateways"):
        for address in gateway.properties.get("publicIpAddresses") or ():
            _point(store, address.get("id"), "natGateway", gateway.body["id"])
    store.dirty = False


def _machines(store: Store) -> None:
    for disk in store.of_type("microsoft.compute/disks"):
        disk.body.pop("managedBy", None)
        disk.properties["diskState"] = "Unattached"
    for machine in store.of_type("microsoft.compute/virtualmachines"):
        storage = machine.properties.get("storageProfile") or {}
        for holder in (storage.get("osDisk") or {}, *(storage.get("dataDisks") or ())):
            if held := store.get((holder.get("managedDisk") or {}).get("id", "")):
                held.body["managedBy"] = machine.body["id"]
                held.properties["diskState"] = "Reserved" if machine.power == "deallocated" else "Attached"
        for card in (machine.properties.get("networkProfile") or {}).get("networkInterfaces") or ():
            _point(store, card.get("id"), "virtualMachine", machine.body["id"])


def _cards(store: Store) -> None:
    for card in store.of_type("microsoft.network/networkinterfaces"):
        if group := store.get((card.properties.get("networkSecurityGroup") or {}).get("id", "")):
            group.properties.setdefault("networkInterfaces", []).append({"id": card.body["id"]})
        _configurations(store, card, "ipConfigurations")


def _front(store: Store, record: Record) -> None:
    _configurations(store, record, "frontendIPConfigurations")
    _configurations(store, record, "ipConfigurations")


def _configurations(store: Store, record: Record, field: str) -> None:
    for configuration in record.properties.get(field) or ():
        identifier = configuration.setdefault("id", f"{record.body['id']}/{field}/{configuration['name']}")
        inner = configuration.get("properties") or {}
        _point(store, (inner.get("publicIPAddress") or {}).get("id"), "ipConfiguration", identifier)
        if subnet := store.get((inner.get("subnet") or {}).get("id", "")):
            subnet.properties.setdefault("ipConfigurations", []).append({"id": identifier})


def _subnet(store: Store, subnet: Record) -> None:
    for field in ("networkSecurityGroup", "routeTable", "natGateway"):
        if holder := store.get((subnet.properties.get(field) or {}).get("id", "")):
            holder.properties.setdefault("subnets", []).append({"id": subnet.body["id"]})


def _point(store: Store, target: str | None, field: str, identifier: str) -> None:
    if record := store.get(target or ""):
        record.properties[field] = {"id": identifier}


def shown(store: Store, record: Record) -> dict[str, Any]:
    """The resource as a GET shows it, with its parts and its ETag."""
    from skywright.lab.azure.types import TYPES

    body = {**record.body}
    if (kind := TYPES.get(record.type)) and kind.etag:
        body["etag"] = record.etag
    if names := PARTS.get(record.type):
        body["properties"] = {**body.get("properties", {})}
        for name in names:
            body["properties"][name] = [shown(store, part) for part in parts_of(store, record, name)]
    return body


def parts_of(store: Store, record: Record, name: str) -> list[Record]:
    """The records of one kind of part."""
    kind = f"{record.type}/{name.lower()}"
    head = f"{record.key}/{name.lower()}/"
    return [part for part in store.of_type(kind) if part.key.startswith(head)]


def spread(store: Store, record: Record) -> None:
    """Parts that came inside their whole become records of their own; those that it no longer names are gone."""
    for name in PARTS.get(record.type, ()):
        listed = record.properties.pop(name, None)
        if listed is None:
            continue
        wanted = {str(part["name"]).lower() for part in listed}
        for part in parts_of(store, record, name):
            if part.body["name"].lower() not in wanted:
                store.remove(part.key)
        for part in listed:
            inner = {key: value for key, value in part.items() if key not in ("id", "etag", "type", "name")}
            inner.setdefault("properties", {})["provisioningState"] = "Succeeded"
            store.put(f"{record.body['id']}/{name}/{part['name']}", inner)


def refuse_in_use(store: Store, record: Record) -> None:
    """Raises Refused for what something else needs (Azure Resource Manager: the codes that each provider documents)."""
    relink(store)
    properties, name = record.properties, record.body.get("name", "")
    match record.type:
        case "microsoft.compute/disks" if holder := record.body.get("managedBy"):
            machine = holder.rsplit("/", 1)[1]
            raise conflict("OperationNotAllowed", f"Disk {name} is attached to VM {machine}.")
        case "microsoft.network/publicipaddresses" if user := properties.get("ipConfiguration") or properties.get("natGateway"):
            raise bad(
                "PublicIPAddressCannotBeDeleted",
                f"Public IP address {record.body['id']} can not be deleted since it is still allocated to resource "
                f"{user['id']}. In order "
                "to delete the public IP, disassociate/detach the Public IP address from the resource.",
            )
        case "microsoft.network/networksecuritygroups" if properties.get("subnets") or properties.get("networkInterfaces"):
            users = [user["id"] for field in ("networkInterfaces", "subnets") for user in properties.get(field) or ()]
            raise bad(
                "InUseNetworkSecurityGroupCannotBeDeleted",
                f"Network security group {record.body['id']} cannot be deleted because it is in use by the following resources: "
                f"{', '.join(users)}.",
            )
        case "microsoft.network/networkinterfaces" if machine := properties.get("virtualMachine"):
            raise bad("NicInUse", f"Network Interface {record.body['id']} is used by existing resource {machine['id']}.")
        case "microsoft.network/virtualnetworks/subnets" if cards := properties.get("ipConfigurations"):
            raise bad("InUseSubnetCannotBeDeleted", f"Subnet {name} is in use by {cards[0]['id']} and cannot be deleted.")
        case _:
            pass


def parent_missing(store: Store, key: str) -> str:
    """The key of what a resource would be a part of, when that is not there; else "". A location is always there."""
    parent = parsed(key).parent
    if "/locations/" in key:
        return ""
    return parent if parent and store.get(parent) is None else ""
