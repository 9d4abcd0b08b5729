"""What a pod's template asks of its node, and whether a node gives it. Of the Kubernetes documentation: "Assigning Pods to Nodes",
"Taints and Tolerations". What is not understood here gives None: such a pod stays among nodes like its own."""

from collections.abc import Mapping
from typing import Any

from skywright.topics.consolidate.nouns import Node, Pod, Term, Toleration, Wants

HOW = {"In": "in", "NotIn": "not-in", "Exists": "there", "DoesNotExist": "not-there", "Gt": "more", "Lt": "less"}
BARRING = ("NoSchedule", "NoExecute")
OWN_LABELS = ("kubernetes.io/hostname",)
"""Labels by which a node differs from every other."""


def wants(template: Mapping[str, Any]) -> Wants | None:
    """A pod's spec -> what it asks of its node; None for what is not understood."""
    affinity = (template.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    selector = template.get("nodeSelector") or {}
    try:
        groups = tuple(_group(one) for one in required.get("nodeSelectorTerms") or ())
        tolerations = tuple(_toleration(one) for one in template.get("tolerations") or ())
    except (KeyError, TypeError, AttributeError):
        return None
    return Wants(tuple(Term(key, "in", (str(value),)) for key, value in selector.items()), groups, tolerations)


def _group(raw: Mapping[str, Any]) -> tuple[Term, ...]:
    if raw.get("matchFields"):
        raise KeyError("matchFields")
    expressions = raw.get("matchExpressions") or ()
    return tuple(Term(one["key"], HOW[one["operator"]], tuple(map(str, one.get("values") or ()))) for one in expressions)


def _toleration(raw: Mapping[str, Any]) -> Toleration:
    value = None if raw.get("operator") == "Exists" else str(raw.get("value") or "")
    return Toleration(raw.get("key") or "", value, raw.get("effect") or "")


def may_run(pod: Pod, here: Node, there: Node) -> bool:
    """May a pod that runs ``here`` run ``there``, room aside."""
    if not there.takes or there.architecture != here.architecture or (pod.zonal and there.zone != here.zone):
        return False
    if pod.wants is None:
        return _alike(here, there)
    asked = pod.wants
    if not all(_meets(term, there.labels) for term in asked.all_of):
        return False
    if asked.any_of and not any(group and all(_meets(term, there.labels) for term in group) for group in asked.any_of):
        return False
    return all(any(_bears(one, taint) for one in asked.tolerations) for taint in there.taints if _bars(taint))


def _alike(here: Node, there: Node) -> bool:
    """Nodes of which whatever suits one suits the other: the same labels, and no taint that the first does not have."""
    mine, theirs = ({key: value for key, value in node.labels.items() if key not in OWN_LABELS} for node in (here, there))
    return mine == theirs and set(there.taints) <= set(here.taints)


def _meets(term: Term, labels: Mapping[str, str]) -> bool:
    value = labels.get(term.key)
    match term.how:
        case "in":
            return value in term.values
        case "not-in":
            return value not in term.values
        case "there":
            return value is not None
        case "not-there":
            return value is None
        case _:
            return _compares(term, value)


def _compares(term: Term, value: str | None) -> bool:
    try:
        number, bound = int(value or ""), int(term.values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if term.how == "more" else number < bound


def _bars(taint: str) -> bool:
    return taint.rpartition(":")[2] in BARRING


def _bears(one: Toleration, taint: str) -> bool:
    name, _, effect = taint.rpartition(":")
    key, _, value = name.partition("=")
    return one.effect in ("", effect) and ((not one.key and one.value is None) or one.key == key) and one.value in (None, value)
