"""Who may do what inside a cluster: roles and bindings."""

from typing import Any

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import items, said, sorted_texts, text, texts
from skywright.adapters.clouds.kubernetes.place import namespace_of
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.resources import SCOPED
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ClusterRole, RoleBinding

ROLE, BINDING = ClusterRole.KIND, RoleBinding.KIND
BOOTSTRAP = "kubernetes.io/bootstrapping"
ANONYMOUS = ("system:anonymous", "system:unauthenticated")
EVERYONE = ("system:authenticated", "system:serviceaccounts")
READS = ("get", "list", "watch")
_ANY = "*"
_MAKERS = {
    ("", "pods"), ("apps", "deployments"), ("apps", "statefulsets"), ("apps", "daemonsets"), ("apps", "replicasets"),
    ("batch", "jobs"), ("batch", "cronjobs"), ("", "replicationcontrollers"),
}  # fmt: skip
"""Whoever creates one of these runs what he likes, as whatever identity the namespace has."""


def allows(rules: list[Any], verbs: tuple[str, ...], group: str, resource: str) -> bool:
    """Do a role's rules allow one of ``verbs`` on every object of a resource. Rules for single names do not count."""
    return any(
        not items(rule, "resourceNames")
        and _has(rule, "verbs", *verbs)
        and _has(rule, "apiGroups", group)
        and _has(rule, "resources", resource)
        for rule in rules
    )


def _has(rule: Any, part: str, *values: str) -> bool:
    listed = texts(rule, part) or []
    return _ANY in listed or any(value in listed for value in values)


def administers(rules: list[Any]) -> bool:
    """Every verb on every resource of every group."""
    return any(all(_ANY in (texts(rule, part) or []) for part in ("verbs", "apiGroups", "resources")) for rule in rules)


def _escalates(rules: list[Any]) -> bool:
    """May gain more rights than it has ("Privilege escalation prevention" of the RBAC documentation)."""
    rbac = "rbac.authorization.k8s.io"
    bound = any(allows(rules, ("escalate", "bind"), rbac, resource) for resource in ("roles", "clusterroles"))
    return bound or any(allows(rules, ("impersonate",), "", resource) for resource in ("users", "groups", "serviceaccounts"))


def _read_roles(reading: Reading) -> None:
    for name in SCOPED[ROLE]:
        with reading.part(ROLE):
            reading.take(ROLE, reading.own(ROLE, name), lambda raw: _role(reading, raw))


def _role(reading: Reading, raw: Raw) -> ClusterRole:
    rules = items(raw, "rules")
    return ClusterRole(
        **reading.common(ROLE, raw, keep=("rules",)),
        state="available",
        namespace=namespace_of(raw),
        administrator=administers(rules) and not namespace_of(raw),
        reads_secrets=allows(rules, READS, "", "secrets"),
        escalates=_escalates(rules),
        creates_pods=any(allows(rules, ("create",), group, resource) for group, resource in _MAKERS),
        wildcards=any(_ANY in (texts(rule, part) or []) for rule in rules for part in ("verbs", "resources")),
        built_in=built_in(raw),
    )


def built_in(raw: Raw) -> bool:
    """Is it made, and kept, by the API server itself."""
    return text(raw, "metadata", "labels", BOOTSTRAP) == "rbac-defaults"


def _read_bindings(reading: Reading) -> None:
    mighty: set[str] | None = None
    with reading.columns(BINDING):
        mighty = {raw["metadata"]["name"] for raw in reading.all(SCOPED[ROLE][0]) if administers(items(raw, "rules"))}
    for name in SCOPED[BINDING]:
        with reading.part(BINDING):
            for row in reading.take(BINDING, reading.own(BINDING, name), lambda raw: _binding(reading, raw, mighty)):
                reading.relate(row.id, Verb.USES, row.role)
                for subject in row.subjects or ():
                    if subject.startswith("kubernetes:"):
                        reading.relate(subject, Verb.MEMBER_OF, row.id)


def _binding(reading: Reading, raw: Raw, mighty: set[str] | None) -> RoleBinding:
    """One binding. ``mighty``: the cluster roles that may do all; None: not known. In a namespace they may do all there."""
    namespace, role = namespace_of(raw), said(raw, "roleRef", "name")
    own = f"{namespace}/{role}" if text(raw, "roleRef", "kind") == "Role" else role
    subjects = items(raw, "subjects")
    groups = [said(one, "name") for one in subjects if text(one, "kind") == "Group"]
    users = [said(one, "name") for one in subjects if text(one, "kind") == "User"]
    return RoleBinding(
        **reading.common(BINDING, raw),
        state="available",
        namespace=namespace,
        role=reading.place.ref(ROLE, own),
        subjects=sorted_texts(_subject(reading, one, namespace) for one in subjects),
        built_in=built_in(raw),
        anonymous=any(name in ANONYMOUS for name in (*groups, *users)),
        everyone=any(name in EVERYONE for name in groups),
        administrator=None if mighty is None else text(raw, "roleRef", "kind") == "ClusterRole" and role in mighty,
    )


def _subject(reading: Reading, raw: Any, namespace: str) -> str:
    """A service account by its id; users and groups, whom the cluster itself does not keep, as ``user:anna`` and ``group:ops``."""
    name = said(raw, "name")
    if text(raw, "kind") == "ServiceAccount":
        return reading.id("container.identity", f"{said(raw, 'namespace') or namespace}/{name}")
    return f"{said(raw, 'kind').lower()}:{name}"


READERS: tuple[Reader, ...] = (
    Reader(
        name="roles",
        service="access",
        kinds=(ROLE,),
        read=_read_roles,
        permissions=tuple(f"list {name}" for name in SCOPED[ROLE]),
        is_global=True,
    ),
    Reader(
        name="bindings",
        service="access",
        kinds=(BINDING,),
        read=_read_bindings,
        permissions=(*(f"list {name}" for name in SCOPED[BINDING]), f"list {SCOPED[ROLE][0]}"),
        is_global=True,
    ),
)
"""Who may."""
