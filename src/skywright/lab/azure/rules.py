"""What Azure refuses, and what it fills in: facts of the services' documentation that a client must cope with.

Sources: Azure REST API reference (each resource's Update operation), "Resize a virtual machine", "Expand virtual hard disks",
"Change the disk type", "Azure Key Vault soft-delete overview", "Lock your resources", "Storage account overview".
"""

import re
from collections.abc import Callable
from typing import Any

from skywright.lab.azure.paths import group_of
from skywright.lab.azure.refused import bad, conflict
from skywright.lab.azure.store import Record, Store

Body = dict[str, Any]
FAMILY = re.compile(r"^Standard_([A-Z]+)\d+[a-z]*(?:_(v\d+))?$")


def refuse_locked(store: Store, key: str, verb: str) -> None:
    """Raises Refused (409) where a lock at or above ``key`` forbids this: CanNotDelete forbids DELETE, ReadOnly all writes."""
    if "/providers/microsoft.authorization/locks" in key:
        return
    for lock in store.of_type("microsoft.authorization/locks"):
        scope = lock.key.rpartition("/providers/")[0]
        level = lock.properties.get("level")
        if (key == scope or key.startswith(scope + "/")) and (verb == "DELETE" or level == "ReadOnly"):
            word = "delete" if verb == "DELETE" else "write"
            raise conflict(
                "ScopeLocked",
                f"The scope '{key}' cannot perform {word} operation because following scope(s) are locked: '{scope}'. "
                "Please remove "
                "the lock and try again.",
            )


def check(store: Store, record: Record | None, kind: str, key: str, body: Body) -> None:
    """Raises Refused when ``body`` (the whole resource as it would be) cannot be what ``record`` becomes."""
    if rule := _RULES.get(kind):
        rule(store, record, key, body)


def _was(record: Record | None, *path: str) -> Any:
    return _at(record.body if record else {}, "properties", *path)


def _at(body: Any, *path: str) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _machine(_store: Store, record: Record | None, _key: str, body: Body) -> None:
    old, new = _was(record, "hardwareProfile", "vmSize"), _at(body, "properties", "hardwareProfile", "vmSize")
    if not new or not FAMILY.match(str(new)):
        raise bad("InvalidParameter", f"The value {new} provided for the VM size is not valid.")
    if record and old and old != new and record.power == "running" and _family(str(old)) != _family(str(new)):
        raise conflict(
            "OperationNotAllowed",
            f"Unable to resize the VM {record.body['name']} because the requested size {new} is not available in the "
            "current hardware "
            "cluster. The available sizes in this cluster are different. Deallocate the VM and try again.",
        )


def _family(size: str) -> tuple[str, ...]:
    found = FAMILY.match(size)
    return tuple(part or "" for part in found.groups()) if found else ()


def _disk(store: Store, record: Record | None, _key: str, body: Body) -> None:
    if record is None:
        return
    old, new = _was(record, "diskSizeGB"), _at(body, "properties", "diskSizeGB")
    if isinstance(old, int) and isinstance(new, int) and new < old:
        raise bad("ResizeDiskError", f"Disk {record.body['name']} cannot be made smaller: requested {new} GB, current {old} GB.")
    machine = store.get(record.body.get("managedBy", ""))
    if machine is None or machine.power == "deallocated":
        return
    if _at(record.body, "sku", "name") != _at(body, "sku", "name"):
        raise conflict(
            "OperationNotAllowed",
            f"Cannot change the SKU of disk {record.body['name']} while it is attached to running VM {machine.body['name']}.",
        )
    boots = _at(machine.body, "properties", "storageProfile", "osDisk", "managedDisk", "id")
    if new != old and str(boots).lower() == record.key:
        raise conflict(
            "OperationNotAllowed",
            f"Cannot resize disk {record.body['name']} while it is attached to running VM {machine.body['name']}.",
        )


def _storage(_store: Store, _record: Record | None, key: str, body: Body) -> None:
    if not re.fullmatch(r"[a-z0-9]{3,24}", key.rsplit("/", 1)[1]):
        raise bad("AccountNameInvalid", f"{key.rsplit('/', 1)[1]} is not a valid storage account name.")
    _one_of(body, "minimumTlsVersion", ("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"))
    _one_of(body, "publicNetworkAccess", ("Enabled", "Disabled", "SecuredByPerimeter"))


def _container(store: Store, _record: Record | None, key: str, body: Body) -> None:
    account = store.get(key.partition("/blobservices/")[0])
    wanted = _at(body, "properties", "publicAccess")
    if wanted not in (None, "None", "Blob", "Container"):
        raise bad("InvalidPublicAccess", f"{wanted} is no level of public access.")
    if account and wanted in ("Blob", "Container") and account.properties.get("allowBlobPublicAccess") is not True:
        raise conflict("PublicAccessNotPermitted", "Public access is not permitted on this storage account.")


def _vault(_store: Store, record: Record | None, _key: str, body: Body) -> None:
    for flag in ("enablePurgeProtection", "enableSoftDelete"):
        if _was(record, flag) is True and _at(body, "properties", flag) is False:
            raise bad(
                "BadRequest",
                f'The property "{flag}" cannot be set to false. Enabling it for a vault is an irreversible action.',
            )
    _one_of(body, "publicNetworkAccess", ("Enabled", "Disabled", "enabled", "disabled"))


