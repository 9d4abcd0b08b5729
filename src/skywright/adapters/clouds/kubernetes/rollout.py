"""How far a workload's roll-out has come, by its own status: what kubectl's ``rollout status`` looks at."""

from typing import Any

import msgspec

from skywright.adapters.clouds.kit.translate import at, integer, items, said, text
from skywright.model.words import t


class Progress(msgspec.Struct, frozen=True):
    """``done``: every copy is new and ready. ``failed``: why it never will be, else "". ``waiting``: for what."""

    done: bool
    failed: str = ""
    waiting: str = ""


DONE = Progress(True)


def progress(type_: str, raw: Any) -> Progress:
    """The progress of a workload of this type (``container.workload.type``)."""
    if _observed(raw):
        match type_:
            case "deployment":
                return _deployment(raw)
            case "stateful-set":
                return _stateful(raw)
            case "daemon-set":
                return _daemon(raw)
            case "replica-set":
                return _ready(integer(raw, "spec", "replicas"), integer(raw, "status", "readyReplicas"))
            case "job":
                return _job(raw)
            case "bare":
                return _pod(raw)
            case _:
                return DONE
    return Progress(False, waiting=t("its controller has not seen the change yet"))


def _observed(raw: Any) -> bool:
    wanted, seen = integer(raw, "metadata", "generation"), integer(raw, "status", "observedGeneration")
    return seen is None or wanted is None or seen >= wanted or not at(raw, "status")


def condition(raw: Any, type_: str) -> Any:
    """A condition of the status, or an empty one."""
    return next((one for one in items(raw, "status", "conditions") if text(one, "type") == type_), {})


def _ready(wanted: int | None, ready: int | None) -> Progress:
    missing = (wanted or 0) - (ready or 0)
    if missing <= 0:
        return DONE
    return Progress(False, waiting=t("{ready} of {wanted} copies are ready", ready=ready or 0, wanted=wanted))


def _deployment(raw: Any) -> Progress:
    """Progressing, complete or failed: "Deployment status" of the Kubernetes documentation."""
    wanted = integer(raw, "spec", "replicas") or 0
    if at(raw, "status") is None or "observedGeneration" not in raw["status"]:
        return Progress(False, waiting=t("its controller has not seen the change yet"))
    counts = {name: integer(raw, "status", name) or 0 for name in ("replicas", "updatedReplicas", "availableReplicas")}
    if (
        counts["updatedReplicas"] >= wanted
        and counts["replicas"] == counts["updatedReplicas"]
        and counts["availableReplicas"] >= wanted
    ):
        return DONE
    stalled = condition(raw, "Progressing")
    if text(stalled, "status") == "False" and text(stalled, "reason") == "ProgressDeadlineExceeded":
        return Progress(False, failed=said(stalled, "message") or t("its progress deadline is exceeded"))
    refused = condition(raw, "ReplicaFailure")
    waiting = said(refused, "message") if text(refused, "status") == "True" else ""
    ready = t(
        "{ready} of {wanted} new copies are available",
        ready=min(counts["updatedReplicas"], counts["availableReplicas"]),
        wanted=wanted,
    )
    return Progress(False, waiting=waiting or ready)


def _stateful(raw: Any) -> Progress:
    wanted = integer(raw, "spec", "replicas") or 0
    partition = integer(raw, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    by_hand = text(raw, "spec", "updateStrategy", "type") == "OnDelete"
    updated = integer(raw, "status", "updatedReplicas") or 0
    same = text(raw, "status", "currentRevision") == text(raw, "status", "updateRevision")
    if not by_hand and not same and updated < wanted - partition:
        return Progress(False, waiting=t("{ready} of {wanted} copies are new", ready=updated, wanted=wanted - partition))
    return _ready(wanted, integer(raw, "status", "readyReplicas"))


def _daemon(raw: Any) -> Progress:
    wanted = integer(raw, "status", "desiredNumberScheduled") or 0
    updated = integer(raw, "status", "updatedNumberScheduled") or 0
    if text(raw, "spec", "updateStrategy", "type") != "OnDelete" and updated < wanted:
        return Progress(False, waiting=t("{ready} of {wanted} copies are new", ready=updated, wanted=wanted))
    return _ready(wanted, integer(raw, "status", "numberReady"))


def _job(raw: Any) -> Progress:
    failed = condition(raw, "Failed")
    if text(failed, "status") == "True":
        return Progress(False, failed=said(failed, "message") or t("it failed"))
    return DONE


def _pod(raw: Any) -> Progress:
    ready = text(condition(raw, "Ready"), "status") == "True"
    if ready or text(raw, "status", "phase") == "Succeeded":
        return DONE
    if text(raw, "status", "phase") == "Failed":
        return Progress(False, failed=said(raw, "status", "message") or t("it failed"))
    return Progress(False, waiting=t("it is not ready"))
