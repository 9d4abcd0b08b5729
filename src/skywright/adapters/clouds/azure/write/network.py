"""Cards and public addresses: taking an address off a card, and releasing one that nothing uses."""

from skywright.adapters.clouds.azure.write.base import Body, Target, properties
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, Values, Way
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility
from skywright.model.words import t

CARDS, ADDRESSES = "Microsoft.Network/networkInterfaces", "Microsoft.Network/publicIPAddresses"


def _spots(card: Body) -> list[Body]:
    found: list[Body] = properties(card).get("ipConfigurations") or []
    return found


def _primary(card: Body) -> Body:
    """The configuration that speaks for the card."""
    listed = [properties(one) for one in _spots(card)]
    return next((one for one in listed if one.get("primary")), listed[0] if listed else {})


def _address_of(card: Body) -> str:
    return str((_primary(card).get("publicIPAddress") or {}).get("id", ""))


def _read(target: Target) -> Values | None:
    card = target.get()
    if properties(card).get("provisioningState") not in (None, "Succeeded", "Failed"):
        return None
    path = _address_of(card)
    return {"public_ip": str(properties(target.get(path=path)).get("ipAddress", "")) if path else ""}


def _write(target: Target, wanted: Values) -> None:
    """Off, or on again: which resource an address is, the subscription's own list says, as a step may be undone by a process that
    never saw it being done."""
    path = _named(target, wanted["public_ip"]) if wanted["public_ip"] else ""
    if not path:
        _refuse_dynamic(target)
    target.edit(lambda card: _point(_primary(card), path))


def _point(spot: Body, path: str) -> None:
    spot.pop("publicIPAddress", None)
    if path:
        spot["publicIPAddress"] = {"id": path}


def _refuse_dynamic(target: Target) -> None:
    """An address that is not static would be another one when it comes back."""
    path = _address_of(target.get())
    if path and str(properties(target.get(path=path)).get("publicIPAllocationMethod", "")).lower() != "static":
        raise AskHuman(
            t("The public address of {target} is dynamic, and would be lost when it is taken off.", target=target),
            next_step=t("Make it static first, or take it off by hand."),
        )


def _named(target: Target, number: str) -> str:
    listed = target.listed(f"/subscriptions/{target.name.account}/providers/{ADDRESSES}")
    for address in listed:
        if properties(address).get("ipAddress") == number:
            return str(address["id"])
    raise AskHuman(
        t("The public address {number} is no longer in the subscription of {target}.", number=number, target=target),
        next_step=t("Give the card another one by hand, if it needs one."),
    )


DETACH = Setting(
    action=Action(
        name="take the public address off a card",
        kind="network.interface",
        columns=("public_ip",),
        calls=(f"{CARDS}/write", f"{CARDS}/read", f"{ADDRESSES}/read", f"{ADDRESSES}/join/action"),
        document="Azure Virtual Network documentation: Dissociate a public IP address from an Azure VM",
    ),
    read=_read,
    write=_write,
    allowed=lambda before, after: bool(before.get("public_ip")) and after["public_ip"] == "",
    within_s=MINUTES_S,
)


RELEASE = Deletion(
    action=Action(
        name="release a public address that nothing uses",
        kind="network.address",
        columns=(),
        calls=(f"{ADDRESSES}/delete", f"{ADDRESSES}/read"),
        reversibility=Reversibility.NONE,
        document="Azure REST API reference: Public IP Addresses - Delete",
        note="the number goes back to Azure, and may be given to somebody else",
    ),
    look=lambda target: target.present(),
    delete=lambda target: target.send("DELETE"),
    allowed=lambda before: not before.get("attached"),
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (DETACH, RELEASE)
