"""A small world to plan in."""

from datetime import datetime

import pytest

from skywright.loop.plan import Means, World
from skywright.model.estate import Snapshot
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Firewall, FirewallRule
from skywright.model.kinds.storage import Volume
from skywright.model.plan import Action, Proposal, Reversibility

NOW = datetime(2026, 8, 1, 12)


class Tools:
    """Short ways to say things."""

    now = NOW
    ssh = FirewallRule("ingress", "tcp", 22, 22, "0.0.0.0/0")
    rdp = FirewallRule("ingress", "tcp", 3389, 3389, "0.0.0.0/0")
    web = FirewallRule("ingress", "tcp", 443, 443, "0.0.0.0/0")

    @staticmethod
    def id(kind, native):
        return resource_id("aws", "1", "eu-west-1", kind.KIND, native)

    def make(self, kind, native, **columns):
        return kind(id=self.id(kind, native), cloud="aws", account="1", region="eu-west-1", native_id=native, **columns)

    def machine(self, native="i-1", **columns):
        return self.make(Instance, native, **{"type": "m5.large", "state": "running", "tags": {"owner": "pay"}} | columns)

    def volume(self, native="v-1", **columns):
        return self.make(Volume, native, **{"type": "gp2", "size_gib": 10, "tags": {}} | columns)

    def firewall(self, native="sg-1", **columns):
        return self.make(Firewall, native, **{"rules": [self.ssh, self.rdp, self.web]} | columns)

    @staticmethod
    def wish(resource, proposer="rule", precedence=100, **more):
        target = resource if isinstance(resource, str) else resource.id
        values = more.pop("set", {})
        action = more.pop("action", Action.UPDATE if values else Action.DELETE)
        facts = {"why": f"{proposer} says so", "reasons": (f"{proposer}-1",)} | more
        return Proposal(proposer=proposer, target=target, action=action, set=values, precedence=precedence, **facts)

    @staticmethod
    def world(*rows, relations=(), coverage=()):
        return World(Snapshot(id="s1", taken_at=NOW, coverage=coverage), {row.id: row for row in rows}, relations)

    @staticmethod
    def means(refused=(), costs=None):
        """A cloud that can do everything but change (or delete: None) the columns named."""

        def can(cloud, kind, before, after):
            columns = set(after) if after is not None else {None}
            return None if columns & set(refused) else Reversibility.FULL

        return Means(can, costs or (lambda overlay, ids: {}))


@pytest.fixture
def tools():
    return Tools()
