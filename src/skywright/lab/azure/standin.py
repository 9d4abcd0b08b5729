"""The lab as its users hold it: where it is, how one signs in, what is in it, and how to make it misbehave."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from skywright.lab.azure.authority import READS, Authority, Principal, certificates
from skywright.lab.azure.directory import Directory
from skywright.lab.azure.front import Front, throttled
from skywright.lab.azure.refused import error_body
from skywright.lab.azure.seed import company
from skywright.lab.azure.store import Store
from skywright.lab.kit import Fault, Server

LARGE = 20_000


class AzureLab:
    """A running lab. ``store`` holds its resources, ``server.faults`` what shall go wrong."""

    name = "azure"

    def __init__(self, seed: int = 1, estate: str = "default", size: int | None = None) -> None:
        if estate not in ("empty", "small", "default", "large"):
            raise ValueError(f"{estate!r} is no estate: empty, small, default or large")
        self.store = Store(seed)
        tenant = self.store.guid()
        self.operator = Principal(self.store.guid(), "lab-operator-secret", self.store.guid(), ["*"])
        self.reader = Principal(self.store.guid(), "lab-reader-secret", self.store.guid(), list(READS))
        self.authority = Authority(tenant, [self.operator, self.reader])
        self.directory = Directory()
        self._sheet = company.build(self.store, self.directory, self.authority, estate, size or LARGE)
        self.front = Front(self.store, self.authority, self.directory, seed)
        self._folder = Path(tempfile.mkdtemp(prefix="skywright-azure-lab-"))
        made = certificates(self._folder)
        self.ca_file = str(made.ca_file)
        self.server = Server(self.front.answer, made.context, seed)

    @property
    def endpoint(self) -> str:
        """Where Resource Manager, sign-in, Microsoft Graph and metrics all are."""
        return self.server.endpoint

    @property
    def subscriptions(self) -> dict[str, str]:
        """Display names -> ids."""
        found = self.store.of_type("microsoft.resources/subscriptions")
        return {record.body["displayName"]: record.body["subscriptionId"] for record in found}

    def environment(self) -> dict[str, str]:
        """For tools that sign in through azure-identity. (What ARM is called has no variable of its own.)"""
        return {
            "AZURE_TENANT_ID": self.authority.tenant,
            "AZURE_CLIENT_ID": self.operator.client_id,
            "AZURE_CLIENT_SECRET": self.operator.secret,
            "AZURE_AUTHORITY_HOST": self.endpoint,
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "SSL_CERT_FILE": self.ca_file,
        }

    def section(self, *, reader: bool = False) -> dict[str, Any]:
        """The section ``clouds.azure`` of a configuration that reads the lab. ``reader``: signed in as one who may not write."""
        who = self.reader if reader else self.operator
        return {
            "tenant_id": self.authority.tenant,
            "client_id": who.client_id,
            "client_secret": who.secret,
            "authority": self.endpoint,
            "endpoint": self.endpoint,
            "ca_file": self.ca_file,
        }

    def answers(self) -> list[dict[str, str]]:
        """What a perfect audit would find among what was planted."""
        return [dict(line) for line in self._sheet]

    def calls(self) -> dict[str, int]:
        """How often each call was asked for: by access control's name of it."""
        return dict(self.server.counter)

    def fail(self, contains: str, status: int, code: str, message: str = "It failed.", **more: Any) -> Fault:
        """From now on requests that contain this fail, in ARM's shape. Answers the fault, for its count and for taking it back."""
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        fault = Fault(contains=contains, status=status, body=error_body(code, message), headers=headers, **more)
        self.server.faults.append(fault)
        return fault

    def throttle(self, contains: str, times: int | None = None, after_s: int = 0) -> Fault:
        """429 with Retry-After."""
        body, headers = throttled(after_s)
        fault = Fault(contains=contains, status=429, body=body, headers=headers, times=times)
        self.server.faults.append(fault)
        return fault

    def deny(self, action: str) -> None:
        """Nobody may do this (an action with wildcards) any more."""
        self.front.denied.append(action)

    def expire_tokens(self) -> None:
        """Tokens given out so far are too old."""
        self.authority.shift_s += self.authority.lifetime_s + 1

    def fail_operation(self, contains: str, code: str, message: str = "It failed on the way.") -> None:
        """The next asynchronous operation on a resource whose id contains this begins, and fails."""
        self.store.failing[contains] = {"code": code, "message": message}

    def stop(self) -> None:
        """Close the port; all is gone."""
        self.server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
