"""Permission by permission: what reading needs, and whether the cluster lets us (SelfSubjectAccessReview changes nothing)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import flag, text
from skywright.adapters.clouds.kubernetes.calls import Call, KubeCalls
from skywright.adapters.clouds.kubernetes.resources import APIS
from skywright.model.errors import SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def examine(calls: KubeCalls, account: str, readers: Sequence[Reader], threads: Executor) -> Iterator[Permission]:
    """The permissions that ``readers`` need in one cluster, by name; many are asked for at a time. Where only some namespaces are
    read, each is asked about."""
    users: dict[str, set[str]] = {}
    for reader in readers:
        for name in reader.permissions:
            users.setdefault(name, set()).update(reader.kinds)
    asked = [(name, namespace) for name in sorted(users) for namespace in _namespaces(calls, name)]

    def one(question: tuple[str, str]) -> Permission:
        name, namespace = question
        kinds = ", ".join(sorted(users[name]))
        where = t(" in namespace {namespace}", namespace=namespace) if namespace else ""
        needed_for = t("{kinds} of cluster {cluster}{where}", kinds=kinds, cluster=account, where=where)
        return Permission(name, needed_for, *_allowed(calls, account, name, namespace))

    yield from threads.map(one, asked)


def _namespaces(calls: KubeCalls, name: str) -> tuple[str, ...]:
    return calls.namespaces.only or ("",) if APIS[name.partition(" ")[2]].namespaced else ("",)


def _allowed(calls: KubeCalls, account: str, name: str, namespace: str) -> tuple[bool | None, str]:
    """(allowed, reason). What the cluster does not serve needs no permission."""
    verb, _, resource = name.partition(" ")
    api = APIS[resource]
    try:
        if calls.version(account, api) is None:
            return True, t("The cluster does not serve it.")
        attributes = {"verb": verb, "group": api.group, "resource": api.plural, "namespace": namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = calls.make(account, Call(method="POST", path=REVIEW, permission="create selfsubjectaccessreviews", body=body))
    except SkywrightError as error:
        return None, str(error)
    allowed = flag(answer, "status", "allowed")
    return allowed, (text(answer, "status", "reason") or t("No role allows it.")) if allowed is False else ""
