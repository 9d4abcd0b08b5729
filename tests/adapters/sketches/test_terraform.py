"""Terraform plans as sketches: what is read, where it is, and what is not understood."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from skywright.adapters.sketches import Where, read_sketch
from skywright.model.errors import BadInput

PLAN = Path(__file__).parent / "plan.json"


def sketched(document, tmp_path, **where):
    path = tmp_path / "tf.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_sketch(path, Where(**where), lambda *_: {})


@pytest.fixture(scope="module")
def items():
    return {item.address: item for item in read_sketch(PLAN, Where(), lambda *_: {}).items}


def test_data_sources_are_left_out(items):
    assert not [address for address in items if address.startswith("data.")]


def test_an_instance_brings_its_disks(items):
    after = items["aws_instance.web[0]"].after
    assert {name: (part.kind, part.columns["type"]) for name, part in after.items()} == {
        "instance": ("compute.instance", "m5.large"),
        "root": ("storage.volume", "gp3"),
        "/dev/sdf": ("storage.volume", "gp2"),
    }
    assert after["root"].columns["iops"] == 3000


def test_both_sides_of_a_replacement(items):
    item = items["aws_ebs_volume.data"]
    assert item.action == "replace"
    assert (item.before["volume"].columns["size_gib"], item.after["volume"].columns["size_gib"]) == (100, 200)
    assert item.after["volume"].columns["iops"] == 4000


REGIONS = [
    ("the provider's variable", "aws_instance.db", "eu-west-1"),
    ("its own zone", "aws_ebs_volume.data", "eu-west-1"),
    ("inside a module", "module.pool.aws_autoscaling_group.workers", "eu-west-1"),
    ("Google's zone", "google_compute_instance.batch", "europe-west1"),
    ("Azure's location, as people spell it", "azurerm_linux_virtual_machine.app", "westeurope"),
]


@pytest.mark.parametrize(("name", "address", "region"), REGIONS, ids=[name for name, *_ in REGIONS])
def test_where_a_resource_is(name, address, region, items):
    assert {part.region for part in items[address].after.values()} == {region}


def test_a_group_has_as_many_machines_as_wanted_of_its_templates_type(items):
    part = items["module.pool.aws_autoscaling_group.workers"].after["instances"]
    assert (part.columns["type"], part.quantity) == ("c5.large", Decimal(4))


def test_what_is_not_known_yet_has_no_value(items):
    assert items["aws_instance.unknown_type"].after["instance"].columns["type"] is None


def test_what_is_free_has_no_parts_and_what_is_not_understood_says_so(items):
    assert (items["aws_security_group.web"].after, items["aws_security_group.web"].unpriced) == ({}, "")
    assert items["aws_lambda_function.hook"].unpriced == "resources of this type are not priced yet"


def test_without_a_region_it_is_unpriced_and_the_user_can_name_one(tmp_path):
    change = {"address": "aws_eip.a", "type": "aws_eip", "change": {"actions": ["create"], "before": None, "after": {}}}
    document = {"format_version": "1.2", "resource_changes": [change]}
    [unknown] = sketched(document, tmp_path).items
    assert unknown.unpriced == "its region is not known; name it with --region"
    [known] = sketched(document, tmp_path, region="eu-west-1").items
    assert known.after["address"].region == "eu-west-1"


HOW_TO = "Write the whole plan: `terraform plan -out tfplan`, then `terraform show -json tfplan`."
BAD = [
    ("another format", {"format_version": "9.1", "resource_changes": []}, ": Terraform's format 9.1 is not known; 1.x is."),
    ("no list", {"format_version": "1.0", "resource_changes": {}}, ": resource_changes must be a list."),
    (
        "a change that says nothing",
        {"format_version": "1.0", "resource_changes": [{"address": "aws_eip.a", "type": "aws_eip"}]},
        ": The change of aws_eip.a says nothing.",
    ),
    (
        "an action nobody knows",
        {"format_version": "1.0", "resource_changes": [{"address": "a.b", "type": "a", "change": {"actions": ["melt"]}}]},
        ": a.b: the actions melt are not known.",
    ),
    ("cut", '{"format_version": "1.0",\n "resource_changes": [', ":2: This is not JSON: Expecting value."),
    (
        "something else",
        {"hello": 1},
        ": This is neither a Terraform plan nor a Kubernetes manifest. `terraform show -json FILE` writes a plan as JSON.",
    ),
    (
        "resources and no changes",
        {"format_version": "1.2", "planned_values": {"root_module": {"resources": [{"address": "aws_instance.a"}]}}},
        f": This holds planned_values and no resource_changes: what it changes cannot be told. {HOW_TO}",
    ),
    (
        "a state",
        {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {}}},
        f": This is Terraform's state, and no plan. {HOW_TO}",
    ),
]


def test_a_plan_without_any_resource_changes_nothing(tmp_path):
    """Terraform leaves resource_changes out then."""
    assert sketched({"format_version": "1.2", "planned_values": {"root_module": {}}}, tmp_path).items == ()


@pytest.mark.parametrize(("name", "document", "said"), BAD, ids=[name for name, *_ in BAD])
def test_a_bad_file_is_told(name, document, said, tmp_path):
    with pytest.raises(BadInput) as error:
        sketched(document, tmp_path)
    assert str(error.value) == f"{tmp_path / 'tf.json'}{said}"


def test_a_binary_plan_is_recognised(tmp_path):
    path = tmp_path / "tfplan"
    path.write_bytes(b"PK\x03\x04\x00")
    with pytest.raises(BadInput) as error:
        read_sketch(path, Where(), lambda *_: {})
    assert str(error.value) == f"{path}: This is a plan as Terraform keeps it. Write it as JSON: `terraform show -json FILE`."


def test_utf_16_as_powershell_writes_it_is_read(tmp_path):
    path = tmp_path / "tf.json"
    path.write_text(PLAN.read_text(), encoding="utf-16")
    assert len(read_sketch(path, Where(), lambda *_: {}).items) == 13
