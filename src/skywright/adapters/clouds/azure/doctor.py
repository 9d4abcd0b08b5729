"""Permission by permission: what reading and writing need, and whether Azure lets us. One call a subscription, which changes
nothing: Azure lists what the asker may do there."""

from collections.abc import Iterator, Sequence

from skywright.adapters.clouds.azure.permissions import allows
from skywright.adapters.clouds.azure.read.inventory import Inventory
from skywright.adapters.clouds.kit.actions import Action
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.errors import SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

GRAPH_PREFIX = "Microsoft.Graph/"
TENANT_PREFIXES = (GRAPH_PREFIX, "Microsoft.Capacity/", "Microsoft.Management/")
"""Permissions that are not given on a subscription, so that its list does not tell."""


def examine(inventory: Inventory, account: str, readers: Sequence[Reader], actions: Sequence[Action] = ()) -> Iterator[Permission]:
    """The permissions that ``readers`` and ``actions`` need in one subscription, by name."""
    users: dict[str, set[str]] = {}
    for reader in readers:
        for name in reader.permissions:
            users.setdefault(name, set()).update(reader.kinds)
    for action in actions:
        for name in action.permissions:
            users.setdefault(name, set()).add(t("changes of {kind}", kind=action.kind))
    try:
        entries = inventory.permissions(account)
    except SkywrightError as error:
        for name in sorted(users):
            yield Permission(name, _needed_for(users[name], account), None, str(error))
        return
    for name in sorted(users):
        needed_for = _needed_for(users[name], account)
        if name.startswith(TENANT_PREFIXES):
            yield Permission(name, needed_for, None, t("It is given on the tenant, which does not list what it allows."))
            continue
        allowed = allows(entries, name)
        yield Permission(name, needed_for, allowed, "" if allowed else t("No role on the subscription allows it."))


def _needed_for(kinds: set[str], account: str) -> str:
    return t("{kinds} of subscription {account}", kinds=", ".join(sorted(kinds)), account=account)
