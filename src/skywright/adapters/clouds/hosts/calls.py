"""The one way to a host: which site it is of, a script sent, its answer taken apart, a count."""

from collections import Counter
from typing import Any

import msgspec

from skywright.adapters.clouds.hosts.config import HostEntry, HostsConfig, Site
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.inventory import hosts_of
from skywright.adapters.clouds.hosts.memory import Memory, Waiting, waits_s
from skywright.adapters.clouds.hosts.script import SAMPLE, Answer, composed, taken_apart
from skywright.adapters.clouds.hosts.session import Said, Sessions
from skywright.adapters.clouds.kit.caller import Caller
from skywright.model.errors import AskHuman, NotThere
from skywright.model.words import t
from skywright.ports.other import Clock


class Visit(msgspec.Struct, frozen=True):
    """Where a call goes: a site and one of its hosts."""

    site_name: str
    site: Site
    host: HostEntry


class Calls:
    """Scripts to hosts by site and name. Safe to use from many threads. ``counter`` counts visits by what they are for."""

    def __init__(self, config: HostsConfig, sessions: Sessions, memory: Memory, clock: Clock) -> None:
        self.config = config
        self.memory = memory
        self.clock = clock
        self._sessions = sessions
        self._caller = Caller(clock)
        self._hosts: dict[str, dict[str, HostEntry]] = {}
        self._sampled: dict[tuple[str, str], Answer] = {}

    @property
    def counter(self) -> Counter[str]:
        """Visits made so far; every attempt counts."""
        return self._caller.counter

    def hosts(self, site: str) -> dict[str, HostEntry]:
        """The hosts of a site. Raises AskHuman for a site that is not configured, BadInput for an inventory that cannot be used."""
        if site not in self.config.sites:
            raise AskHuman(t("Site {site} is not configured.", site=site), next_step=t("Add it under clouds.hosts.sites."))
        if site not in self._hosts:
            self._hosts[site] = hosts_of(self.config.sites[site], f"clouds.hosts.sites.{site}")
        return self._hosts[site]

    def forget(self) -> None:
        """Read inventories anew."""
        self._hosts.clear()
        self._sampled.clear()
        self._caller.forgive()

    def visit(self, site: str, host: str) -> Visit:
        """Where a host is. Raises NotThere for one that the site's configuration does not name (any more)."""
        known = self.hosts(site)
        if host not in known:
            raise NotThere(t("Host {host} is not named in site {site}.", host=host, site=site))
        return Visit(site, self.config.sites[site], known[host])

    def ask(self, site: str, host: str, sections: dict[str, str], purpose: str = "read") -> Answer:
        """What the host says to each section. Raises Offline, Denied, AskHuman or NotThere."""
        asked = composed(sections)
        return taken_apart(asked, self.run(site, host, asked.text, purpose).out, host)

    def keep_sample(self, site: str, host: str, answer: Answer) -> None:
        """Counters that a visit of this gathering brought along."""
        self._sampled[site, host] = {name: answer.get(name) for name in SAMPLE}

    def sample(self, site: str, host: str) -> Answer:
        """The host's counters: those that came along, once, or else those of a visit. Raises as ``ask``."""
        return self._sampled.pop((site, host), None) or self.ask(site, host, SAMPLE, "sample")

    def run(self, site: str, host: str, script: str, purpose: str) -> Said:
        """Run a script once: a host that does not answer is offline, and when to try again is for the caller to say."""
        where = self.visit(site, host)
        return self._caller.call(
            site,
            (site, host),
            f"ssh:{purpose}",
            lambda: self._sessions.run(site, where.site, where.host, script),
            repeatable=False,
        )

    def queued(self, site: str, host: str, token: str, what: str, error: Offline) -> Exception:
        """A step met a host that does not answer: what it raises. Of an intermittent site the change waits until its time is up."""
        settings = self.config.sites[site]
        if not settings.intermittent or not token:
            return error
        now = self.clock.now()
        before = self.memory.waiting(site, host).get(token)
        since = before.since if before else now
        until = before.until if before else now + _hours(settings.queue_hours)
        tries = (before.tries if before else 0) + 1
        if now >= until:
            self.memory.arrived(site, host, token)
            return AskHuman(
                t(
                    "{what} has waited for {host} since {since:%Y-%m-%d %H:%M}, and its time is up.",
                    what=what,
                    host=host,
                    since=since,
                ),
                next_step=t("Plan it again when the host is back, or give it longer (queue_hours of site {site}).", site=site),
            )
        wait = min(waits_s(settings.queue_hours, tries), (until - now).total_seconds())
        self.memory.wait(site, host, token, Waiting(since, until, tries, now + _hours(wait / 3600), what))
        return Offline(
            t(
                "{host} is offline; {what} waits until {until:%Y-%m-%d %H:%M}. {said}",
                host=host,
                what=what,
                until=until,
                said=error.message,
            ),
            after_s=wait,
        )


def _hours(hours: float) -> Any:
    from datetime import timedelta

    return timedelta(hours=hours)
