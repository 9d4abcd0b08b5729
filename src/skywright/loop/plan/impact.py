"""What a change does to its users, and what taking it back would take, in words."""

from collections.abc import Iterable

from skywright.model.plan import Action, Reversibility
from skywright.model.words import t

RESTARTS = {"compute.instance": ("type",), "database.instance": ("type", "multi_zone"), "database.cache": ("type",)}
"""Columns whose change interrupts the resource. Sources: the providers' guides to changing instance types and classes."""

REPLACES = {
    "container.node": {"availability": t("Its pods restart on other nodes.")},
    "container.workload": dict.fromkeys(("containers", "mounts_token"), t("Its copies are replaced, one after the other.")),
}
"""Columns whose change replaces what runs, and how. Source: Kubernetes documentation, "Safely Drain a Node", "Deployments"."""

SLOWS = {"storage.volume": ("type", "size_gib", "iops", "throughput_mibps")}
"""Columns whose change goes on for hours while the resource stays in use."""

_NEUTRAL = frozenset({"tags", "name"})


def disruption(action: Action, kind: str, columns: Iterable[str], state: object) -> str:
    """What users would notice."""
    changed = set(columns)
    if action is Action.CREATE:
        return t("None.")
    if action is Action.DELETE:
        return t("What still uses it fails.")
    if changed & set(RESTARTS.get(kind, ())):
        return t("None: it is stopped.") if state == "stopped" else t("Stops and starts: minutes without it.")
    if told := next((words for column, words in REPLACES.get(kind, {}).items() if column in changed), ""):
        return told
    if "state" in changed:
        return t("Stops: it does not answer until it is started again.")
    if changed & set(SLOWS.get(kind, ())):
        return t("In use throughout; may be slower for hours.")
    if changed <= _NEUTRAL:
        return t("None.")
    return t("None expected.")


def undo_cost(action: Action, reversibility: Reversibility, columns: Iterable[str]) -> str:
    """What reversing would take."""
    match reversibility:
        case Reversibility.FULL if action is Action.CREATE:
            return t("It is deleted again.")
        case Reversibility.FULL if action is Action.UPDATE:
            return t("{columns} set back to before.", columns=", ".join(columns))
        case Reversibility.FULL:
            return t("It is brought back as it was.")
        case Reversibility.SAFETY_COPY:
            return t("Made anew from the copy: a new id, and minutes to hours. The copy costs until it is deleted.")
        case Reversibility.NONE:
            return t("Cannot be undone.")
