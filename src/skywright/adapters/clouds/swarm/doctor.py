"""Call by call: what reading needs of each host and swarm, and whether it is let through. Docker itself has no permissions: who may
use its socket may do everything; an authorization plugin or a proxy in front may allow less."""

from collections.abc import Iterator, Sequence

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.swarm.calls import EVENTS, Calls
from skywright.adapters.clouds.swarm.directory import Directory
from skywright.adapters.clouds.swarm.place import ENGINE, SWARM
from skywright.model.errors import AskHuman, BadInput, Denied, SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission


def examine(calls: Calls, directory: Directory, readers: Sequence[Reader]) -> Iterator[Permission]:
    """Every call that a reader makes, tried harmlessly; one that needs an id stays unknown."""
    try:
        hosts, swarms, failures = directory.find()
    except (AskHuman, BadInput) as error:
        yield Permission("GET /info", t("finding the hosts"), allowed=False, reason=str(error))
        return
    for host, failure in failures:
        yield Permission("GET /info", t("host {host}", host=host), allowed=False, reason=str(failure))
    for account, service in (*((host, ENGINE) for host in hosts), *((swarm, SWARM) for swarm in swarms)):
        for name in sorted({name for reader in readers if reader.service == service for name in reader.permissions}):
            kinds = sorted({kind for one in readers if one.service == service and name in one.permissions for kind in one.kinds})
            needed_for = t("{kinds} of {account}", kinds=", ".join(kinds), account=account)
            yield Permission(name, needed_for, *_tried(calls, account, name))


def _tried(calls: Calls, account: str, name: str) -> tuple[bool | None, str]:
    if "{id}" in name:
        return None, t("It needs a resource to be tried on.")
    try:
        calls.ask(account, name, query={"since": 0, "until": 1} if name == EVENTS else {})
    except Denied as error:
        return False, str(error)
    except SkywrightError as error:
        return None, str(error)
    return True, ""
