"""Paths of Resource Manager and our ids: there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.azure import ids

SUB = "/subscriptions/ABC"
RG = f"{SUB}/resourceGroups/Shop-RG/providers"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{RG}/Microsoft.Compute/virtualMachines/Web-1", "compute.instance/shop-rg/web-1"),
        (f"{SUB}/resourcegroups/shop-rg/providers/microsoft.compute/virtualmachines/WEB-1", "compute.instance/shop-rg/web-1"),
        (f"{RG}/Microsoft.Network/virtualNetworks/net/subnets/Front", "network.subnet/shop-rg/net/front"),
        (f"{RG}/Microsoft.Network/loadBalancers/lb", "network.balancer/shop-rg/lb"),
        (f"{RG}/Microsoft.Network/applicationGateways/lb", "network.balancer/shop-rg/application:lb"),
        (f"{RG}/Microsoft.DBforPostgreSQL/flexibleServers/db", "database.instance/shop-rg/postgresql:db"),
        (f"{RG}/Microsoft.Sql/servers/s/databases/db", "database.instance/shop-rg/s/db"),
        (f"{RG}/Microsoft.Storage/storageAccounts/a/fileServices/default/shares/x", "storage.filesystem/shop-rg/a/x"),
        (f"{SUB}/resourceGroups/Shop-RG", "account.group/shop-rg"),
        (f"{SUB}/providers/Microsoft.Authorization/roleAssignments/G", "identity.binding/-/g"),
        (f"{SUB}/providers/Microsoft.Consumption/budgets/monthly", "finance.budget/-/monthly"),
    ],
)
def test_a_path_is_an_id(path: str, expected: str) -> None:
    assert ids.full_id(path, "westeurope") == f"azure:abc:westeurope:{expected}"
    assert ids.path_of(ids.full_id(path, "westeurope")).lower() == path.lower()


@pytest.mark.parametrize("path", ["", "/", "/subscriptions/a", "x", f"{RG}/Microsoft.Compute", f"{RG}/Microsoft.Nobody/knows/it"])
def test_what_is_in_no_table_has_no_id(path: str) -> None:
    assert ids.full_id(path, "westeurope") == ""


def test_two_types_of_one_kind_have_different_names() -> None:
    names = {
        ids.native_id(f"{RG}/{one.type.replace('/', '/x/', 1) if one.type.count('/') > 1 else one.type}/same")
        for one in ids.TYPES
        if one.kind == "network.gateway"
    }
    assert len(names) == 3


NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,20}", fullmatch=True)


@given(st.sampled_from([one for one in ids.TYPES if one.kind != "account.group"]), NAME, st.lists(NAME, min_size=4, max_size=4))
def test_there_and_back(one: ids.ArmType, group: str, names: list[str]) -> None:
    provider, *words = one.type.split("/")
    fixed = [ids.FIXED.get(word.lower(), name) for word, name in zip(words, names, strict=False)]
    path = f"/subscriptions/s/resourceGroups/{group}/providers/{provider}/" + "/".join(
        f"{a}/{b}" for a, b in zip(words, fixed, strict=True)
    )
    full = ids.full_id(path, "westeurope")
    assert full.split(":")[3].split("/")[0] == one.kind
    assert ids.path_of(full).lower() == path.lower()


@given(st.text(max_size=80))
def test_no_path_breaks_it(path: str) -> None:
    ids.full_id(path, "westeurope")
