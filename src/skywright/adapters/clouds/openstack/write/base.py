"""What OpenStack's actions have of their own: a target that says a call as the API reference does."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.openstack.calls import Ask, Got
from skywright.adapters.clouds.openstack.place import COMPUTE, IDENTITY, IMAGE, NETWORK, OBJECT, VOLUME

OF_KIND = {
    "compute.instance": COMPUTE,
    "compute.host": COMPUTE,
    "compute.keypair": COMPUTE,
    "compute.image": IMAGE,
    "storage.volume": VOLUME,
    "storage.snapshot": VOLUME,
    "storage.bucket": OBJECT,
    "identity.user": IDENTITY,
    "identity.key": IDENTITY,
    "account.account": IDENTITY,
}
"""The service of a kind; that of all others is the network."""
MICRO = {COMPUTE: "2.87", VOLUME: "3.64"}


class Target(actions.Target):
    """One resource of OpenStack as its calls see it."""

    def ask(self, verb: str, *ids: str, service: str = "", **more: Any) -> Got:
        """One call (``GET /servers/{}``) in the target's project and region, of its kind's own service if no other is named."""
        wanted = service or OF_KIND.get(self.name.kind, NETWORK)
        what = Ask(service=wanted, verb=verb, ids=ids, micro=more.pop("micro", MICRO.get(wanted, "")), **more)
        got: Got = self._calls.ask(self.name.account, self.name.region, what)
        return got

    def get(self, verb: str, *ids: str, item: str = "", service: str = "", **more: Any) -> dict[str, Any]:
        """What stands under ``item`` in the answer of a GET."""
        body = self.ask(f"GET {verb}", *ids, service=service, **more).body
        found: dict[str, Any] = body[item] if item else body
        return found

    def items(self, verb: str, key: str, service: str = "", **query: str) -> Iterator[dict[str, Any]]:
        """All items of a list."""
        wanted = service or OF_KIND.get(self.name.kind, NETWORK)
        what = Ask(service=wanted, verb=f"GET {verb}", query=query, micro=MICRO.get(wanted, ""))
        found: Iterator[dict[str, Any]] = self._calls.pages(self.name.account, self.name.region, what, key)
        return found


def call(service: str, verb: str) -> str:
    """How a call is named in the table of actions, and by the counter."""
    return f"{service}:{verb}"


def PATCH(changes: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N802 - the verb's name
    """Changes of an image, as the Image API wants them: a JSON patch with a content type of its own."""
    import msgspec

    return {"content": msgspec.json.encode(changes), "headers": {"Content-Type": "application/openstack-images-v2.1-json-patch"}}