def _sql_server(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    _one_of(body, "minimalTlsVersion", ("None", "1.0", "1.1", "1.2", "1.3"))
    _one_of(body, "publicNetworkAccess", ("Enabled", "Disabled"))


def _retention(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    days = _at(body, "properties", "retentionDays")
    if not isinstance(days, int) or not 1 <= days <= 35:
        raise bad("InvalidBackupRetentionPeriod", f"The retention days of {days} is not a valid configuration. Valid: 1 to 35.")


def _flexible(_store: Store, record: Record | None, _key: str, body: Body) -> None:
    days = _at(body, "properties", "backup", "backupRetentionDays")
    if days is not None and not 7 <= days <= 35 and "postgresql" in (record.type if record else ""):
        raise bad("InvalidParameterValue", f"Backup retention of {days} days is not valid. Valid: 7 to 35.")


def _rule(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    """A security rule: what the Network API refuses (SecurityRuleInvalid...)."""
    properties = body.get("properties") or {}
    if not isinstance(properties.get("priority"), int) or not 100 <= properties["priority"] <= 4096:
        raise bad("SecurityRuleInvalidPriority", "Security rule has invalid Priority. Value provided must be between 100 and 4096.")
    if properties.get("access") not in ("Allow", "Deny") or properties.get("direction") not in ("Inbound", "Outbound"):
        raise bad("InvalidRequestFormat", "Cannot parse the request: access or direction is missing.")


def _clash(store: Store, record: Record | None, key: str, body: Body) -> None:
    _rule(store, record, key, body)
    head = key.rpartition("/")[0]
    for other in store.of_type("microsoft.network/networksecuritygroups/securityrules"):
        same = (other.properties.get("priority"), other.properties.get("direction")) == (
            body["properties"]["priority"],
            body["properties"]["direction"],
        )
        if same and other.key != key and other.key.startswith(head + "/"):
            raise bad(
                "SecurityRuleConflict",
                f"Security rule {key.rsplit('/', 1)[1]} conflicts with rule {other.body['name']}. Rules cannot have "
                "the same Priority "
                "and Direction.",
            )


def _scale_set(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    capacity = _at(body, "sku", "capacity")
    if not isinstance(capacity, int) or not 0 <= capacity <= 1000:
        raise bad("InvalidParameter", "The value of parameter sku.capacity is invalid. It must be between 0 and 1000.")


def _redis(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    _one_of(body, "minimumTlsVersion", ("1.0", "1.1", "1.2"))


def _bus(_store: Store, _record: Record | None, _key: str, body: Body) -> None:
    _one_of(body, "minimumTlsVersion", ("1.0", "1.1", "1.2"))


def _one_of(body: Body, field: str, values: tuple[str, ...]) -> None:
    value = _at(body, "properties", field)
    if value is not None and value not in values:
        raise bad("InvalidParameterValue", f"The value '{value}' of '{field}' is not one of {', '.join(values)}.")


_RULES: dict[str, Callable[[Store, Record | None, str, Body], None]] = {
    "microsoft.compute/virtualmachines": _machine,
    "microsoft.compute/disks": _disk,
    "microsoft.compute/virtualmachinescalesets": _scale_set,
    "microsoft.storage/storageaccounts": _storage,
    "microsoft.storage/storageaccounts/blobservices/containers": _container,
    "microsoft.keyvault/vaults": _vault,
    "microsoft.sql/servers": _sql_server,
    "microsoft.sql/servers/databases/backupshorttermretentionpolicies": _retention,
    "microsoft.dbforpostgresql/flexibleservers": _flexible,
    "microsoft.network/networksecuritygroups/securityrules": _clash,
    "microsoft.cache/redis": _redis,
    "microsoft.servicebus/namespaces": _bus,
    "microsoft.eventhub/namespaces": _bus,
}


def made(store: Store, record: Record, *, new: bool) -> None:
    """What Azure fills in when a resource has been made or changed."""
    properties = record.properties
    match record.type:
        case "microsoft.compute/virtualmachines" if new:
            properties.setdefault("vmId", store.guid())
            record.power = "running"
        case "microsoft.compute/disks" | "microsoft.compute/snapshots":
            _copied(store, record)
        case "microsoft.network/publicipaddresses" if new and "ipAddress" not in properties:
            properties["ipAddress"] = (
                f"20.{store.chance.randrange(256)}.{store.chance.randrange(256)}.{store.chance.randrange(1, 255)}"
            )
        case "microsoft.authorization/roleassignments":
            properties["scope"] = record.body["id"].rpartition("/providers/")[0] or "/"
        case "microsoft.storage/storageaccounts/blobservices/containers" if properties.get("publicAccess") == "None":
            del properties["publicAccess"]


def _copied(store: Store, record: Record) -> None:
    """A copy has the size of what it was made from, unless it says otherwise."""
    data = record.properties.get("creationData") or {}
    source = store.get(data.get("sourceResourceId", ""))
    if data.get("createOption") == "Copy" and source:
        record.properties.setdefault("diskSizeGB", source.properties.get("diskSizeGB"))
        record.properties.setdefault("osType", source.properties.get("osType"))


def refuse_orphan(store: Store, key: str, body: Body, kind: str) -> None:
    """Raises Refused for a copy of what is not there."""
    if kind in ("microsoft.compute/disks", "microsoft.compute/snapshots"):
        data = _at(body, "properties", "creationData") or {}
        source = data.get("sourceResourceId")
        if data.get("createOption") == "Copy" and store.get(source or "") is None:
            raise conflict("ResourceNotFound", f"Resource {source} of {key} in {group_of(key)} does not exist.")
