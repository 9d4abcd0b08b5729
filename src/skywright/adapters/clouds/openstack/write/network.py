"""Floating addresses, what guards a card, address translation of a router, and the tags of everything in a network."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.adapters.clouds.openstack.place import NETWORK, Place, worded, words
from skywright.adapters.clouds.openstack.read.ports import UNGUARDED, firewalls_of, source_check
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.model.errors import AskHuman, Denied, PlanAgain
from skywright.model.kinds import parse_id, resource_id
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

ADDRESS = "network.address"


def _address(target: Target) -> dict[str, Any]:
    return target.get("/floatingips/{}", target.id, item="floatingip")


def _read_holder(target: Target) -> Values:
    port = tr.said(_address(target), "port_id")
    return {"attached": bool(port), "interface": _id(target, "network.interface", port) if port else ""}


def _id(target: Target, kind: str, native_id: str) -> str:
    name = target.name
    return resource_id(name.cloud, name.account, name.region, kind, native_id)


def _write_holder(target: Target, wanted: Values) -> None:
    port = parse_id(wanted["interface"]).native_id if wanted["interface"] else None
    target.ask("PUT /floatingips/{}", target.id, json={"floatingip": {"port_id": port}})


def _may_move(before: Values, after: Values) -> bool:
    return "interface" in after and known(before, after) and bool(after.get("attached")) == bool(after["interface"])


DISASSOCIATE = Setting(
    action=Action(
        name="take a floating address from its server, or give it back",
        kind=ADDRESS,
        columns=("attached", "interface"),
        implied=("attached_to", "state"),
        calls=(call(NETWORK, "PUT /floatingips/{}"), call(NETWORK, "GET /floatingips/{}")),
        own_permissions=("update_floatingip", "get_floatingip"),
        document="Networking API v2.0: Update floating IP",
    ),
    read=_read_holder,
    write=_write_holder,
    allowed=_may_move,
)


class ReleaseStep:
    """Give a floating address back; undo takes one of the same network again: the same where that is allowed and it is free."""

    name = call(NETWORK, "DELETE /floatingips/{}")
    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: Target, change: str, before: Values) -> None:
        self._target = target
        self._address = str(before["public_ip"])
        self._network = parse_id(str(before["network"])).native_id
        self._tags = worded(before.get("tags") or {})
        self._mark = f"skywright {change}"
        self.text = t(
            "Release {address} ({target}). Undo takes an address of the same network again; it may be another one.",
            address=self._address,
            target=target,
        )

    def do(self, token: str) -> dict[str, Any]:
        """Gone. Refuses one that has been attached meanwhile."""
        if there(_address, self._target):
            with planned(self._target):
                if tr.text(_address(self._target), "port_id"):
                    raise PlanAgain(t("{target} is attached again.", target=self._target), next_step=t("Gather and plan again."))
                self._target.ask("DELETE /floatingips/{}", self._target.id)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """An address again. The one that an earlier undo has made is found by its description."""
        if there(_address, self._target):
            return
        made = self._made() or self._make()
        if self._tags and sorted(made.get("tags") or ()) != self._tags:
            self._target.ask("PUT /floatingips/{}/tags", made["id"], json={"tags": self._tags})

    def _made(self) -> dict[str, Any] | None:
        listed = self._target.items("/floatingips", "floatingips", description=self._mark)
        return next(iter(listed), None)

    def _make(self) -> dict[str, Any]:
        wanted = {"floating_network_id": self._network, "description": self._mark, "project_id": self._target.name.account}
        try:
            body = self._target.ask("POST /floatingips", json={"floatingip": {**wanted, "floating_ip_address": self._address}}).body
        except (Denied, PlanAgain):  # only administrators choose an address; and somebody else may have it by now
            body = self._target.ask("POST /floatingips", json={"floatingip": wanted}, own=True).body
        found: dict[str, Any] = body["floatingip"]
        return found


class Release:
    """The way to no floating address."""

    action = Action(
        name="release a floating address that is attached to nothing",
        kind=ADDRESS,
        columns=(),
        calls=(call(NETWORK, "DELETE /floatingips/{}"), call(NETWORK, "POST /floatingips"), call(NETWORK, "GET /floatingips/{}")),
        own_permissions=("delete_floatingip", "create_floatingip", "create_floatingip:floating_ip_address"),
        reversibility=Reversibility.SAFETY_COPY,
        note="undo takes a new one; only an administrator gets the same address, if it is still free",
        document="Networking API v2.0: Delete floating IP, Create floating IP",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only what is attached to nothing, and of which the network is known."""
        return after is None and not before.get("attached") and bool(before.get("network")) and bool(before.get("public_ip"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Another one."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (ReleaseStep(target, change, before),)


def _port(target: Target) -> dict[str, Any]:
    return target.get("/ports/{}", target.id, item="port")


def _read_guard(target: Target) -> Values:
    port = _port(target)
    return {
        "source_check": source_check(port),
        "firewalls": firewalls_of(port, Place(target.name.account, target.name.region)),
    }


def _write_guard(target: Target, wanted: Values) -> None:
    """Both in one call: Neutron switches port security off only on a card without security groups (Networking API)."""
    groups = [native for one in wanted["firewalls"] if (native := parse_id(one).native_id) != UNGUARDED]
    if wanted["source_check"] and source_check({**_port(target), "port_security_enabled": True}) is False:
        raise AskHuman(
            t("{target} allows every address by its allowed address pairs.", target=target),
            next_step=t("Narrow its allowed address pairs first."),
        )
    secured = bool(wanted["source_check"])
    body = {"port_security_enabled": secured, "security_groups": groups if secured else []}
    target.ask("PUT /ports/{}", target.id, json={"port": body})


def _may_guard(before: Values, after: Values) -> bool:
    """Off only together with the groups, so that undo knows them."""
    both = "firewalls" in after and "firewalls" in before
    return known(before, after) and (after.get("source_check") is True or both)


GUARD = Setting(
    action=Action(
        name="switch a card's port security, or change its security groups",
        kind="network.interface",
        columns=("source_check", "firewalls"),
        calls=(call(NETWORK, "PUT /ports/{}"), call(NETWORK, "GET /ports/{}")),
        own_permissions=("update_port", "update_port:port_security_enabled", "get_port"),
        note="a card with port security and without a group takes nothing",
        document="Networking API v2.0: Update port; Port security",
    ),
    read=_read_guard,
    write=_write_guard,
    allowed=_may_guard,
    undone=dict,
)


def _outside(target: Target) -> dict[str, Any]:
    found = target.get("/routers/{}", target.id, item="router").get("external_gateway_info")
    if not isinstance(found, dict):
        raise PlanAgain(t("{target} leads nowhere any more.", target=target), next_step=t("Gather and plan again."))
    return found


def _write_nat(target: Target, wanted: Values) -> None:
    outside = {**_outside(target), "enable_snat": wanted["source_nat"]}
    target.ask("PUT /routers/{}", target.id, json={"router": {"external_gateway_info": outside}})


SOURCE_NAT = Setting(
    action=Action(
        name="switch a router's source address translation",
        kind="network.gateway",
        columns=("source_nat",),
        calls=(call(NETWORK, "PUT /routers/{}"), call(NETWORK, "GET /routers/{}")),
        own_permissions=("update_router:external_gateway_info:enable_snat", "get_router"),
        document="Networking API v2.0: Update router (enable_snat)",
    ),
    read=lambda target: {"source_nat": _outside(target)["enable_snat"]},
    write=_write_nat,
)

TAGGED = {
    "network.vpc": ("networks", "network"),
    "network.subnet": ("subnets", "subnet"),
    "network.gateway": ("routers", "router"),
    "network.interface": ("ports", "port"),
    "network.address": ("floatingips", "floatingip"),
    "network.firewall": ("security-groups", "security_group"),
}
WORD_MAX = 60  # Networking API v2.0: Standard attributes tag extension


def fits_words(before: Values, after: Values) -> bool:
    """Known, and short enough."""
    return known(before, after) and all(0 < len(word) <= WORD_MAX and "," not in word for word in worded(after["tags"]))


def _tagging(kind: str, path: str, item: str) -> Setting:
    verb = f"PUT /{path}/{{}}/tags"
    return Setting(
        action=Action(
            name=f"change the tags of {kind}",
            kind=kind,
            columns=("tags",),
            calls=(call(NETWORK, verb), call(NETWORK, f"GET /{path}/{{}}")),
            own_permissions=(f"update_{path.replace('-', '_')}_tags", f"get_{item}"),
            document="Networking API v2.0: Replace all tags",
        ),
        read=lambda target: {"tags": words(target.get(f"/{path}/{{}}", target.id, item=item)["tags"])},
        write=lambda target, wanted: target.ask(verb, target.id, json={"tags": worded(wanted["tags"])}),
        allowed=fits_words,
    )


def _taggings() -> Iterator[Setting]:
    return (_tagging(kind, *names) for kind, names in TAGGED.items())


WAYS: tuple[Way, ...] = (DISASSOCIATE, Release(), GUARD, SOURCE_NAT, *_taggings())
