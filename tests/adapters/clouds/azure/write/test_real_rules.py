"""What Azure documents and a client must cope with: somebody else was faster, locks, quotas, machines that are not ours to stop."""

from typing import Any

import pytest
from tests.adapters.clouds.acting import holds
from tests.adapters.clouds.azure.write import _worlds_compute, _worlds_platform, _worlds_stores
from tests.adapters.clouds.azure.write._harness import Case, Saga, World
from tests.adapters.clouds.azure.write.test_readers_agree import cloud_of, row

from skywright.lab.azure.seed import compute, data, network
from skywright.model.errors import AskHuman, PlanAgain

AKS = "Microsoft.ContainerService/managedClusters/one"


def cluster_case(world: World) -> Case:
    return _worlds_platform.CASES["say which addresses reach a cluster's API server"](world)


def meddle(world: World, times: int) -> None:
    """Somebody changes the cluster each time between our reading and our writing."""
    send, left = world.wire.send, [times]

    def sending(service: str, request: Any) -> Any:
        if request.method == "PUT" and left[0]:
            left[0] -= 1
            record = world.record(AKS)
            record.body["tags"] = {**record.body["tags"], "touched": str(left[0])}
            world.store.touch(record)
        return send(service, request)

    world.wire.send = sending


def test_a_change_that_somebody_made_meanwhile_is_kept():
    world = World()
    case = cluster_case(world)
    meddle(world, 2)
    assert Saga(world, case).do() == -1
    assert world.record(AKS).properties["apiServerAccessProfile"]["authorizedIPRanges"] == ["198.51.100.0/24"]
    assert world.record(AKS).body["tags"]["touched"] == "0"


def test_who_never_stops_changing_it_wins():
    world = World()
    case = cluster_case(world)
    meddle(world, 99)
    with pytest.raises(PlanAgain, match="HTTP conditional header"):
        Saga(world, case).do()
    assert world.record(AKS).properties["apiServerAccessProfile"]["authorizedIPRanges"] == []


def test_what_is_neither_as_planned_nor_as_wanted_is_left_alone():
    world = World()
    case = _worlds_compute.disk_type(world)
    world.record("Microsoft.Compute/disks/data").body["sku"]["name"] = "UltraSSD_LRS"
    with pytest.raises(PlanAgain) as moved:
        Saga(world, case).do()
    assert str(moved.value) == (
        f'azure:{world.subscription}:westeurope:storage.volume/rg/data: type is "UltraSSD_LRS", neither "Premium_LRS" as planned '
        'nor "StandardSSD_LRS" as wanted. Gather and plan again.'
    )
    assert world.wire.changes == []


@pytest.mark.parametrize(
    "name", ["change the type of a disk", "resize a machine", "stop a machine and give its hardware back (deallocate)"]
)
def test_what_is_gone_is_planned_again(name: str):
    world = World()
    case = _worlds_compute.CASES[name](world)
    kind = "disks/data" if "disk" in name else "virtualMachines/web"
    world.store.remove(world.site.id(f"Microsoft.Compute/{kind}").lower())
    with pytest.raises(PlanAgain, match=r"is gone: .* Gather and plan again\."):
        Saga(world, case).do()


def test_a_machine_of_a_scale_set_is_not_ours_to_stop():
    world = World()
    fleet = compute.scale_set(world.site, "fleet", _worlds_compute.subnet(world))
    world.store.put(
        f"{fleet.body['id']}/virtualMachines/0",
        {"location": "westeurope", "properties": {"instanceView": {"statuses": [{"code": "PowerState/running"}]}}},
    )
    case = _worlds_compute.stop(world)
    case.native_id = "rg/member:fleet/0"
    with pytest.raises(AskHuman) as refused:
        Saga(world, case).do()
    assert str(refused.value) == (
        f"azure:{world.subscription}:westeurope:compute.instance/rg/member:fleet/0 belongs to a scale set, which decides how many "
        "of its machines run. Change the scale set's capacity instead."
    )


