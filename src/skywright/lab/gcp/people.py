"""IAM: who may do what with a resource. Policies have etags; the lab's own caller may do all that is not denied to it."""

import re
from typing import Any

from skywright.lab.gcp.generic import numbered
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.rules import EVERYONE
from skywright.lab.gcp.store import mark
from skywright.lab.gcp.world import World

SERVICE_OF_PERMISSIONS = {"sql": "cloudsql", "sqladmin": "cloudsql", "cloudresourcemanager": "resourcemanager"}
EMPTY_ETAG = "ACAB"


def policy_of(world: World, key: str) -> dict[str, Any]:
    """The policy of a resource; one without bindings when none was set."""
    return world.store.policies.get(key) or {"version": 1, "etag": EMPTY_ETAG}


def with_etag(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy with the etag of its content."""
    plain = {name: value for name, value in policy.items() if name not in ("etag", "kind", "resourceId")}
    return {**plain, "version": plain.get("version", 1), "etag": mark(plain)}


def get_policy(world: World, call: Call) -> dict[str, Any]:
    """GetIamPolicy. Raises 404."""
    key = existing(world, call)
    policy = policy_of(world, key)
    if call.service == "storage":
        return {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{key.rsplit('/', 1)[-1]}", **policy}
    return policy


def set_policy(world: World, call: Call) -> dict[str, Any]:
    """SetIamPolicy. Raises 409 (Cloud Storage: 412) when the policy was changed since it was read."""
    key = existing(world, call)
    given = dict(call.body) if call.service == "storage" else dict(call.body.get("policy") or call.body)
    if given.get("etag") and given["etag"] != policy_of(world, key)["etag"]:
        if call.service == "storage":
            raise Refusal(412, "The policy was changed since it was read.")
        text = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        raise Refusal(409, text, "aborted", "ABORTED")
    _refuse_public(world, call, key, given)
    _refuse_nobody(given)
    kept = {name: value for name, value in given.items() if name in ("version", "bindings", "auditConfigs")}
    if "auditConfigs" not in given and "auditConfigs" in policy_of(world, key):
        kept["auditConfigs"] = policy_of(world, key)["auditConfigs"]
    world.store.policies[key] = with_etag(kept)
    return world.store.policies[key]


def _refuse_public(world: World, call: Call, key: str, policy: dict[str, Any]) -> None:
    """A bucket that keeps the public out takes no binding for everyone."""
    members = {member for binding in policy.get("bindings", ()) for member in binding.get("members", ())}
    if call.service != "storage" or not members & EVERYONE:
        return
    if (world.store.get(key) or {}).get("iamConfiguration", {}).get("publicAccessPrevention") == "enforced":
        text = "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced."
        raise Refusal(412, text)


def _refuse_nobody(policy: dict[str, Any]) -> None:
    for binding in policy.get("bindings", ()):
        for member in binding.get("members", ()):
            if member not in EVERYONE and not re.match(
                r"^(deleted:)?(user|group|serviceAccount|domain|principal\w*|projectOwner|projectEditor|projectViewer):.", member
            ):
                raise Refusal(400, f"Invalid value at 'policy.bindings': principal '{member}' is not of a known type.")


def test_permissions(world: World, call: Call) -> dict[str, Any]:
    """testIamPermissions: those asked for that the caller has."""
    asked = call.body.get("permissions") or call.params.get("permissions") or []
    allowed = [one for one in ([asked] if isinstance(asked, str) else asked) if one not in world.denied]
    return {"permissions": allowed} if allowed else {}


def permission_of(call: Call) -> str:
    """The permission that a call needs, by the rule of thumb that Google's names follow: service, resource, verb."""
    service, *parts, verb = call.method.id.split(".")
    resource = parts[-1] if parts else "assets"
    resource = {"regionDisks": "disks", "globalAddresses": "addresses", "resourceRecordSets": "resourceRecordSets"}.get(
        resource, resource
    )
    verb = {"aggregatedList": "list", "insert": "create", "patch": "update"}.get(verb, verb)
    return f"{SERVICE_OF_PERMISSIONS.get(service, service)}.{resource}.{verb}"


def existing(world: World, call: Call) -> str:
    """The key of the resource that a policy is about. Raises 404."""
    key = numbered(world, call, world.store.find(call.key))
    if world.store.raw(key) is None:
        raise Refusal(404, f"Resource '{call.target}' was not found")
    return key
