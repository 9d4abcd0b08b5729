"""Is a host well now: does it answer, and has nothing failed."""

from collections.abc import Sequence
from concurrent.futures import Executor

from skywright.adapters.clouds.hosts.calls import Calls
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.parse import software
from skywright.adapters.clouds.hosts.script import SECTIONS
from skywright.model.errors import SkywrightError
from skywright.model.kinds import parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health


def health(calls: Calls, targets: Sequence[str], threads: Executor) -> Sequence[Health]:
    """In the order of ``targets``. Offline at an intermittent site is neither well nor unwell."""
    return list(threads.map(lambda target: _of(calls, target), targets))


def _of(calls: Calls, target: str) -> Health:
    name = parse_id(target)
    try:
        said = calls.ask(name.account, name.native_id, {"services": SECTIONS["services"]}, "health")["services"]
        failed = [one.name for one in software.daemons(said) if one.state == "failed"] if said else []
    except Offline as error:
        patient = calls.config.sites[name.account].intermittent
        return Health(target, None if patient else False, str(error))
    except SkywrightError as error:
        return Health(target, None, str(error))
    except ValueError:
        return Health(target, None, t("What it says of its services is not understood."))
    return Health(target, not failed, t("Failed: {names}.", names=", ".join(failed)) if failed else "")
