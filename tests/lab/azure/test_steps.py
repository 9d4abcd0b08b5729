"""An afternoon's work with Azure's own libraries: sign in, build, change, look, take away. Every step as the reference has it."""

from tests.lab.azure._tenant import Tenant, code

RULE = {
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourcePortRange": "*",
    "destinationPortRange": "443",
    "sourceAddressPrefix": "*",
    "destinationAddressPrefix": "*",
}


def network(tenant: Tenant) -> str:
    """A network with one subnet; its path."""
    path = f"{tenant.group}/providers/Microsoft.Network/virtualNetworks/net"
    body = {
        "location": "westeurope",
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "web", "properties": {"addressPrefix": "10.0.1.0/24"}}],
        },
    }
    tenant.put(path, body)
    return path


def card(tenant: Tenant, name: str = "nic", address: str = "") -> str:
    path = f"{tenant.group}/providers/Microsoft.Network/networkInterfaces/{name}"
    inner = {"subnet": {"id": f"{network(tenant)}/subnets/web"}, "privateIPAddress": "10.0.1.4", "primary": True}
    if address:
        inner["publicIPAddress"] = {"id": address}
    tenant.put(path, {"location": "westeurope", "properties": {"ipConfigurations": [{"name": "one", "properties": inner}]}})
    return path


def disk(tenant: Tenant, name: str = "disk", gib: int = 64) -> str:
    path = f"{tenant.group}/providers/Microsoft.Compute/disks/{name}"
    tenant.put(
        path,
        {
            "location": "westeurope",
            "sku": {"name": "Premium_LRS"},
            "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": gib},
        },
    )
    return path


def machine(tenant: Tenant) -> str:
    path = f"{tenant.group}/providers/Microsoft.Compute/virtualMachines/web"
    body = {
        "location": "westeurope",
        "tags": {"owner": "a"},
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "osDisk": {"createOption": "Attach", "osType": "Linux", "managedDisk": {"id": disk(tenant, "boot")}}
            },
            "networkProfile": {"networkInterfaces": [{"id": card(tenant)}]},
        },
    }
    tenant.put(path, body)
    return path


def test_a_machine_from_its_making_to_its_end(tenant: Tenant):
    path = machine(tenant)
    made = tenant.get(path)
    assert (made["name"], made["type"]) == ("web", "Microsoft.Compute/virtualMachines")
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["vmId"]
    view = tenant.get(f"{path}/instanceView")
    assert [status["code"] for status in view["statuses"]] == ["ProvisioningState/succeeded", "PowerState/running"]
    boot = tenant.get(f"{tenant.group}/providers/Microsoft.Compute/disks/boot")
    assert (boot["managedBy"], boot["properties"]["diskState"]) == (made["id"], "Attached")
    nic = tenant.get(f"{tenant.group}/providers/Microsoft.Network/networkInterfaces/nic")
    assert nic["properties"]["virtualMachine"] == {"id": made["id"]}

    resized = {"properties": {"hardwareProfile": {"vmSize": "Standard_E4s_v5"}}}
    assert code(tenant.send("PATCH", path, resized)) == (409, "OperationNotAllowed")
    tenant.done(tenant.send("POST", f"{path}/deallocate"), path)
    assert (
        tenant.get(f"{path}?$expand=instanceView")["properties"]["instanceView"]["statuses"][1]["code"] == "PowerState/deallocated"
    )
    assert tenant.get(f"{tenant.group}/providers/Microsoft.Compute/disks/boot")["properties"]["diskState"] == "Reserved"
    changed = tenant.done(tenant.send("PATCH", path, resized), path)
    assert changed["properties"]["hardwareProfile"]["vmSize"] == "Standard_E4s_v5"
    assert changed["properties"]["networkProfile"] == made["properties"]["networkProfile"], "PATCH merges"
    tenant.done(tenant.send("POST", f"{path}/start"), path)
    tenant.done(tenant.send("POST", f"{path}/restart"), path)
    tenant.done(tenant.send("POST", f"{path}/powerOff"), path)
    assert code(tenant.send("POST", f"{path}/restart")) == (409, "OperationNotAllowed")
    assert code(tenant.send("POST", f"{path}/fly")) == (400, "InvalidAction")

    assert code(tenant.send("DELETE", f"{tenant.group}/providers/Microsoft.Compute/disks/boot")) == (409, "OperationNotAllowed")
    assert code(tenant.send("DELETE", f"{tenant.group}/providers/Microsoft.Network/networkInterfaces/nic")) == (400, "NicInUse")
    gone = tenant.send("DELETE", path)
    assert gone.status_code == 202
    assert tenant.done(gone, path)["error"]["code"] == "ResourceNotFound"
    assert tenant.send("DELETE", path).status_code == 204
    assert tenant.send("HEAD", path).status_code == 404


