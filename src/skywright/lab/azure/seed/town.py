"""What every builder needs: the store, the time, a place to build in, and the answer sheet."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from skywright.lab.azure.authority import Authority
from skywright.lab.azure.directory import Directory
from skywright.lab.azure.store import Record, Store

Body = dict[str, Any]


class Town(msgspec.Struct):
    """One company's tenant. ``sheet`` is filled while faults are planted."""

    store: Store
    directory: Directory
    authority: Authority
    now: datetime
    sheet: list[dict[str, str]] = []

    def stamp(self, days_ago: float) -> str:
        """A time that long ago, as ARM writes it."""
        return (self.now - timedelta(days=days_ago)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


class Site(msgspec.Struct):
    """A resource group of a subscription, in one location, and whose it is."""

    town: Town
    subscription: str
    group: str
    location: str
    environment: str
    owner: str

    @property
    def root(self) -> str:
        """The resource group's id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    def id(self, path: str) -> str:
        """``Microsoft.Compute/disks/d`` -> its id here."""
        return f"{self.root}/providers/{path}"

    def put(self, path: str, properties: Body, *, load: str = "busy", power: str = "", **more: Any) -> Record:
        """A resource here, settled, with a location and tags."""
        body: Body = {
            "location": self.location,
            "tags": self.tags(),
            **more,
            "properties": {"provisioningState": "Succeeded", **properties},
        }
        for name in [name for name, value in body.items() if value is None]:
            del body[name]
        return self.town.store.put(self.id(path), body, load=load, power=power)

    def part(self, of: Record, path: str, properties: Body, **more: Any) -> Record:
        """A part of a resource, or an extension of it, without a location."""
        return self.town.store.put(f"{of.body['id']}/{path}", {**more, "properties": properties})

    def tags(self) -> dict[str, str]:
        """Whose it is, and what for."""
        return {"owner": self.owner, "environment": self.environment, "application": self.group.rsplit("-", 1)[0]}

    def chance(self) -> Any:
        """The seeded source of every made-up value."""
        return self.town.store.chance

    def plant(self, fault: str, kind: str, record: Record, native: str = "", region: str = "") -> None:
        """Write a fault on the answer sheet: the id of the rule that should find it, and where."""
        self.town.sheet.append(
            {
                "fault": fault,
                "kind": kind,
                "account": self.subscription,
                "region": region or str(record.body.get("location") or self.location),
                "native_id": (native or f"{self.group}/{record.body['name']}").lower(),
            }
        )
