"""What a user may set under ``clouds.hosts``. How a host is reached is otherwise decided by ``~/.ssh/config``,
``known_hosts`` and the agent."""

import msgspec

from skywright.model.settings import SecretRef
from skywright.model.settings_base import Strict

NOT_IN_NAMES = frozenset(":/ \t\n")


class HostEntry(Strict, frozen=True):
    """One host. ``name`` is its alias, also for ``~/.ssh/config``; ``address`` where it is, if its name does not say."""

    name: str
    address: str | None = None
    port: int | None = None
    user: str | None = None
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not self.name or self.name.startswith("-") or NOT_IN_NAMES & set(self.name):
            raise ValueError(f"{self.name!r} cannot be the name of a host")


class Site(Strict, frozen=True):
    """A place with hosts, which is an account of its own. Hosts are listed, or taken from an inventory file, or are those
    aliases of ``~/.ssh/config`` that match a glob.

    ``key`` is a private key: a path, or where the key itself is found. ``intermittent``: to be offline is normal here, and changes
    wait for a host for at most ``queue_hours``. ``sudo``: commands are run by ``sudo -n``.
    """

    hosts: list[str | HostEntry] = []
    inventory: str | None = None
    aliases: list[str] = []
    user: str | None = None
    port: int | None = None
    key: SecretRef | str | None = None
    known_hosts: str | None = None
    jump: str | None = None
    sudo: bool = False
    intermittent: bool = False
    queue_hours: float = 24.0
    concurrency: int = 8
    timeout_s: float = 30.0


class HostsConfig(Strict, frozen=True):
    """The section of own hosts. ``state`` is a folder for what is remembered of them; without it under $XDG_STATE_HOME."""

    sites: dict[str, Site] = msgspec.field(default_factory=dict)
    state: str | None = None
    concurrency: int = 8
    skip_services: list[str] = []

    def __post_init__(self) -> None:
        for name in self.sites:
            if not name or NOT_IN_NAMES & set(name):
                raise ValueError(f"{name!r} cannot be the name of a site")