def test_a_machine_whose_disk_would_be_lost_is_not_deallocated():
    world = World()
    case = _worlds_compute.resize(world)
    world.record(_worlds_compute.MACHINE).properties["storageProfile"]["osDisk"]["diffDiskSettings"] = {"option": "Local"}
    with pytest.raises(AskHuman, match="has an ephemeral disk, which is lost when the machine is deallocated"):
        Saga(world, case).do()
    assert world.wire.changes == [], "refused at the first step"


def test_a_machine_for_which_there_is_no_room_gets_its_old_size_back():
    world = World()
    case = _worlds_compute.resize(world)
    before = case.see()
    saga = Saga(world, case)
    for step in saga.steps[:3]:
        step.do("t")
    world.store.failing["virtualmachines/web"] = {"code": "AllocationFailed", "message": "There is no room for this size."}
    with pytest.raises(AskHuman, match=r"There is no room for this size\."):
        saga.steps[3].do("t")
    world.record(_worlds_compute.MACHINE).power = "deallocated"
    saga.undo(3)
    assert case.see() == before


def test_an_address_that_would_be_another_one_stays_on_its_card():
    world = World()
    case = _worlds_compute.detach(world)
    world.record("Microsoft.Network/publicIPAddresses/front").properties["publicIPAllocationMethod"] = "Dynamic"
    with pytest.raises(AskHuman, match="is dynamic, and would be lost when it is taken off"):
        Saga(world, case).do()


def test_a_lock_is_a_persons_word():
    world = World()
    case = _worlds_compute.delete_disk(world)
    data.lock(world.site, world.record("Microsoft.Compute/disks/data"), "mine")
    before = case.see()
    saga = Saga(world, case)
    with pytest.raises(AskHuman, match=r"A management lock forbids .* Remove the lock that is named"):
        saga.do()
    saga.undo()
    assert case.see() == before


def test_a_disk_that_was_attached_meanwhile_is_not_deleted():
    world = World()
    case = _worlds_compute.delete_disk(world)
    disk = world.record("Microsoft.Compute/disks/data")
    card = compute.card(world.site, "late-nic", _worlds_compute.subnet(world))
    compute.machine(world.site, "late", card, disks=[disk])
    with pytest.raises(PlanAgain, match=r"is attached to .*/virtualMachines/late"):
        Saga(world, case).do()
    assert not any("DELETE" in change for change in world.wire.changes)


def test_a_disk_is_not_deleted_without_a_complete_copy():
    world = World()
    case = _worlds_compute.delete_disk(world)
    saga = Saga(world, case)
    with pytest.raises(PlanAgain, match="has no complete safety copy, so it is not deleted"):
        saga.steps[1].do("t")


def test_the_type_of_a_disk_in_use_is_refused_in_azures_words():
    world = World()
    _worlds_compute.machine(world)
    case = Case(
        kind="storage.volume",
        native_id="rg/web-os",
        before={"type": "Premium_LRS"},
        after={"type": "Standard_LRS"},
        see=dict,
    )
    with pytest.raises(PlanAgain, match="Cannot change the SKU of disk web-os while it is attached to running VM web"):
        Saga(world, case).do()


def test_an_assignment_that_somebody_else_took_away_stays_away():
    world = World()
    case = _worlds_platform.revoke(world)
    world.store.remove(world.store.of_type("microsoft.authorization/roleassignments")[0].key)
    saga = Saga(world, case)
    assert saga.do() == -1
    assert world.wire.changes == []


def test_a_private_container_that_somebody_opened_again_is_not_touched_by_undo():
    world = World()
    case = _worlds_stores.containers(world)
    saga = Saga(world, case)
    saga.steps[0].undo("t", None)
    assert world.wire.changes == []


