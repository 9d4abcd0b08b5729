"""Host by host: can we get in, and what does it tell us."""

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial

from skywright.adapters.clouds.hosts.calls import Calls
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.script import SECTIONS
from skywright.model.errors import SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

ROOT_ONLY = ("firewall",)
LOOKED = {name: SECTIONS[name] for name in ("id", "firewall")}


def examine(calls: Calls, threads: Executor) -> Iterator[Permission]:
    """One line a host for getting in, and one for what only root may see and do."""
    if not calls.config.sites:
        yield Permission(
            "ssh", t("reading hosts"), allowed=None, reason=t("No hosts are named. Add a site under clouds.hosts.sites.")
        )
    for site in sorted(calls.config.sites):
        try:
            names = list(calls.hosts(site))
        except SkywrightError as error:
            yield Permission("ssh", t("site {site}", site=site), allowed=False, reason=str(error))
            continue
        for found in threads.map(partial(_host, calls, site), names):
            yield from found


def _host(calls: Calls, site: str, name: str) -> list[Permission]:
    needed_for = t("host {host} of site {site}", host=name, site=site)
    try:
        answer = calls.ask(site, name, LOOKED, "doctor")
    except Offline as error:
        return [Permission("ssh", needed_for, allowed=None, reason=str(error))]
    except SkywrightError as error:
        return [Permission("ssh", needed_for, allowed=False, reason=str(error))]
    root = (answer["id"] or "").strip() == "0"
    reason = (
        "" if root else t("Only root sees the firewall and may change things: set `sudo: true` for the site, with a sudoers rule.")
    )
    return [Permission("ssh", needed_for, allowed=True), Permission("root", needed_for, allowed=root, reason=reason)]