def test_a_disk_grows_and_never_shrinks_and_is_copied(tenant: Tenant):
    path = disk(tenant)
    assert tenant.done(tenant.send("PATCH", path, {"properties": {"diskSizeGB": 128}}), path)["properties"]["diskSizeGB"] == 128
    assert code(tenant.send("PATCH", path, {"properties": {"diskSizeGB": 64}})) == (400, "ResizeDiskError")
    copy = f"{tenant.group}/providers/Microsoft.Compute/snapshots/copy"
    made = tenant.put(
        copy, {"location": "westeurope", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": path}}}
    )
    assert made["properties"]["diskSizeGB"] == 128
    tenant.done(tenant.send("DELETE", path), copy)
    orphan = {"location": "westeurope", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": path}}}
    assert code(tenant.send("PUT", f"{copy}-2", orphan)) == (409, "ResourceNotFound")


def test_a_security_group_and_its_rules(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Network/networkSecurityGroups/guard"
    tenant.put(path, {"location": "westeurope", "properties": {"securityRules": [{"name": "https", "properties": RULE}]}})
    part = tenant.get(f"{path}/securityRules/https")
    assert part["properties"]["destinationPortRange"] == "443"
    clash = {"properties": {**RULE, "destinationPortRange": "80"}}
    assert code(tenant.send("PUT", f"{path}/securityRules/http", clash)) == (400, "SecurityRuleConflict")
    tenant.put(f"{path}/securityRules/http", {"properties": {**RULE, "priority": 110, "destinationPortRange": "80"}})
    assert [one["name"] for one in tenant.get(path)["properties"]["securityRules"]] == ["https", "http"]
    assert code(tenant.send("PATCH", path, {"properties": {}})) == (400, "InvalidRequestFormat"), "PATCH takes tags alone"
    wrong = {"properties": {**RULE, "priority": 5000}}
    assert code(tenant.send("PUT", f"{path}/securityRules/x", wrong)) == (400, "SecurityRuleInvalidPriority")

    subnet = f"{network(tenant)}/subnets/web"
    tenant.put(subnet, {"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": path}}})
    assert tenant.get(path)["properties"]["subnets"] == [{"id": subnet}]
    assert code(tenant.send("DELETE", path)) == (400, "InUseNetworkSecurityGroupCannotBeDeleted")
    tenant.put(subnet, {"properties": {"addressPrefix": "10.0.1.0/24"}})
    tenant.done(tenant.send("DELETE", f"{path}/securityRules/http"), path)
    assert tenant.done(tenant.send("DELETE", path), path)["error"]["code"] == "ResourceNotFound"


def test_an_address_is_in_use_while_a_card_has_it(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Network/publicIPAddresses/front"
    made = tenant.put(
        path, {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
    )
    assert made["properties"]["ipAddress"].startswith("20.")
    card(tenant, address=path)
    assert tenant.get(path)["properties"]["ipConfiguration"]["id"].endswith("/networkInterfaces/nic/ipConfigurations/one")
    assert code(tenant.send("DELETE", path)) == (400, "PublicIPAddressCannotBeDeleted")


def test_storage_accounts_forbid_public_containers_unless_they_allow_them(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Storage/storageAccounts/store1"
    body = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {"allowBlobPublicAccess": False},
    }
    tenant.put(path, body)
    tenant.put(f"{path}/blobServices/default", {"properties": {"isVersioningEnabled": True}})
    box = f"{path}/blobServices/default/containers/box"
    assert code(tenant.send("PUT", box, {"properties": {"publicAccess": "Blob"}})) == (409, "PublicAccessNotPermitted")
    tenant.done(tenant.send("PATCH", path, {"properties": {"allowBlobPublicAccess": True}}), path)
    assert tenant.put(box, {"properties": {"publicAccess": "Blob"}})["properties"]["publicAccess"] == "Blob"
    assert code(tenant.send("PUT", path.replace("store1", "Store_1"), body)) == (400, "AccountNameInvalid")
    assert code(tenant.send("PATCH", path, {"properties": {"minimumTlsVersion": "SSL3"}})) == (400, "InvalidParameterValue")
    assert len(tenant.send("POST", f"{path}/listKeys").json()["keys"]) == 2


def test_what_was_switched_on_in_a_vault_stays_on(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.KeyVault/vaults/keep"
    tenant.put(path, {"location": "westeurope", "properties": {"enablePurgeProtection": True, "enableSoftDelete": True}})
    for flag in ("enablePurgeProtection", "enableSoftDelete"):
        assert code(tenant.send("PATCH", path, {"properties": {flag: False}})) == (400, "BadRequest")


def test_tags_are_merged_deleted_and_replaced(tenant: Tenant):
    path = disk(tenant)
    where = f"{path}/providers/Microsoft.Resources/tags/default"

    def tags(operation: str, **given: str) -> dict[str, str]:
        return tenant.send("PATCH", where, {"operation": operation, "properties": {"tags": given}}).json()["properties"]["tags"]

    assert tags("Merge", owner="a", cost="7") == {"owner": "a", "cost": "7"}
    assert tags("Delete", cost="7") == {"owner": "a"}
    assert tags("Replace", env="x") == {"env": "x"}
    assert tenant.get(path)["tags"] == {"env": "x"}
    assert code(tenant.send("PATCH", where, {"operation": "Burn", "properties": {"tags": {}}})) == (400, "InvalidTagPatchOperation")
    assert tenant.send("PUT", where, {"properties": {"tags": {"a": "b"}}}).json()["properties"]["tags"] == {"a": "b"}
    assert tenant.send("DELETE", where).status_code == 200
    assert tenant.get(where)["properties"]["tags"] == {}


def test_locks_hold_for_all_below_them(tenant: Tenant):
    path = disk(tenant)
    lock = f"{tenant.group}/providers/Microsoft.Authorization/locks/keep"
    tenant.put(lock, {"properties": {"level": "CanNotDelete"}})
    assert code(tenant.send("DELETE", path)) == (409, "ScopeLocked")
    assert tenant.send("PATCH", path, {"properties": {"diskSizeGB": 65}}).status_code == 200
    tenant.lab.store.settle()
    tenant.put(lock, {"properties": {"level": "ReadOnly"}})
    assert code(tenant.send("PATCH", path, {"properties": {"diskSizeGB": 66}})) == (409, "ScopeLocked")
    assert tenant.send("DELETE", lock).status_code == 200
    assert tenant.send("DELETE", path).status_code == 202


def test_resources_move_between_groups(tenant: Tenant):
    path = disk(tenant)
    other = f"{tenant.home}/resourceGroups/other-rg"
    tenant.put(other, {"location": "westeurope"})
    answer = tenant.send("POST", f"{tenant.group}/moveResources", {"resources": [path], "targetResourceGroup": other})
    assert answer.status_code == 202
    tenant.lab.store.settle()
    assert tenant.get(path.replace("lab-rg", "other-rg"))["properties"]["diskSizeGB"] == 64
    assert tenant.send("GET", path).status_code == 404


def test_a_group_takes_all_that_is_in_it_along(tenant: Tenant):
    path = disk(tenant)
    tenant.done(tenant.send("DELETE", tenant.group), tenant.home)
    assert code(tenant.send("GET", path)) == (404, "ResourceGroupNotFound")
    assert code(tenant.send("PUT", path, {"location": "westeurope"})) == (404, "ResourceGroupNotFound")


def test_a_machine_that_is_generalized_is_captured(tenant: Tenant):
    path = machine(tenant)
    assert code(tenant.send("POST", f"{path}/capture", {"vhdPrefix": "golden"})) == (409, "OperationNotAllowed")
    assert tenant.send("POST", f"{path}/generalize").status_code == 200
    assert tenant.send("POST", f"{path}/capture", {"vhdPrefix": "golden"}).status_code == 202
    tenant.lab.store.settle()
    assert (
        tenant.get(f"{tenant.group}/providers/Microsoft.Compute/images/golden")["properties"]["sourceVirtualMachine"]["id"] == path
    )


def test_health_follows_the_power(tenant: Tenant):
    path = machine(tenant)
    where = f"{path}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"
    assert tenant.get(where)["properties"]["availabilityState"] == "Available"
    tenant.done(tenant.send("POST", f"{path}/powerOff"), path)
    assert tenant.get(where)["properties"]["availabilityState"] == "Unavailable"
