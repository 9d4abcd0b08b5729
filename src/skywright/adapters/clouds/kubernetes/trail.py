"""managedFields -> which program changed an object last, and when. (Who was behind it is in the API server's audit log only, which
no API reads.) Sources: "Server-Side Apply", "Managers"; ManagedFieldsEntry of the API reference."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from skywright.adapters.clouds.kit.trail import by_account
from skywright.adapters.clouds.kit.translate import items, moment, said, text
from skywright.adapters.clouds.kubernetes.calls import KubeCalls
from skywright.adapters.clouds.kubernetes.resources import APIS, Address, Api, address
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed

OBSERVED = "status"
"""The part of an object in which its controller writes what it sees: no change of what is wanted."""


def deeds(calls: KubeCalls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One list of metadata (never of values) for each resource and namespace. An object that is gone has taken its book with it.

    What controllers observed is told only of an object that nobody else has changed.
    """
    since = since.replace(microsecond=0)  # the book knows whole seconds

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for target in wanted:
            name = parse_id(target)
            found: Address | None = address(name.kind, name.native_id)
            if found is not None:
                groups[found.api.name, found.namespace][found.name] = target
        for (api, namespace), names in groups.items():
            for item in _listed(calls, account, APIS[api], namespace, names):
                if known := names.get(said(item, "metadata", "name")):
                    yield from _told(known, api, item, since, until)

    return by_account(targets, ask)


def _listed(calls: KubeCalls, account: str, api: Api, namespace: str, wanted: Iterable[str]) -> list[dict[str, Any]]:
    """Lists, which need no right that gathering has not; of one object where only one is wanted."""
    names = list(wanted)
    query = {"fieldSelector": f"metadata.name={names[0]}"} if len(names) == 1 else None
    return calls.objects(account, api, namespace, metadata_only=True, trim=_whole, query=query)


def _whole(item: dict[str, Any]) -> dict[str, Any]:
    return item


def _told(target: str, api: str, item: Any, since: datetime, until: datetime) -> list[Deed]:
    wanted: list[Deed] = []
    observed: list[Deed] = []
    for entry in items(item, "metadata", "managedFields"):
        when, who = moment(entry, "time"), text(entry, "manager")
        if when is None or who is None or not since <= when <= until:
            continue
        part = said(entry, "subresource")
        what = f"{said(entry, 'operation').lower() or 'update'} {api}{f'/{part}' if part else ''}"
        (observed if part == OBSERVED else wanted).append(Deed(when, target, who, what))
    return wanted or observed
