"""The least privileges as roles to copy."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from skywright.model.words import t


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Permissions (``list deployments.apps``) for reading and, besides, for writing -> title, language and text of each role."""
    for title, name, permissions in (
        (t("For gathering"), "skywright-read", reading),
        (t("For executing plans, besides"), "skywright-write", writing),
    ):
        yield title, "yaml", _role(name, permissions)


def _role(name: str, permissions: Sequence[str]) -> str:
    """A ClusterRole; bind it in the namespaces that are read, or for the whole cluster."""
    verbs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for permission in permissions:
        verb, _, resource = permission.partition(" ")
        plain, slash, sub = resource.partition("/")
        plural, _, group = plain.partition(".")
        verbs[group, f"{plural}{slash}{sub}"].add(verb)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), found in verbs.items():
        groups[group, tuple(sorted(found))].append(resource)
    lines = ["apiVersion: rbac.authorization.k8s.io/v1", "kind: ClusterRole", "metadata:", f"  name: {name}", "rules:"]
    for (group, found_verbs), resources in sorted(groups.items()):
        lines += [
            f'  - apiGroups: ["{group}"]',
            f"    resources: [{', '.join(sorted(resources))}]",
            f"    verbs: [{', '.join(found_verbs)}]",
        ]
    return "\n".join(lines)
