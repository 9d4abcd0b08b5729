"""Label selectors: do they take these labels, and how they are said in a row.

Source: "Labels and Selectors" of the Kubernetes documentation. An empty selector takes everything; requirements are joined by AND.
"""

from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.kit.translate import at, items, text, texts

Labels = Mapping[str, str]


def takes(selector: Any, labels: Labels) -> bool:
    """Does a LabelSelector take these labels. None takes nothing. Raises ValueError for an operator that is not known."""
    if selector is None:
        return False
    wanted = at(selector, "matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(one, labels) for one in items(selector, "matchExpressions")
    )


def _meets(requirement: Any, labels: Labels) -> bool:
    key, values = requirement["key"], texts(requirement, "values") or []
    match requirement["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case other:
            raise ValueError(f"operator {other}")


def told(selector: Any) -> list[str] | None:
    """A LabelSelector as ``key=value``; expressions as kubectl spells them (``key in (a,b)``, ``key``, ``!key``). None for none."""
    if selector is None:
        return None
    plain = [f"{key}={value}" for key, value in (at(selector, "matchLabels") or {}).items()]
    return sorted(plain + [_spelled(one) for one in items(selector, "matchExpressions")])


def _spelled(requirement: Any) -> str:
    key, values = requirement["key"], ",".join(sorted(texts(requirement, "values") or []))
    match requirement["operator"]:
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case other:
            raise ValueError(f"operator {other}")


def plain(labels: Any) -> Any:
    """A plain mapping of labels (a Service's selector) as a LabelSelector; None or an empty one takes nothing."""
    return {"matchLabels": labels} if labels else None


def owner(raw: Any) -> tuple[str, str] | None:
    """(kind, name) of the controller of an object, None where there is none."""
    for one in items(raw, "metadata", "ownerReferences"):
        if at(one, "controller"):
            return text(one, "kind") or "", text(one, "name") or ""
    return None