def test_a_port_in_a_range_is_closed_with_its_whole_line_and_comes_back_with_it():
    world = World()
    rule = network.rule("support", 300, "20-30", "Internet")
    case = _worlds_compute.firewall_case(world, lambda line: not _worlds_compute.everywhere(line, 22), rule)
    before = world.store.get(world.site.id("Microsoft.Network/networkSecurityGroups/guard/securityRules/support")).properties
    before = dict(before)
    saga = Saga(world, case)
    saga.do()
    assert holds(case.see(), case.goal)
    saga.undo()
    world.store.settle()
    after = world.store.get(world.site.id("Microsoft.Network/networkSecurityGroups/guard/securityRules/support")).properties
    assert after == before, "with its own words, source tag and all"


def test_a_rule_that_was_changed_meanwhile_is_left_alone():
    world = World()
    case = _worlds_compute.close_ssh(world)
    world.store.get(world.site.id("Microsoft.Network/networkSecurityGroups/guard/securityRules/ssh")).properties["priority"] = 301
    with pytest.raises(PlanAgain, match=r"The rule ssh of .* is neither as planned nor as wanted"):
        Saga(world, case).do()


@pytest.mark.parametrize("source", ["Internet", "VirtualNetwork"])
def test_a_tag_that_the_row_spells_out_is_known_again_and_comes_back_as_a_tag(source: str):
    """The row of a group that a subnet carries says 10.1.0.0/16 where the rule says VirtualNetwork."""
    world = World()
    subnet = _worlds_compute.subnet(world)
    mixed = network.rule("mixed", 300, "22", "")
    mixed["properties"] |= {"sourceAddressPrefixes": ["Internet", "VirtualNetwork"], "sourceAddressPrefix": ""}
    guard = network.group(world.site, "guard", [mixed])
    subnet.properties["networkSecurityGroup"] = {"id": guard.body["id"]}
    world.store.dirty = True
    case = Case(kind="network.firewall", native_id="rg/guard", before={}, after={}, see=dict)
    target = case.change(world.subscription).target
    before = row(cloud_of(world), target)
    own = [rule for rule in before.rules if rule.description == "mixed"]
    assert {rule.cidr for rule in own} == {"0.0.0.0/0", "::/0", "10.1.0.0/16"}
    gone = ("0.0.0.0/0", "::/0") if source == "Internet" else ("10.1.0.0/16",)
    case.before = {"rules": before.rules}
    case.after = {"rules": [rule for rule in before.rules if rule not in own or rule.cidr not in gone]}
    kept = dict(_mixed(world))
    saga = Saga(world, case)
    assert saga.do() == -1
    after = row(cloud_of(world), target)
    assert {rule.cidr for rule in after.rules if rule.description == "mixed"} == {rule.cidr for rule in own} - set(gone)
    assert Saga(world, case).do() == -1, "and once more"
    saga.undo()
    assert row(cloud_of(world), target).rules == before.rules
    assert _mixed(world)["sourceAddressPrefixes"] == kept["sourceAddressPrefixes"], "the tag itself"


def _mixed(world: World) -> dict[str, Any]:
    world.store.settle()
    found = world.store.get(world.site.id("Microsoft.Network/networkSecurityGroups/guard/securityRules/mixed"))
    assert found is not None
    return found.properties


def test_a_machine_that_somebody_else_started_stays_on():
    world = World()
    case = _worlds_compute.release(world)
    saga = Saga(world, case)
    saga.do()
    world.record(_worlds_compute.MACHINE).power = "running"
    saga.undo()
    assert world.record(_worlds_compute.MACHINE).power == "running"


def test_a_machine_that_runs_again_keeps_its_hardware():
    world = World()
    case = _worlds_compute.release(world)
    world.record(_worlds_compute.MACHINE).power = "running"
    with pytest.raises(PlanAgain, match=r"compute\.instance/rg/web is running\. Gather and plan again\."):
        Saga(world, case).do()
