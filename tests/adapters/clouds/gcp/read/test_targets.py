"""Which firewall rules apply to which cards: the indexes against looking at every pair."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import Carriers, Rules

HERE = Place("p", "global")
G = "https://www.googleapis.com/compute/v1/projects/p"
networks = st.sampled_from([f"{G}/global/networks/a", "projects/p/global/networks/a", f"{G}/global/networks/b"])
words = st.lists(st.sampled_from(["red", "green", "blue"]), max_size=2, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = draw(st.lists(st.tuples(networks, words, words), max_size=5))
    return [
        {
            "selfLink": f"{G}/global/firewalls/r{n}",
            "network": network,
            **({"targetTags": tags} if tags else {"targetServiceAccounts": accounts}),
        }
        for n, (network, tags, accounts) in enumerate(made)
    ]


@st.composite
def instances(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = draw(st.lists(st.tuples(st.lists(networks, min_size=1, max_size=2), words, words), max_size=5))
    return [
        {
            "selfLink": f"{G}/zones/a-b1-c/instances/i{n}",
            "networkInterfaces": [{"network": network} for network in nets],
            "tags": {"items": tags},
            "serviceAccounts": [{"email": account} for account in accounts],
        }
        for n, (nets, tags, accounts) in enumerate(made)
    ]


def applies(rule: dict[str, Any], instance: dict[str, Any], card: dict[str, Any]) -> bool:
    """VPC firewall rules, in words: the same network, and no target or one that fits."""
    if rule["network"][-1] != card["network"][-1]:
        return False
    tags, accounts = rule.get("targetTags", []), rule.get("targetServiceAccounts", [])
    own = [one["email"] for one in instance["serviceAccounts"]]
    return not (tags or accounts) or any(tag in instance["tags"]["items"] for tag in tags) or any(one in own for one in accounts)


@given(rules(), instances())
def test_both_indexes_say_what_every_pair_says(made: list[dict[str, Any]], there: list[dict[str, Any]]) -> None:
    index, carriers = Rules(made, HERE), Carriers(there, HERE)
    pairs = {
        (rule["selfLink"], number, nic)
        for rule in made
        for number, instance in enumerate(there)
        for nic, card in enumerate(instance["networkInterfaces"])
        if applies(rule, instance, card)
    }
    for number, instance in enumerate(there):
        for nic, card in enumerate(instance["networkInterfaces"]):
            wanted = sorted(
                HERE.link("network.firewall", rule["selfLink"]) for rule in made if (rule["selfLink"], number, nic) in pairs
            )
            assert index.carried(instance, [card]) == wanted
    for rule in made:
        wanted = {(f"gcp:p:a-b1:compute.instance/a-b1-c/i{number}", nic) for link, number, nic in pairs if link == rule["selfLink"]}
        assert carriers.of(rule) == wanted
