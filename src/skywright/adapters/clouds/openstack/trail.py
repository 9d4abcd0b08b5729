"""Nova's instance actions -> who did what to a server (Compute API, "Servers actions: list actions for server"). No other service
of OpenStack keeps such a list that its users may read; of a server it is kept after its deletion too (microversion 2.21)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.adapters.clouds.kit.trail import by_account
from skywright.adapters.clouds.openstack.calls import Ask, Calls
from skywright.adapters.clouds.openstack.place import COMPUTE, IDENTITY
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed

SERVER = "compute.instance"
ACTIONS = "GET /servers/{}/os-instance-actions"
MICRO = "2.58"  # times of change, and pages


def deeds(calls: Calls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One call a server, and one for each user's name. A server that Nova has forgotten has no history."""
    since = since.replace(microsecond=0)  # Nova keeps whole seconds

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        names: dict[str, str] = {}
        for target in wanted:
            name = parse_id(target)
            for action in _actions(calls, account, name.region, name.native_id, since) if name.kind == SERVER else ():
                when, what = tr.moment(action, "start_time"), tr.text(action, "action")
                if when is None or what is None or when > until or (tr.moment(action, "updated_at") or when) < since:
                    continue
                user = tr.said(action, "user_id")
                if user not in names:
                    names[user] = _named(calls, account, user)
                yield Deed(when, target, names[user], f"{COMPUTE}:{what}")

    return by_account(targets, ask)


def _actions(calls: Calls, account: str, region: str, server: str, since: datetime) -> list[Any]:
    query = {"changes-since": since.isoformat(timespec="seconds") + "Z"}
    what = Ask(service=COMPUTE, verb=ACTIONS, ids=(server,), query=query, micro=MICRO)
    try:
        return list(calls.pages(account, region, what, "instanceActions"))
    except NotThere:
        return []
    except ValueError as error:
        raise misunderstood("OpenStack", what.name, error) from error


def _named(calls: Calls, account: str, user: str) -> str:
    """A user's name, or its id where names are not for us. What Nova did by itself has no user: ""."""
    if not user:
        return ""
    try:
        body = calls.ask(account, GLOBAL, Ask(service=IDENTITY, verb="GET /users/{}", ids=(user,))).body
    except SkywrightError:  # the id says as much
        return user
    return tr.text(body, "user", "name") or user
